using System.Diagnostics.CodeAnalysis;
using Crossmap.Objects;

namespace Crossmap;

/// <summary>
/// An event that processes share by name, or in a view (<c>CreateEvent</c>, <c>OpenEvent</c>, <c>SetEvent</c>, <c>ResetEvent</c>,
/// <c>WaitForSingleObject</c>). A wait is satisfied while it is set; one that an auto-reset event satisfies resets it.
/// </summary>
/// <remarks>
/// Setting a manual-reset event satisfies everybody who waits at that moment, also when it is reset at once. Setting an auto-reset event
/// twice before a waiter has taken the first is setting it once. Operations that nobody waits for make no system call and allocate nothing.
/// Thread safe.
/// </remarks>
public sealed class NamedEvent : WaitableObject
{
    private readonly Event _event;

    private NamedEvent(Event @event, string? name)
        : base(@event, name) => _event = @event;

    /// <summary>Whether it stays set until it is reset by hand, or is reset by the wait that it satisfies.</summary>
    public EventResetMode Mode => Live.IsManualReset ? EventResetMode.ManualReset : EventResetMode.AutoReset;

    /// <summary>Whether it is set at this moment: for display, stale when it returns.</summary>
    public bool IsSet => Live.IsSet;

    private Event Live
    {
        get
        {
            ThrowIfDisposed();
            return _event;
        }
    }

    /// <summary>
    /// Creates an event. If the name exists it is opened instead, whatever its mode and state: see <see cref="NamedPrimitive.CreatedNew"/>.
    /// </summary>
    /// <param name="name">A name, with <c>Local\</c> or <c>Global\</c> if wished; null for none.</param>
    /// <param name="mode">How it is reset.</param>
    /// <param name="initialState">Whether it is set from the start.</param>
    /// <param name="audience">Who may open it.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such mode (87, fact 249).</exception>
    /// <exception cref="ArgumentException">A bad name (3, 123, 161).</exception>
    /// <exception cref="WaitHandleCannotBeOpenedException">The name belongs to another kind of object (6, fact 70).</exception>
    public static NamedEvent Create(string? name, EventResetMode mode, bool initialState = false, ObjectAudience audience = ObjectAudience.Owner)
    {
        bool manual = IsManual(mode);
        return new NamedEvent(
            WithWaitErrors(() => ObjectSystem.Current.CreateEvent(ObjectName.Parse(name), manual, initialState, audience)), name);
    }

    /// <summary>Opens an event by its name.</summary>
    /// <exception cref="WaitHandleCannotBeOpenedException">No such name (2), or it belongs to another kind of object (6).</exception>
    /// <exception cref="UnauthorizedAccessException">The object is not for the caller (5).</exception>
    public static NamedEvent Open(string name) => Required(TryOpen(name, out NamedEvent? opened) ? opened : null, "event", name);

    /// <summary>Opens an event by its name if there is one; fails as <see cref="Open(string)"/> does for every other reason.</summary>
    public static bool TryOpen(string name, [NotNullWhen(true)] out NamedEvent? @event)
    {
        ArgumentNullException.ThrowIfNull(name);
        Event? opened = WithWaitErrors(() => ObjectSystem.Current.OpenEvent(ObjectName.Parse(name)));
        @event = opened is null ? null : new NamedEvent(opened, name);
        return @event is not null;
    }

    /// <summary>
    /// Creates an event in a view, whatever its bytes were: nobody may be using them. Who creates the mapping creates what lies in it; the others
    /// open it. Killed half-way it leaves none, and can be created again.
    /// </summary>
    /// <remarks>
    /// On Linux its state lies in the bytes, and lasts as long as they do; closing a handle frees nothing there, and the view need not stay
    /// mapped. On Windows the bytes hold the name of an object of the kernel's, for the processes of this user: it ends with its last handle.
    /// </remarks>
    /// <param name="view">A view that is shared for writing.</param>
    /// <param name="offset">Bytes from the view's start, such that the address is a multiple of <see cref="WaitableObject.SizeInView"/>, as many as it takes.</param>
    /// <param name="mode">How it is reset.</param>
    /// <param name="initialState">Whether it is set from the start.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such mode (87, fact 249), or it does not lie inside the view (87).</exception>
    /// <exception cref="ArgumentException">It is not aligned (87).</exception>
    /// <exception cref="UnauthorizedAccessException">The view is for reading only, or copy-on-write (5).</exception>
    /// <exception cref="IOException">A thread of this process owns a mutex that lies there (170), or too many pages of views have objects (1450); both on Linux.</exception>
    public static NamedEvent Create(MappedView view, long offset, EventResetMode mode, bool initialState = false)
    {
        ArgumentNullException.ThrowIfNull(view);
        return new NamedEvent(ObjectSystem.Current.CreateEvent(view.PlaceOf(offset), IsManual(mode), initialState), name: null);
    }

