using System.Runtime.InteropServices;
using Crossmap.Objects;

namespace Crossmap.Channels.Rings;

/// <summary>One slot of the index, as it lies in the section: two to a cache line.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Slot
{
    /// <summary>A <see cref="SlotWord"/>.</summary>
    public ulong Word;

    /// <summary>A <see cref="SlotBegin"/>.</summary>
    public ulong Begin;

    /// <summary>Bytes of the message: written before it is committed.</summary>
    public int Length;

    /// <summary>What the kind of channel keeps beside it: the reply's length, or nothing.</summary>
    public int Second;

    /// <summary>
    /// Of a request: who asked. Of a message in a broadcast whose publishers do not wait: how many slots before were abandoned, as a
    /// <see cref="SlotBegin"/>.
    /// </summary>
    public long Tag;
}

/// <summary>A ring in shared memory.</summary>
/// <param name="slots">The index.</param>
/// <param name="count">Of slots, a power of two.</param>
/// <param name="capacity">Units of data, a power of two.</param>
/// <param name="freed">The mark of what is free.</param>
internal readonly unsafe struct RingMemory(Slot* slots, int count, uint capacity, long* freed) : ISlotMemory
{
    public int Slots => count;

    public uint Capacity => capacity;

    public Slot* SlotOf(long index) => slots + (index & (count - 1));

    public SlotWord ReadWord(long index) => new(Volatile.Read(ref SlotOf(index)->Word));

    /// <summary>For who sleeps until the slot is another's: the half of the word that says its state.</summary>
    public SeenWord SeenWordOf(long index, SlotWord word) => new(&SlotOf(index)->Word, (uint)word.Value);

    public bool TryChangeWord(long index, SlotWord from, SlotWord to) => Interlocked.CompareExchange(ref SlotOf(index)->Word, to.Value, from.Value) == from.Value;

    public void WriteWord(long index, SlotWord word) => Volatile.Write(ref SlotOf(index)->Word, word.Value);

    public SlotBegin ReadBegin(long index) => new(Volatile.Read(ref SlotOf(index)->Begin));

    public bool TryChangeBegin(long index, SlotBegin from, SlotBegin to) =>
        Interlocked.CompareExchange(ref SlotOf(index)->Begin, to.Value, from.Value) == from.Value;

    public void WriteBegin(long index, SlotBegin begin) => Volatile.Write(ref SlotOf(index)->Begin, begin.Value);

    public long ReadFreed() => Volatile.Read(ref *freed);

    public bool TryChangeFreed(long from, long to) => Interlocked.CompareExchange(ref *freed, to, from) == from;

    public bool IsKept => false;

    /// <summary>A message of a queue is somebody's to take.</summary>
    public bool TryFree(long index, SlotWord word) => word.State == SlotState.Abandoned && TryChangeWord(index, word, word.Next());
}
