using System.Runtime.CompilerServices;

namespace Crossmap.Channels.Rings;

/// <summary>How a claim or a take went.</summary>
internal enum SlotResult
{
    Done,

    /// <summary>No space for a claim, no message to take.</summary>
    Nothing,

    /// <summary>A message is being written by a producer before the others, which are to be taken in its order.</summary>
    Blocked,
}

/// <summary>
/// The ring of slots: any number of producers and consumers, each message to one consumer, in the order of the claims.
/// </summary>
/// <remarks>
/// <para>What must hold: the claimed slots are those before the head, without a gap. A slot that is neither free nor just being claimed has the
/// begin of its successor written. So a killed process leaves slots that name it, and nothing else to repair: whoever sees that it is dead
/// makes its claims abandoned ones and its leases messages again (<see cref="Recover"/>), each by one step that fails if it was done already.</para>
/// <para>Nothing here is believed: what the ring's memory says may be anything. Each loop has an end, each length and position is compared with
/// the capacity before it is used.</para>
/// </remarks>
internal static class SlotProtocol
{
    /// <summary>Turns of a loop in which each turn is somebody else's progress. More than ever happen; a neighbour who scribbles makes them.</summary>
    private const int MostTurns = 1 << 20;

    /// <summary>Claims the next slot and space for the message.</summary>
    /// <param name="memory">The ring.</param>
    /// <param name="owner">The claimant's place.</param>
    /// <param name="units">Of the message.</param>
    /// <param name="next">Where to look for the head: all slots before it are known to be claimed. Moves on.</param>
    /// <param name="tail">A position before which all data was free once. Moves on.</param>
    /// <param name="index">The slot.</param>
    /// <param name="start">The position of its data.</param>
    public static SlotResult TryClaim<TMemory>(ref TMemory memory, int owner, uint units, ref long next, ref ulong tail, out long index, out ulong start)
        where TMemory : struct, ISlotMemory
    {
        index = next;
        for (int turn = 0; turn < MostTurns; turn++)
        {
            uint lap = LapOf(ref memory, index);
            SlotWord word = memory.ReadWord(index);
            int ahead = word.LapsAheadOf(lap);
            if (ahead > 0)
            {
                // The head was here laps ago. Not further than is sure: from beyond it there is no way back, as a slot that is free may have been used
                // up to the lap before, while an older one is still in use.
                long used = index + ((long)(word.State == SlotState.Free ? ahead - 1 : ahead) * memory.Slots);
                index = Math.Max(used + 1, memory.ReadFreed());
                continue;
            }

            if (ahead < 0)
            {
                // Still in use since the lap before, or known to be so to somebody who has not looked for some time.
                if (!Free(ref memory, index - memory.Slots))
                {
                    start = 0;
                    return SlotResult.Nothing;
                }

                continue;
            }

            if (word.State != SlotState.Free)
            {
                index++;
                continue;
            }

            if (index - memory.ReadFreed() >= memory.Slots
                && index - AdvanceFreed(ref memory, memory.IsKept ? index - memory.Slots + 1 : index) >= memory.Slots)
            {
                // The mark must move before the slot can be used again, or whoever looks for what is in use would miss it.
                continue;
            }

            if (!TryBegin(ref memory, index, out SlotBegin begin))
            {
                continue;
            }

            start = begin.StartOf(units, memory.Capacity);
            ulong freeBefore = tail;
            if (SlotBegin.Distance(freeBefore, start) + units > memory.Capacity)
            {
                freeBefore = Tail(ref memory, index, start, units);
                if (SlotBegin.Distance(freeBefore, start) + units > memory.Capacity)
                {
                    return SlotResult.Nothing;
                }
            }

            // SYNC POINT with everybody who claims: the slot, its space and whose it is, in one step.
            if (memory.TryChangeWord(index, word, new SlotWord(SlotState.Claimed, lap, owner, units)))
            {
                // Others may have written the same already; nobody anything else while the slot is held: so no comparison.
                memory.WriteBegin(index, begin);
                tail = freeBefore;
                next = index + 1;
                return SlotResult.Done;
            }
        }

        throw Corrupt();
    }

