using System.CommandLine;
using System.Globalization;

namespace Crossmap.Tool;

/// <summary><c>crossmap semaphore wait NAME [--timeout SECONDS] [-- COMMAND…]</c></summary>
internal static class SemaphoreWaitCommand
{
    /// <summary>What the library can wait, in seconds: some 24 days.</summary>
    private const double LongestTimeout = int.MaxValue / 1000;

    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The name of the semaphore." };
        var timeout = new Option<TimeSpan?>("--timeout")
        {
            Description = "Exits 124 when this passes first; fractions are fine, 0 only tries. Without it the wait has no end.",
            HelpName = "SECONDS",
            CustomParser = Parse,
        };
        Argument<string[]> command = ChildCommand.Argument("Behind --: runs this with the count taken, gives the count back however it ends, and exits with its code.");
        var wait = new Command("wait", "Takes one count of a semaphore, waiting for it.") { name, command, timeout };
        wait.SetAction(parsed => Run(
            parsed.GetRequiredValue(name), parsed.GetValue(timeout) ?? Timeout.InfiniteTimeSpan, ChildCommand.From(parsed, command)));
        return wait;
    }

    private static int Run(string name, TimeSpan timeout, string[] command)
    {
        using var signals = new StopSignals();
        using NamedSemaphore semaphore = NamedSemaphore.Open(name);
        try
        {
            if (!semaphore.Wait(timeout, signals.Token))
            {
                CrossmapCommand.Say($"No count of '{name}' came free within {timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} seconds.");
                return ExitCode.TimedOut;
            }
        }
        catch (OperationCanceledException)
        {
            return signals.ExitCodeOfSignal;
        }

        if (command.Length == 0)
        {
            return ExitCode.Success;
        }

        try
        {
            return ChildCommand.Run(command, name: null, signals);
        }
        finally
        {
            semaphore.Release();
        }
    }

    private static TimeSpan? Parse(System.CommandLine.Parsing.ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds <= LongestTimeout)
        {
            return TimeSpan.FromSeconds(seconds);
        }

        result.AddError($"'{text}' is no time. Write seconds from 0 to {LongestTimeout:0}, if wished with a fraction: 0.5.");
        return null;
    }
}
