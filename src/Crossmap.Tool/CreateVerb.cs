using System.CommandLine;

namespace Crossmap.Tool;

/// <summary><c>create NAME … [--audience WHO] [-- COMMAND…]</c> of what can be waited for: makes it and holds it, and takes over nothing that is there.</summary>
internal sealed class CreateVerb<T>
    where T : WaitableObject
{
    /// <summary>What it makes, in a sentence: "a semaphore".</summary>
    public required string Kind { get; init; }

    /// <summary>What only this kind has.</summary>
    public IReadOnlyList<Option> Options { get; init; } = [];

    /// <summary>Makes it, or opens it where it is there.</summary>
    public required Func<string, ObjectAudience, ParseResult, T> Make { get; init; }

    /// <summary>Its state at first, in words.</summary>
    public required Func<ParseResult, string> State { get; init; }

    public Command Command()
    {
        var name = new Argument<string>("NAME") { Description = $"The name of the {Words.Noun(Kind)}." };
        Option<ObjectAudience> audience = Audience.Option();
        Argument<string[]> command = ChildCommand.Argument("Behind --: runs this with CROSSMAP_NAME set, ends with it and exits with its code.");
        var create = new Command("create", $"Makes {Kind} and holds it until SIGINT or SIGTERM, or until COMMAND ends.") { name, command };
        foreach (Option option in Options)
        {
            create.Add(option);
        }

        create.Add(audience);
        create.SetAction(parsed => Run(parsed.GetRequiredValue(name), parsed.GetValue(audience), parsed, ChildCommand.From(parsed, command)));
        return create;
    }

    private int Run(string name, ObjectAudience audience, ParseResult parsed, string[] command)
    {
        ShareCommand.RequireName(name);
        using var signals = new StopSignals();
        using T made = Make(name, audience, parsed);
        return made.CreatedNew
            ? Holding.Run($"holding {Words.Noun(Kind)} {Printable.Name(name)} ({State(parsed)})", name, command, signals)
            : throw new IOException($"{char.ToUpperInvariant(Kind[0])}{Kind[1..]} named '{name}' exists already.");
    }
}
