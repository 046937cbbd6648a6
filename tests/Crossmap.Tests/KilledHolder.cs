using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>The name of a killed process's object is free at once (promise 2).</summary>
public class KilledHolder
{
    [Fact]
    public void Name_of_a_killed_sole_holder_is_free_at_once()
    {
        string name = UniqueName.Create();
        using ChildProcess child = ChildProcess.Start(Hold, name);
        child.Expect("held");
        using (FileMapping opened = FileMapping.Open(name))
        {
            Assert.Equal(4096, opened.Size);
        }

        child.Kill();
        Assert.False(FileMapping.TryOpen(name, out _));
        using FileMapping anew = FileMapping.CreateInMemory(8192, name);
        Assert.True(anew.CreatedNew);
        Assert.Equal(8192, anew.Size);
    }

    [ChildScenario]
    internal static void Hold(string[] arguments)
    {
        using FileMapping mapping = FileMapping.CreateInMemory(4096, arguments[0]);
        Console.WriteLine("held");
        Console.ReadLine();
    }
}
