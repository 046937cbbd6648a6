using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>What a sweep tells of what it removed.</summary>
public class Sweeping
{
    [Fact]
    public void Sweep_as_the_first_use_of_the_folder_names_what_it_removed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows leaves nothing to sweep.");

        // A folder of its own, where nobody else's first use sweeps.
        string root = Path.Combine("/dev/shm", UniqueName.Create());
        Directory.CreateDirectory(root);
        try
        {
            var environment = new Dictionary<string, string> { ["CROSSMAP_ROOT"] = root };
            string name = UniqueName.Create();
            using (ChildProcess child = ChildProcess.Start(KilledHolder.Hold, [], environment, name))
            {
                child.Expect("held");
                child.Kill();
            }

            using ChildProcess sweeper = ChildProcess.Start(Sweep, [], environment);
            sweeper.Expect(name);
            sweeper.Expect("end");
            sweeper.Finish();
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [ChildScenario]
    internal static void Sweep(string[] arguments)
    {
        foreach (string name in NamedObjects.Sweep())
        {
            Console.WriteLine(name);
        }

        Console.WriteLine("end");
    }
}
