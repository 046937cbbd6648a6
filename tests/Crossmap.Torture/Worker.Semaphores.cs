namespace Crossmap.Torture;

/// <summary>Waiting and releasing.</summary>
internal sealed partial class Worker
{
    private NamedSemaphore? _gate;

    /// <summary>Counts this worker has taken from the gate.</summary>
    private int _owned;

    /// <summary>A take and a give on the semaphore that comes and goes.</summary>
    private void UseSemaphore()
    {
        if (_held[Names.Semaphore].LastOrDefault() is HeldSemaphore held && held.Semaphore.TryWait())
        {
            _ = held.Semaphore.Release();
        }
    }

    /// <summary>The gate is never closed: its counts are accounted for, and a wait without limit must end while there are any.</summary>
    private void UseGate()
    {
        if (_gate is null)
        {
            Enter(Step.GateOpen, 0);
            _gate = NamedSemaphore.Open(Names.Gate);
        }

        if (_owned > 0)
        {
            ReleaseGate();
            return;
        }

        GateAccount.Note(ref Slot.Gate, _owned, GateAccount.Taking);
        bool taken;
        switch (_random.Next(4))
        {
            case 0:
                Enter(Step.GateTryWait, 0);
                taken = _gate.TryWait();
                break;
            case 1:
                Enter(Step.GateTimedWait, 0);
                taken = _gate.Wait(TimeSpan.FromMilliseconds(_random.Next(4)));
                break;
            case 2:
                Enter(Step.GateTimedWait, 0);
                taken = TakeUnlessCancelled();
                break;
            default:
                Enter(Step.GateWait, 0);
                _gate.Wait();
                taken = true;
                break;
        }

        _owned += taken ? 1 : 0;
        GateAccount.Note(ref Slot.Gate, _owned, 0);
        if (_owned > 0 && _random.Next(2) == 0)
        {
            ReleaseGate();
        }
    }

    private bool TakeUnlessCancelled()
    {
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(_random.Next(1, 4)));
        try
        {
            _gate!.Wait(cancellation.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void ReleaseGate()
    {
        Enter(Step.GateRelease, 0);
        GateAccount.Note(ref Slot.Gate, _owned, GateAccount.Releasing);
        _ = _gate!.Release();
        _owned--;
        GateAccount.Note(ref Slot.Gate, _owned, 0);
    }

    private void LeaveGate()
    {
        while (_owned > 0)
        {
            ReleaseGate();
        }
    }
}
