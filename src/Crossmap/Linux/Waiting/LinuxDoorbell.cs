using Crossmap.Objects;

namespace Crossmap.Linux;

/// <summary>A gate on which threads sleep by futex.</summary>
internal sealed unsafe class LinuxDoorbell : Doorbell
{
    private readonly RemoteBarrier _barrier;

    public LinuxDoorbell(uint* gate)
        : base(gate) => _barrier = RemoteBarrier.Instance;

    public override bool HasRemoteBarrier => _barrier.IsAvailable;

    public override bool WakesForTheDead => RobustList.WakesForTheDead;

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

    protected override bool Sleep(long deadline, CancellationToken cancellation) =>
        new Patience(deadline, 0, cancellation).Sleep(Gate, WaitProtocol.Waiting, RobustList.WakesForTheDead) == SleepEnd.LookAgain;
}
