using Crossmap.Linux;

namespace Crossmap.Model;

/// <summary>A fault put into the events' protocol, to see that the explorer finds it.</summary>
internal enum EventFault
{
    None,
    WaiterNeverArms,
    WaiterArmsOnlyWhileAsleep,
    WaiterArmsOnlyOnceAwake,
    WaiterKeepsGateAsItFindsIt,
    WaiterSetsGateBesideSomethingToTake,
    WaiterSleepsWithoutSettingGate,
    WaiterSleepsOnGateOfManualEvent,
    WaiterTakesNothingAway,
    WaiterOverlooksHalfOpenGate,
    TryTakesWhatWasHanded,
    GiverNeverArms,
    GiverArmsAfterChange,
    GiverDisarmsBeforeWake,
    GiverWakesBeforeChange,
    GiverNeverWakes,
    GiverOverlooksGate,
    GiverWritesBlindly,
    GiverWakesOneOfAll,
    GiverOpensGateInTwoSteps,
    GiverEmptiesGate,
    GiverClosesGateBeforeChange,
    SetCountsNoTime,
    PulseCountsNoTime,
    PulseLeavesEventSet,
    ResetTakesWhatWasHanded,
    GiverTakesNothingBack,
    GiverTakesBackWhatWasFound,
}

internal struct EventMemory(Answers ask, EventFault fault, Act act, bool manual) : IAwaitedStateWord
{
    private const ulong SetBit = 1UL << 32, HandedBit = 2UL << 32, GateBits = uint.MaxValue;

    private bool _slept;

    /// <summary>The value when last looked at.</summary>
    public uint Seen { get; private set; }

    private readonly bool Gives => act is Act.Set or Act.Pulse;

    public ulong Read()
    {
        ulong state = ask(new Call(CallKind.Read));
        Seen = WaitProtocol.ValueOf(state);
        switch (fault)
        {
            case EventFault.TryTakesWhatWasHanded when act == Act.Try && (state & HandedBit) != 0:
                return state | SetBit;
            case EventFault.WaiterOverlooksHalfOpenGate when act == Act.Wait && (uint)state == WaitProtocol.Everybody:
                return (state & ~GateBits) | WaitProtocol.Waiting;
        }

        return state;
    }

    public bool TryChange(ulong from, ulong to)
    {
        bool takesBack = !manual && (from & HandedBit) != 0 && (to & HandedBit) == 0;
        bool takes = act is Act.Wait or Act.Try && to >> 32 != from >> 32;
        switch (fault)
        {
            case EventFault.TryTakesWhatWasHanded when takes && act == Act.Try:
                ulong now = ask(new Call(CallKind.Read));
                return Change(now, (now & HandedBit) != 0 ? now & ~HandedBit : now & ~SetBit);
            case EventFault.WaiterKeepsGateAsItFindsIt when takes:
                return Change(from, (to & ~GateBits) | (uint)from);
            case EventFault.WaiterSetsGateBesideSomethingToTake when takes && _slept:
                return Change(from, to | WaitProtocol.Waiting);
            case EventFault.WaiterSleepsWithoutSettingGate when act == Act.Wait && !takes:
                return true;
            case EventFault.WaiterTakesNothingAway when takes:
                return Change(from, (from & ~GateBits) | (uint)to);
            case EventFault.WaiterOverlooksHalfOpenGate when act == Act.Wait && (uint)from == WaitProtocol.Waiting:
                return Change(from, to) || Change((from & ~GateBits) | WaitProtocol.Everybody, to);
            case EventFault.GiverArmsAfterChange when Gives && (uint)from != 0:
                bool changed = Change(from, to);
                _ = ask(new Call(CallKind.Arm));
                return changed;
            case EventFault.GiverWakesBeforeChange when Gives && (uint)from != 0:
                _ = ask(new Call(CallKind.Wake, A: int.MaxValue));
                break;
            case EventFault.GiverOverlooksGate when Gives:
                return Change(from, (to & ~GateBits) | (uint)from);
            case EventFault.GiverWritesBlindly when Gives:
                ulong blind = ask(new Call(CallKind.Read));
                return blind >> 32 == from >> 32 && Change(blind, to);
            case EventFault.GiverClosesGateBeforeChange when Gives && (uint)from != 0:
                return Change(from, from & ~GateBits) && Change(from & ~GateBits, to);
            case EventFault.SetCountsNoTime when act == Act.Set && manual:
            case EventFault.PulseCountsNoTime when act == Act.Pulse && manual:
                return Change(from, to - HandedBit);
            case EventFault.PulseLeavesEventSet when act == Act.Pulse:
                return Change(from, to | (from & SetBit));
            case EventFault.GiverTakesNothingBack when Gives && takesBack:
                return true;
            case EventFault.ResetTakesWhatWasHanded when act == Act.Reset:
                return Change(from, to & ~HandedBit);
        }

        return Change(from, to);
    }

