using System.Diagnostics.CodeAnalysis;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap;

/// <summary>
/// A semaphore that processes share by name (<c>CreateSemaphore</c>, <c>OpenSemaphore</c>, <c>ReleaseSemaphore</c>,
/// <c>WaitForSingleObject</c>).
/// </summary>
/// <remarks>
/// A count that a killed process had taken is gone, as on Windows; a wake-up meant for others never is. Uncontended operations make no
/// system call and allocate nothing. Thread safe.
/// </remarks>
public sealed class NamedSemaphore : IDisposable
{
    private readonly Objects.Semaphore _semaphore;
    private volatile bool _disposed;

    private NamedSemaphore(Objects.Semaphore semaphore, string? name)
    {
        _semaphore = semaphore;
        Name = string.IsNullOrEmpty(name) ? null : name;
    }

    /// <summary>The name it was created or opened with; null for an unnamed one.</summary>
    public string? Name { get; }

    /// <summary>True when this handle created the semaphore; false when the name existed and was opened (fact 227).</summary>
    public bool CreatedNew => Live.CreatedNew;

    /// <summary>The largest count.</summary>
    public int MaximumCount => Live.MaximumCount;

    /// <summary>The count at this moment: for display, stale when it returns.</summary>
    public int CurrentCount => Live.CurrentCount;

    private Objects.Semaphore Live
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _semaphore;
        }
    }

    /// <summary>Creates a semaphore. If the name exists it is opened instead, whatever its counts (fact 227): see <see cref="CreatedNew"/>.</summary>
    /// <param name="name">A name, with <c>Local\</c> or <c>Global\</c> if wished; null for none.</param>
    /// <param name="initialCount">From 0 to <paramref name="maximumCount"/>.</param>
    /// <param name="maximumCount">At least 1.</param>
    /// <param name="audience">Who may open it.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative initial count or a maximum below 1 (fact 221).</exception>
    /// <exception cref="ArgumentException">The initial count exceeds the maximum (87, fact 218), or a bad name (3, 123, 161).</exception>
    /// <exception cref="WaitHandleCannotBeOpenedException">The name belongs to another kind of object (6, fact 70).</exception>
    public static NamedSemaphore Create(string? name, int initialCount, int maximumCount, ObjectAudience audience = ObjectAudience.Owner)
    {
        Errors.ThrowIfLess(initialCount, 0, nameof(initialCount));
        Errors.ThrowIfLess(maximumCount, 1, nameof(maximumCount));
        if (initialCount > maximumCount)
        {
            Errors.Throw(ERROR_INVALID_PARAMETER, $"The initial count, {initialCount}, exceeds the maximum, {maximumCount}.");
        }

        return new NamedSemaphore(WithWaitErrors(() => ObjectSystem.Current.CreateSemaphore(ObjectName.Parse(name), initialCount, maximumCount, audience)), name);
    }

    /// <summary>Opens a semaphore by its name.</summary>
    /// <exception cref="WaitHandleCannotBeOpenedException">No such name (2), or it belongs to another kind of object (6).</exception>
    /// <exception cref="UnauthorizedAccessException">The object is not for the caller (5).</exception>
    public static NamedSemaphore Open(string name) =>
        TryOpen(name, out NamedSemaphore? semaphore)
            ? semaphore
            : throw new WaitHandleCannotBeOpenedException($"There is no semaphore named '{name}'. It ends with its last handle: is the process that created it still running?")
            {
                HResult = unchecked((int)0x8007_0000) | ERROR_FILE_NOT_FOUND,
            };

    /// <summary>Opens a semaphore by its name if there is one; fails as <see cref="Open"/> does for every other reason.</summary>
    public static bool TryOpen(string name, [NotNullWhen(true)] out NamedSemaphore? semaphore)
    {
        ArgumentNullException.ThrowIfNull(name);
        Objects.Semaphore? opened = WithWaitErrors(() => ObjectSystem.Current.OpenSemaphore(ObjectName.Parse(name)));
        semaphore = opened is null ? null : new NamedSemaphore(opened, name);
        return semaphore is not null;
    }

    /// <summary>Takes one count, waiting for it as long as it takes.</summary>
    /// <exception cref="OperationCanceledException">Cancelled first; no count was taken.</exception>
    public void Wait(CancellationToken cancellation = default) => Live.Wait(-1, cancellation);

    /// <summary>Takes one count, waiting for it no longer than a time.</summary>
    /// <param name="timeout">Rounded up to milliseconds; <see cref="Timeout.InfiniteTimeSpan"/> for no limit; zero only tries.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time passed first (<c>WAIT_TIMEOUT</c>).</returns>
    /// <exception cref="OperationCanceledException">Cancelled first; no count was taken.</exception>
    public bool Wait(TimeSpan timeout, CancellationToken cancellation = default)
    {
        double milliseconds = Math.Ceiling(timeout.TotalMilliseconds);
        ArgumentOutOfRangeException.ThrowIfLessThan(milliseconds, -1, nameof(timeout));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(milliseconds, int.MaxValue, nameof(timeout));
        return Live.Wait((long)milliseconds, cancellation);
    }

    /// <summary>Takes one count if there is one now.</summary>
    public bool TryWait() => Live.Wait(0, CancellationToken.None);

    /// <summary>Gives counts back, all or nothing.</summary>
    /// <param name="count">At least 1.</param>
    /// <returns>The count before.</returns>
    /// <exception cref="SemaphoreFullException">The maximum would be exceeded (298, fact 222); nothing changed.</exception>
    public int Release(int count = 1)
    {
        Objects.Semaphore semaphore = Live;
        Errors.ThrowIfLess(count, 1, nameof(count));
        int previous = semaphore.Release(count);
        if (previous < 0)
        {
            Errors.Throw(ERROR_TOO_MANY_POSTS, $"Releasing {count} would exceed the semaphore's maximum of {semaphore.MaximumCount}.");
        }

        return previous;
    }

    /// <summary>Closes the handle. Closing twice does nothing.</summary>
    public void Dispose()
    {
        _disposed = true;
        _semaphore.Dispose();
    }

    /// <summary>A wrong kind of object is the exception that users of wait handles catch.</summary>
    private static T WithWaitErrors<T>(Func<T> open)
    {
        try
        {
            return open();
        }
        catch (IOException e) when (Errors.CodeOf(e) == ERROR_INVALID_HANDLE)
        {
            throw new WaitHandleCannotBeOpenedException(e.Message, e) { HResult = e.HResult };
        }
    }
}
