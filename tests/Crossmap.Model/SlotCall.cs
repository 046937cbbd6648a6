using System.Numerics;
using Crossmap.Channels.Rings;

namespace Crossmap.Model;

/// <summary>What the ring's protocol can ask of its memory: each one step that all see at once.</summary>
internal enum SlotCallKind : byte
{
    ReadWord,
    ChangeWord,
    WriteWord,
    ReadBegin,
    ChangeBegin,
    WriteBegin,
    ReadFreed,
    ChangeFreed,
    Return,
}

/// <summary>One step: changes from A to B, writes write B.</summary>
internal readonly record struct SlotCall(SlotCallKind Kind, long Index = 0, ulong A = 0, ulong B = 0);

/// <summary>A fault put into the ring's protocol, to see that the explorer finds it.</summary>
internal enum SlotFault
{
    None,
    ClaimIsNotCompared,
    ClaimLeavesBeginToOthers,
    NobodyWritesBeginForOthers,
    BeginIsWrittenBlindly,
    BeginOfLapBeforeIsTaken,
    MarkOfFreedStays,
    MarkOfFreedGoesTooFar,
    MarkOfFreedIsWrittenBlindly,
    TakeIsNotCompared,
    TakePassesClaims,
    ReleaseForgetsLength,
    MessageIsFreedUntaken,
    RecoveryForgetsClaims,
    RecoveryForgetsLeases,
    RecoveryWritesNoBegin,
    RecoveryOfTheLiving,
    CommitIsForgotten,
}

/// <summary>The ring's memory while an operation runs: known answers first; the first step that has none is what the operation does next.</summary>
internal sealed class SlotTape(ulong[] answers, int slots, uint capacity)
{
    private int _at;

    public int Slots => slots;

    public int SlotsLog2 => BitOperations.Log2((uint)slots);

    public uint Capacity => capacity;

    public ulong Ask(SlotCall call) => _at < answers.Length ? answers[_at++] : throw new Suspended(call);

    /// <summary>Leaves the code under test where it has no answer yet.</summary>
    public sealed class Suspended(SlotCall call) : Exception
    {
        public SlotCall Call => call;
    }
}

/// <summary>The library's own protocol sees this as its memory.</summary>
internal readonly struct SlotTapeMemory(SlotTape tape, SlotAct act, SlotFault fault) : ISlotMemory
{
    public int Slots => tape.Slots;

    public int SlotsLog2 => BitOperations.Log2((uint)tape.Slots);

    public uint Capacity => tape.Capacity;

    public SlotWord ReadWord(long index)
    {
        var word = new SlotWord(tape.Ask(new SlotCall(SlotCallKind.ReadWord, index)));
        return fault == SlotFault.TakePassesClaims && act == SlotAct.Take && word.State == SlotState.Claimed ? word.With(SlotState.Abandoned) : word;
    }

    public bool TryChangeWord(long index, SlotWord from, SlotWord to)
    {
        bool isBlind = (fault == SlotFault.ClaimIsNotCompared && to.State == SlotState.Claimed)
            || (fault == SlotFault.TakeIsNotCompared && to.State is SlotState.Leased or SlotState.LeasedAgain);
        if (isBlind)
        {
            WriteWord(index, to);
            return true;
        }

        bool isLeft = (fault == SlotFault.RecoveryForgetsClaims && act == SlotAct.Recover && to.State == SlotState.Abandoned)
            || (fault == SlotFault.RecoveryForgetsLeases && to.State == SlotState.Returned);
        return isLeft || tape.Ask(new SlotCall(SlotCallKind.ChangeWord, index, from.Value, to.Value)) != 0;
    }

    public void WriteWord(long index, SlotWord word)
    {
        if (fault == SlotFault.CommitIsForgotten && word.State == SlotState.Committed)
        {
            return;
        }

        SlotWord to = fault == SlotFault.ReleaseForgetsLength && word.State == SlotState.Free ? new SlotWord(SlotState.Free, word.Lap) : word;
        _ = tape.Ask(new SlotCall(SlotCallKind.WriteWord, index, B: to.Value));
    }

    public SlotBegin ReadBegin(long index)
    {
        var begin = new SlotBegin(tape.Ask(new SlotCall(SlotCallKind.ReadBegin, index)));
        return fault == SlotFault.BeginOfLapBeforeIsTaken ? new SlotBegin(begin.Position, (uint)(index / Slots)) : begin;
    }

    public bool TryChangeBegin(long index, SlotBegin from, SlotBegin to)
    {
        if (fault == SlotFault.NobodyWritesBeginForOthers || (fault == SlotFault.RecoveryWritesNoBegin && act == SlotAct.Recover))
        {
            return false;
        }

        if (fault == SlotFault.BeginIsWrittenBlindly)
        {
            WriteBegin(index, to);
            return true;
        }

        return tape.Ask(new SlotCall(SlotCallKind.ChangeBegin, index, from.Value, to.Value)) != 0;
    }

    public void WriteBegin(long index, SlotBegin begin)
    {
        if (fault != SlotFault.ClaimLeavesBeginToOthers)
        {
            _ = tape.Ask(new SlotCall(SlotCallKind.WriteBegin, index, B: begin.Value));
        }
    }

    public long ReadFreed() => (long)tape.Ask(new SlotCall(SlotCallKind.ReadFreed));

    public bool TryChangeFreed(long from, long to)
    {
        if (fault == SlotFault.MarkOfFreedStays)
        {
            return true;
        }

        ulong next = (ulong)(fault == SlotFault.MarkOfFreedGoesTooFar ? to + 1 : to);
        if (fault == SlotFault.MarkOfFreedIsWrittenBlindly)
        {
            return tape.Ask(new SlotCall(SlotCallKind.ChangeFreed, A: ulong.MaxValue, B: next)) != 0;
        }

        return tape.Ask(new SlotCall(SlotCallKind.ChangeFreed, A: (ulong)from, B: next)) != 0;
    }

    public bool IsKept => false;

    public bool TryFree(long index, SlotWord word) =>
        (word.State == SlotState.Abandoned || (fault == SlotFault.MessageIsFreedUntaken && word.State == SlotState.Committed)) && TryChangeWord(index, word, word.Next());
}
