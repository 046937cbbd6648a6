using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Crossmap.Torture;

/// <summary>One thread's part of the control memory in <see cref="ThreadKills"/>. Only that thread writes it, and the controller when it is dead.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct SyncSlot
{
    public const int Size = 192;

    /// <summary>Slots that each process has.</summary>
    public const int MostThreads = 12;

    /// <summary>Things that only one may have at a time, at most.</summary>
    public const int Exclusives = 4;

    /// <summary>What a thread has to do with something that only one may have. Taking and Releasing: whether it owns it then, only it and the kernel know.</summary>
    public const int NotOwned = 0, Taking = 1, Owned = 2, Releasing = 3;

    /// <summary>Reader-writer locks, and monitors.</summary>
    private const int Pair = 2;

    private const int ReportsShift = 8;

    /// <summary>Grows with every deed.</summary>
    [FieldOffset(0)] public long Progress;

    /// <summary>1: it owns nothing and waits until the others have been looked at.</summary>
    [FieldOffset(8)] public int Parked;

    /// <summary>A bit for each object that it waits for at this moment.</summary>
    [FieldOffset(12)] public int Waits;

    /// <summary>Counts owned and what is under way: see <see cref="GateAccount"/>.</summary>
    [FieldOffset(16)] public int Counts;

    /// <summary>What only one may have, taken.</summary>
    [FieldOffset(24)] public long Acquisitions;

    [FieldOffset(32)] public long Recursions;

    /// <summary>Counts, bells and doors that were waited for with success.</summary>
    [FieldOffset(40)] public long Signals;

    /// <summary>Returns from waits for a condition because it had been notified.</summary>
    [FieldOffset(48)] public long Notifications;

    /// <summary>The most that were seen reading at one moment.</summary>
    [FieldOffset(56)] public long MostReaders;

    [FieldOffset(64)] private Exclusive _exclusives;
    [FieldOffset(96)] private Two _stints;
    [FieldOffset(112)] private Two _since;
    [FieldOffset(128)] private Two _readReports;

    /// <summary>
    /// For what only one may have: the state above in the low byte and, above it, how many times abandonment was reported. One word, so that a
    /// kill leaves an acquisition and its report, or neither.
    /// </summary>
    [UnscopedRef]
    public ref long ExclusiveOf(int number) => ref _exclusives[number];

    /// <summary>Of a reader-writer lock: not 0 while the thread is surely inside for reading; see <see cref="Stint"/>.</summary>
    [UnscopedRef]
    public ref long StintOf(int @lock) => ref _stints[@lock];

    /// <summary>Of a monitor: while the thread waits, one more than the generation that it waits to see the end of; else 0.</summary>
    [UnscopedRef]
    public ref long SinceOf(int monitor) => ref _since[monitor];

    public readonly long AwaitedGeneration(int monitor) => _since[monitor] - 1;

    /// <summary>Of a reader-writer lock: how many times the thread was told as a reader.</summary>
    [UnscopedRef]
    public ref long ReadReportsOf(int @lock) => ref _readReports[@lock];

    /// <summary>One stay inside: of a process in one life, and of each of its threads another one each time.</summary>
    public static long Stint(long life, uint time) => (life << 32) | time;

    public static long LifeOfStint(long stint) => stint >> 32;

    public static int Of(int process, int thread) => (process * MostThreads) + thread;

    public static int ProcessOf(int slot) => slot / MostThreads;

    public static int ThreadOf(int slot) => slot % MostThreads;

    public static int StateOf(long word) => (int)(word & ((1 << ReportsShift) - 1));

    public static long ReportsOf(long word) => word >> ReportsShift;

    public static void Note(ref long word, int state, bool reported = false) =>
        Volatile.Write(ref word, ((ReportsOf(word) + (reported ? 1 : 0)) << ReportsShift) | (long)state);

    [InlineArray(Exclusives)]
    private struct Exclusive
    {
        private long _first;
    }

    [InlineArray(Pair)]
    private struct Two
    {
        private long _first;
    }
}