    /// <summary>Takes the oldest message that nobody has taken.</summary>
    /// <param name="memory">The ring.</param>
    /// <param name="owner">The consumer's place.</param>
    /// <param name="next">Where to look for it: all messages before were taken when that was looked at. Moves on.</param>
    /// <param name="index">The slot of the message, or the one that blocks.</param>
    /// <param name="word">As it is now.</param>
    public static SlotResult TryTake<TMemory>(ref TMemory memory, int owner, ref long next, out long index, out SlotWord word)
        where TMemory : struct, ISlotMemory
    {
        index = next;
        for (int turn = 0; turn < MostTurns; turn++)
        {
            uint lap = LapOf(ref memory, index);
            word = memory.ReadWord(index);
            int ahead = word.LapsAheadOf(lap);
            if (ahead > 0)
            {
                // Long over. The ring may be whole laps further.
                index = ahead == 1 ? index + 1 : Math.Max(index + 1, memory.ReadFreed());
                continue;
            }

            if (ahead < 0 || word.State == SlotState.Free)
            {
                next = index;
                return SlotResult.Nothing;
            }

            if (word.IsMessage)
            {
                // SYNC POINT with the other consumers: one of them gets it.
                SlotWord leased = word.With(word.State == SlotState.Returned ? SlotState.LeasedAgain : SlotState.Leased, owner);
                if (memory.TryChangeWord(index, word, leased))
                {
                    word = leased;
                    next = index + 1;
                    return SlotResult.Done;
                }

                continue;
            }

            if (word.State == SlotState.Claimed)
            {
                next = index;
                return SlotResult.Blocked;
            }

            index++;
        }

        throw Corrupt();
    }

    /// <summary>Whether <see cref="TryTake"/> would find a message, or something that blocks.</summary>
    public static SlotResult Look<TMemory>(ref TMemory memory, long from, out long index, out SlotWord word)
        where TMemory : struct, ISlotMemory
    {
        index = from;
        for (int turn = 0; turn < MostTurns; turn++)
        {
            word = memory.ReadWord(index);
            int ahead = word.LapsAheadOf(LapOf(ref memory, index));
            if (ahead < 0 || (ahead == 0 && word.State == SlotState.Free))
            {
                return SlotResult.Nothing;
            }

            if (ahead == 0 && word.IsMessage)
            {
                return SlotResult.Done;
            }

            if (ahead == 0 && word.State == SlotState.Claimed)
            {
                return SlotResult.Blocked;
            }

            index = ahead > 1 ? Math.Max(index + 1, memory.ReadFreed()) : index + 1;
        }

        throw Corrupt();
    }

    /// <summary>
    /// What a dead participant held is nobody's again: its claims are abandoned, its leases are messages to be delivered again. For whoever has its
    /// place now, so that nobody else can: a new holder would lose what is his.
    /// </summary>
    /// <param name="memory">The ring.</param>
    /// <param name="owner">The place.</param>
    /// <param name="claimsOnly">Leases are another's to recover.</param>
    /// <returns>How many slots it changed.</returns>
    public static int Recover<TMemory>(ref TMemory memory, int owner, bool claimsOnly = false)
        where TMemory : struct, ISlotMemory
    {
        int changed = 0;
        long first = memory.ReadFreed();
        for (long index = first; index < first + memory.Slots; index++)
        {
            SlotWord word = memory.ReadWord(index);
            if (!word.IsHeld || (claimsOnly && word.State != SlotState.Claimed) || word.Owner != owner || word.LapsAheadOf(LapOf(ref memory, index)) != 0)
            {
                continue;
            }

            if (word.State == SlotState.Claimed)
            {
                // As its claimant may have died before. Who comes behind it finds his own begin by it.
                WriteBegin(ref memory, index);
            }

            SlotState next = word.State == SlotState.Claimed ? SlotState.Abandoned : SlotState.Returned;
            changed += memory.TryChangeWord(index, word, word.With(next)) ? 1 : 0;
        }

        return changed;
    }

    /// <summary>Moves the mark of what is free on as far as it goes. Returns where it stands.</summary>
    public static long AdvanceFreed<TMemory>(ref TMemory memory, long head)
        where TMemory : struct, ISlotMemory
    {
        long first = memory.ReadFreed(), freed = first;
        while (freed < head && freed - first < memory.Slots && Free(ref memory, freed))
        {
            freed++;
        }

        // Somebody else may have moved it further: then this fails, or he does.
        return freed == first || memory.TryChangeFreed(first, freed) ? freed : memory.ReadFreed();
    }

    /// <summary>Whether the slot of that index is over: it makes it so where nobody else would.</summary>
    private static bool Free<TMemory>(ref TMemory memory, long index)
        where TMemory : struct, ISlotMemory
    {
        SlotWord word = memory.ReadWord(index);
        int ahead = word.LapsAheadOf(LapOf(ref memory, index));
        return ahead > 0
            || (ahead == 0 && memory.TryFree(index, word));
    }

