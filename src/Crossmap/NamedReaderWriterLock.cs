using System.Diagnostics.CodeAnalysis;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap;

/// <summary>
/// A lock that processes share by name: many threads may read at once, or one may write. In the style of <see cref="ReaderWriterLockSlim"/>,
/// without recursion and without upgrades. Windows has no such object; there it is made of the kernel's own.
/// </summary>
/// <remarks>
/// <para>When a writer's thread ends inside, by return, exception or <c>kill -9</c> of its process, what the lock guards may be half changed.
/// The kernel gives the lock up, and everybody who enters is told by an <see cref="AbandonedMutexException"/>: each reader, and the next writer.
/// The exception is news, not a failure: <b>the caller is inside and has to leave.</b> When that writer leaves, it counts as put right. A reader
/// that ends inside has changed nothing; nobody is told.</para>
/// <para>Readers who come while a writer waits wait behind it, so writers do not starve; among writers, and when one leaves, nobody is first by
/// right. A thread that is inside and enters again gets a <see cref="LockRecursionException"/>. A thread is inside, so no <c>await</c> may stand
/// between entering and leaving. Closing a handle leaves nothing.</para>
/// <para>At most <see cref="MaximumReaders"/> threads read at once; one more waits until one of them leaves. On Linux each counts among the 1,024
/// locks that a thread may own (<see cref="IOException"/>, 1450), entering and leaving make no system call when nobody is in the way, and all
/// users of one lock must see the same process numbers (one PID namespace). Thread safe.</para>
/// </remarks>
public sealed class NamedReaderWriterLock : NamedPrimitive
{
    /// <summary>Threads that can read at once.</summary>
    public const int MaximumReaders = Objects.ReaderWriterLock.MaximumReaders;

    private readonly Objects.ReaderWriterLock _lock;

    private NamedReaderWriterLock(Objects.ReaderWriterLock @lock, string? name)
        : base(@lock, name) => _lock = @lock;

    /// <summary>Threads of all processes that read: for display, stale when it returns. Who is just on the way in or out may count.</summary>
    public int CurrentReadCount => Live.State.Readers;

    /// <summary>Whether some thread of any process writes: for display, stale when it returns.</summary>
    public bool IsWriting => Live.State.IsWriting;

    /// <summary>Whether a writer ended inside, and no other has come and gone since: for display, stale when it returns.</summary>
    public bool IsAbandoned => Live.State.IsAbandoned;

    /// <summary>Whether the calling thread is inside for reading.</summary>
    public bool IsReadLockHeld => Live.OfThisThread == Inside.Reading;

    /// <summary>Whether the calling thread is inside for writing.</summary>
    public bool IsWriteLockHeld => Live.OfThisThread == Inside.Writing;

    private Objects.ReaderWriterLock Live
    {
        get
        {
            ThrowIfDisposed();
            return _lock;
        }
    }

    /// <summary>Creates a lock. If the name exists it is opened instead: see <see cref="NamedPrimitive.CreatedNew"/>.</summary>
    /// <param name="name">A name, with <c>Local\</c> or <c>Global\</c> if wished; null for none.</param>
    /// <param name="audience">Who may open it.</param>
    /// <exception cref="ArgumentException">A bad name (3, 123, 161).</exception>
    /// <exception cref="WaitHandleCannotBeOpenedException">The name belongs to another kind of object (6, fact 70).</exception>
    /// <exception cref="PlatformNotSupportedException">A kernel or C library without robust locks, or a lock of another PID namespace (50).</exception>
    public static NamedReaderWriterLock Create(string? name, ObjectAudience audience = ObjectAudience.Owner) =>
        new(WithWaitErrors(() => ObjectSystem.Current.CreateReaderWriterLock(ObjectName.Parse(name), audience)), name);

    /// <summary>Opens a lock by its name.</summary>
    /// <exception cref="WaitHandleCannotBeOpenedException">No such name (2), or it belongs to another kind of object (6).</exception>
    /// <exception cref="UnauthorizedAccessException">The object is not for the caller (5).</exception>
    /// <exception cref="PlatformNotSupportedException">A kernel or C library without robust locks, or a lock of another PID namespace (50).</exception>
    public static NamedReaderWriterLock Open(string name) => Required(TryOpen(name, out NamedReaderWriterLock? opened) ? opened : null, "reader-writer lock", name);

    /// <summary>Opens a lock by its name if there is one; fails as <see cref="Open"/> does for every other reason.</summary>
    public static bool TryOpen(string name, [NotNullWhen(true)] out NamedReaderWriterLock? opened)
    {
        ArgumentNullException.ThrowIfNull(name);
        Objects.ReaderWriterLock? found = WithWaitErrors(() => ObjectSystem.Current.OpenReaderWriterLock(ObjectName.Parse(name)));
        opened = found is null ? null : new NamedReaderWriterLock(found, name);
        return opened is not null;
    }

