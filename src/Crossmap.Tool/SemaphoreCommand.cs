using System.CommandLine;

namespace Crossmap.Tool;

/// <summary><c>crossmap semaphore create|wait|release</c></summary>
internal static class SemaphoreCommand
{
    private const string Kind = "a semaphore";

    public static Command Create() => new("semaphore", "Takes turns: creates, waits for and releases named semaphores.")
    {
        CreateCommand(),
        WaitCommand(),
        SemaphoreReleaseCommand.Create(),
    };

    private static Command CreateCommand()
    {
        var initial = new Option<int>("--initial") { Description = "The count at first.", HelpName = "N", Required = true };
        var maximum = new Option<int>("--maximum") { Description = "The largest count.", HelpName = "N", Required = true };
        return new CreateVerb<NamedSemaphore>
        {
            Kind = Kind,
            Options = [initial, maximum],
            Make = (name, audience, parsed) => Make(name, parsed.GetValue(initial), parsed.GetValue(maximum), audience),
            State = parsed => ObjectReport.CountOf(parsed.GetValue(initial), parsed.GetValue(maximum)),
        }.Command();
    }

    private static NamedSemaphore Make(string name, int initial, int maximum, ObjectAudience audience) => maximum < 1 || initial < 0 || initial > maximum
        ? throw new UsageException($"The maximum must be at least 1 and the initial count from 0 to the maximum, not {initial} of {maximum}.")
        : NamedSemaphore.Create(name, initial, maximum, audience);

    private static Command WaitCommand() => new WaitVerb<NamedSemaphore>
    {
        Description = "Takes one count of a semaphore, waiting for it.",
        Kind = Kind,
        CommandDescription = "Behind --: runs this with the count taken, gives the count back however it ends, and exits with its code.",
        Open = (name, _) => NamedSemaphore.Open(name),
        Late = "No count of '{0}' came free",
        GiveBack = semaphore => semaphore.Release(),
        KeepsWithoutCommand = true,
    }.Command();
}
