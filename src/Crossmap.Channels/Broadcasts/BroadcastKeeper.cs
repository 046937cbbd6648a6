using Crossmap.Channels.Rings;

namespace Crossmap.Channels.Broadcasts;

/// <summary>What a broadcast keeps: who claims asks here what may be freed for it.</summary>
/// <remarks>
/// <para>Where publishers wait, a message may be freed when the cursors of all subscribers are beyond it. Somebody may subscribe while that is being
/// found out. So the freer first leases the slot, and then looks whether anybody has come; only if not he frees it. Who comes shows his cursor, and
/// then looks which slots are leased or free: those are not his any more, all others are. A freer that dies leaves a lease, and so a message
/// (<see cref="SlotProtocol.Recover"/>).</para>
/// <para>Where publishers do not wait, a slot takes along how many before it were abandoned: from that, and from the indices alone, who was overrun
/// knows exactly how many messages he missed. Slots are freed in their order, so each one's count follows from the one before.</para>
/// </remarks>
internal readonly unsafe struct BroadcastKeeper(Subscribers? subscribers) : ISlotKeeper
{
    public bool IsKept => true;

    public bool TryFree(in RingMemory ring, long index, SlotWord word)
    {
        if (!word.IsMessage && word.State != SlotState.Abandoned)
        {
            return false;
        }

        if (subscribers is null)
        {
            return TryCount(in ring, index, word) && ring.TryChangeWord(index, word, word.Next());
        }

        if (word.State == SlotState.Abandoned)
        {
            return ring.TryChangeWord(index, word, word.Next());
        }

        SlotWord leased = word.With(SlotState.Leased, subscribers.Freer);
        if (!subscribers.MayAllBeBeyond(index) || !ring.TryChangeWord(index, word, leased))
        {
            return false;
        }

        // SYNC POINT with Subscription: the lease, with a full barrier, then who is there. He shows his cursor, then looks for leases.
        bool areBeyond = subscribers.AreAllBeyond(index);
        ring.WriteWord(index, areBeyond ? leased.Next() : leased.With(SlotState.Returned));
        return areBeyond;
    }

    /// <summary>How many of the slots before this one were abandoned. False: it is not known any more, as the slot has been used again.</summary>
    public static bool TryReadAbandoned(in RingMemory ring, long index, out long count)
    {
        var there = new SlotBegin((ulong)Volatile.Read(ref ring.SlotOf(index)->Tag));
        count = index == 0 ? 0 : (long)there.Position;
        return index == 0 || there.IsOf(ring.LapOf(index));
    }

    /// <summary>Writes the count of the next slot, before this one is freed. False: it is not this slot's turn, or no more.</summary>
    private static bool TryCount(in RingMemory ring, long index, SlotWord word)
    {
        if (!TryReadAbandoned(in ring, index, out long count))
        {
            // The count was there before the slot before was freed.
            return Refuse(in ring, index, word, index > 0 && ring.ReadWord(index - 1).LapsAheadOf(ring.LapOf(index - 1)) > 0 && !TryReadAbandoned(in ring, index, out _));
        }

        uint lap = ring.LapOf(index + 1);
        ref long there = ref ring.SlotOf(index + 1)->Tag;
        long before = Volatile.Read(ref there);
        if (new SlotBegin((ulong)before).IsOf(lap))
        {
            return true;
        }

        // From the lap before only: who was stopped here for laps must not write what was true then over what is now.
        bool isTurn = new SlotBegin((ulong)before).IsOf(lap - 1) || (before == 0 && index < ring.Slots);
        if (!isTurn)
        {
            return Refuse(in ring, index, word, true);
        }

        var next = new SlotBegin((ulong)count + (word.State == SlotState.Abandoned ? 1UL : 0), lap);
        return Interlocked.CompareExchange(ref there, (long)next.Value, before) == before || new SlotBegin((ulong)Volatile.Read(ref there)).IsOf(lap);
    }

    /// <summary>False; but if the slot is still what it was, it was its turn, and the counts are not what they must be.</summary>
    private static bool Refuse(in RingMemory ring, long index, SlotWord word, bool isCorrupt) =>
        isCorrupt && ring.ReadWord(index) == word ? throw new ChannelCorruptedException("The ring's counts contradict one another: somebody wrote over them.") : false;
}
