using System.CommandLine;

namespace Crossmap.Tool;

/// <summary><c>crossmap sweep</c></summary>
internal static class SweepCommand
{
    public static Command Create()
    {
        var sweep = new Command("sweep", "Removes what killed processes left. Their names are free anyway; this gives the memory back now.");
        sweep.SetAction(_ => Run());
        return sweep;
    }

    private static int Run()
    {
        IReadOnlyList<string> removed = NamedObjects.Sweep();
        foreach (string name in removed)
        {
            Console.Out.WriteLine($"removed {Printable.Name(name)}");
        }

        if (removed.Count == 0)
        {
            Console.Out.WriteLine("nothing to remove");
        }

        return ExitCode.Success;
    }
}
