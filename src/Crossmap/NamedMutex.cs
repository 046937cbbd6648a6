using System.Diagnostics.CodeAnalysis;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap;

/// <summary>
/// A mutex that processes share by name (<c>CreateMutex</c>, <c>OpenMutex</c>, <c>ReleaseMutex</c>, <c>WaitForSingleObject</c>). One thread
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

    /// <summary>Opens a mutex by its name if there is one; fails as <see cref="Open"/> does for every other reason.</summary>
    public static bool TryOpen(string name, [NotNullWhen(true)] out NamedMutex? mutex)
    {
        ArgumentNullException.ThrowIfNull(name);
        Objects.Mutex? opened = WithWaitErrors(() => ObjectSystem.Current.OpenMutex(ObjectName.Parse(name)));
        mutex = opened is null ? null : new NamedMutex(opened, name);
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
