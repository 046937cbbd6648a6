using System.CommandLine;
using System.Globalization;
using System.Threading.Channels;
using Crossmap.Channels;

namespace Crossmap.Tool.Messages;

/// <summary><c>crossmap publish NAME|PATH</c>: standard input to all subscribers of a broadcast.</summary>
internal static class PublishCommand
{
    public static Command Create()
    {
        var broadcast = new BroadcastVerbOptions();
        Option<bool> lengthPrefixed = Framing.LengthPrefixed();
        var complete = new Option<bool>("--complete") { Description = "At the end of the input: nothing more will be published, by anybody. Subscribers end when they have all." };
        var subscribers = new Option<int?>("--subscribers") { Description = "Begins when so many are there: who comes later gets what comes later.", HelpName = "N" };
        Option<TimeSpan?> timeout = TimeoutOption.Create("Exits 124 when --subscribers has not so many within that time. Without it the wait has no end.");
        var publish = new Command("publish", "Publishes each line of standard input as a message that every subscriber of a broadcast gets.");
        broadcast.AddTo(publish);
        publish.Add(lengthPrefixed);
        publish.Add(complete);
        publish.Add(subscribers);
        publish.Add(timeout);
        publish.SetAction(parsed => Run(
            broadcast, parsed, parsed.GetValue(lengthPrefixed), parsed.GetValue(complete), parsed.GetValue(subscribers) ?? 0, parsed.GetValue(timeout)));
        return publish;
    }

    private static int Run(BroadcastVerbOptions options, ParseResult parsed, bool isLengthPrefixed, bool complete, int subscribers, TimeSpan? timeout)
    {
        if (subscribers < 0)
        {
            throw new UsageException("There are no fewer subscribers than none.");
        }

        using var signals = new StopSignals();
        using Broadcast broadcast = options.Open(parsed);
        using var blocking = new BlockingCalls(signals, broadcast);
        using var rates = new Rates();
        string name = options.AddressOf(parsed).Text;
        try
        {
            if (subscribers > 0)
            {
                broadcast.Publisher.WaitForSubscribers(subscribers, (int)(timeout?.TotalMilliseconds ?? -1), signals.Token);
            }

            Framing.WriteAll(Framing.StandardInput(blocking, isLengthPrefixed, broadcast.MaximumMessageLength), broadcast.Publisher, rates, signals.Token);
            if (complete)
            {
                broadcast.Publisher.TryComplete();
            }

            return ExitCode.Success;
        }
        catch (TimeoutException)
        {
            CrossmapCommand.Say($"'{name}' did not get {subscribers} subscribers within {timeout!.Value.TotalSeconds.ToString(CultureInfo.InvariantCulture)} seconds.");
            return ExitCode.TimedOut;
        }
        catch (ChannelClosedException)
        {
            throw new IOException($"'{name}' is complete: nothing can be published through it any more.");
        }
        catch (OperationCanceledException)
        {
            return signals.ExitCodeOfSignal;
        }
    }
}
