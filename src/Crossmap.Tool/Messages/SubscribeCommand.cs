using System.CommandLine;
using System.Globalization;
using System.Threading.Channels;
using Crossmap.Channels;

namespace Crossmap.Tool.Messages;

/// <summary><c>crossmap subscribe NAME|PATH</c>: a broadcast to standard output.</summary>
internal static class SubscribeCommand
{
    public static Command Create()
    {
        var broadcast = new BroadcastVerbOptions();
        Option<bool> lengthPrefixed = Framing.LengthPrefixed();
        var oldest = new Option<bool>("--from-oldest") { Description = "Begins with the oldest message that is still there. Otherwise with what is published from now on." };
        var count = new Option<long?>("--count") { Description = "Ends after so many messages.", HelpName = "N" };
        Option<TimeSpan?> timeout = TimeoutOption.Create("Exits 124 when no message comes for so long; fractions are fine, 0 takes what is there. Without it the wait has no end.");
        var subscribe = new Command("subscribe", "Writes each message of a broadcast to standard output, a line each, until the broadcast is complete.");
        broadcast.AddTo(subscribe);
        subscribe.Add(lengthPrefixed);
        subscribe.Add(oldest);
        subscribe.Add(count);
        subscribe.Add(timeout);
        subscribe.SetAction(parsed => Run(
            broadcast, parsed, parsed.GetValue(lengthPrefixed), parsed.GetValue(oldest), parsed.GetValue(count) ?? long.MaxValue, parsed.GetValue(timeout)));
        return subscribe;
    }

    private static int Run(BroadcastVerbOptions options, ParseResult parsed, bool isLengthPrefixed, bool fromOldest, long count, TimeSpan? timeout)
    {
        if (count < 1)
        {
            throw new UsageException("At least one message is to be received.");
        }

        using var signals = new StopSignals();
        using Broadcast broadcast = options.Open(parsed);
        using var subscription = new ToldSubscription(broadcast, fromOldest ? SubscribeOptions.FromOldest : SubscribeOptions.None);
        using var blocking = new BlockingCalls(signals, subscription);
        using var rates = new Rates();
        try
        {
            WriteAll(subscription, new MessageOutput(blocking, isLengthPrefixed), count, (int)(timeout?.TotalMilliseconds ?? -1), rates, signals.Token);
            return ExitCode.Success;
        }
        catch (TimeoutException)
        {
            CrossmapCommand.Say($"No message came through '{options.AddressOf(parsed).Text}' within {timeout!.Value.TotalSeconds.ToString(CultureInfo.InvariantCulture)} seconds.");
            return ExitCode.TimedOut;
        }
        catch (OperationCanceledException)
        {
            return signals.ExitCodeOfSignal;
        }
    }

    private static void WriteAll(ToldSubscription subscription, MessageOutput output, long count, int timeout, Rates rates, CancellationToken stop)
    {
        try
        {
            while (count > 0)
            {
                BroadcastMessage message = subscription.Subscriber.Read(timeout, stop);
                do
                {
                    int length = message.Length;
                    if (subscription.TryAdd(message, output))
                    {
                        rates.Count(length);
                        count--;
                    }
                }
                while (count > 0 && !output.IsFull && subscription.Subscriber.TryRead(out message));
                rates.Missed = subscription.Missed;
                output.Write();
            }
        }
        catch (ChannelClosedException)
        {
            // Complete, and nothing left.
        }
    }
}
