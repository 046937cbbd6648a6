namespace Crossmap.Channels.Rings;

/// <summary>A ring in shared memory, of which a kind of channel says what may be freed.</summary>
/// <param name="ring">The ring.</param>
/// <param name="keeper">Of the kind.</param>
internal readonly struct KeptRing<TKeeper>(RingMemory ring, TKeeper keeper) : ISlotMemory
    where TKeeper : struct, ISlotKeeper
{
    /// <summary>All that is in it.</summary>
    public RingMemory Memory => ring;

    public int Slots => ring.Slots;

    public int SlotsLog2 => ring.SlotsLog2;

    public uint Capacity => ring.Capacity;

    public bool IsKept => keeper.IsKept;

    public SlotWord ReadWord(long index) => ring.ReadWord(index);

    public bool TryChangeWord(long index, SlotWord from, SlotWord to) => ring.TryChangeWord(index, from, to);

    public void WriteWord(long index, SlotWord word) => ring.WriteWord(index, word);

    public SlotBegin ReadBegin(long index) => ring.ReadBegin(index);

    public bool TryChangeBegin(long index, SlotBegin from, SlotBegin to) => ring.TryChangeBegin(index, from, to);

    public void WriteBegin(long index, SlotBegin begin) => ring.WriteBegin(index, begin);

    public long ReadFreed() => ring.ReadFreed();

    public bool TryChangeFreed(long from, long to) => ring.TryChangeFreed(from, to);

    public bool TryFree(long index, SlotWord word) => keeper.TryFree(in ring, index, word);
}
