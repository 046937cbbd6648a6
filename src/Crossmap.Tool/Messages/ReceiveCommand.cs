using System.CommandLine;
using System.Globalization;
using System.Threading.Channels;
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
        Option<bool> lengthPrefixed = Framing.LengthPrefixed();
        var count = new Option<long?>("--count") { Description = "Ends after so many messages.", HelpName = "N" };
        Option<TimeSpan?> timeout = TimeoutOption.Create("Exits 124 when no message comes for so long; fractions are fine, 0 takes what is there. Without it the wait has no end.");
        var receive = new Command("receive", "Writes the messages of a queue to standard output, a line each, until the queue is complete.");
        queue.AddTo(receive);
        receive.Add(lengthPrefixed);
        receive.Add(count);
        receive.Add(timeout);
        receive.SetAction(parsed => Run(queue, parsed, parsed.GetValue(lengthPrefixed), parsed.GetValue(count) ?? long.MaxValue, parsed.GetValue(timeout)));
        return receive;
    }

    private static int Run(QueueOptions options, ParseResult parsed, bool isLengthPrefixed, long count, TimeSpan? timeout)
    {
        if (count < 1)
        {
            throw new UsageException("At least one message is to be received.");
        }

        using var signals = new StopSignals();
        using SharedQueue queue = options.Open(parsed);
        using var blocking = new BlockingCalls(signals, queue);
        using var rates = new Rates();
        try
        {
            ReceiveAll(queue, new MessageOutput(blocking, isLengthPrefixed), count, (int)(timeout?.TotalMilliseconds ?? -1), rates, signals.Token);
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

    private static void ReceiveAll(SharedQueue queue, MessageOutput output, long count, int timeout, Rates rates, CancellationToken stop)
    {
        var held = new Message[(int)Math.Min(count, MostHeld)];
        try
        {
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
        catch (ChannelClosedException)
        {
            // Complete, and nothing left.
        }
    }
}
