using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Crossmap.Channels.Rings;

namespace Crossmap.Model;

/// <summary>
/// A ring's memory at one moment, and beside it what must be true of it: which slot is claimed next, and where each message's space begins. Every step
/// is compared with the promises when it is made.
/// </summary>
internal struct SlotWorld : IEquatable<SlotWorld>
{
    public const int MostSlots = 4;

    private const int FreedAt = 3 * MostSlots, HeadAt = FreedAt + 1, NextAt = FreedAt + 2;

    private Cells _cells;

    public static SlotWorld Empty => default;

    /// <summary>All slots before it are free.</summary>
    public readonly long Freed => (long)_cells[FreedAt];

    /// <summary>The next claim's slot.</summary>
    public readonly long Head => (long)_cells[HeadAt];

    public readonly SlotWord WordAt(long index, int slots) => new(_cells[(int)(index % slots)]);

    private readonly ulong BeginAt(long index, int slots) => _cells[MostSlots + (int)(index % slots)];

    /// <summary>Where the slot's space begins by the rules.</summary>
    private readonly ulong RightBeginAt(long index, int slots) => _cells[(2 * MostSlots) + (int)(index % slots)];

    private static uint LapOf(long index, int slots) => (uint)(index / slots);

    /// <summary>Where the data of a slot in use must lie.</summary>
    public readonly ulong RightStartOf(long index, int slots, uint capacity) =>
        new SlotBegin(RightBeginAt(index, slots), 0).StartOf(WordAt(index, slots).Units, capacity);

    public readonly bool IsInUse(long index, int slots) =>
        WordAt(index, slots) is { State: not SlotState.Free } word && word.LapsAheadOf(LapOf(index, slots)) == 0;

    /// <summary>Does a step. The answer; and what is wrong with it, or null.</summary>
    /// <param name="call">The step.</param>
    /// <param name="operation">Of which it is one.</param>
    /// <param name="place">Whose it is.</param>
    /// <param name="slots">Of the ring.</param>
    /// <param name="capacity">Units.</param>
    /// <param name="answer">What the code sees.</param>
    public string? Step(SlotCall call, SlotOperation operation, int place, int slots, uint capacity, out ulong answer)
    {
        int slot = (int)(call.Index % slots);
        answer = 1;
        switch (call.Kind)
        {
            case SlotCallKind.ReadWord:
                answer = _cells[slot];
                return null;
            case SlotCallKind.ReadBegin:
                answer = _cells[MostSlots + slot];
                return null;
            case SlotCallKind.ReadFreed:
                answer = _cells[FreedAt];
                return null;
            case SlotCallKind.ChangeWord when _cells[slot] != call.A:
            case SlotCallKind.ChangeBegin when _cells[MostSlots + slot] != call.A:
            case SlotCallKind.ChangeFreed when _cells[FreedAt] != call.A && call.A != ulong.MaxValue:
                answer = 0;
                return null;
            case SlotCallKind.ChangeWord or SlotCallKind.WriteWord:
                return Change(call.Index, new SlotWord(call.B), operation, place, slots, capacity);
            case SlotCallKind.ChangeBegin or SlotCallKind.WriteBegin:
                _cells[MostSlots + slot] = call.B;
                return WrongBegin(call.Index, new SlotBegin(call.B), slots);
            default:
                long before = Freed;
                _cells[FreedAt] = call.B;
                return WrongMark(before, slots);
        }
    }

