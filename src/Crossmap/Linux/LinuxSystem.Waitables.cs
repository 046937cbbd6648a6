using Crossmap.Objects;
using static Crossmap.Linux.Libc;

namespace Crossmap.Linux;

/// <summary>How what can be waited for comes about: new, or by a name that exists.</summary>
internal sealed partial class LinuxSystem
{
    public override Objects.Semaphore CreateSemaphore(ObjectName name, int initialCount, int maximumCount, ObjectAudience audience)
    {
        var header = new ObjectHeader
        {
            Kind = NamedObjectKind.Semaphore,
            MaximumCount = maximumCount,
            State = WaitProtocol.State((uint)initialCount, gate: 0),
        };
        StoreHandle handle = CreateWaitable(name, in header, audience, beforeName: null);
        return handle.CreatedNew ? new LinuxSemaphore(new StateHandle(handle), maximumCount) : AttachSemaphore(handle, name);
    }

    public override Objects.Semaphore? OpenSemaphore(ObjectName name) => Open(name, out _) is { } handle ? AttachSemaphore(handle, name) : null;

    public override Event CreateEvent(ObjectName name, bool manualReset, bool initialState, ObjectAudience audience)
    {
        var header = new ObjectHeader
        {
            Kind = NamedObjectKind.Event,
            ManualReset = manualReset ? 1 : 0,
            State = WaitProtocol.State(EventProtocol.Initial(initialState), gate: 0),
        };
        StoreHandle handle = CreateWaitable(name, in header, audience, beforeName: null);
        return handle.CreatedNew ? new LinuxEvent(new StateHandle(handle), manualReset) : AttachEvent(handle, name);
    }

    public override Event? OpenEvent(ObjectName name) => Open(name, out _) is { } handle ? AttachEvent(handle, name) : null;

    public override Objects.Mutex CreateMutex(ObjectName name, bool initiallyOwned, ObjectAudience audience)
    {
        RobustList.Current.RequireRoom();
        var header = new ObjectHeader { Kind = NamedObjectKind.Mutex, PidNamespace = PidNamespace.Required(Subject.Object(name.Original)) };
        OwnedWord? owned = null;
        void Own(int fd, FileStatus status)
        {
            // Owned before anybody can find it. A file that did not get its name is nobody's to wait for, and its word goes with it.
            owned?.TryRelease();
            owned = OwnedWord.Of(fd, in status);
            owned.Wait(0, CancellationToken.None);
        }

        bool isOwned = false;
        try
        {
            StoreHandle handle = CreateWaitable(name, in header, audience, initiallyOwned ? Own : null);
            LinuxMutex mutex = handle.CreatedNew ? new LinuxMutex(handle) : AttachMutex(handle, name);
            isOwned = handle.CreatedNew;
            return mutex;
        }
        finally
        {
            if (!isOwned)
            {
                owned?.TryRelease();
            }
        }
    }

    public override Objects.Mutex? OpenMutex(ObjectName name) => Open(name, out _) is { } handle ? AttachMutex(handle, name) : null;

    public override Condition CreateCondition(ObjectName name, ObjectAudience audience)
    {
        StoreHandle handle = CreateWaitable(name, new ObjectHeader { Kind = NamedObjectKind.Condition }, audience, beforeName: null);
        return handle.CreatedNew ? new LinuxCondition(handle) : AttachCondition(handle, name);
    }

    public override Condition? OpenCondition(ObjectName name) => Open(name, out _) is { } handle ? AttachCondition(handle, name) : null;

    public override Objects.ReaderWriterLock CreateReaderWriterLock(ObjectName name, ObjectAudience audience)
    {
        RobustList.Current.RequireRoom();
        var header = new ObjectHeader { Kind = NamedObjectKind.ReaderWriterLock, PidNamespace = PidNamespace.Required(Subject.Object(name.Original)) };
        StoreHandle handle = CreateWaitable(name, in header, audience, beforeName: null);
        return handle.CreatedNew ? new LinuxReaderWriterLock(handle) : AttachReaderWriterLock(handle, name);
    }

    public override Objects.ReaderWriterLock? OpenReaderWriterLock(ObjectName name) => Open(name, out _) is { } handle ? AttachReaderWriterLock(handle, name) : null;

    public override int WaitAny(ReadOnlySpan<Waitable> objects, long timeoutMilliseconds, CancellationToken cancellation, out WaitResult result) =>
        SeveralWait.Any(objects, timeoutMilliseconds, cancellation, out result);

    public override WaitResult WaitAll(ReadOnlySpan<Waitable> objects, long timeoutMilliseconds) => SeveralWait.All(objects, timeoutMilliseconds);

