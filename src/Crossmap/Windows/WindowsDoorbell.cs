using System.Diagnostics;
using Crossmap.Objects;

namespace Crossmap.Windows;

/// <summary>A gate on which threads sleep by a semaphore of the kernel.</summary>
internal sealed unsafe class WindowsDoorbell : Doorbell
{
    /// <summary>Of the semaphore. More sleepers than that are not woken at once, but each by the one before.</summary>
    public const int MostSleepers = 1 << 12;

    /// <summary>
    /// How long a sleeper sleeps before it looks again. The semaphore's wakes are nobody's in particular: where sleepers wait for different things, one that
    /// wakes in vain and sleeps again may take the wake of another, who was counted when the gate was opened and has not come to sleep yet.
    /// That one looks after this time, and not never.
    /// </summary>
    private const long LookAgainMilliseconds = 100;

    private readonly Objects.Semaphore _semaphore;

    /// <param name="gate">Behind it, in the same line, how many may sleep.</param>
    /// <param name="semaphore">Becomes this object's.</param>
    public WindowsDoorbell(uint* gate, Objects.Semaphore semaphore)
        : base(gate) => _semaphore = semaphore;

    public override bool HasRemoteBarrier => false;

    public override bool WakesForTheDead => false;

    private int* Sleepers => (int*)Gate + 1;

    public override nint Arm() => 0;

    public override void Disarm(nint armed)
    {
        // Nothing was.
    }

    public override void Dispose() => _semaphore.Dispose();

    protected override void Close() => Interlocked.Exchange(ref *Gate, 1);

    protected override void Open()
    {
        // As many as may sleep. Who was killed there is still counted: for him somebody wakes in vain.
        Interlocked.Exchange(ref *Gate, 0);
        int sleepers = Volatile.Read(ref *Sleepers);
        if (sleepers > 0)
        {
            _semaphore.Release(Math.Min(sleepers, MostSleepers));
        }
    }

    protected override bool Sleep(SeenWords notMet, long deadline, CancellationToken cancellation)
    {
        Interlocked.Increment(ref *Sleepers);
        try
        {
            // SYNC POINT with Open: counted first, then the gate. Either Open saw the count, or this sees the open gate.
            // Opened and closed again by a sleeper who waits for something else, it is seen in the words.
            if (Volatile.Read(ref *Gate) == 0 || !notMet.AreUnchanged)
            {
                return true;
            }

            long left = deadline < 0 ? -1 : Math.Max(0, (deadline - Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 1000) - 1) / (Stopwatch.Frequency / 1000));

            // Who has no time left is not in time whatever it is told: the semaphore may have as many wakes left over as somebody wrote into the
            // count of sleepers, and each would be another turn.
            bool isLast = left >= 0 && left <= LookAgainMilliseconds;
            bool isWoken = _semaphore.Wait(isLast ? left : LookAgainMilliseconds, cancellation) == WaitResult.Signaled;
            return left != 0 && (isWoken || !isLast);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        finally
        {
            Interlocked.Decrement(ref *Sleepers);
        }
    }
}
