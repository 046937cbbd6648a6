using Crossmap.Objects;

namespace Crossmap;

/// <summary>
/// Something that processes share by name and that a thread can wait for: <see cref="NamedSemaphore"/>, <see cref="NamedMutex"/> and
/// <see cref="NamedEvent"/>.
/// </summary>
/// <remarks>
/// What a wait takes, it takes at once and alone; what it does not take it leaves. A wake-up meant for others is never lost, whoever is
/// killed. Waits count time on the monotonic clock, and a wait that meets a free object makes no system call and allocates nothing. Thread
/// safe.
/// </remarks>
public abstract partial class WaitableObject : IDisposable
{
    private readonly Waitable _waitable;
    private volatile bool _disposed;

    private protected WaitableObject(Waitable waitable, string? name)
    {
        _waitable = waitable;
        Name = string.IsNullOrEmpty(name) ? null : name;
    }

    /// <summary>The name it was created or opened with; null for an unnamed one.</summary>
    public string? Name { get; }

    /// <summary>True when this handle created the object; false when the name existed and was opened (facts 227, 232).</summary>
    public bool CreatedNew
    {
        get
        {
            ThrowIfDisposed();
            return _waitable.CreatedNew;
        }
    }

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

    /// <summary>Closes the handle. Closing twice does nothing.</summary>
    public void Dispose()
    {
        _disposed = true;
        _waitable.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);

    /// <summary>Opens by name; a missing name is an exception.</summary>
    private protected static T Required<T>(T? opened, string kind, string name)
        where T : WaitableObject => opened ?? throw new WaitHandleCannotBeOpenedException(
            $"There is no {kind} named '{name}'. It ends with its last handle: is the process that created it still running?")
        {
            HResult = unchecked((int)0x8007_0000) | Win32Error.ERROR_FILE_NOT_FOUND,
        };

    /// <summary>A wrong kind of object is the exception that users of wait handles catch.</summary>
    private protected static T WithWaitErrors<T>(Func<T> open)
    {
        try
        {
            return open();
        }
        catch (IOException e) when (Errors.CodeOf(e) == Win32Error.ERROR_INVALID_HANDLE)
        {
            throw new WaitHandleCannotBeOpenedException(e.Message, e) { HResult = e.HResult };
        }
    }

    private protected static long MillisecondsOf(TimeSpan timeout)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
        {
            return -1;
        }

        double milliseconds = Math.Ceiling(timeout.TotalMilliseconds);
        return timeout >= TimeSpan.Zero && milliseconds <= int.MaxValue ? (long)milliseconds
            : throw Errors.OutOfRange(nameof(timeout), $"A wait of {timeout} is none: it is from zero to {int.MaxValue} ms, or infinite.");
    }

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

    private AbandonedMutexException Abandoned(int index = -1) =>
        new($"The thread that owned the mutex{(Name is null ? "" : $" '{Name}'")} ended without releasing it. It is now the caller's: what it guards may be half changed.", index, handle: null);
}
