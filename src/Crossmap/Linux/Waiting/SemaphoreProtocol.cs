using System.Runtime.CompilerServices;

namespace Crossmap.Linux;

/// <summary>The semaphore: a state word whose value is the count.</summary>
internal static class SemaphoreProtocol
{
    /// <summary>The count in a state word; what a hostile neighbour wrote above <see cref="int.MaxValue"/> is negative, and no count.</summary>
    public static int CountOf(ulong state) => (int)WaitProtocol.ValueOf(state);

    /// <summary>Takes one count if there is one.</summary>
    public static bool TryTake<TWord>(ref TWord word)
        where TWord : struct, IStateWord => WaitProtocol.TryTake(ref word, default(Count));

    /// <summary>Takes one count, sleeping for it. True when it was taken; else why not.</summary>
    public static bool Wait<TWord>(ref TWord word, out SleepEnd end)
        where TWord : struct, IAwaitedStateWord => WaitProtocol.Wait(ref word, default(Count), out end);

    /// <summary>Gives counts back, all or nothing. Returns the count before, or -1 when it would exceed the maximum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Release<TWord>(ref TWord word, int released, int maximum)
        where TWord : struct, IStateWord
    {
        while (true)
        {
            ulong state = word.Read();
            int count = CountOf(state);
            if ((count < 0 || released > maximum - count) && (uint)state != WaitProtocol.Everybody)
            {
                return -1;
            }

            if (WaitProtocol.TryGive(ref word, state, (uint)(count + released), released, out _))
            {
                return count;
            }
        }
    }

    public readonly struct Count : ISignal
    {
        public bool WakesAll => false;

        public uint Bits => int.MaxValue;

        public bool IsThere(uint value, uint arrived, bool waits) => (int)value > 0;

        public uint Take(uint value, bool waits) => value - 1;
    }
}
