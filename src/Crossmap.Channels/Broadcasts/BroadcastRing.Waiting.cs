using Crossmap.Channels.Rings;
using Crossmap.Objects;

namespace Crossmap.Channels.Broadcasts;

/// <content>What sleeping publishers wait for, and whom they watch meanwhile.</content>
internal sealed unsafe partial class BroadcastRing
{
    /// <summary>A publisher's: the oldest slot can be freed, or was. Also begins to watch whoever is in the way of that.</summary>
    private struct SpaceFreed(BroadcastRing channel, long seen) : ICondition
    {
        private SeenWord _state, _lap;

        /// <summary>All of the oldest slot, and the end.</summary>
        public readonly SeenWords SeenNotMet => new(_state, _lap, channel.SeenNotCompleted);

        public readonly bool MayBeMet() => channel.SpaceMark != seen || channel.IsCompleted || channel.IsDisposed
            || (channel._ring.ReadWord(seen) is var word && channel.IsOf(seen, word) && !IsBlocked(seen, word, mustWatch: false));

        public bool IsMet()
        {
            if (channel.SpaceMark != seen || channel.IsCompleted || channel.IsDisposed)
            {
                return true;
            }

            ref KeptRing<BroadcastKeeper> ring = ref channel._ring;
            SlotWord word = ring.ReadWord(seen);
            _state = ring.Memory.SeenWordOf(seen, word);
            _lap = ring.Memory.SeenLapOf(seen, word);

            // The mark is behind the truth: a claim may have failed at a later slot.
            long freed = seen;
            while (freed - seen < ring.Slots && ring.ReadWord(freed).LapsAheadOf(SlotProtocol.LapOf(ref ring, freed)) > 0)
            {
                freed++;
            }

            if (freed != seen)
            {
                ring.TryChangeFreed(seen, freed);
                return true;
            }

            return !IsBlocked(seen, word, mustWatch: true);
        }

        private readonly bool IsBlocked(long index, SlotWord word, bool mustWatch)
        {
            if (word.IsHeld)
            {
                Watch(word.Owner, mustWatch);
                return true;
            }

            bool isBlocked = false;
            int end = word.IsMessage && !channel.IsOverrun ? channel.Subscribers.End : 0;
            for (int place = 0; place < end && (mustWatch || !isBlocked); place++)
            {
                if (channel.Subscribers.IsThere(place) && channel.Subscribers.PositionOf(place) <= index)
                {
                    isBlocked = true;
                    Watch(place, mustWatch);
                }
            }

            return isBlocked;
        }

        private readonly void Watch(int place, bool mustWatch)
        {
            if (mustWatch && channel._publisher is { } publisher && place != publisher.Number)
            {
                publisher.Record->WaitsFor = place + 1;
                channel.Watchers.Watch(place);
            }
        }
    }
}
