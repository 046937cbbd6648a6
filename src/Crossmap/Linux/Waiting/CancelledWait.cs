namespace Crossmap.Linux;

/// <summary>
/// Cancels one wait. A sleeper cannot be addressed alone on a gate that all share, and it may be just about to sleep: so the canceller
/// wakes all, who look and sleep again, until the one has noticed. Needs no clock and no kernel newer than futexes.
/// Each thread uses one of these again and again, so that waiting allocates nothing.
/// </summary>
internal sealed unsafe class CancelledWait : IDisposable
{
    /// <summary>The thread's own while it does not wait.</summary>
    [ThreadStatic]
    private static CancelledWait? t_idle;

    private readonly int _waiter = Environment.CurrentManagedThreadId;
    private uint* _gate;
    private CancellationTokenRegistration _registration;
    private volatile bool _requested;
    private volatile bool _noticed;

    private CancelledWait()
    {
    }

    /// <summary>From here on cancelling the token ends the calling thread's wait on that gate.</summary>
    public static CancelledWait Begin(uint* gate, CancellationToken token)
    {
        CancelledWait wait = t_idle ?? new CancelledWait();
        t_idle = null;
        wait._gate = gate;
        wait._requested = false;
        wait._noticed = false;

        // Last: the token may be cancelled already, and then this calls Interrupt at once.
        wait._registration = token.UnsafeRegister(static state => ((CancelledWait)state!).Interrupt(), wait);
        return wait;
    }

    public bool IsRequested => _requested;

    /// <summary>The wait is over, for whatever reason.</summary>
    public void Dispose()
    {
        // In this order: the registration waits for a running Interrupt, which waits for this. Behind it no Interrupt runs or will run, so the
        // next wait may have the object.
        _noticed = true;
        _registration.Dispose();
        t_idle = this;
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
