using Microsoft.Win32.SafeHandles;
using static Crossmap.Linux.Libc;

namespace Crossmap.Linux;

/// <summary>
/// A handle to an object: the descriptor with the shared liveness lock that keeps its name, and the one of its file that is mapped. Closing
/// it is the second half of the store's protocol (docs/format.md, Close). As a <see cref="System.Runtime.InteropServices.SafeHandle"/> it
/// is closed exactly once, never during a call that uses it, and also when it is forgotten.
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

    private WordPage? _page;

    /// <summary>
    /// The object's file. In <c>Local\</c>, where the lock lies on the file itself, the lock's descriptor until something is mapped
    /// (<see cref="MappedDescriptor"/>).
    /// </summary>
    private int _file;

    /// <param name="folder">Null for an unnamed object, which nobody else can find and no lock guards.</param>
    /// <param name="fileName">With its terminating NUL.</param>
    /// <param name="liveness">Held, shared.</param>
    /// <param name="file">The object's file, open for reading and writing.</param>
    /// <param name="status">Of the file.</param>
    /// <param name="createdNew">Whether this handle made the object.</param>
    /// <param name="isReadOnly">The file could be opened for reading only.</param>
    /// <param name="contents">What its header says, if it was read.</param>
    public StoreHandle(
        StoreFolder? folder, byte[]? fileName, LivenessLock liveness, int file, in FileStatus status, bool createdNew, bool isReadOnly = false, ObjectContents? contents = null)
        : base(ownsHandle: true)
    {
        SetHandle(folder is null ? file : liveness.Descriptor);
        _folder = folder;
        _fileName = fileName;
        _lock = liveness;
        _file = file;
        Device = status.Device;
        Inode = status.Inode;
        OwnerUid = status.Uid;
        Mode = status.Mode;
        Length = status.Size;
        CreatedNew = createdNew;
        IsReadOnly = isReadOnly;
        Contents = contents;
    }

    public ulong Device { get; }

    public ulong Inode { get; }

    public uint OwnerUid { get; }

    /// <summary>Type and permission bits.</summary>
    public ushort Mode { get; }

    /// <summary>Whether the file can be read only: so somebody else's section over a file, which has nothing to write.</summary>
    public bool IsReadOnly { get; }

    public bool IsGlobal => _folder is { IsGlobal: true };

    /// <summary>The file's size when it was opened or made; an object's file never changes its size.</summary>
    public long Length { get; }

    public bool CreatedNew { get; }

    /// <summary>Closed now, and nobody holds the object any more.</summary>
    public bool WasLast { get; private set; }

    /// <summary>Null for an object that this handle made, and for an entry, which has no header.</summary>
    public ObjectContents? Contents { get; }

    /// <summary>
    /// The header page in shared memory. It stays mapped until this object is collected, also after Dispose: a wait that races Dispose
    /// must not fault.
    /// </summary>
    public byte* Header => (_page ??= MapHeader()).Address;

    /// <summary>The word of a semaphore, an event or a condition. The handle is closed when it cannot be mapped.</summary>
    public ulong* StateWord()
    {
        try
        {
            return (ulong*)(Header + ObjectHeader.StateOffsetIn(Inode));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>A descriptor of the object's file, as long as this handle is open: to look through, not to map from.</summary>
    public int FileDescriptor => _file;

    /// <summary>What of the file's status is known.</summary>
    public FileStatus Status => new() { Inode = Inode, Uid = OwnerUid, Mode = Mode, Size = Length, DeviceMajor = (uint)(Device >> 32), DeviceMinor = (uint)Device };

    /// <summary>The word of a mutex, as this process has it.</summary>
    public OwnedWord OwnedWord() =>
        WithMappedDescriptor(fd => Linux.OwnedWord.Of(new FilePlace(Device, Inode, (Contents?.Header.DataOffset ?? Length) - ObjectHeader.OwnerWordFromEnd), fd));

    /// <summary>A word that can be owned, at any position of the file; for one thread at a time.</summary>
    public OwnedWord OwnedWord(long position) => WhileOpen(fd => Linux.OwnedWord.Of(new FilePlace(Device, Inode, position), fd));

    /// <summary>Pages of the file with words to look at; for one thread at a time.</summary>
    public WordPage MapWords(long position, int length) => WhileOpen(fd => new WordPage(fd, position, length: length));

    /// <summary>The object's file, by a descriptor without a lock.</summary>
    public SafeFileHandle OpenMemory() => OpenApart(IsReadOnly ? O_RDONLY : O_RDWR);

    /// <summary>The object's file by another open file description, which has none of our locks and keeps nothing alive but the file itself.</summary>
    public SafeFileHandle OpenApart(int flags)
    {
        bool added = false;
        try
        {
            DangerousAddRef(ref added);

            // By a descriptor that stays while the handle is open; the one that is mapped from may be closed by another thread.
            return new SafeFileHandle(OpenAgain(_folder is { LocksWhatIsMapped: true } ? (int)handle : _file, flags), ownsHandle: true);
        }
        finally
        {
            if (added)
            {
                DangerousRelease();
            }
        }
    }

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

    private WordPage MapHeader() => WithMappedDescriptor(fd => new WordPage(fd, position: 0));

    private T WhileOpen<T>(Func<int, T> map)
    {
        bool added = false;
        try
        {
            DangerousAddRef(ref added);
            return WithMappedDescriptor(map);
        }
        finally
        {
            if (added)
            {
                DangerousRelease();
            }
        }
    }

    private T WithMappedDescriptor<T>(Func<int, T> map)
    {
        int fd = MappedDescriptor();
        try
        {
            return map(fd);
        }
        finally
        {
            // Who has the header mapped maps nothing else.
            if (_folder is { LocksWhatIsMapped: true })
            {
                _file = (int)handle;
                _ = close(fd);
            }
        }
    }

    /// <summary>
    /// Never the one that carries the liveness lock: a mapping pins its open file description until the address space is gone, and who reads
    /// a process's <c>/proc/PID/maps</c> at the moment of its death keeps that past its end. The name of the dead would go on leading to his
    /// object. So where that is the object's own, another one is opened, and kept for the next view.
    /// </summary>
    private int MappedDescriptor()
    {
        int locked = (int)handle;
        int known = Volatile.Read(ref _file);
        if (known != locked || _folder is not { LocksWhatIsMapped: true })
        {
            return known;
        }

        int fd = OpenAgain(locked, O_RDWR);
        known = Interlocked.CompareExchange(ref _file, fd, locked);
        if (known == locked)
        {
            return fd;
        }

        _ = close(fd);
        return known;
    }

    /// <summary>Another handle to the same object, with its own lock. The object stays alive meanwhile through this one.</summary>
    public StoreHandle Duplicate()
    {
        bool added = false;
        try
        {
            DangerousAddRef(ref added);
            return Hold(_file, _folder, _fileName, Status, CreatedNew, IsReadOnly);
        }
        finally
        {
            if (added)
            {
                DangerousRelease();
            }
        }
    }

    /// <summary>A handle of its own to an object that somebody holds at this moment, through any descriptor of its file.</summary>
    public static StoreHandle Hold(int known, StoreFolder? folder, byte[]? fileName, in FileStatus status, bool createdNew, bool isReadOnly)
    {
        int file = OpenAgain(known, isReadOnly ? O_RDONLY : O_RDWR);
        int locked = file;
        try
        {
            LivenessLock liveness = default;
            if (folder is not null)
            {
                liveness = LivenessLock.For(folder, file, status.Inode);
                locked = liveness.Descriptor;
                for (int attempt = 0; !liveness.TryShared(); attempt++)
                {
                    // Somebody probes for a leftover at this moment; the shared lock that is there makes him fail and let go.
                    ObjectStore.GiveWay(attempt, "the object");
                }
            }

            return new StoreHandle(folder, fileName, liveness, file, in status, createdNew, isReadOnly);
        }
        catch
        {
            _ = CloseBoth(file, locked);
            throw;
        }
    }

    private static int OpenAgain(int fd, int flags) =>
        Reopen(fd, flags) is var again and >= 0 ? again : throw LinuxError.Last("The object's file cannot be opened again");

    /// <summary>
    /// Descriptors that exec'ed children inherit, with a shared lock of their own: while a child holds them the name lives. They are only
    /// ever closed, never unlocked: the lock belongs to all who share the open file description.
    /// </summary>
    public (SafeFileHandle Object, SafeFileHandle? Locks) OpenInheritable()
    {
        SafeFileHandle file = Inheritable(Reopen(_file, IsReadOnly ? O_RDONLY : O_RDWR, inheritable: true));
        if (_folder is null)
        {
            return (file, null);
        }

        SafeFileHandle? locks = null;
        try
        {
            locks = IsGlobal ? Inheritable(Reopen(_lock.Descriptor, O_RDWR, inheritable: true)) : null;
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
        // A child that was forked and is about to exec shares the open file descriptions: the lock is dropped by a call, not by closing, and
        // never by the child.
        if (_opener.IsOwn)
        {
            WasLast = _folder is null || _fileName is null || ObjectStore.LetGo(_folder, _fileName, _lock, Device, Inode);
        }

        return CloseBoth((int)handle, _file);
    }
}
