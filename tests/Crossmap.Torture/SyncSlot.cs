using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Crossmap.Torture;

/// <summary>One thread's part of the control memory in <see cref="SyncKills"/>. Only that thread writes it, and the controller when it is dead.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct SyncSlot
{
    public const int Size = 128;

    /// <summary>What a thread has to do with a mutex or the turn. Taking and Releasing: whether it owns it then, only it and the kernel know.</summary>
    public const int NotOwned = 0, Taking = 1, Owned = 2, Releasing = 3;

    private const int ReportsShift = 8;

    /// <summary>Grows with every deed.</summary>
    [FieldOffset(0)] public long Progress;

    /// <summary>1: it owns nothing and waits until the others have been looked at.</summary>
    [FieldOffset(8)] public int Parked;

    /// <summary>A bit for each object that it waits for at this moment.</summary>
    [FieldOffset(12)] public int Waits;

    /// <summary>Counts owned and what is under way: see <see cref="GateAccount"/>.</summary>
    [FieldOffset(16)] public int Counts;

    /// <summary>Mutexes and turns taken.</summary>
    [FieldOffset(24)] public long Acquisitions;

    [FieldOffset(32)] public long Recursions;

    /// <summary>Counts, bells and doors that were waited for with success.</summary>
    [FieldOffset(40)] public long Signals;

    [FieldOffset(64)] private Exclusive _exclusives;

    /// <summary>
    /// For a mutex or the turn: the state above in the low byte and, above it, how many times abandonment was reported. One word, so that a
    /// kill leaves an acquisition and its report, or neither.
    /// </summary>
    [UnscopedRef]
    public ref long ExclusiveOf(int number) => ref _exclusives[number];

    public static int StateOf(long word) => (int)(word & ((1 << ReportsShift) - 1));

    public static long ReportsOf(long word) => word >> ReportsShift;

    public static void Note(ref long word, int state, bool reported = false) =>
        Volatile.Write(ref word, ((ReportsOf(word) + (reported ? 1 : 0)) << ReportsShift) | (long)state);

    [InlineArray(SyncObjects.Exclusives)]
    private struct Exclusive
    {
        private long _first;
    }
}
