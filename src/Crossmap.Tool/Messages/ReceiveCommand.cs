using System.CommandLine;
using Crossmap.Channels;

namespace Crossmap.Tool.Messages;

/// <summary><c>crossmap receive NAME|PATH</c>: a queue to standard output.</summary>
internal static class ReceiveCommand
{
    /// <summary>Messages that are held at a time: enough that a write to a pipe costs little of each.</summary>
    private const int MostHeld = 4096;

    public static Command Create()
    {
        var queue = new QueueOptions();
        var reading = new ReadingOptions();
        var receive = new Command("receive", "Writes the messages of a queue to standard output, a line each, until the queue is complete.");
        queue.AddTo(receive);
        reading.AddTo(receive);
        receive.SetAction(parsed => Run(queue, reading, parsed));
        return receive;
    }

    private static int Run(QueueOptions options, ReadingOptions reading, ParseResult parsed)
    {
        long count = reading.CountIn(parsed);
        using var signals = new StopSignals();
        using SharedQueue queue = options.Open(parsed);
        using var blocking = new BlockingCalls(signals, queue);
        using var rates = new Rates();
        return reading.Run(
            parsed, options.AddressOf(parsed), signals, timeout => ReceiveAll(queue, reading.Output(parsed, blocking), count, timeout, rates, signals.Token));
    }

    private static void ReceiveAll(SharedQueue queue, MessageOutput output, long count, int timeout, Rates rates, CancellationToken stop)
    {
        var held = new Message[(int)Math.Min(count, MostHeld)];
        while (count > 0)
        {
            held[0] = queue.Reader.Read(timeout, stop);
            int taken = 0;
            do
            {
                output.Add(held[taken].Span);
                rates.Count(held[taken].Length);
                taken++;
            }
            while (taken < held.Length && taken < count && !output.IsFull && queue.Reader.TryRead(out held[taken]));

            // Released when they are out, and not before: if this process is killed or its reader goes, others get them.
            output.Write();
            for (int i = 0; i < taken; i++)
            {
                held[i].Dispose();
            }

            count -= taken;
        }
    }
}
