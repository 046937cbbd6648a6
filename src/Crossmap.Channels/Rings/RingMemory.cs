using System.Numerics;
using System.Runtime.InteropServices;
using Crossmap.Channels.Memory;
using Crossmap.Objects;

namespace Crossmap.Channels.Rings;

/// <summary>What belongs to one slot of the index, as it lies in the section, but for its word: the words lie by themselves.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Slot
{
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

/// <summary>
/// A ring in shared memory. The words of its slots lie close together: each step on one waits for its cache line, wherever that is, and eight
/// slots in a row wait for it once. What else belongs to a slot is only written and read, and nobody waits for that.
/// </summary>
internal readonly unsafe struct RingMemory : ISlotMemory
{
    private readonly ulong* _words;
    private readonly Slot* _slots;
    private readonly long* _freed;
    private readonly byte* _data;
    private readonly long _mask;
    private readonly long _dataLength;

    /// <param name="start">Of the channel.</param>
    /// <param name="layout">Checked.</param>
    public RingMemory(byte* start, ChannelLayout layout)
    {
        _words = (ulong*)(start + ChannelHeader.SlotsOffset);
        _slots = (Slot*)(_words + layout.Slots);
        _freed = &((ChannelHeader*)start)->Freed;
        _data = start + layout.DataOffset;
        _dataLength = layout.DataLength;
        _mask = layout.Slots - 1;
        Slots = layout.Slots;
        SlotsLog2 = BitOperations.Log2((uint)layout.Slots);
        Capacity = (uint)(layout.DataLength / ChannelLayout.Unit);
    }

    /// <summary>Bytes of a slot, in both places.</summary>
    public static int BytesPerSlot => sizeof(ulong) + sizeof(Slot);

    public int Slots { get; }

    public int SlotsLog2 { get; }

    public uint Capacity { get; }

    /// <summary>Bytes of the longest message.</summary>
    public int MaximumLength => (int)Math.Min(_dataLength, Math.Min((long)SlotWord.MaximumUnits * ChannelLayout.Unit, int.MaxValue - ChannelLayout.Unit));

    /// <summary>Of a message of so many bytes. One without any has its place, too.</summary>
    public static uint UnitsOf(int length) => (uint)Math.Max(1, ((long)length + ChannelLayout.Unit - 1) / ChannelLayout.Unit);

    /// <summary>The bytes at a position of the data.</summary>
    public byte* DataAt(ulong position) => _data + ((position & (Capacity - 1)) * ChannelLayout.Unit);

    /// <summary>Where in the data a message starts that has this begin, in units. Always inside; <see cref="Holds"/> says whether all of it is.</summary>
    public ulong OffsetOf(SlotBegin begin, uint units) => begin.StartOf(units, Capacity) & (Capacity - 1);

    /// <summary>Whether so many units lie there in one piece.</summary>
    public bool Holds(ulong offset, uint units) => units != 0 && units <= Capacity - offset;

    public uint LapOf(long index) => (uint)(index >> SlotsLog2);

    public Slot* SlotOf(long index) => _slots + (index & _mask);

    public SlotWord ReadWord(long index) => new(Volatile.Read(ref WordOf(index)));

    /// <summary>For who sleeps until the slot is another's: the half of the word that says its state.</summary>
    public SeenWord SeenWordOf(long index, SlotWord word) => new(_words + (index & _mask), (uint)word.Value);

    /// <summary>The other half, which says its lap.</summary>
    public SeenWord SeenLapOf(long index, SlotWord word) => new((uint*)(_words + (index & _mask)) + 1, (uint)(word.Value >> 32));

    public bool TryChangeWord(long index, SlotWord from, SlotWord to) => Interlocked.CompareExchange(ref WordOf(index), to.Value, from.Value) == from.Value;

    public void WriteWord(long index, SlotWord word) => Volatile.Write(ref WordOf(index), word.Value);

    public SlotBegin ReadBegin(long index) => new(Volatile.Read(ref SlotOf(index)->Begin));

    public bool TryChangeBegin(long index, SlotBegin from, SlotBegin to) =>
        Interlocked.CompareExchange(ref SlotOf(index)->Begin, to.Value, from.Value) == from.Value;

    public void WriteBegin(long index, SlotBegin begin) => Volatile.Write(ref SlotOf(index)->Begin, begin.Value);

    public long ReadFreed() => Volatile.Read(ref *_freed);

    public bool TryChangeFreed(long from, long to) => Interlocked.CompareExchange(ref *_freed, to, from) == from;

    public bool IsKept => false;

    /// <summary>A message of a queue is somebody's to take.</summary>
    public bool TryFree(long index, SlotWord word) => word.State == SlotState.Abandoned && TryChangeWord(index, word, word.Next());

    private ref ulong WordOf(long index) => ref _words[index & _mask];
}
