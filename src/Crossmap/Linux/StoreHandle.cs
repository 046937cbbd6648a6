using Microsoft.Win32.SafeHandles;
using static Crossmap.Linux.Libc;

namespace Crossmap.Linux;

/// <summary>
/// A handle to an object's file: its descriptor, and the shared liveness lock that keeps its name. Closing it is the second half of the
/// store's protocol (docs/format.md, Close). As a <see cref="System.Runtime.InteropServices.SafeHandle"/> it is closed exactly once, never
/// during a call that uses it, and also when it is forgotten.
/// </summary>
internal sealed unsafe class StoreHandle : SafeHandleMinusOneIsInvalid
{
    /// <summary>A forked child shares our open file descriptions: if it dropped a lock, ours would be gone.</summary>
    private static readonly int OwnProcess = getpid();

    private const int ProbesToOutlast = 100;

    private readonly StoreFolder? _folder;
    private readonly byte[]? _fileName;
    private readonly LivenessLock _lock;
    private HeaderPage? _page;

    /// <param name="fd">The object's file, open for reading and writing.</param>
    /// <param name="folder">Null for an unnamed object, which nobody else can find and no lock guards.</param>
    /// <param name="fileName">With its terminating NUL.</param>
    /// <param name="liveness">Held, shared.</param>
    /// <param name="status">Of <paramref name="fd"/>.</param>
    /// <param name="createdNew">Whether this handle made the object.</param>
    public StoreHandle(int fd, StoreFolder? folder, byte[]? fileName, LivenessLock liveness, in FileStatus status, bool createdNew)
        : base(ownsHandle: true)
    {
        SetHandle(fd);
        _folder = folder;
        _fileName = fileName;
        _lock = liveness;
        Device = status.Device;
        Inode = status.Inode;
        OwnerUid = status.Uid;
        Length = status.Size;
        CreatedNew = createdNew;
    }

    public ulong Device { get; }

    public ulong Inode { get; }

    public uint OwnerUid { get; }

    /// <summary>The file's size when it was opened or made; an object's file never changes its size.</summary>
    public long Length { get; }

    public bool CreatedNew { get; }

    public int Descriptor => (int)handle;

    /// <summary>
    /// The header page in shared memory. It stays mapped until this object is collected, also after Dispose: a wait that races Dispose
    /// must not fault.
    /// </summary>
    public byte* Header => (_page ??= new HeaderPage(Descriptor)).Address;

    /// <summary>Another handle to the same object, with its own lock. The object stays alive meanwhile through this one.</summary>
    public StoreHandle Duplicate()
    {
        bool added = false;
        try
        {
            DangerousAddRef(ref added);
            int fd = Reopen(Descriptor, O_RDWR);
            if (fd < 0)
            {
                throw LinuxError.Last("The object's file cannot be opened again");
            }

            var status = new FileStatus { Inode = Inode, Uid = OwnerUid, Size = Length, DeviceMajor = (uint)(Device >> 32), DeviceMinor = (uint)Device };
            if (_folder is null)
            {
                return new StoreHandle(fd, null, null, default, in status, CreatedNew);
            }

            LivenessLock liveness = LivenessLock.For(_folder, fd, Inode);
            for (int attempt = 0; !liveness.TryShared(); attempt++)
            {
                // Somebody probes for a leftover at this moment; our own shared lock makes him fail and let go.
                ObjectStore.GiveWay(attempt, "the object");
            }

            return new StoreHandle(fd, _folder, _fileName, liveness, in status, CreatedNew);
        }
        finally
        {
            if (added)
            {
                DangerousRelease();
            }
        }
    }

    /// <summary>
    /// Descriptors that exec'ed children inherit, with a shared lock of their own: while a child holds them the name lives. They are only
    /// ever closed, never unlocked: the lock belongs to all who share the open file description.
    /// </summary>
    public (int Object, int Locks) OpenInheritable()
    {
        int fd = Reopen(Descriptor, O_RDWR, inheritable: true);
        if (fd < 0)
        {
            throw LinuxError.Last("The object's file cannot be opened for child processes");
        }

        if (_folder is null)
        {
            return (fd, -1);
        }

        int locks = _lock.InheritableDescriptor();
        for (int attempt = 0; !Lock(locks >= 0 ? locks : fd, F_RDLCK, _lock.At); attempt++)
        {
            ObjectStore.GiveWay(attempt, "the object");
        }

        return (fd, locks);
    }

    /// <summary>
    /// Whether nobody else holds the object, made sure of by the exclusive lock, which is kept while <paramref name="action"/> runs.
    /// </summary>
    public bool TryWhileAlone(Action action)
    {
        // Somebody who merely asks holds the lock for a few calls; a holder keeps it for all these tries.
        for (int attempt = 0; !_lock.TryExclusive(); attempt++)
        {
            if (attempt == ProbesToOutlast)
            {
                return false;
            }

            _ = sched_yield();
        }

        try
        {
            action();
        }
        finally
        {
            _ = _lock.TryShared();
        }

        return true;
    }

    protected override bool ReleaseHandle()
    {
        int fd = (int)handle;
        if (_folder is null || _fileName is null)
        {
            return close(fd) == 0;
        }

        if (getpid() == OwnProcess)
        {
            // The lock is dropped by name, not by closing: a view pins the open file description.
            ObjectStore.LetGo(_folder, _fileName, _lock, Device, Inode);
        }

        _lock.Close();
        return close(fd) == 0;
    }
}
