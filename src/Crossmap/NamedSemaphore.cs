using System.Diagnostics.CodeAnalysis;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap;

/// <summary>
/// A semaphore that processes share by name, or in a view (<c>CreateSemaphore</c>, <c>OpenSemaphore</c>, <c>ReleaseSemaphore</c>,
/// <c>WaitForSingleObject</c>). A wait takes one count.
/// </summary>
/// <remarks>
/// A count that a killed process had taken is gone, as on Windows; a wake-up meant for others never is. Uncontended operations make no
/// system call and allocate nothing. Thread safe.
/// </remarks>
public sealed class NamedSemaphore : WaitableObject
{
    private readonly Objects.Semaphore _semaphore;

    private NamedSemaphore(Objects.Semaphore semaphore, string? name)
        : base(semaphore, name) => _semaphore = semaphore;

    /// <summary>The largest count.</summary>
    public int MaximumCount => Live.MaximumCount;

    /// <summary>The count at this moment: for display, stale when it returns.</summary>
    public int CurrentCount => Live.CurrentCount;

    private Objects.Semaphore Live
    {
        get
        {
            ThrowIfDisposed();
            return _semaphore;
        }
    }

    /// <summary>Creates a semaphore. If the name exists it is opened instead, whatever its counts (fact 227): see <see cref="NamedPrimitive.CreatedNew"/>.</summary>
    /// <param name="name">A name, with <c>Local\</c> or <c>Global\</c> if wished; null for none.</param>
    /// <param name="initialCount">From 0 to <paramref name="maximumCount"/>.</param>
    /// <param name="maximumCount">At least 1.</param>
    /// <param name="audience">Who may open it.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative initial count or a maximum below 1 (fact 221).</exception>
    /// <exception cref="ArgumentException">The initial count exceeds the maximum (87, fact 218), or a bad name (3, 123, 161).</exception>
    /// <exception cref="WaitHandleCannotBeOpenedException">The name belongs to another kind of object (6, fact 70).</exception>
    public static NamedSemaphore Create(string? name, int initialCount, int maximumCount, ObjectAudience audience = ObjectAudience.Owner)
    {
        CheckCounts(initialCount, maximumCount);
        return new NamedSemaphore(WithWaitErrors(() => ObjectSystem.Current.CreateSemaphore(ObjectName.Parse(name), initialCount, maximumCount, audience)), name);
    }

    /// <summary>Opens a semaphore by its name.</summary>
    /// <exception cref="WaitHandleCannotBeOpenedException">No such name (2), or it belongs to another kind of object (6).</exception>
    /// <exception cref="UnauthorizedAccessException">The object is not for the caller (5).</exception>
    public static NamedSemaphore Open(string name) => Required(TryOpen(name, out NamedSemaphore? semaphore) ? semaphore : null, "semaphore", name);

    /// <summary>Opens a semaphore by its name if there is one; fails as <see cref="Open(string)"/> does for every other reason.</summary>
    public static bool TryOpen(string name, [NotNullWhen(true)] out NamedSemaphore? semaphore)
    {
        ArgumentNullException.ThrowIfNull(name);
        Objects.Semaphore? opened = WithWaitErrors(() => ObjectSystem.Current.OpenSemaphore(ObjectName.Parse(name)));
        semaphore = opened is null ? null : new NamedSemaphore(opened, name);
        return semaphore is not null;
    }

