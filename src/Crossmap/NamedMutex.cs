using System.Diagnostics.CodeAnalysis;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap;

/// <summary>
/// A mutex that processes share by name, or in a view (<c>CreateMutex</c>, <c>OpenMutex</c>, <c>ReleaseMutex</c>, <c>WaitForSingleObject</c>). One thread
/// owns it, as often as it waited for it, until it has released it as often.
/// </summary>
/// <remarks>
/// <para>When the owning thread ends, by return, exception or <c>kill -9</c> of its process, the mutex is abandoned: the next wait gets it,
/// and learns of it once by an <see cref="AbandonedMutexException"/> (facts 242, 243). The kernel sees to that; nobody polls.</para>
/// <para>A thread owns a mutex, so no <c>await</c> may stand between waiting and releasing: the continuation may run on another thread. A
/// <see cref="NamedSemaphore"/> of one count has no owner and takes turns across <c>await</c>.</para>
/// <para>Closing a handle releases nothing (fact 238). A thread owns at most 1,024 mutexes on Linux (<see cref="IOException"/>, 1450), and one of
/// them at most 2,147,483,647 times (587).</para>
/// <para>On Linux, uncontended waiting and releasing make no system call. All users of one mutex must see the same process numbers (one PID
/// namespace); from another it is not opened. Thread safe.</para>
/// </remarks>
public sealed class NamedMutex : WaitableObject
{
    private readonly Objects.Mutex _mutex;

    private NamedMutex(Objects.Mutex mutex, string? name)
        : base(mutex, name) => _mutex = mutex;

    /// <summary>Whether some thread of any process owns it at this moment: for display, stale when it returns.</summary>
    public bool IsOwned => Live.State.IsOwned;

    /// <summary>Whether its last owner ended without releasing it, and nobody has owned it since: for display, stale when it returns.</summary>
    public bool IsAbandoned => Live.State.IsAbandoned;

    internal Objects.Mutex Live
    {
        get
        {
            ThrowIfDisposed();
            return _mutex;
        }
    }

    /// <summary>Creates a mutex. If the name exists it is opened instead: see <see cref="NamedPrimitive.CreatedNew"/>.</summary>
    /// <param name="name">A name, with <c>Local\</c> or <c>Global\</c> if wished; null for none.</param>
    /// <param name="initiallyOwned">Whether the calling thread owns it from the start; only if it is new, else nobody's ownership changes (fact 248).</param>
    /// <param name="audience">Who may open it.</param>
    /// <exception cref="ArgumentException">A bad name (3, 123, 161).</exception>
    /// <exception cref="WaitHandleCannotBeOpenedException">The name belongs to another kind of object (6, fact 70).</exception>
    /// <exception cref="PlatformNotSupportedException">A kernel or C library without robust locks, or a mutex of another PID namespace (50).</exception>
    public static NamedMutex Create(string? name, bool initiallyOwned = false, ObjectAudience audience = ObjectAudience.Owner) =>
        new(WithWaitErrors(() => ObjectSystem.Current.CreateMutex(ObjectName.Parse(name), initiallyOwned, audience)), name);

    /// <summary>Opens a mutex by its name.</summary>
    /// <exception cref="WaitHandleCannotBeOpenedException">No such name (2), or it belongs to another kind of object (6).</exception>
    /// <exception cref="UnauthorizedAccessException">The object is not for the caller (5).</exception>
    /// <exception cref="PlatformNotSupportedException">A kernel or C library without robust locks, or a mutex of another PID namespace (50).</exception>
    public static NamedMutex Open(string name) => Required(TryOpen(name, out NamedMutex? mutex) ? mutex : null, "mutex", name);

    /// <summary>Opens a mutex by its name if there is one; fails as <see cref="Open(string)"/> does for every other reason.</summary>
    public static bool TryOpen(string name, [NotNullWhen(true)] out NamedMutex? mutex)
    {
        ArgumentNullException.ThrowIfNull(name);
        Objects.Mutex? opened = WithWaitErrors(() => ObjectSystem.Current.OpenMutex(ObjectName.Parse(name)));
        mutex = opened is null ? null : new NamedMutex(opened, name);
        return mutex is not null;
    }

