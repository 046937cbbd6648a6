using System.CommandLine;
using System.Threading.Channels;
using Crossmap.Channels;

namespace Crossmap.Tool.Messages;

/// <summary><c>crossmap send NAME|PATH</c>: standard input into a queue.</summary>
internal static class SendCommand
{
    public static Command Create()
    {
        var queue = new QueueOptions();
        Option<bool> lengthPrefixed = Framing.LengthPrefixed();
        var complete = new Option<bool>("--complete") { Description = "At the end of the input: nothing more will be sent, by anybody. Receivers end when they have all." };
        var noWait = new Option<bool>("--no-wait") { Description = "Do not wait for the receivers of a queue in memory: what nobody has received when the last process leaves it is gone." };
        var send = new Command("send", "Sends each line of standard input through a queue, as a message to one receiver.");
        queue.AddTo(send);
        send.Add(lengthPrefixed);
        send.Add(complete);
        send.Add(noWait);
        send.SetAction(parsed => Run(queue, parsed, parsed.GetValue(lengthPrefixed), parsed.GetValue(complete), parsed.GetValue(noWait)));
        return send;
    }

    private static int Run(QueueOptions options, ParseResult parsed, bool isLengthPrefixed, bool complete, bool noWait)
    {
        using var signals = new StopSignals();
        using SharedQueue queue = options.Open(parsed);
        using var blocking = new BlockingCalls(signals, queue);
        using var rates = new Rates();
        try
        {
            Framing.WriteAll(Framing.StandardInput(blocking, isLengthPrefixed, queue.MaximumMessageLength), queue.Writer, rates, signals.Token);

            // Before it is complete, or the wait would have no end to wait for.
            if (!noWait && queue.FilePath is null && !queue.Writer.WaitUntilEmpty(-1, signals.Token))
            {
                CrossmapCommand.Say($"'{options.AddressOf(parsed).Text}' was completed by another sender. What is still in it is received only while somebody has it open.");
            }

            if (complete)
            {
                queue.Writer.TryComplete();
            }

            return ExitCode.Success;
        }
        catch (ChannelClosedException)
        {
            throw new IOException($"'{options.AddressOf(parsed).Text}' is complete: nothing can be sent through it any more.");
        }
        catch (OperationCanceledException)
        {
            return signals.ExitCodeOfSignal;
        }
    }
}