    public override WaitResult SignalAndWait(Waitable signaled, Waitable waitedFor, long timeoutMilliseconds)
    {
        // In two steps, as Win32 says of its own: others may see the signal before this wait has begun.
        signaled.Signal();
        return waitedFor.Wait(timeoutMilliseconds, CancellationToken.None);
    }

    private static StoreHandle CreateWaitable(ObjectName name, in ObjectHeader header, ObjectAudience audience, Action<int, FileStatus>? beforeName)
    {
        if (name.IsUnnamed)
        {
            StoreHandle handle = Unnamed(header, default);
            beforeName?.Invoke(handle.FileDescriptor, handle.Status);
            return handle;
        }

        ObjectPath path = ObjectPath.Of(name);
        byte[] pages = ObjectHeader.Build(header, path.Name, default);
        return ObjectStore.Create(
            StoreFolder.For(path.IsGlobal), path.FileName, Subject.Object(name.Original), ModeOf(audience), pages, pages.Length + ObjectHeader.LengthBehind(header.Kind),
            allocate: true, beforeName);
    }

    /// <summary>What a header says of something to wait for that needs no name to be found (<see cref="InheritableDescriptors"/>).</summary>
    internal static Waitable Attached(StoreHandle handle, ObjectContents contents)
    {
        ref readonly ObjectHeader header = ref contents.Header;
        var subject = contents.Name.Length == 0 ? (Subject)"the inherited object" : Subject.Object(contents.Name);
        RequireWritable(handle, subject);
        return header.Kind switch
        {
            NamedObjectKind.Semaphore => SemaphoreOf(handle, in header, subject),
            NamedObjectKind.Event => EventOf(handle, in header, subject),
            NamedObjectKind.Mutex => MutexOf(handle, in header, subject),
            _ => throw Errors.Of(Win32Error.ERROR_INVALID_HANDLE, $"{subject} is nothing to wait for."),
        };
    }

    private static LinuxSemaphore AttachSemaphore(StoreHandle handle, ObjectName name) =>
        Attach(handle, name, NamedObjectKind.Semaphore, header => SemaphoreOf(handle, in header, Subject.Object(name.Original)));

    private static LinuxEvent AttachEvent(StoreHandle handle, ObjectName name) =>
        Attach(handle, name, NamedObjectKind.Event, header => EventOf(handle, in header, Subject.Object(name.Original)));

    private static LinuxCondition AttachCondition(StoreHandle handle, ObjectName name) =>
        Attach(handle, name, NamedObjectKind.Condition, _ => new LinuxCondition(handle));

    private static LinuxMutex AttachMutex(StoreHandle handle, ObjectName name) =>
        Attach(handle, name, NamedObjectKind.Mutex, header => MutexOf(handle, in header, Subject.Object(name.Original)));

    private static LinuxReaderWriterLock AttachReaderWriterLock(StoreHandle handle, ObjectName name) => Attach(handle, name, NamedObjectKind.ReaderWriterLock, header =>
    {
        RequireOwnersKnown(in header, Subject.Object(name.Original));
        return new LinuxReaderWriterLock(handle);
    });

    private static LinuxSemaphore SemaphoreOf(StoreHandle handle, in ObjectHeader header, Subject subject) =>
        header.MaximumCount >= 1 ? new LinuxSemaphore(new StateHandle(handle), header.MaximumCount) : throw ObjectHeader.Corrupt(subject, "its maximum is none");

    private static LinuxEvent EventOf(StoreHandle handle, in ObjectHeader header, Subject subject) =>
        header.ManualReset is 0 or 1 ? new LinuxEvent(new StateHandle(handle), header.ManualReset != 0) : throw ObjectHeader.Corrupt(subject, "its mode is none");

    private static LinuxMutex MutexOf(StoreHandle handle, in ObjectHeader header, Subject subject)
    {
        RequireOwnersKnown(in header, subject);
        return new LinuxMutex(handle);
    }

    private static void RequireOwnersKnown(in ObjectHeader header, Subject subject)
    {
        RobustList.Current.RequireRoom();
        PidNamespace.RequireOwn(header.PidNamespace, subject);
    }

    private static T Attach<T>(StoreHandle handle, ObjectName name, NamedObjectKind kind, Func<ObjectHeader, T> attach)
    {
        try
        {
            ObjectPath path = ObjectPath.Of(name);
            ref readonly ObjectHeader header = ref HeaderOf(handle, path, kind);
            RequireWritable(handle, Subject.Object(path.Name));
            return attach(header);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }
}
