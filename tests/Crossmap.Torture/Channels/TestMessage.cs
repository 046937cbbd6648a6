using System.Runtime.InteropServices;

namespace Crossmap.Torture.Channels;

/// <summary>The bytes of one message: who wrote it, as which one of his, how long it is, a pattern of all that, and a sum over everything before.</summary>
internal static class TestMessage
{
    public const int LeastLength = sizeof(long) * (HeadWords + 1);

    private const int HeadWords = 3;

    /// <summary>A length that a message may have.</summary>
    public static int LengthOf(Random random, int most) => LeastLength + (random.Next(((most - LeastLength) / sizeof(long)) + 1) * sizeof(long));

    public static void Write(Span<byte> bytes, int generation, int lane, long sequence)
    {
        Span<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        words[0] = ((ulong)(uint)generation << 32) | (uint)lane;
        words[1] = (ulong)sequence;
        words[2] = (ulong)bytes.Length;
        for (int i = HeadWords; i < words.Length - 1; i++)
        {
            words[i] = Pattern(lane, sequence, i);
        }

        words[^1] = SumOf(words[..^1]);
    }

    /// <summary>What is wrong with it, or null.</summary>
    public static string? FindWrong(ReadOnlySpan<byte> bytes, int generation, out int lane, out long sequence)
    {
        lane = 0;
        sequence = 0;
        if (bytes.Length < LeastLength || bytes.Length % sizeof(ulong) != 0)
        {
            return $"a message of {bytes.Length} bytes, and nobody writes such";
        }

        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        lane = (int)(uint)words[0];
        sequence = (long)words[1];
        return words[^1] != SumOf(words[..^1]) ? $"bad checksum in a message that calls itself {sequence} of {lane} with {words[2]} bytes, and has {bytes.Length}"
            : words[0] >> 32 != (uint)generation ? $"message {sequence} of {lane} is of channel {words[0] >> 32}, and came through channel {generation}"
            : words[2] != (ulong)bytes.Length ? $"message {sequence} of {lane} has {bytes.Length} bytes, and was written with {words[2]}"
            : null;
    }

    private static ulong Pattern(int lane, long sequence, int word) => unchecked((((ulong)lane * 0x9E37_79B9_7F4A_7C15UL) + (ulong)sequence) * 0xBF58_476D_1CE4_E5B9UL) + (ulong)word;

    private static ulong SumOf(ReadOnlySpan<ulong> words)
    {
        ulong sum = 0xCBF2_9CE4_8422_2325UL;
        foreach (ulong word in words)
        {
            sum = unchecked((sum ^ word) * 0x0000_0100_0000_01B3UL);
            sum ^= sum >> 29;
        }

        return sum;
    }
}