    /// <summary>
    /// Where the data of the oldest slot in use starts; where nothing is in use, where the next message will. Frees what it can, but what is kept only
    /// as far as a message there needs it.
    /// </summary>
    private static ulong Tail<TMemory>(ref TMemory memory, long head, ulong start, uint units)
        where TMemory : struct, ISlotMemory
    {
        long limit = memory.IsKept ? memory.ReadFreed() : head;
        for (int turn = 0; turn < MostTurns + memory.Slots; turn++)
        {
            long freed = AdvanceFreed(ref memory, limit);
            if (freed >= head)
            {
                return start;
            }

            WriteBegin(ref memory, freed);
            SlotBegin begin = memory.ReadBegin(freed);
            SlotWord word = memory.ReadWord(freed);
            uint lap = LapOf(ref memory, freed);
            if (word.LapsAheadOf(lap) > 0)
            {
                // Free already, and whoever freed it has not moved the mark: he may be about to, or have died.
                limit = Math.Max(limit, freed + 1);
                continue;
            }

            if (word.LapsAheadOf(lap) == 0 && begin.IsOf(lap))
            {
                ulong tail = begin.StartOf(word.Units, memory.Capacity);
                if (freed < limit || limit >= head || SlotBegin.Distance(tail, start) + units <= memory.Capacity)
                {
                    return tail;
                }

                limit = freed + 1;
            }
        }

        throw Corrupt();
    }

    /// <summary>The begin of a slot that is about to be claimed, once that of the one before is written. False: look again.</summary>
    private static bool TryBegin<TMemory>(ref TMemory memory, long index, out SlotBegin begin)
        where TMemory : struct, ISlotMemory
    {
        if (index > 0)
        {
            WriteBegin(ref memory, index - 1);
        }

        return TryFollow(ref memory, index, out begin);
    }

    /// <summary>What follows from the slot before. While that index is the head or just claimed, the one before is in use in its lap, or has been.</summary>
    private static bool TryFollow<TMemory>(ref TMemory memory, long index, out SlotBegin begin)
        where TMemory : struct, ISlotMemory
    {
        if (index == 0)
        {
            begin = new SlotBegin(0, 0);
            return true;
        }

        uint lap = LapOf(ref memory, index - 1);
        SlotWord word = memory.ReadWord(index - 1);
        SlotBegin before = memory.ReadBegin(index - 1);
        begin = new SlotBegin(before.StartOf(word.Units, memory.Capacity) + word.Units, LapOf(ref memory, index));
        int ahead = word.LapsAheadOf(lap);
        return before.IsOf(lap) && ((ahead == 0 && word.State != SlotState.Free) || (ahead == 1 && word.State == SlotState.Free));
    }

    /// <summary>Writes the begin of a slot that was claimed, if its claimant has not: he was just about to, or died.</summary>
    private static void WriteBegin<TMemory>(ref TMemory memory, long index)
        where TMemory : struct, ISlotMemory
    {
        uint lap = LapOf(ref memory, index);
        SlotBegin there = memory.ReadBegin(index);
        if (!there.IsOf(lap) && memory.ReadWord(index) is { State: SlotState.Claimed } word && word.LapsAheadOf(lap) == 0
            && TryFollow(ref memory, index, out SlotBegin begin))
        {
            // Fails if anybody else has, or the slot has long been used again.
            memory.TryChangeBegin(index, there, begin);
        }
    }

    /// <summary>Whether the word is of that index's lap, and not of another one.</summary>
    public static bool IsOf<TMemory>(ref TMemory memory, long index, SlotWord word)
        where TMemory : struct, ISlotMemory => word.LapsAheadOf(LapOf(ref memory, index)) == 0;

    /// <summary>The word of a slot that its owner holds so; nothing if it does not any more.</summary>
    public static SlotWord Held<TMemory>(ref TMemory memory, long index, SlotState state, int owner)
        where TMemory : struct, ISlotMemory
    {
        SlotWord word = memory.ReadWord(index);
        return word.State == state && word.Owner == owner && IsOf(ref memory, index, word) ? word : default;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint LapOf<TMemory>(ref TMemory memory, long index)
        where TMemory : struct, ISlotMemory => (uint)(index >> memory.SlotsLog2);

    private static ChannelCorruptedException Corrupt() =>
        new("The ring leads nowhere: somebody wrote over it.");
}