    /// <summary>Opens the event that lies in a view.</summary>
    /// <param name="view">A view that is shared for writing.</param>
    /// <param name="offset">Bytes from the view's start, to the place of the section where it was created.</param>
    /// <exception cref="WaitHandleCannotBeOpenedException">No object lies there (2), or one of another kind (6).</exception>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie inside the view (87).</exception>
    /// <exception cref="ArgumentException">It is not aligned (87).</exception>
    /// <exception cref="UnauthorizedAccessException">The view is for reading only, or copy-on-write (5).</exception>
    /// <exception cref="InvalidDataException">The bytes are damaged (1392), or another version's (1306).</exception>
    public static NamedEvent Open(MappedView view, long offset) => Required(TryOpen(view, offset, out NamedEvent? opened) ? opened : null, "event", offset);

    /// <summary>Opens the event that lies in a view if there is one; fails as <see cref="Open(MappedView, long)"/> does for every other reason.</summary>
    public static bool TryOpen(MappedView view, long offset, [NotNullWhen(true)] out NamedEvent? @event)
    {
        ArgumentNullException.ThrowIfNull(view);
        Event? opened = WithWaitErrors(() => ObjectSystem.Current.OpenEvent(view.PlaceOf(offset)));
        @event = opened is null ? null : new NamedEvent(opened, name: null);
        return @event is not null;
    }

    /// <summary>Sets it (<c>SetEvent</c>): all who wait for a manual-reset event go on, or one who waits for an auto-reset one.</summary>
    public void Set() => Live.Set();

    /// <summary>Resets it (<c>ResetEvent</c>).</summary>
    public void Reset() => Live.Reset();

    /// <summary>
    /// Lets those go on who wait at this moment, all or one as <see cref="Set"/> does, and leaves it reset (<c>PulseEvent</c>, fact 251). Who
    /// comes a moment later has missed it: most uses of it are mistakes, here as on Windows. On Linux the pulse of an auto-reset event reaches
    /// nobody while somebody sleeps for it and for other objects.
    /// </summary>
    public void Pulse() => Live.Pulse();

    /// <summary>Waits for the event, holding no thread, as long as it takes.</summary>
    /// <inheritdoc cref="WaitAsync(TimeSpan, CancellationToken)"/>
    public Task WaitAsync(CancellationToken cancellation = default) => Live.WaitAsync(-1, cancellation);

    /// <summary>
    /// Waits for the event, holding no thread: one thread of the process waits for many (on Linux for some hundred objects, with any number of waits).
    /// </summary>
    /// <param name="timeout">Rounded up to milliseconds; <see cref="Timeout.InfiniteTimeSpan"/> for no limit; zero only tries.</param>
    /// <param name="cancellation">Ends the wait; nothing was taken then.</param>
    /// <returns>False when the time passed first (<c>WAIT_TIMEOUT</c>); then nothing was taken. The task is cancelled with the token.</returns>
    /// <exception cref="PlatformNotSupportedException">It is not there, and this Linux is older than 5.16 (50).</exception>
    public Task<bool> WaitAsync(TimeSpan timeout, CancellationToken cancellation = default) => Live.WaitAsync(MillisecondsOf(timeout), cancellation);

    private static bool IsManual(EventResetMode mode) => mode is EventResetMode.AutoReset or EventResetMode.ManualReset
        ? mode == EventResetMode.ManualReset
        : throw Errors.OutOfRange(nameof(mode), $"{mode} is no way to reset an event.");
}
