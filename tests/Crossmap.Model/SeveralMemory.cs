using Crossmap.Linux;
using Crossmap.Objects;

namespace Crossmap.Model;

/// <summary>A fault put into the wait for several objects, or into what others do beside it, to see that the explorer finds it.</summary>
internal enum SeveralFault
{
    None,

    /// <summary>Who waits for several looks past what was handed to a sleeper.</summary>
    OverlooksWhatWasHanded,
    LooksPastWhatWasNotAnnounced,
    IsNotArmedForMutex,
    HandsNothingOn,
    DisarmsBeforeHandingOn,
    LeavesGateOfOneAsItIs,
    ClosesGateAsWhoHandsOn,
    SleepsOnFirstOnly,
    SleepsOnGateOfManualEvent,
    TakesTwo,
    TakesNothing,
    ForgetsWhenItCame,
    GivesNothingBack,
    GivesBackWithoutMark,

    /// <summary>
    /// Beside <see cref="OverlooksWhatWasHanded"/>, without which there is no such gate then: who waits for one object puts the gate of those who
    /// hand on over that of those who do not, when he takes a last signal.
    /// </summary>
    WaiterOfOneDropsGate,
}

/// <summary>The objects of one wait, in a memory that asks the explorer.</summary>
internal struct SeveralMemory(Answers ask, SeveralPart[] parts, SeveralFault fault) : ISeveralObjects
{
    private ulong _first = Place.None, _second = Place.None;
    private bool _isArmed;

    public readonly int Mutex => Array.FindIndex(parts, part => part.IsMutex);

    public readonly bool IsOver => ask(new Call(CallKind.IsOver)) != 0;

    public readonly bool Look(int index, out uint arrived)
    {
        ulong look = Do(parts[index].Look());
        arrived = (uint)(look >> 1);
        return (look & 1) != 0;
    }

    public readonly bool IsThere(int index, uint arrived) => Do(parts[index].IsThere(arrived)) != 0;

    public readonly WaitResult TryTake(int index, uint arrived)
    {
        if (fault == SeveralFault.ForgetsWhenItCame)
        {
            _ = Look(index, out arrived);
        }

        if (fault == SeveralFault.TakesNothing)
        {
            return IsThere(index, arrived) ? WaitResult.Signaled : WaitResult.TimedOut;
        }

        var result = (WaitResult)Do(parts[index].TryTake(arrived, _isArmed));
        if (fault == SeveralFault.TakesTwo && result != WaitResult.TimedOut && index + 1 < parts.Length && Look(index + 1, out arrived))
        {
            _ = Do(parts[index + 1].TryTake(arrived, _isArmed));
        }

        return result;
    }

    public readonly void GiveBack(int index, WaitResult taken)
    {
        if (fault != SeveralFault.GivesNothingBack)
        {
            _ = Do(parts[index].GiveBack(fault == SeveralFault.GivesBackWithoutMark ? WaitResult.Signaled : taken));
        }
    }

    public void Arm(int index)
    {
        if (index >= 0 && parts[index].IsMutex && fault != SeveralFault.IsNotArmedForMutex)
        {
            _ = ask(new Call(CallKind.Arm, parts[index].Word));
            _isArmed = true;
        }
    }

    public void HandOn()
    {
        if (!_isArmed)
        {
            return;
        }

        if (fault is SeveralFault.HandsNothingOn or SeveralFault.DisarmsBeforeHandingOn)
        {
            _ = ask(new Call(CallKind.Disarm));
        }

        if (fault != SeveralFault.HandsNothingOn)
        {
            _ = Do(parts.Single(part => part.IsMutex).HandOn());
        }

        _isArmed = false;
    }

    public bool TryPrepareSleep(int index, uint arrived)
    {
        ulong prepared = Do(parts[index].Prepare(arrived));
        (parts[index].Word == 0 ? ref _first : ref _second) = prepared >> 1;
        return (prepared & 1) != 0;
    }

    public readonly SleepEnd Sleep(int index)
    {
        ulong place = parts[index].Word == 0 ? _first : _second;
        return (SleepEnd)ask(new Call(Place.IsOnValue(place) ? CallKind.SleepOnValue : CallKind.Sleep, parts[index].Word, A: (uint)place));
    }

    public readonly SleepEnd SleepOnAll() =>
        (SleepEnd)ask(new Call(CallKind.SleepOnAll, A: _first, B: fault == SeveralFault.SleepsOnFirstOnly ? Place.None : _second));

    public readonly bool Spin() => ask(new Call(CallKind.Spin)) != 0;

    /// <summary>Others run whenever they like.</summary>
    public readonly void Yield()
    {
    }

    private readonly ulong Do(Operation part) => ask(new Call(CallKind.Do, Part: part));
}
