namespace Crossmap.Torture;

/// <summary>
/// The part of an object that one worker alone writes: the object's identity, a number, and a pattern made from both. What another object,
/// another life of the name, or a stray write left there does not fit.
/// </summary>
internal static class Stamp
{
    private const int FirstOffset = 4096, Size = 512, Words = Size / sizeof(long);

    public static long OffsetOf(int worker) => FirstOffset + (worker * Size);

    public static int Length => Size;

    public static void Write(MappedView view, int worker, long identity, long number)
    {
        Span<long> words = view.AsSpan<long>(OffsetOf(worker), Words);
        Volatile.Write(ref words[0], identity);
        words[1] = number;
        for (int i = 2; i < Words; i++)
        {
            words[i] = Pattern(identity, number, i);
        }
    }

    public static bool Holds(MappedView view, int worker, long identity, long number) =>
        Holds(view.AsSpan<long>(OffsetOf(worker), Words), identity, number);

    public static bool Holds(ReadOnlySpan<long> words, long identity, long number)
    {
        if (words[0] != identity || words[1] != number)
        {
            return false;
        }

        for (int i = 2; i < Words; i++)
        {
            if (words[i] != Pattern(identity, number, i))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>What does not belong to the object of that identity, or null. The first word of a stamp is written whole, so it is either nothing or its object's.</summary>
    public static string? FindForeign(MappedView view, long identity)
    {
        for (int worker = 0; worker < TortureOptions.MaximumProcesses; worker++)
        {
            long found = Volatile.Read(ref view.At<long>(OffsetOf(worker)));
            if (found != 0 && found != identity)
            {
                return $"the object {identity} holds what worker {worker} wrote into the object {found}";
            }
        }

        return null;
    }

    private static long Pattern(long identity, long number, int word) => unchecked((((identity * 31) + number) * 1_000_003) + (word * 0x9E37_79B9L));
}
