namespace Crossmap.Channels.Rings;

/// <summary>
/// All that <see cref="SlotProtocol"/> can do to the world. One implementation works on shared memory; the tests' model is another, which runs
/// the same protocol step by step and kills it between any two.
/// </summary>
/// <remarks>A slot is named by its index, which counts on through all laps: the slot's number is the index modulo the number of slots.</remarks>
internal interface ISlotMemory
{
    /// <summary>Slots, a power of two.</summary>
    int Slots { get; }

    /// <summary>The logarithm of that.</summary>
    int SlotsLog2 { get; }

    /// <summary>Units of data, a power of two.</summary>
    uint Capacity { get; }

    SlotWord ReadWord(long index);

    /// <summary>Compare and swap, with a full barrier.</summary>
    bool TryChangeWord(long index, SlotWord from, SlotWord to);

    /// <summary>For who holds the slot: nobody else changes it. What was written before is seen by whoever reads the new word.</summary>
    void WriteWord(long index, SlotWord word);

    SlotBegin ReadBegin(long index);

    bool TryChangeBegin(long index, SlotBegin from, SlotBegin to);

    void WriteBegin(long index, SlotBegin begin);

    /// <summary>All slots before this index are free again. Behind the truth, never ahead of it.</summary>
    long ReadFreed();

    bool TryChangeFreed(long from, long to);

    /// <summary>
    /// Makes a slot that holds a message or was abandoned free for its next lap, if nobody needs it. A queue's message is somebody's to take; a
    /// broadcast's is read by everybody who is there.
    /// </summary>
    bool TryFree(long index, SlotWord word);

    /// <summary>Whether what may be freed stays until its space is needed: in a broadcast, for those who come late.</summary>
    bool IsKept { get; }
}
