using System.CommandLine;
using Crossmap.Channels;

namespace Crossmap.Tool.Messages;

/// <summary><c>crossmap subscribe NAME|PATH</c>: a broadcast to standard output.</summary>
internal static class SubscribeCommand
{
    public static Command Create()
    {
        var broadcast = new BroadcastVerbOptions();
        var reading = new ReadingOptions();
        var oldest = new Option<bool>("--from-oldest") { Description = "Begins with the oldest message that is still there. Otherwise with what is published from now on." };
        var subscribe = new Command("subscribe", "Writes each message of a broadcast to standard output, a line each, until the broadcast is complete.");
        broadcast.AddTo(subscribe);
        subscribe.Add(oldest);
        reading.AddTo(subscribe);
        subscribe.SetAction(parsed => Run(broadcast, reading, parsed, parsed.GetValue(oldest)));
        return subscribe;
    }

    private static int Run(BroadcastVerbOptions options, ReadingOptions reading, ParseResult parsed, bool fromOldest)
    {
        long count = reading.CountIn(parsed);
        using var signals = new StopSignals();
        using Broadcast broadcast = options.Open(parsed);
        using var subscription = new ToldSubscription(broadcast, fromOldest ? SubscribeOptions.FromOldest : SubscribeOptions.None);
        using var blocking = new BlockingCalls(signals, subscription);
        using var rates = new Rates();
        return reading.Run(
            parsed, options.AddressOf(parsed), signals, timeout => WriteAll(subscription, reading.Output(parsed, blocking), count, timeout, rates, signals.Token));
    }

    private static void WriteAll(ToldSubscription subscription, MessageOutput output, long count, int timeout, Rates rates, CancellationToken stop)
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
}
