using Crossmap.Linux;

namespace Crossmap.Model;

/// <summary>A fault put into the mutex's protocol, to see that the explorer finds it.</summary>
internal enum MutexFault
{
    None,
    TakerNeverArms,
    TakerDisarmsBeforeEntry,
    WaiterArmsOnlyWhileAsleep,
    WokenWaiterIsNotArmed,
    WaiterSleepsWithoutSettingWaiting,
    WaiterSleepsOnWhatItFinds,
    TakerDropsWaiting,
    TakerKeepsMarkOfDeadOwner,
    TakerTakesWhatIsOwned,
    TakerNeverEnters,
    LeaverStaysArmed,
    ReleaserNeverArms,
    ReleaserArmsAfterChange,
    ReleaserDisarmsBeforeWake,
    ReleaserDropsWaiting,
    ReleaserWakesBeforeChange,
    ReleaserNeverWakes,
    ReleaserNeverRemoves,
    ReleaserWritesBlindly,
    ReleaserClearsWaitingWithoutWaking,
    ReleaserClearsWaitingAndWakesInTwoSteps,
    ReleaserMarksDeath,
}

internal struct MutexMemory(Answers ask, uint self, MutexFault fault) : IAwaitedOwnerWord
{
    private bool _ended;

    public bool IsReleasing { get; init; }

    /// <summary>What the thread is armed for already, as <see cref="CallKind.Disarm"/> takes it.</summary>
    public ulong ArmedBefore { get; init; }

    public readonly uint Self => self;

    public readonly uint Read()
    {
        uint word = (uint)ask(new Call(CallKind.Read));
        return fault == MutexFault.TakerTakesWhatIsOwned && !IsReleasing ? word & (MutexProtocol.Waiting | MutexProtocol.OwnerDied) : word;
    }

    public bool TryChange(uint from, uint to)
    {
        uint owner = MutexProtocol.OwnerOf(from);
        bool takes = !IsReleasing && MutexProtocol.OwnerOf(to) != 0 && owner == 0;
        switch (fault)
        {
            case MutexFault.TakerTakesWhatIsOwned when takes:
                return Change((uint)ask(new Call(CallKind.Read)), to);
            case MutexFault.TakerDropsWaiting when takes:
                return Change(from, self);
            case MutexFault.TakerKeepsMarkOfDeadOwner when takes:
                return Change(from, to | (from & MutexProtocol.OwnerDied));
            case MutexFault.TakerDisarmsBeforeEntry when takes:
                bool taken = Change(from, to);
                _ = ask(new Call(CallKind.Disarm));
                return taken;
            case MutexFault.WaiterSleepsWithoutSettingWaiting or MutexFault.WaiterSleepsOnWhatItFinds when !takes && !IsReleasing:
                return true;
            case MutexFault.ReleaserWakesBeforeChange when IsReleasing:
                _ = ask(new Call(CallKind.Wake, A: 1));
                break;
            case MutexFault.ReleaserDropsWaiting when IsReleasing:
                return Change(from, 0);
            case MutexFault.ReleaserMarksDeath when IsReleasing:
                return Change(from, to | MutexProtocol.OwnerDied);
            case MutexFault.ReleaserWritesBlindly when IsReleasing:
                uint now = Read();
                return Change(now, to);
            case MutexFault.ReleaserArmsAfterChange when IsReleasing:
                bool freed = Change(from, to);
                _ = ask(new Call(CallKind.Arm));
                return freed;
        }

        return Change(from, to);
    }

    public readonly bool Spin() => ask(new Call(CallKind.Spin)) != 0;

    public readonly void Arm()
    {
        bool leftOut = IsReleasing
            ? fault is MutexFault.ReleaserNeverArms or MutexFault.ReleaserArmsAfterChange
            : fault is MutexFault.TakerNeverArms or MutexFault.WaiterArmsOnlyWhileAsleep;
        if (!leftOut)
        {
            _ = ask(new Call(CallKind.Arm));
        }
    }

    public readonly void Disarm()
    {
        if (!(fault == MutexFault.LeaverStaysArmed && _ended))
        {
            _ = ask(new Call(CallKind.Disarm, A: ArmedBefore));
        }
    }

    public readonly void Enter()
    {
        if (fault != MutexFault.TakerNeverEnters)
        {
            _ = ask(new Call(CallKind.Enter));
        }
    }

    public readonly void Remove()
    {
        if (fault != MutexFault.ReleaserNeverRemoves)
        {
            _ = ask(new Call(CallKind.Remove));
        }
    }

    public SleepEnd Sleep(uint value)
    {
        if (fault == MutexFault.WaiterArmsOnlyWhileAsleep)
        {
            _ = ask(new Call(CallKind.Arm));
        }

        // What it finds is at least owned: else it would not even take what is free.
        uint found = fault == MutexFault.WaiterSleepsOnWhatItFinds ? Read() : value & ~MutexProtocol.Waiting;
        value = fault switch
        {
            MutexFault.WaiterSleepsWithoutSettingWaiting => value & ~MutexProtocol.Waiting,
            MutexFault.WaiterSleepsOnWhatItFinds => found,
            _ => value,
        };
        var end = (SleepEnd)ask(new Call(CallKind.Sleep, A: value));
        if (fault is MutexFault.WaiterArmsOnlyWhileAsleep or MutexFault.WokenWaiterIsNotArmed)
        {
            _ = ask(new Call(CallKind.Disarm));
        }

        _ended |= end != SleepEnd.LookAgain;
        return end;
    }

    public readonly bool WakeOne()
    {
        switch (fault)
        {
            case MutexFault.ReleaserNeverWakes or MutexFault.ReleaserWakesBeforeChange:
                return true;
            case MutexFault.ReleaserDisarmsBeforeWake:
                _ = ask(new Call(CallKind.Disarm));
                break;
        }

        return ask(new Call(CallKind.Wake, A: 1)) != 0;
    }

    public void ClearWaitingAndWakeAll()
    {
        switch (fault)
        {
            case MutexFault.ReleaserClearsWaitingWithoutWaking:
                ClearWaiting();
                break;
            case MutexFault.ReleaserClearsWaitingAndWakesInTwoSteps:
                ClearWaiting();
                _ = ask(new Call(CallKind.Disarm));
                _ = ask(new Call(CallKind.Wake, A: int.MaxValue));
                break;
            default:
                _ = ask(new Call(CallKind.MaskAndWakeAll, A: ~(ulong)MutexProtocol.Waiting));
                break;
        }
    }

    private readonly void ClearWaiting()
    {
        uint seen;
        do
        {
            seen = (uint)ask(new Call(CallKind.Read));
        }
        while (!Change(seen, seen & ~MutexProtocol.Waiting));
    }

    private readonly bool Change(uint from, uint to) => ask(new Call(CallKind.Change, A: from, B: to)) != 0;
}
