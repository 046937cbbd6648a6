using Crossmap.Objects;

namespace Crossmap.Linux;

/// <summary>A gate on which threads sleep by futex.</summary>
internal sealed unsafe class LinuxDoorbell : Doorbell
{
    private readonly RemoteBarrier _barrier;

    public LinuxDoorbell(uint* gate)
        : base(gate) => _barrier = RemoteBarrier.Instance;

    public override bool HasRemoteBarrier => _barrier.IsAvailable;

    /// <summary>Whoever is just about to sleep must be able to sleep on several words.</summary>
    public override bool WakesForTheDead => RobustList.WakesForTheDead && Futex.CanSleepOnSeveral;

    public override nint Arm() => RobustList.Current.Arm(Gate);

    public override void Disarm(nint armed) => RobustList.Current.Restore(armed);

    public override void Dispose()
    {
        // The view is its owner's.
    }

    protected override void Close()
    {
        // Bits 0-29 stay clear, or the kernel would take the gate for an owned lock at the death of who is armed for it.
        Volatile.Write(ref *Gate, WaitProtocol.Waiting);
        _barrier.Issue();
    }

    protected override void Open() => Futex.ClearWaitersAndWakeAll(Gate);

    protected override bool Sleep(SeenWords notMet, long deadline, CancellationToken cancellation)
    {
        var patience = new Patience(deadline, 0, cancellation);
        if (!WakesForTheDead)
        {
            return patience.Sleep(Gate, WaitProtocol.Waiting, RobustList.WakesForTheDead) == SleepEnd.LookAgain;
        }

        // The gate first: in this order the kernel queues and compares, and only at the gate anybody is woken.
        Span<Futex.SleptOn> places = stackalloc Futex.SleptOn[4];
        int count = 0;
        places[count++] = new Futex.SleptOn(Gate, WaitProtocol.Waiting);
        foreach (SeenWord word in (ReadOnlySpan<SeenWord>)[notMet.First, notMet.Second, notMet.Third])
        {
            if (word.At != 0)
            {
                places[count++] = new Futex.SleptOn((uint*)word.At, word.Value);
            }
        }

        return patience.SleepAt(Gate, places[..count]) == SleepEnd.LookAgain;
    }
}