    private string? Change(long index, SlotWord to, SlotOperation operation, int place, int slots, uint capacity)
    {
        int slot = (int)(index % slots);
        SlotWord from = new(_cells[slot]);
        _cells[slot] = to.Value;
        uint lap = LapOf(index, slots);
        bool isSame = to.Lap == from.Lap && from.Lap == lap && to.Units == from.Units;
        bool isOwn = from.Owner == place && to.Owner == place;
        switch (from.State, to.State)
        {
            case (SlotState.Free, SlotState.Claimed) when operation.Act == SlotAct.Claim:
                return to.Lap != lap || from.Lap != lap || to.Owner != place || to.Units != operation.Argument ? $"a claim of slot {index} says something else"
                    : index != Head ? $"slot {index} is claimed, and {Head} is next" : Claim(index, to.Units, slots, capacity);
            case (SlotState.Claimed, SlotState.Committed) when operation.Act == SlotAct.Commit && isSame && isOwn:
            case (SlotState.Claimed, SlotState.Abandoned) when operation.Act == SlotAct.Abandon && isSame && isOwn:
                return null;
            case (SlotState.Committed, SlotState.Leased) or (SlotState.Returned, SlotState.LeasedAgain) when operation.Act == SlotAct.Take && isSame && to.Owner == place:
                return Overtaken(index, slots);
            case (SlotState.Leased or SlotState.LeasedAgain, SlotState.Free) when operation.Act == SlotAct.Release && from.Owner == place && to.Lap == from.Lap + 1:
                return null;
            case (SlotState.Abandoned, SlotState.Free) when to.Lap == from.Lap + 1 && from.Lap == lap:
                return null;
            case (SlotState.Claimed, SlotState.Abandoned) when operation.Act is SlotAct.Recover or SlotAct.Succeed && isSame && from.Owner == operation.Argument:
            case (SlotState.Leased or SlotState.LeasedAgain, SlotState.Returned) when operation.Act is SlotAct.Recover or SlotAct.Succeed && isSame && from.Owner == operation.Argument:
                return null;
            default:
                return $"slot {index} goes from {from.State} of {from.Owner} in lap {from.Lap} to {to.State} of {to.Owner} in lap {to.Lap} in {operation}";
        }
    }

    private string? Claim(long index, uint units, int slots, uint capacity)
    {
        _cells[(2 * MostSlots) + (int)(index % slots)] = _cells[NextAt];
        ulong start = RightStartOf(index, slots, capacity);
        for (long other = Math.Max(0, index - slots + 1); other < index; other++)
        {
            if (!IsInUse(other, slots))
            {
                continue;
            }

            ulong begin = RightStartOf(other, slots, capacity), end = begin + WordAt(other, slots).Units;
            if (begin % capacity < (start % capacity) + units && start % capacity < begin % capacity + (end - begin))
            {
                return $"the data of slot {index} overlaps that of slot {other}";
            }
        }

        _cells[NextAt] = start + units;
        _cells[HeadAt]++;
        return null;
    }

    private readonly string? Overtaken(long index, int slots)
    {
        for (long before = Freed; before < index; before++)
        {
            if (IsInUse(before, slots) && WordAt(before, slots).State is SlotState.Claimed or SlotState.Committed)
            {
                return $"slot {index} is taken before slot {before}";
            }
        }

        return null;
    }

    private readonly string? WrongBegin(long index, SlotBegin written, int slots) =>
        index < Head - slots || !written.IsOf(LapOf(index, slots)) || written.Position != RightBeginAt(index, slots)
            ? $"the begin of slot {index} is written as {written.Position}, and is {RightBeginAt(index, slots)} of the slot that is there" : null;

    private readonly string? WrongMark(long before, int slots)
    {
        for (long index = Math.Max(0, Freed - slots); index < Freed; index++)
        {
            if (index >= Head || WordAt(index, slots).LapsAheadOf(LapOf(index, slots)) <= 0)
            {
                return $"the mark goes to {Freed}, and slot {index} is not over";
            }
        }

        return Freed < before ? $"the mark goes back from {before} to {Freed}" : null;
    }

    public readonly string Describe(int slots)
    {
        string text = $"freed {Freed}, head {Head}:";
        for (long slot = 0; slot < slots; slot++)
        {
            SlotWord word = WordAt(slot, slots);
            text += $" [{word.State}{(word.IsHeld ? $" {word.Owner}" : "")} {word.Units}u lap {word.Lap}; {new SlotBegin(BeginAt(slot, slots)).Position}{(new SlotBegin(BeginAt(slot, slots)).IsOf(word.Lap) ? "" : " of before")}]";
        }

        return text;
    }

    public readonly bool Equals(SlotWorld other) => Bits(in this).SequenceEqual(Bits(in other));

    public override readonly bool Equals(object? obj) => obj is SlotWorld other && Equals(other);

    public override readonly int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(MemoryMarshal.AsBytes(Bits(in this)));
        return hash.ToHashCode();
    }

    private static ReadOnlySpan<ulong> Bits(in SlotWorld world) => MemoryMarshal.Cast<SlotWorld, ulong>(new ReadOnlySpan<SlotWorld>(in world));

    [InlineArray((3 * MostSlots) + 3)]
    private struct Cells
    {
        private ulong _first;
    }
}
