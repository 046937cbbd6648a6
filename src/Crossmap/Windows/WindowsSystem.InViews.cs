using System.Globalization;
using Crossmap.Objects;

namespace Crossmap.Windows;

/// <summary>
/// What can be waited for and lies in a view. The kernel waits for words of one process alone: so the bytes hold the name of an object of
/// its own, which nobody else can have had before.
/// </summary>
internal sealed unsafe partial class WindowsSystem
{
    /// <summary>"CROSSMWV" in the order of its bytes.</summary>
    private const ulong MagicInView = 0x56574D53_534F5243;

    public override Objects.Semaphore CreateSemaphore(in ViewPlace place, int initialCount, int maximumCount) =>
        CreateInView(in place, NamedObjectKind.Semaphore, maximumCount, name => CreateSemaphore(name, initialCount, maximumCount, ObjectAudience.Owner));

    public override Objects.Semaphore? OpenSemaphore(in ViewPlace place) => NameInView(in place, NamedObjectKind.Semaphore) is { } name ? OpenSemaphore(name) : null;

    public override Event CreateEvent(in ViewPlace place, bool manualReset, bool initialState) =>
        CreateInView(in place, NamedObjectKind.Event, manualReset ? 1 : 0, name => CreateEvent(name, manualReset, initialState, ObjectAudience.Owner));

    public override Event? OpenEvent(in ViewPlace place) => NameInView(in place, NamedObjectKind.Event) is { } name ? OpenEvent(name) : null;

    public override Objects.Mutex CreateMutex(in ViewPlace place, bool initiallyOwned) =>
        CreateInView(in place, NamedObjectKind.Mutex, parameter: 0, name => CreateMutex(name, initiallyOwned, ObjectAudience.Owner));

    public override Objects.Mutex? OpenMutex(in ViewPlace place) => NameInView(in place, NamedObjectKind.Mutex) is { } name ? OpenMutex(name) : null;

    private static T CreateInView<T>(in ViewPlace place, NamedObjectKind kind, int parameter, Func<ObjectName, T> create)
    {
        var header = (InViewHeader*)(place.View.Address + (nint)place.Offset);
        InViewHeader.Withdraw(header);
        var id = Guid.NewGuid();
        T created = create(NameOf(id));
        new Span<byte>(header, ViewPlace.Length).Clear();
        *(Guid*)(header + 1) = id;
        InViewHeader.Publish(header, MagicInView, kind, parameter);
        return created;
    }

    private static ObjectName? NameInView(in ViewPlace place, NamedObjectKind kind)
    {
        var header = (InViewHeader*)(place.View.Address + (nint)place.Offset);
        return InViewHeader.TryRead(header, MagicInView, kind, out _) ? NameOf(*(Guid*)(header + 1)) : null;
    }

    /// <summary>In the namespace of all sessions, as the memory may be shared between them; only sections need a privilege there.</summary>
    private static ObjectName NameOf(Guid id) => ObjectName.Parse(string.Create(CultureInfo.InvariantCulture, $@"Global\crossmap-in-view-{id:N}"));
}
