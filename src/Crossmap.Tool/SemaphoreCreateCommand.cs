using System.CommandLine;

namespace Crossmap.Tool;

/// <summary><c>crossmap semaphore create NAME --initial N --maximum N [-- COMMAND…]</c></summary>
internal static class SemaphoreCreateCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The name of the semaphore." };
        var initial = new Option<int>("--initial") { Description = "The count at first.", HelpName = "N", Required = true };
        var maximum = new Option<int>("--maximum") { Description = "The largest count.", HelpName = "N", Required = true };
        Option<ObjectAudience> audience = Audience.Option();
        Argument<string[]> command = ChildCommand.Argument("Behind --: runs this with CROSSMAP_NAME set, ends with it and exits with its code.");
        var create = new Command("create", "Makes a semaphore and holds it until SIGINT or SIGTERM, or until COMMAND ends.") { name, command, initial, maximum, audience };
        create.SetAction(parsed => Run(
            parsed.GetRequiredValue(name), parsed.GetValue(initial), parsed.GetValue(maximum), parsed.GetValue(audience), ChildCommand.From(parsed, command)));
        return create;
    }

    private static int Run(string name, int initial, int maximum, ObjectAudience audience, string[] command)
    {
        ShareCommand.RequireName(name);
        if (maximum < 1 || initial < 0 || initial > maximum)
        {
            throw new UsageException($"The maximum must be at least 1 and the initial count from 0 to the maximum, not {initial} of {maximum}.");
        }

        using var signals = new StopSignals();
        using NamedSemaphore semaphore = NamedSemaphore.Create(name, initial, maximum, audience);
        return semaphore.CreatedNew
            ? Holding.Run($"holding semaphore {Printable.Name(name)} ({initial} of {maximum})", name, command, signals)
            : throw new IOException($"A semaphore named '{name}' exists already.");
    }
}
