using Crossmap.Linux;
using Crossmap.Objects;

namespace Crossmap.Model;

/// <summary>A fault put into the doorbell's protocol, to see that the explorer finds it.</summary>
internal enum DoorbellFault
{
    None,
    SleeperNeverArms,
    SleeperArmsOnlyWhileAsleep,
    SleeperDisarmsBeforeHandingOn,
    SleeperHandsNothingOn,
    SleeperLooksBeforeClosing,
    SleeperIssuesNoBarrier,
    SleeperLeavesOlderOnesAsleep,
    SleeperComparesGateOnly,
    RingerNeverArms,
    RingerArmsAfterChange,
    RingerDisarmsBeforeBell,
    RingerLooksAtGateBeforeChange,
    RingerNeverRings,
    OpenerTakesTwoSteps,
    OpenerWakesOne,
    OpenerIsSeenLate,
}

/// <summary>A gate, in a memory that asks the explorer; the thing waited for lies beside it.</summary>
internal struct DoorbellMemory(Answers ask, DoorbellFault fault) : IDoorbell
{
    public const int Gate = 0, Thing = 1, SleptFor = 2;

    private bool _slept, _looked;

    /// <summary>What the sleeper saw before it closed the gate.</summary>
    public bool? Early { readonly get; private set; }

    /// <summary>Asks the condition; for the fault of doing so too early.</summary>
    public Func<bool>? Look { private get; init; }

    /// <summary>Whether each ringer's death makes this sleeper look again, so that he compares nothing but the gate.</summary>
    public bool IsWatched { private get; init; }

    public bool IsClosed
    {
        get
        {
            if (fault == DoorbellFault.SleeperDisarmsBeforeHandingOn && _slept)
            {
                _ = ask(new Call(CallKind.Disarm));
            }

            _looked = true;
            return !(fault == DoorbellFault.SleeperHandsNothingOn && _slept) && ask(new Call(CallKind.Read, Gate)) != 0;
        }
    }

    public void Close()
    {
        if (fault == DoorbellFault.SleeperLooksBeforeClosing)
        {
            Early = Look!();
        }

        _ = ask(new Call(CallKind.Store, Gate, A: WaitProtocol.Waiting));
        _ = ask(new Call(CallKind.Barrier, A: fault == DoorbellFault.SleeperIssuesNoBarrier ? 0UL : 1));
    }

    public readonly void Open()
    {
        switch (fault)
        {
            case DoorbellFault.OpenerTakesTwoSteps:
                _ = ask(new Call(CallKind.MaskAndWakeAll, Gate, A: 0, B: 1));
                _ = ask(new Call(CallKind.Disarm));
                _ = ask(new Call(CallKind.Wake, Gate, A: int.MaxValue));
                return;
            case DoorbellFault.OpenerWakesOne:
                _ = ask(new Call(CallKind.MaskAndWakeAll, Gate, A: 0, B: 1));
                _ = ask(new Call(CallKind.Wake, Gate, A: 1));
                return;
            case DoorbellFault.OpenerIsSeenLate:
                // As if waking were one thing, and saying so another that needs no kernel.
                _ = ask(new Call(CallKind.MaskAndWakeAll, Gate, A: ulong.MaxValue));
                _ = ask(new Call(CallKind.Store, Gate, A: 0));
                return;
            default:
                _ = ask(new Call(CallKind.MaskAndWakeAll, Gate, A: ~(ulong)WaitProtocol.Waiting));
                return;
        }
    }

    public readonly void ArmDeathWake()
    {
        if (fault is not (DoorbellFault.SleeperNeverArms or DoorbellFault.SleeperArmsOnlyWhileAsleep))
        {
            _ = ask(new Call(CallKind.Arm, Gate));
        }
    }

    public readonly void DisarmDeathWake()
    {
        if (!(fault == DoorbellFault.SleeperDisarmsBeforeHandingOn && _looked))
        {
            _ = ask(new Call(CallKind.Disarm));
        }
    }

    public bool Sleep(SeenWords notMet)
    {
        _slept = true;
        bool armsNow = fault == DoorbellFault.SleeperArmsOnlyWhileAsleep;
        if (armsNow)
        {
            _ = ask(new Call(CallKind.Arm, Gate));
        }

        ulong gate = Place.OnGate(WaitProtocol.Waiting), thing = Place.OnGate(notMet.First.Value);
        var end = (SleepEnd)ask(IsWatched || fault == DoorbellFault.SleeperComparesGateOnly
            ? new Call(CallKind.Sleep, Gate, A: WaitProtocol.Waiting) : new Call(CallKind.SleepOnAll, Gate, A: gate, B: thing));
        if (armsNow)
        {
            _ = ask(new Call(CallKind.Disarm));
        }

        return end == SleepEnd.LookAgain;
    }
}