    /// <summary>
    /// Creates a mutex in a view, whatever its bytes were: nobody may be using them. Who creates the mapping creates what lies in it; the others
    /// open it. Killed half-way it leaves none, and can be created again.
    /// </summary>
    /// <remarks>
    /// On Linux its state lies in the bytes, and lasts as long as they do; closing a handle frees nothing there, and the view need not stay
    /// mapped. On Windows the bytes hold the name of an object of the kernel's, for the processes of this user: it ends with its last handle.
    /// On Linux its users must trust each other: the kernel and the C library follow pointers in the bytes. Release it before the bytes become
    /// anything else. A thread that owns it goes on owning it when it closes its handle, and can open it again to release it.
    /// </remarks>
    /// <param name="view">A view that is shared for writing.</param>
    /// <param name="offset">Bytes from the view's start, such that the address is a multiple of <see cref="WaitableObject.SizeInView"/>, as many as it takes.</param>
    /// <param name="initiallyOwned">Whether the calling thread owns it from the start.</param>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie inside the view (87).</exception>
    /// <exception cref="ArgumentException">It is not aligned (87).</exception>
    /// <exception cref="PlatformNotSupportedException">A kernel or C library without robust locks (50).</exception>
    /// <exception cref="UnauthorizedAccessException">The view is for reading only, or copy-on-write (5).</exception>
    /// <exception cref="IOException">A thread of this process owns a mutex that lies there (170), or too many pages of views have objects (1450); both on Linux.</exception>
    public static NamedMutex Create(MappedView view, long offset, bool initiallyOwned = false)
    {
        ArgumentNullException.ThrowIfNull(view);
        return new NamedMutex(ObjectSystem.Current.CreateMutex(view.PlaceOf(offset), initiallyOwned), name: null);
    }

    /// <summary>Opens the mutex that lies in a view.</summary>
    /// <param name="view">A view that is shared for writing.</param>
    /// <param name="offset">Bytes from the view's start, to the place of the section where it was created.</param>
    /// <exception cref="WaitHandleCannotBeOpenedException">No object lies there (2), or one of another kind (6).</exception>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie inside the view (87).</exception>
    /// <exception cref="ArgumentException">It is not aligned (87).</exception>
    /// <exception cref="UnauthorizedAccessException">The view is for reading only, or copy-on-write (5).</exception>
    /// <exception cref="InvalidDataException">The bytes are damaged (1392), or another version's (1306).</exception>
    /// <exception cref="PlatformNotSupportedException">A kernel or C library without robust locks, or a mutex of another PID namespace or of before a
    /// restart of the machine, which is to be created anew (50).</exception>
    public static NamedMutex Open(MappedView view, long offset) => Required(TryOpen(view, offset, out NamedMutex? mutex) ? mutex : null, "mutex", offset);

    /// <summary>Opens the mutex that lies in a view if there is one; fails as <see cref="Open(MappedView, long)"/> does for every other reason.</summary>
    public static bool TryOpen(MappedView view, long offset, [NotNullWhen(true)] out NamedMutex? mutex)
    {
        ArgumentNullException.ThrowIfNull(view);
        Objects.Mutex? opened = WithWaitErrors(() => ObjectSystem.Current.OpenMutex(view.PlaceOf(offset)));
        mutex = opened is null ? null : new NamedMutex(opened, name: null);
        return mutex is not null;
    }

    /// <summary>Gives it up once (<c>ReleaseMutex</c>).</summary>
    /// <exception cref="ApplicationException">The calling thread does not own it (288, fact 239).</exception>
    public void Release()
    {
        if (!Live.TryRelease())
        {
            Errors.Throw(ERROR_NOT_OWNER, $"The calling thread does not own the mutex{(Name is null ? "" : $" '{Name}'")}. A mutex is released by the thread that waited for it.");
        }
    }
}