    public readonly bool Spin() => ask(new Call(CallKind.Spin)) != 0;

    public readonly void ArmDeathWake()
    {
        bool leftOut = Gives
            ? fault is EventFault.GiverNeverArms or EventFault.GiverArmsAfterChange
            : fault is EventFault.WaiterNeverArms or EventFault.WaiterArmsOnlyOnceAwake or EventFault.WaiterArmsOnlyWhileAsleep;
        if (!leftOut)
        {
            _ = ask(new Call(CallKind.Arm));
        }
    }

    public readonly void DisarmDeathWake() => _ = ask(new Call(CallKind.Disarm));

    public SleepEnd SleepOnValue(uint value) => fault switch
    {
        EventFault.WaiterSleepsOnGateOfManualEvent => Sleep(WaitProtocol.Waiting),
        EventFault.WaiterSleepsWithoutSettingGate => (SleepEnd)ask(new Call(CallKind.SleepOnValue, A: (uint)(Read() >> 32))),
        _ => (SleepEnd)ask(new Call(CallKind.SleepOnValue, A: value)),
    };

    public SleepEnd Sleep(uint gate)
    {
        _slept = true;
        if (fault == EventFault.WaiterArmsOnlyWhileAsleep)
        {
            _ = ask(new Call(CallKind.Arm));
        }

        var end = (SleepEnd)ask(new Call(CallKind.Sleep, A: fault == EventFault.WaiterSleepsWithoutSettingGate ? (uint)Read() : gate));
        switch (fault)
        {
            case EventFault.WaiterArmsOnlyWhileAsleep: _ = ask(new Call(CallKind.Disarm)); break;
            case EventFault.WaiterArmsOnlyOnceAwake: _ = ask(new Call(CallKind.Arm)); break;
        }

        return end;
    }

    public readonly bool Wake(int count)
    {
        switch (fault)
        {
            case EventFault.GiverNeverWakes or EventFault.GiverWakesBeforeChange:
                return true;
            case EventFault.GiverDisarmsBeforeWake:
                _ = ask(new Call(CallKind.Disarm));
                break;
        }

        bool any = ask(new Call(CallKind.Wake, A: (ulong)count)) != 0;
        return any && !(fault == EventFault.GiverTakesBackWhatWasFound && Gives);
    }

    public readonly void OpenGate()
    {
        switch (fault)
        {
            case EventFault.GiverNeverWakes or EventFault.GiverWakesBeforeChange when Gives:
                ShutGate();
                return;
            case EventFault.GiverOpensGateInTwoSteps when Gives:
                ShutGate();
                break;
            case EventFault.GiverWakesOneOfAll when Gives:
                ShutGate();
                _ = Wake(1);
                return;
            case EventFault.GiverDisarmsBeforeWake when Gives:
                _ = ask(new Call(CallKind.Disarm));
                break;
        }

        _ = ask(new Call(CallKind.MaskAndWakeAll, A: fault == EventFault.GiverEmptiesGate ? ~GateBits : ~(ulong)WaitProtocol.Everybody));
    }

    private readonly void ShutGate() => _ = ask(new Call(CallKind.MaskAndWakeAll, A: ~GateBits, B: 1));

    private readonly bool Change(ulong from, ulong to) => ask(new Call(CallKind.Change, A: from, B: to)) != 0;
}
