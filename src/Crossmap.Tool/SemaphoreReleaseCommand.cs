using System.CommandLine;

namespace Crossmap.Tool;

/// <summary><c>crossmap semaphore release NAME [--count N]</c></summary>
internal static class SemaphoreReleaseCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The name of the semaphore." };
        var count = new Option<int>("--count") { Description = "How many counts.", HelpName = "N", DefaultValueFactory = _ => 1 };
        var release = new Command("release", "Gives counts back to a semaphore: all of them, or none when that would exceed its maximum.") { name, count };
        release.SetAction(parsed => Run(parsed.GetRequiredValue(name), parsed.GetValue(count)));
        return release;
    }

    private static int Run(string name, int count)
    {
        if (count < 1)
        {
            throw new UsageException($"At least one count can be released, not {count}.");
        }

        using NamedSemaphore semaphore = NamedSemaphore.Open(name);
        int before = semaphore.Release(count);
        Console.Out.WriteLine($"released {count} of {Printable.Name(name)} (the count was {before})");
        return ExitCode.Success;
    }
}
