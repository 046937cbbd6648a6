namespace Crossmap.Objects;

/// <summary>How a wait ended.</summary>
internal enum WaitResult
{
    /// <summary><c>WAIT_OBJECT_0</c>.</summary>
    Signaled,

    /// <summary><c>WAIT_TIMEOUT</c>.</summary>
    TimedOut,

    /// <summary><c>WAIT_ABANDONED_0</c>: a mutex whose last owner died; it is the caller's.</summary>
    Abandoned,
}

/// <summary>A handle to something that can be waited for. Thread safe.</summary>
internal abstract class Waitable : Primitive
{
    /// <summary>How to see at once that there is nothing to take. Always the same of one handle.</summary>
    public virtual Glance Glance => Glance.Unknown;

    /// <summary>
    /// Waits for the object and takes what it gives. <paramref name="timeoutMilliseconds"/>: -1 waits without limit, 0 only tries. Counts
    /// time on the monotonic clock.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled first; nothing was taken.</exception>
    public abstract WaitResult Wait(long timeoutMilliseconds, CancellationToken cancellation);

    /// <summary>The same, holding no thread. Not for a mutex: nobody would own it.</summary>
    public abstract Task<bool> WaitAsync(long timeoutMilliseconds, CancellationToken cancellation);

    /// <summary>What <c>SignalObjectAndWait</c> does to it: sets an event, releases a mutex, or one count of a semaphore.</summary>
    public abstract void Signal();
}
