using Crossmap.Channels.Memory;
using Crossmap.Channels.Rings;
using Crossmap.Objects;

namespace Crossmap.Channels.Queues;

/// <content>What its sleepers wait for, and whom they watch meanwhile.</content>
internal sealed unsafe partial class SlotQueue
{
    /// <summary>A consumer's: a message is there, or none will be. Also begins to watch whoever holds what he might get instead.</summary>
    private struct MessageThere(SlotQueue queue) : ICondition
    {
        private SeenWord _next, _end;

        /// <summary>The slot of the next claim, and the end. Whoever holds another one is watched.</summary>
        public readonly SeenWords SeenNotMet => new(_next, _end);

        public readonly bool MayBeMet() =>
            SlotProtocol.Look(ref queue._ring, queue._takes.Next, out _, out _) == SlotResult.Done || queue.IsOver || queue.IsDisposed;

        public bool IsMet()
        {
            // All that is in use, and not only what lies behind what this object has passed: a lease becomes a message again when its holder dies.
            // What is not watched now was not held when the gate was closed; before anybody can come to hold it, its producer rings.
            ref RingMemory ring = ref queue._ring;
            long first = SlotProtocol.AdvanceFreed(ref ring, ring.ReadFreed() + ring.Slots);
            // Before all else: it is the end only for who finds nothing afterwards.
            _end = queue.SeenCompletion;
            bool isBlocked = false;
            _next = default;
            queue._self.Record->WaitsFor = ParticipantRecord.ForMessage;
            for (long index = first; index < first + ring.Slots; index++)
            {
                SlotWord word = ring.ReadWord(index);
                int ahead = word.LapsAheadOf(SlotProtocol.LapOf(ref ring, index));
                if (ahead < 0 || (ahead == 0 && word.State == SlotState.Free))
                {
                    _next = ring.SeenWordOf(index, word);
                    break;
                }

                if (ahead == 0 && word.IsMessage && !isBlocked)
                {
                    queue._takes.Next = first;
                    return true;
                }

                if (ahead == 0 && word.IsHeld)
                {
                    isBlocked |= word.State == SlotState.Claimed;
                    queue.WatchFor(word.Owner);
                }
            }

            if (queue.MustWatchAll)
            {
                queue.WatchAll(queue._self.Number);
            }

            return queue.IsDisposed || queue.IsOver;
        }
    }

    /// <summary>A producer's: something was freed since he looked. Also begins to watch whoever holds the oldest slot.</summary>
    private struct SpaceFreed(SlotQueue queue, long seen) : ICondition
    {
        private SeenWord _oldest;

        /// <summary>The oldest slot, and the end. If somebody holds that slot he is watched.</summary>
        public readonly SeenWords SeenNotMet => new(_oldest, queue.SeenNotCompleted);

        public readonly bool MayBeMet() => IsFreed() || queue.IsCompleted || queue.IsDisposed;

        public bool IsMet()
        {
            // The word before the look, so that it is not a later one: the slot is that of the mark, if that has not moved.
            SlotWord word = queue._ring.ReadWord(seen);
            _oldest = queue._ring.SeenWordOf(seen, word);
            if (IsFreed() || queue.IsCompleted || queue.IsDisposed)
            {
                return true;
            }

            queue._self.Record->WaitsFor = ParticipantRecord.ForSpace;
            if (word.IsHeld)
            {
                queue.WatchFor(word.Owner);
            }

            if (queue.MustWatchAll)
            {
                queue.WatchAll(queue._self.Number);
            }

            return false;
        }

        private readonly bool IsFreed()
        {
            ref RingMemory ring = ref queue._ring;
            long freed = SlotProtocol.AdvanceFreed(ref ring, ring.ReadFreed() + ring.Slots);
            return freed != seen;
        }
    }
}
