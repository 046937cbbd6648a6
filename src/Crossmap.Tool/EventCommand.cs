using System.CommandLine;

namespace Crossmap.Tool;

/// <summary><c>crossmap event create|wait|set|reset|pulse</c></summary>
internal static class EventCommand
{
    private const string Kind = "an event";

    public static Command Create() => new("event", "Tells others to go on: creates, waits for, sets and resets named events.")
    {
        CreateCommand(),
        WaitCommand(),
        ChangeCommand("set", "Sets an event: all who wait for a manual-reset one go on, or one who waits for an auto-reset one.", "set", e => e.Set()),
        ChangeCommand("reset", "Resets an event: who waits for it from now on waits until it is set again.", "reset", e => e.Reset()),
        ChangeCommand("pulse", "Lets those go on who wait at this moment, all or one as set does, and leaves the event reset. Who comes later has missed it.", "pulsed", e => e.Pulse()),
    };

    private static Command CreateCommand()
    {
        var manual = new Option<bool>("--manual") { Description = "It stays set until it is reset; without this a wait that it ends resets it." };
        var set = new Option<bool>("--set") { Description = "It is set from the start." };
        EventResetMode Mode(ParseResult parsed) => parsed.GetValue(manual) ? EventResetMode.ManualReset : EventResetMode.AutoReset;
        return new CreateVerb<NamedEvent>
        {
            Kind = Kind,
            Options = [manual, set],
            Make = (name, audience, parsed) => NamedEvent.Create(name, Mode(parsed), parsed.GetValue(set), audience),
            State = parsed => ObjectReport.SignalOf(parsed.GetValue(set), Words.Of(Mode(parsed))),
        }.Command();
    }

    private static Command WaitCommand() => new WaitVerb<NamedEvent>
    {
        Description = "Waits until an event is set. A wait that an auto-reset event ends resets it.",
        Kind = Kind,
        CommandDescription = "Behind --: runs this then, and exits with its code.",
        Open = (name, _) => NamedEvent.Open(name),
        Late = "The event '{0}' was not set",
    }.Command();

    private static Command ChangeCommand(string verb, string description, string done, Action<NamedEvent> change)
    {
        var name = new Argument<string>("NAME") { Description = "The name of the event." };
        var command = new Command(verb, description) { name };
        command.SetAction(parsed => Change(parsed.GetRequiredValue(name), done, change));
        return command;
    }

    private static int Change(string name, string done, Action<NamedEvent> change)
    {
        using NamedEvent opened = NamedEvent.Open(name);
        change(opened);
        Console.Out.WriteLine($"{done} {Printable.Name(name)}");
        return ExitCode.Success;
    }
}
