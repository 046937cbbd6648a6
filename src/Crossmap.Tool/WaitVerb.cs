using System.CommandLine;
using System.Globalization;

namespace Crossmap.Tool;

/// <summary><c>NAME [--timeout SECONDS] [-- COMMAND…]</c>: waits for an object, and runs a command with what the wait took.</summary>
/// <remarks>
/// A mutex belongs to the thread that waited for it. So everything from the wait to the release is on one thread, the process's first, with
/// no <c>await</c> in between.
/// </remarks>
internal sealed class WaitVerb<T>
    where T : WaitableObject
{
    public string Verb { get; init; } = "wait";

    public required string Description { get; init; }

    /// <summary>What it waits for, in a sentence: "a semaphore".</summary>
    public required string Kind { get; init; }

    /// <summary>What it means to give a COMMAND.</summary>
    public required string CommandDescription { get; init; }

    public bool NeedsCommand { get; init; }

    /// <summary>Who may open it, for a verb that makes what is not there.</summary>
    public Option<ObjectAudience>? MadeFor { get; init; }

    public required Func<string, ObjectAudience, T> Open { get; init; }

    /// <summary>What did not happen when the time passed first; {0} is the name.</summary>
    public required string Late { get; init; }

    /// <summary>Gives back what the wait took, once the COMMAND has ended.</summary>
    public Action<T>? GiveBack { get; init; }

    /// <summary>Without a COMMAND what the wait took stays taken.</summary>
    public bool KeepsWithoutCommand { get; init; }

    public Command Command()
    {
        var name = new Argument<string>("NAME") { Description = $"The name of the {Words.Noun(Kind)}." };
        Option<TimeSpan?> timeout = TimeoutOption.Create("Exits 124 when this passes first; fractions are fine, 0 only tries. Without it the wait has no end.");
        Argument<string[]> command = ChildCommand.Argument(CommandDescription);
        var wait = new Command(Verb, Description) { name, command, timeout };
        if (MadeFor is not null)
        {
            wait.Add(MadeFor);
        }

        wait.SetAction(parsed => Run(
            parsed.GetRequiredValue(name),
            MadeFor is null ? default : parsed.GetValue(MadeFor),
            parsed.GetValue(timeout) ?? Timeout.InfiniteTimeSpan,
            ChildCommand.From(parsed, command)));
        return wait;
    }

    private int Run(string name, ObjectAudience audience, TimeSpan timeout, string[] command)
    {
        if (MadeFor is not null)
        {
            ShareCommand.RequireName(name);
        }

        if (NeedsCommand && command.Length == 0)
        {
            throw new UsageException($"There is nothing to run. Write -- and a command behind the name: {Verb} NAME -- COMMAND.");
        }

        using var signals = new StopSignals();
        using T waitable = Open(name, audience);
        bool isAbandoned = false;
        try
        {
            if (!waitable.Wait(timeout, signals.Token))
            {
                string what = string.Format(CultureInfo.InvariantCulture, Late, name);
                CrossmapCommand.Say($"{what} within {timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} seconds.");
                return ExitCode.TimedOut;
            }
        }
        catch (AbandonedMutexException)
        {
            isAbandoned = true;
            CrossmapCommand.Say($"The last owner of mutex '{name}' died without releasing it: what it guards may be half changed.");
        }
        catch (OperationCanceledException)
        {
            return signals.ExitCodeOfSignal;
        }

        bool hasRun = false;
        try
        {
            return command.Length == 0 ? ExitCode.Success
                : ChildCommand.Run(command, waitable is NamedMutex ? [(ChildCommand.AbandonedVariable, isAbandoned ? "1" : null)] : [], signals, () => hasRun = true);
        }
        finally
        {
            // That a mutex was abandoned is meant for somebody who puts right what it guards, and only one learns of it. When nobody here does,
            // this process ends as its owner, and the next one finds it abandoned too.
            bool stays = (KeepsWithoutCommand && command.Length == 0) || (isAbandoned && !hasRun);
            if (!stays)
            {
                GiveBack?.Invoke(waitable);
            }
        }
    }
}
