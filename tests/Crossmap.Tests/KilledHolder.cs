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

    /// <summary>Who reads how a process is mapped keeps its address space past its death; that must not keep the name.</summary>
    [Fact]
    public void Name_of_a_killed_holder_is_free_while_somebody_looks_at_its_mappings()
    {
        Linux.Only();
        int watched = 0;
        var done = new CancellationTokenSource();
        var watcher = new Thread(() =>
        {
            while (!done.IsCancellationRequested)
            {
                try
                {
                    _ = File.ReadAllBytes($"/proc/{Volatile.Read(ref watched)}/smaps");
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // Not there yet, or not any more.
                }
            }
        });
        watcher.Start();
        try
        {
            for (int i = 0; i < 30; i++)
            {
                string name = UniqueName.Create();
                using ChildProcess child = ChildProcess.Start(HoldView, name);
                Volatile.Write(ref watched, child.Id);
                child.Expect("held");
                child.Kill();
                Assert.False(FileMapping.TryOpen(name, out _), $"Round {i}: the name of the killed holder still leads somewhere.");
            }
        }
        finally
        {
            done.Cancel();
            watcher.Join();
        }
    }

    [ChildScenario]
    internal static void HoldView(string[] arguments)
    {
        using FileMapping mapping = FileMapping.CreateInMemory(16 << 20, arguments[0]);
        using MappedView view = mapping.MapView();
        view.AsSpan().Fill(1);
        using NamedSemaphore semaphore = NamedSemaphore.Create(arguments[0] + "-turn", 1, 1);
        Console.WriteLine("held");
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void Hold(string[] arguments)
    {
        using FileMapping mapping = FileMapping.CreateInMemory(4096, arguments[0]);
        Console.WriteLine("held");
        Console.ReadLine();
    }
}