    /// <summary>Enters for reading, as long as it takes.</summary>
    /// <exception cref="AbandonedMutexException">A writer died inside, and no other has put it right; the caller is inside and has to leave.</exception>
    /// <exception cref="LockRecursionException">The calling thread is inside already.</exception>
    /// <exception cref="OperationCanceledException">Cancelled first; the thread is not inside.</exception>
    public void EnterReadLock(CancellationToken cancellation = default) => EnterRead(-1, cancellation);

    /// <summary>Enters for reading, waiting no longer than a time.</summary>
    /// <param name="timeout">
    /// Rounded up to milliseconds; <see cref="Timeout.InfiniteTimeSpan"/> for no limit; zero only tries, and may fail because of somebody else
    /// who only tries, or who is just leaving.
    /// </param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time passed first; then the thread is not inside.</returns>
    /// <exception cref="AbandonedMutexException">A writer died inside, and no other has put it right; the caller is inside and has to leave.</exception>
    /// <exception cref="LockRecursionException">The calling thread is inside already.</exception>
    /// <exception cref="OperationCanceledException">Cancelled first; the thread is not inside.</exception>
    public bool TryEnterReadLock(TimeSpan timeout, CancellationToken cancellation = default) => EnterRead(MillisecondsOf(timeout), cancellation);

    /// <summary>Leaves, by the thread that entered for reading.</summary>
    /// <exception cref="SynchronizationLockException">The calling thread does not read (288).</exception>
    public void ExitReadLock()
    {
        if (!Live.TryExitRead())
        {
            throw NotInside("read");
        }
    }

    /// <summary>Enters for writing, as long as it takes.</summary>
    /// <exception cref="AbandonedMutexException">A writer died inside, and no other has put it right; the caller is inside, and is the one to do so.</exception>
    /// <exception cref="LockRecursionException">The calling thread is inside already.</exception>
    /// <exception cref="OperationCanceledException">Cancelled first; the thread is not inside.</exception>
    public void EnterWriteLock(CancellationToken cancellation = default) => EnterWrite(-1, cancellation);

    /// <summary>Enters for writing, waiting no longer than a time.</summary>
    /// <param name="timeout">
    /// Rounded up to milliseconds; <see cref="Timeout.InfiniteTimeSpan"/> for no limit; zero only tries, and may fail because of somebody else
    /// who only tries, or who is just leaving.
    /// </param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time passed first; then the thread is not inside.</returns>
    /// <exception cref="AbandonedMutexException">A writer died inside, and no other has put it right; the caller is inside, and is the one to do so.</exception>
    /// <exception cref="LockRecursionException">The calling thread is inside already.</exception>
    /// <exception cref="OperationCanceledException">Cancelled first; the thread is not inside.</exception>
    public bool TryEnterWriteLock(TimeSpan timeout, CancellationToken cancellation = default) => EnterWrite(MillisecondsOf(timeout), cancellation);

    /// <summary>Leaves, by the thread that entered for writing. Whatever a dead writer left counts as put right.</summary>
    /// <exception cref="SynchronizationLockException">The calling thread does not write (288).</exception>
    public void ExitWriteLock()
    {
        if (!Live.TryExitWrite())
        {
            throw NotInside("write");
        }
    }

    private bool EnterRead(long milliseconds, CancellationToken cancellation)
    {
        Objects.ReaderWriterLock live = Live;
        RequireOutside(live);
        return IsInside(live.EnterRead(milliseconds, cancellation));
    }

    private bool EnterWrite(long milliseconds, CancellationToken cancellation)
    {
        Objects.ReaderWriterLock live = Live;
        RequireOutside(live);
        return IsInside(live.EnterWrite(milliseconds, cancellation));
    }

    private void RequireOutside(Objects.ReaderWriterLock live)
    {
        if (live.OfThisThread is not Inside.Not and var how)
        {
            throw new LockRecursionException($"The calling thread is inside{Called} for {(how == Inside.Reading ? "reading" : "writing")} already. A reader-writer lock is entered once, and a reader that must write leaves first.");
        }
    }

    private bool IsInside(WaitResult result) => result switch
    {
        WaitResult.Signaled => true,
        WaitResult.Abandoned => throw new AbandonedMutexException(
            $"A thread that was writing inside the reader-writer lock{Called} ended without leaving it. The caller is inside now: what the lock guards may be half changed."),
        _ => false,
    };

    private string Called => Name is null ? "" : $" '{Name}'";

    private SynchronizationLockException NotInside(string what) =>
        new($"The calling thread does not {what} inside the reader-writer lock{Called}. It is left by the thread that entered it.") { HResult = unchecked((int)0x8007_0000) | ERROR_NOT_OWNER };
}