    /// <summary>
    /// Creates a semaphore in a view, whatever its bytes were: nobody may be using them. Who creates the mapping creates what lies in it; the others
    /// open it. Killed half-way it leaves none, and can be created again.
    /// </summary>
    /// <remarks>
    /// On Linux its state lies in the bytes, and lasts as long as they do; closing a handle frees nothing there, and the view need not stay
    /// mapped. On Windows the bytes hold the name of an object of the kernel's, for the processes of this user: it ends with its last handle.
    /// </remarks>
    /// <param name="view">A view that is shared for writing.</param>
    /// <param name="offset">Bytes from the view's start, such that the address is a multiple of <see cref="WaitableObject.SizeInView"/>, as many as it takes.</param>
    /// <param name="initialCount">From 0 to <paramref name="maximumCount"/>.</param>
    /// <param name="maximumCount">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative initial count, a maximum below 1 (fact 221), or a place outside the view (87).</exception>
    /// <exception cref="ArgumentException">The initial count exceeds the maximum, or the place is not aligned (87).</exception>
    /// <exception cref="UnauthorizedAccessException">The view is for reading only, or copy-on-write (5).</exception>
    /// <exception cref="IOException">A thread of this process owns a mutex that lies there (170), or too many pages of views have objects (1450); both on Linux.</exception>
    public static NamedSemaphore Create(MappedView view, long offset, int initialCount, int maximumCount)
    {
        ArgumentNullException.ThrowIfNull(view);
        CheckCounts(initialCount, maximumCount);
        return new NamedSemaphore(ObjectSystem.Current.CreateSemaphore(view.PlaceOf(offset), initialCount, maximumCount), name: null);
    }

    /// <summary>Opens the semaphore that lies in a view.</summary>
    /// <param name="view">A view that is shared for writing.</param>
    /// <param name="offset">Bytes from the view's start, to the place of the section where it was created.</param>
    /// <exception cref="WaitHandleCannotBeOpenedException">No object lies there (2), or one of another kind (6).</exception>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie inside the view (87).</exception>
    /// <exception cref="ArgumentException">It is not aligned (87).</exception>
    /// <exception cref="UnauthorizedAccessException">The view is for reading only, or copy-on-write (5).</exception>
    /// <exception cref="InvalidDataException">The bytes are damaged (1392), or another version's (1306).</exception>
    public static NamedSemaphore Open(MappedView view, long offset) => Required(TryOpen(view, offset, out NamedSemaphore? semaphore) ? semaphore : null, "semaphore", offset);

    /// <summary>Opens the semaphore that lies in a view if there is one; fails as <see cref="Open(MappedView, long)"/> does for every other reason.</summary>
    public static bool TryOpen(MappedView view, long offset, [NotNullWhen(true)] out NamedSemaphore? semaphore)
    {
        ArgumentNullException.ThrowIfNull(view);
        Objects.Semaphore? opened = WithWaitErrors(() => ObjectSystem.Current.OpenSemaphore(view.PlaceOf(offset)));
        semaphore = opened is null ? null : new NamedSemaphore(opened, name: null);
        return semaphore is not null;
    }

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

    /// <summary>Takes one count, holding no thread, as long as it takes.</summary>
    /// <inheritdoc cref="WaitAsync(TimeSpan, CancellationToken)"/>
    public Task WaitAsync(CancellationToken cancellation = default) => Live.WaitAsync(-1, cancellation);

    /// <summary>
    /// Takes one count, holding no thread: one thread of the process waits for many (on Linux for some hundred objects, with any number of waits).
    /// </summary>
    /// <param name="timeout">Rounded up to milliseconds; <see cref="Timeout.InfiniteTimeSpan"/> for no limit; zero only tries.</param>
    /// <param name="cancellation">Ends the wait; nothing was taken then.</param>
    /// <returns>False when the time passed first (<c>WAIT_TIMEOUT</c>); then nothing was taken. The task is cancelled with the token.</returns>
    /// <exception cref="PlatformNotSupportedException">It is not there, and this Linux is older than 5.16 (50).</exception>
    public Task<bool> WaitAsync(TimeSpan timeout, CancellationToken cancellation = default) => Live.WaitAsync(MillisecondsOf(timeout), cancellation);

    private static void CheckCounts(int initialCount, int maximumCount)
    {
        Errors.ThrowIfLess(initialCount, 0, nameof(initialCount));
        Errors.ThrowIfLess(maximumCount, 1, nameof(maximumCount));
        if (initialCount > maximumCount)
        {
            Errors.Throw(ERROR_INVALID_PARAMETER, $"The initial count, {initialCount}, exceeds the maximum, {maximumCount}.");
        }
    }
}
