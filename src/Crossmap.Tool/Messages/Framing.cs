using System.CommandLine;
using Crossmap.Channels;

namespace Crossmap.Tool.Messages;

/// <summary>How messages stand in a stream of bytes.</summary>
internal static class Framing
{
    public static Option<bool> LengthPrefixed() =>
        new("--length-prefixed") { Description = "Not lines: each message behind its length, four bytes, little-endian. For messages that hold anything." };

    public static MessageInput StandardInput(BlockingCalls blocking, bool isLengthPrefixed, int maximum)
    {
        Stream input = Console.OpenStandardInput();
        return new MessageInput(
            memory =>
            {
                using (blocking.Begin())
                {
                    return input.Read(memory.Span);
                }
            },
            isLengthPrefixed,
            maximum);
    }

    /// <summary>All messages of an input, each waiting for space.</summary>
    /// <exception cref="System.Threading.Channels.ChannelClosedException">The channel is complete.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static void WriteAll(MessageInput input, MessageWriter writer, Rates rates, CancellationToken stop)
    {
        while (input.TryNext(out ReadOnlySpan<byte> message))
        {
            if (!writer.TryWrite(message))
            {
                writer.Write(message, -1, stop);
            }

            rates.Count(message.Length);
        }
    }
}
