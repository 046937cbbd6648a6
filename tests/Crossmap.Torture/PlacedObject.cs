namespace Crossmap.Torture;

/// <summary>Something to wait for that has a name, or lies in a view of the mapping of that name.</summary>
internal sealed class PlacedObject : IDisposable
{
    /// <summary>In the view, so that something lies on both sides.</summary>
    public const int Offset = 2 * WaitableObject.SizeInView;

    private const int MaximumCount = 4;

    private readonly HeldView? _held;

    private PlacedObject(WaitableObject made, HeldView? held)
    {
        Object = made;
        _held = held;
    }

    public WaitableObject Object { get; }

    public static PlacedObject Create(Awaited.Kind kind, string name, Place place)
    {
        HeldView? held = place == Place.View ? HeldView.Create(name) : null;
        return new PlacedObject(held is null ? CreateNamed(kind, name) : CreateIn(held.View, kind), held);
    }

    /// <summary>Null: there is none.</summary>
    public static PlacedObject? TryOpen(Awaited.Kind kind, string name, Place place)
    {
        if (place != Place.View)
        {
            return TryOpenNamed(kind, name) is { } named ? new PlacedObject(named, null) : null;
        }

        HeldView held = HeldView.Open(name);
        return TryOpenIn(held.View, kind) is { } found ? new PlacedObject(found, held) : null;
    }

    public static PlacedObject Open(Awaited.Kind kind, string name, Place place) =>
        TryOpen(kind, name, place) ?? throw new InvalidOperationException($"There is no {kind} '{name}'.");

    public static WaitableObject CreateIn(MappedView view, Awaited.Kind kind, bool initiallyOwned = false) => kind switch
    {
        Awaited.Kind.Semaphore => NamedSemaphore.Create(view, Offset, 0, MaximumCount),
        Awaited.Kind.Event => NamedEvent.Create(view, Offset, EventResetMode.AutoReset),
        Awaited.Kind.ManualEvent => NamedEvent.Create(view, Offset, EventResetMode.ManualReset),
        _ => NamedMutex.Create(view, Offset, initiallyOwned),
    };

    public static WaitableObject? TryOpenIn(MappedView view, Awaited.Kind kind) => kind switch
    {
        Awaited.Kind.Semaphore => NamedSemaphore.TryOpen(view, Offset, out NamedSemaphore? semaphore) ? semaphore : null,
        Awaited.Kind.Mutex => NamedMutex.TryOpen(view, Offset, out NamedMutex? mutex) ? mutex : null,
        _ => NamedEvent.TryOpen(view, Offset, out NamedEvent? opened) ? opened : null,
    };

    public void Dispose()
    {
        Object.Dispose();
        _held?.Dispose();
    }

    private static WaitableObject CreateNamed(Awaited.Kind kind, string name) => kind switch
    {
        Awaited.Kind.Semaphore => NamedSemaphore.Create(name, 0, MaximumCount),
        Awaited.Kind.Event => NamedEvent.Create(name, EventResetMode.AutoReset),
        Awaited.Kind.ManualEvent => NamedEvent.Create(name, EventResetMode.ManualReset),
        _ => NamedMutex.Create(name),
    };

    private static WaitableObject? TryOpenNamed(Awaited.Kind kind, string name) => kind switch
    {
        Awaited.Kind.Semaphore => NamedSemaphore.TryOpen(name, out NamedSemaphore? semaphore) ? semaphore : null,
        Awaited.Kind.Mutex => NamedMutex.TryOpen(name, out NamedMutex? mutex) ? mutex : null,
        _ => NamedEvent.TryOpen(name, out NamedEvent? opened) ? opened : null,
    };
}
