using Crossmap.Channels.Memory;
using Crossmap.Channels.Rings;
using Crossmap.Objects;

namespace Crossmap.Channels.Requests;

/// <summary>A ring of requests: an answer that nobody waits for any more is anybody's to free.</summary>
/// <param name="ring">The ring.</param>
/// <param name="participants">Whose incarnations tell whether who asked is still there.</param>
internal readonly unsafe struct RequestMemory(RingMemory ring, ParticipantRecord* participants) : ISlotMemory
{
    public int Slots => ring.Slots;

    public int SlotsLog2 => ring.SlotsLog2;

    public uint Capacity => ring.Capacity;

    public Slot* SlotOf(long index) => ring.SlotOf(index);

    public SeenWord SeenWordOf(long index, SlotWord word) => ring.SeenWordOf(index, word);

    public SeenWord SeenLapOf(long index, SlotWord word) => ring.SeenLapOf(index, word);

    public SlotWord ReadWord(long index) => ring.ReadWord(index);

    public bool TryChangeWord(long index, SlotWord from, SlotWord to) => ring.TryChangeWord(index, from, to);

    public void WriteWord(long index, SlotWord word) => ring.WriteWord(index, word);

    public SlotBegin ReadBegin(long index) => ring.ReadBegin(index);

    public bool TryChangeBegin(long index, SlotBegin from, SlotBegin to) => ring.TryChangeBegin(index, from, to);

    public void WriteBegin(long index, SlotBegin begin) => ring.WriteBegin(index, begin);

    public long ReadFreed() => ring.ReadFreed();

    public bool TryChangeFreed(long from, long to) => ring.TryChangeFreed(from, to);

    public bool IsKept => false;

    /// <summary>Also an answer whose client has given up, or is not the place's holder any more.</summary>
    public bool TryFree(long index, SlotWord word)
    {
        var asked = new RequestTag(Volatile.Read(ref SlotOf(index)->Tag));
        bool isNobodys = word.State == SlotState.Abandoned
            || (word.State == SlotState.Answered && (asked == RequestTag.GivenUp || Volatile.Read(ref participants[word.Owner].Incarnation) != asked.Incarnation));
        return isNobodys && ring.TryChangeWord(index, word, word.Next());
    }
}

/// <summary>Who asked: a place, and which of its holders.</summary>
internal readonly record struct RequestTag(long Value)
{
    public RequestTag(int place, ulong incarnation)
        : this((long)((incarnation << 8) | (byte)place))
    {
    }

    public int Place => (byte)Value;

    public ulong Incarnation => (ulong)Value >> 8;

    /// <summary>Nobody's: no incarnation is 0.</summary>
    public static RequestTag GivenUp => default;
}
