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
    /// <summary>Tries against a shared lock before it is called a holder's: who merely asks has it for a few calls.</summary>
    public const int ProbesToOutlast = 100;

    private readonly StoreFolder? _folder;
    private readonly byte[]? _fileName;
    private readonly LivenessLock _lock;

    /// <summary>A forked child shares our open file descriptions: if it dropped a lock, ours would be gone.</summary>
    private readonly ProcessMark _opener = ProcessMark.Own;

    private HeaderPage? _page;

    /// <summary>The descriptor that views are mapped from; negative before the first one.</summary>
    private int _mapped;

    /// <param name="fd">The object's file, open for reading and writing.</param>
    /// <param name="folder">Null for an unnamed object, which nobody else can find and no lock guards.</param>
    /// <param name="fileName">With its terminating NUL.</param>
    /// <param name="liveness">Held, shared.</param>
    /// <param name="status">Of <paramref name="fd"/>.</param>
    /// <param name="createdNew">Whether this handle made the object.</param>
    /// <param name="isReadOnly">The file could be opened for reading only.</param>
    /// <param name="mapped">Another descriptor of the file, to map views from, if there is one already.</param>
    public StoreHandle(int fd, StoreFolder? folder, byte[]? fileName, LivenessLock liveness, in FileStatus status, bool createdNew, bool isReadOnly = false, int mapped = -1)
        : base(ownsHandle: true)
    {
        SetHandle(fd);
        _folder = folder;
        _fileName = fileName;
        _lock = liveness;
        Device = status.Device;
        Inode = status.Inode;
        OwnerUid = status.Uid;
        Mode = status.Mode;
        Length = status.Size;
        CreatedNew = createdNew;
        IsReadOnly = isReadOnly;
        _mapped = mapped;
    }

    public ulong Device { get; }

    public ulong Inode { get; }

    public uint OwnerUid { get; }

    /// <summary>Type and permission bits.</summary>
    public ushort Mode { get; }

    /// <summary>Whether the file can be read only: so somebody else's section over a file, which has nothing to write.</summary>
    public bool IsReadOnly { get; }

    /// <summary>Whether the liveness lock lies on the object's own descriptor.</summary>
    public bool CarriesLock => _folder is not null && !_lock.IsOwn;

    /// <summary>The file's size when it was opened or made; an object's file never changes its size.</summary>
    public long Length { get; }

    public bool CreatedNew { get; }

    public int Descriptor => (int)handle;

    /// <summary>
    /// The header page in shared memory. It stays mapped until this object is collected, also after Dispose: a wait that races Dispose
    /// must not fault.
    /// </summary>
    public byte* Header => (_page ??= MapHeader()).Address;

    /// <summary><c>mmap</c> of the object's file; -1 when it fails.</summary>
    public nint Map(nint address, nint length, int protection, int flags, long offset)
    {
        bool added = false;
        try
        {
            DangerousAddRef(ref added);
            return mmap(address, length, protection, flags, MappedDescriptor(), offset);
        }
        finally
        {
            if (added)
            {
                DangerousRelease();
            }
        }
    }

    private HeaderPage MapHeader()
    {
        int fd = Interlocked.Exchange(ref _mapped, -1);
        fd = fd >= 0 ? fd : OpenForMapping();
        try
        {
            return new HeaderPage(fd);
        }
        finally
        {
            // A semaphore maps nothing else.
            CloseUnlessOwn(fd);
        }
    }

    /// <summary>Kept for the next view.</summary>
    private int MappedDescriptor()
    {
        int known = Volatile.Read(ref _mapped);
        if (known >= 0)
        {
            return known;
        }

        int fd = OpenForMapping();
        known = Interlocked.CompareExchange(ref _mapped, fd, -1);
        if (known < 0)
        {
            return fd;
        }

        CloseUnlessOwn(fd);
        return known;
    }

    /// <summary>
    /// Never the descriptor that carries the liveness lock: a mapping pins its open file description until the address space is gone, and
    /// who reads a process's <c>/proc/PID/maps</c> at the moment of its death keeps that past its end. The name of the dead would go on
    /// leading to his object.
    /// </summary>
    private int OpenForMapping()
    {
        if (!CarriesLock)
        {
            return Descriptor;
        }

        int fd = Reopen(Descriptor, O_RDWR);
        return fd >= 0 ? fd : throw LinuxError.Last("The object's file cannot be opened for mapping");
    }

    private void CloseUnlessOwn(int fd)
    {
        if (fd >= 0 && fd != Descriptor)
        {
            _ = close(fd);
        }
    }

    /// <summary>Another handle to the same object, with its own lock. The object stays alive meanwhile through this one.</summary>
    public StoreHandle Duplicate()
    {
        bool added = false;
        try
        {
            DangerousAddRef(ref added);
            int fd = Reopen(Descriptor, IsReadOnly ? O_RDONLY : O_RDWR);
            if (fd < 0)
            {
                throw LinuxError.Last("The object's file cannot be opened again");
            }

            var status = new FileStatus { Inode = Inode, Uid = OwnerUid, Mode = Mode, Size = Length, DeviceMajor = (uint)(Device >> 32), DeviceMinor = (uint)Device };
            return Hold(fd, _folder, _fileName, in status, CreatedNew, IsReadOnly);
        }
        finally
        {
            if (added)
            {
                DangerousRelease();
            }
        }
    }

    /// <summary>A handle around another descriptor of an object that somebody holds at this moment. Takes the descriptor, also when it fails.</summary>
    public static StoreHandle Hold(int fd, StoreFolder? folder, byte[]? fileName, in FileStatus status, bool createdNew, bool isReadOnly)
    {
        LivenessLock liveness = default;
        try
        {
            if (folder is not null)
            {
                liveness = LivenessLock.For(folder, fd, status.Inode);
                for (int attempt = 0; !liveness.TryShared(); attempt++)
                {
                    // Somebody probes for a leftover at this moment; the shared lock that is there makes him fail and let go.
                    ObjectStore.GiveWay(attempt, "the object");
                }
            }

            return new StoreHandle(fd, folder, fileName, liveness, in status, createdNew, isReadOnly);
        }
        catch
        {
            liveness.Close();
            _ = close(fd);
            throw;
        }
    }

    /// <summary>
    /// Descriptors that exec'ed children inherit, with a shared lock of their own: while a child holds them the name lives. They are only
    /// ever closed, never unlocked: the lock belongs to all who share the open file description.
    /// </summary>
    public (SafeFileHandle Object, SafeFileHandle? Locks) OpenInheritable()
    {
        SafeFileHandle file = Inheritable(Reopen(Descriptor, IsReadOnly ? O_RDONLY : O_RDWR, inheritable: true));
        if (_folder is null)
        {
            return (file, null);
        }

        SafeFileHandle? locks = null;
        try
        {
            locks = _lock.IsOwn ? Inheritable(_lock.OpenInheritable()) : null;
            for (int attempt = 0; !Lock((int)(locks ?? file).DangerousGetHandle(), F_RDLCK, _lock.At); attempt++)
            {
                ObjectStore.GiveWay(attempt, "the object");
            }

            return (file, locks);
        }
        catch
        {
            locks?.Dispose();
            file.Dispose();
            throw;
        }
    }

    private static SafeFileHandle Inheritable(int fd) =>
        fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw LinuxError.Last("The object's file cannot be opened for child processes");

    /// <summary>
    /// Whether nobody else holds the object, made sure of by the exclusive lock, which is kept while <paramref name="action"/> runs.
    /// </summary>
    public bool TryWhileAlone(Action action)
    {
        bool added = false;
        try
        {
            DangerousAddRef(ref added);
            return TryWhileAloneHeld(action);
        }
        finally
        {
            if (added)
            {
                DangerousRelease();
            }
        }
    }

    private bool TryWhileAloneHeld(Action action)
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
        CloseUnlessOwn(_mapped);
        if (_folder is null || _fileName is null)
        {
            return close(fd) == 0;
        }

        if (_opener.IsOwn)
        {
            // The lock is dropped by a call, not by closing: a child that was forked and is about to exec shares the open file description.
            ObjectStore.LetGo(_folder, _fileName, _lock, Device, Inode);
        }

        _lock.Close();
        return close(fd) == 0;
    }
}
