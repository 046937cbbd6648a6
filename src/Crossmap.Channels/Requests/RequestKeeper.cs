using Crossmap.Channels.Memory;
using Crossmap.Channels.Rings;

namespace Crossmap.Channels.Requests;

/// <summary>What a ring of requests keeps: an answer that nobody waits for any more is anybody's to free.</summary>
/// <param name="participants">Whose incarnations tell whether who asked is still there.</param>
internal readonly unsafe struct RequestKeeper(ParticipantRecord* participants) : ISlotKeeper
{
    public bool IsKept => false;

    /// <summary>Also an answer whose client has given up, or is not the place's holder any more.</summary>
    public bool TryFree(in RingMemory ring, long index, SlotWord word)
    {
        var asked = new RequestTag(Volatile.Read(ref ring.SlotOf(index)->Tag));
        bool isNobodys = word.State == SlotState.Abandoned
            || (word.State == SlotState.Answered && (asked == RequestTag.GivenUp || Volatile.Read(ref participants[word.Owner].Incarnation) != asked.Incarnation));
        return isNobodys && ring.TryChangeWord(index, word, word.Next());
    }
}
