using Crossmap.Objects;

namespace Crossmap;

/// <summary>
/// Something that processes share by name, or in memory that they share, and that a thread can wait for: <see cref="NamedSemaphore"/>, <see cref="NamedMutex"/> and
/// <see cref="NamedEvent"/>.
/// </summary>
/// <remarks>
/// What a wait takes, it takes at once and alone; what it does not take it leaves. A wake-up meant for others is never lost, whoever is
/// killed. Waits count time on the monotonic clock, and a wait that meets a free object makes no system call and allocates nothing. Thread
/// safe.
/// </remarks>
public abstract partial class WaitableObject : NamedPrimitive
{
    /// <summary>Bytes that an object in a view takes. Its address is a multiple of that too, so it is on a cache line of its own.</summary>
    public const int SizeInView = ViewPlace.Length;

    private readonly Waitable _waitable;

    /// <summary>Of <see cref="_waitable"/>: here, where the look at many objects comes by anyway.</summary>
    private readonly Glance _glance;

    private protected WaitableObject(Waitable waitable, string? name)
        : base(waitable, name) => (_waitable, _glance) = (waitable, waitable.Glance);

    /// <summary>Waits for the object, as long as it takes (<c>WaitForSingleObject</c>).</summary>
    /// <exception cref="AbandonedMutexException">A mutex whose last owner died without releasing it; the caller owns it (fact 243).</exception>
    /// <exception cref="OperationCanceledException">Cancelled first; nothing was taken.</exception>
    public void Wait(CancellationToken cancellation = default) => Wait(-1, cancellation);

    /// <summary>Waits for the object, no longer than a time (<c>WaitForSingleObject</c>).</summary>
    /// <param name="timeout">Rounded up to milliseconds; <see cref="Timeout.InfiniteTimeSpan"/> for no limit; zero only tries.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time passed first (<c>WAIT_TIMEOUT</c>); then nothing was taken.</returns>
    /// <exception cref="AbandonedMutexException">A mutex whose last owner died without releasing it; the caller owns it (fact 243).</exception>
    /// <exception cref="OperationCanceledException">Cancelled first; nothing was taken.</exception>
    public bool Wait(TimeSpan timeout, CancellationToken cancellation = default) => Wait(MillisecondsOf(timeout), cancellation);

    /// <summary>Takes what the object gives if it gives it now.</summary>
    /// <exception cref="AbandonedMutexException">A mutex whose last owner died without releasing it; the caller owns it (fact 243).</exception>
    public bool TryWait() => Wait(0, CancellationToken.None);

    private bool Wait(long milliseconds, CancellationToken cancellation)
    {
        ThrowIfDisposed();
        return _waitable.Wait(milliseconds, cancellation) switch
        {
            WaitResult.Signaled => true,
            WaitResult.Abandoned => throw Abandoned(),
            _ => false,
        };
    }

    internal AbandonedMutexException Abandoned(int index = -1) =>
        new($"The thread that owned the mutex{(Name is null ? "" : $" '{Name}'")} ended without releasing it. It is now the caller's: what it guards may be half changed.", index, handle: null);
}
