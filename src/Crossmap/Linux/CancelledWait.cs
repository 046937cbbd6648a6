namespace Crossmap.Linux;

/// <summary>
/// Cancels one wait. A sleeper cannot be addressed alone on a gate that all share, and it may be just about to sleep: so the canceller
/// wakes all, who look and sleep again, until the one has noticed. Needs no clock and no kernel newer than futexes.
/// </summary>
internal sealed unsafe class CancelledWait : IDisposable
{
    private readonly uint* _gate;
    private readonly int _waiter = Environment.CurrentManagedThreadId;
    private readonly CancellationTokenRegistration _registration;
    private volatile bool _requested;
    private volatile bool _noticed;

    public CancelledWait(uint* gate, CancellationToken token)
    {
        _gate = gate;
        _registration = token.UnsafeRegister(static state => ((CancelledWait)state!).Interrupt(), this);
    }

    public bool IsRequested => _requested;

    /// <summary>The wait is over, for whatever reason.</summary>
    public void Dispose()
    {
        // In this order: the registration waits for a running Interrupt, which waits for this.
        _noticed = true;
        _registration.Dispose();
    }

    private void Interrupt()
    {
        _requested = true;
        if (Environment.CurrentManagedThreadId == _waiter)
        {
            // The token was cancelled just before it was registered, so registering calls this at once, on the waiter's own thread: it is
            // not asleep, will see the request before it sleeps, and would wait here for itself for ever.
            return;
        }

        while (!_noticed)
        {
            Futex.Wake(_gate, int.MaxValue);
            _ = Libc.sched_yield();
        }
    }
}
