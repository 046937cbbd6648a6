using System.CommandLine;

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
}
