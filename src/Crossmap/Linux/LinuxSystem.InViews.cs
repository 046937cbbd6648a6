using Crossmap.Objects;

namespace Crossmap.Linux;

/// <summary>What can be waited for and lies in a view: made there, or found there.</summary>
internal sealed unsafe partial class LinuxSystem
{
    private const string MutexInView = "The mutex in the view";

    public override Objects.Semaphore CreateSemaphore(in ViewPlace place, int initialCount, int maximumCount) =>
        new LinuxSemaphore(CreateState(in place, NamedObjectKind.Semaphore, maximumCount, WaitProtocol.State((uint)initialCount, gate: 0)), maximumCount);

    public override Objects.Semaphore? OpenSemaphore(in ViewPlace place) =>
        OpenState(in place, NamedObjectKind.Semaphore, out int maximumCount) is { } handle ? new LinuxSemaphore(handle, maximumCount) : null;

    public override Event CreateEvent(in ViewPlace place, bool manualReset, bool initialState) =>
        new LinuxEvent(CreateState(in place, NamedObjectKind.Event, manualReset ? 1 : 0, WaitProtocol.State(EventProtocol.Initial(initialState), gate: 0)), manualReset);

    public override Event? OpenEvent(in ViewPlace place) =>
        OpenState(in place, NamedObjectKind.Event, out int manualReset) is { } handle ? new LinuxEvent(handle, manualReset != 0) : null;

    public override Objects.Mutex CreateMutex(in ViewPlace place, bool initiallyOwned)
    {
        RobustList.Current.RequireRoom();
        ulong pidNamespace = PidNamespace.Required(MutexInView);
        Guid boot = BootIdentity.Required();
        ObjectInView* bytes = Begin(in place, out WordPage page, out FilePlace word);
        bytes->Boot = boot;
        bytes->PidNamespace = pidNamespace;
        OwnedWord owned = OwnedWord.Of(in word, _ => page);
        if (initiallyOwned)
        {
            // Before anybody can find it.
            _ = owned.Wait(0, CancellationToken.None);
        }

        InViewHeader.Publish(&bytes->Header, ObjectInView.MagicValue, NamedObjectKind.Mutex, parameter: 0);
        GC.KeepAlive(page);
        return new LinuxMutex(owned, createdNew: true);
    }

    public override Objects.Mutex? OpenMutex(in ViewPlace place)
    {
        ObjectInView* bytes = BytesAt(in place, out WordPage page, out FilePlace word);
        if (!InViewHeader.TryRead(&bytes->Header, ObjectInView.MagicValue, NamedObjectKind.Mutex, out _))
        {
            return null;
        }

        RobustList.Current.RequireRoom();
        if (bytes->Boot != BootIdentity.Required())
        {
            Errors.Throw(Win32Error.ERROR_NOT_SUPPORTED,
                $"{MutexInView} was created before the machine was started anew, or on another one: whom its word names as the owner is no thread of today. Create it anew.");
        }

        PidNamespace.RequireOwn(bytes->PidNamespace, MutexInView);
        GC.KeepAlive(page);
        return new LinuxMutex(OwnedWord.Of(in word, _ => page), createdNew: false);
    }

    private static StateHandle CreateState(in ViewPlace place, NamedObjectKind kind, int parameter, ulong state)
    {
        ObjectInView* bytes = Begin(in place, out WordPage page, out FilePlace word);
        bytes->State = state;
        InViewHeader.Publish(&bytes->Header, ObjectInView.MagicValue, kind, parameter);
        return new StateHandle(page, in word, createdNew: true);
    }

    private static StateHandle? OpenState(in ViewPlace place, NamedObjectKind kind, out int parameter)
    {
        ObjectInView* bytes = BytesAt(in place, out WordPage page, out FilePlace word);
        bool isThere = InViewHeader.TryRead(&bytes->Header, ObjectInView.MagicValue, kind, out parameter);
        GC.KeepAlive(page);
        return isThere ? new StateHandle(page, in word, createdNew: false) : null;
    }

    /// <summary>Makes the bytes no object's, and zero.</summary>
    private static ObjectInView* Begin(in ViewPlace place, out WordPage page, out FilePlace word)
    {
        ObjectInView* bytes = BytesAt(in place, out page, out word);
        OwnedWord.Vacate(in word);
        InViewHeader.Withdraw(&bytes->Header);
        *bytes = default;
        return bytes;
    }

    /// <summary>The object's bytes in a page that outlives the view. They may be used while the page is reachable.</summary>
    private static ObjectInView* BytesAt(in ViewPlace place, out WordPage page, out FilePlace word)
    {
        var view = (LinuxView)place.View;
        FilePlace bytes = view.Place with { Position = view.Place.Position + place.Offset };
        page = view.WordPageAt(place.Offset);
        word = bytes with { Position = bytes.Position + ObjectInView.WordOffset };
        return (ObjectInView*)(page.Address + bytes.InPage);
    }
}
