using System.Text;
using Crossmap.Objects;
using Microsoft.Win32.SafeHandles;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>The real file under a section: opened by its path, taken over from a handle, or found again from an object's header.</summary>
internal sealed class BackingFile : IDisposable
{
    /// <summary>Bytes: where NTFS ends (8 PiB). More than that is no question of disk space (fact 43).</summary>
    private const long LargestFile = 1L << 53;

    /// <summary>Permission bits: group and others may write.</summary>
    public const int OthersMayWrite = 0x12; // 0022

    private readonly SafeFileHandle _handle;

    private BackingFile(int fd, in FileStatus status, bool canWrite)
    {
        _handle = new SafeFileHandle(fd, ownsHandle: true);
        Status = status;
        CanWrite = canWrite;
    }

    /// <summary>As it was when the file was opened or last looked at.</summary>
    public FileStatus Status { get; private set; }

    public bool CanWrite { get; }

    private int Descriptor => (int)_handle.DangerousGetHandle();

    /// <summary>Opens what the protection needs. Looks before it opens: opening a FIFO or a device does things.</summary>
    public static BackingFile Open(string path, PageProtection protection)
    {
        bool write = ProtectionRules.CanWrite(protection);
        int place = Libc.Open(AT_FDCWD, Terminated(Path.GetFullPath(path)), O_PATH);
        if (place < 0)
        {
            // Windows tells a missing folder (3) from a missing file (2). Looking for the folder comes last: it changes errno.
            Exception failure = LinuxError.Last($"The file '{path}' cannot be mapped");
            throw failure is FileNotFoundException && !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path)))
                ? Errors.Of(ERROR_PATH_NOT_FOUND, $"The folder of the file '{path}' does not exist.")
                : failure;
        }

        try
        {
            return Reopened(place, write, $"The file '{path}'");
        }
        finally
        {
            _ = close(place);
        }
    }

    /// <summary>
    /// Facts 45-50. The section gets an open file description of its own: the caller's carries locks (FileShare) that must end with his handle.
    /// </summary>
    public static BackingFile Open(SafeFileHandle file, PageProtection protection, bool mayExecute)
    {
        bool added = false;
        try
        {
            file.DangerousAddRef(ref added);
            int fd = (int)file.DangerousGetHandle();
            int access = fcntl(fd, F_GETFL, 0);
            if (access < 0)
            {
                throw LinuxError.Last("The handle is not one of an open file");
            }

            bool write = ProtectionRules.CanWrite(protection);
            if ((access & O_PATH) != 0 || (access & O_ACCMODE) == O_WRONLY || (write && (access & O_ACCMODE) != O_RDWR))
            {
                Errors.Throw(ERROR_ACCESS_DENIED, $"The file's handle does not have the access that {protection} needs: reading always, writing for a writable protection.");
            }

            if (ProtectionRules.CanExecute(protection) && !mayExecute)
            {
                Errors.Throw(ERROR_ACCESS_DENIED, "The file's handle was not opened for execution; .NET has no handles that are. Create the mapping from the file's path.");
            }

            return Reopened(fd, write, "The file");
        }
        finally
        {
            if (added)
            {
                file.DangerousRelease();
            }
        }
    }

    /// <summary>
    /// Finds the file that an object's header names. A header is what its owner wrote: from anybody but the caller and root it could aim a
    /// privileged process at a file of its own, so there the file must belong to the object's owner. And if others may write to the object,
    /// it is what any of them wrote: the store never shares a section over a file so.
    /// </summary>
    public static BackingFile Find(in ObjectHeader header, byte[] path, StoreHandle objectHandle, Subject subject)
    {
        uint objectOwner = objectHandle.OwnerUid;
        if ((objectHandle.Mode & OthersMayWrite) != 0)
        {
            Errors.Throw(ERROR_ACCESS_DENIED,
                $"{subject} names a file, and others than its owner, user {objectOwner}, may change which (mode {Convert.ToString(objectHandle.Mode & 0xFFF, 8)}). It is not trusted.");
        }

        uint? requiredOwner = objectOwner == geteuid() || objectOwner == 0 ? null : objectOwner;
        bool write = ProtectionRules.CanWrite(header.Protection);
        if (TryAt([.. path, 0], O_NOFOLLOW, in header, requiredOwner, write, subject) is { } found)
        {
            return found;
        }

        // Renamed or deleted meanwhile: a live holder still has it open.
        foreach (ProcessDescriptors.Descriptor descriptor in ProcessDescriptors.All())
        {
            if (descriptor.Inode == header.BackingInode && descriptor.Device == header.BackingDevice
                && TryAt(descriptor.Path, 0, in header, requiredOwner, write, subject) is { } held)
            {
                return held;
            }
        }

        throw Errors.Of(ERROR_FILE_NOT_FOUND,
            $"The file '{Encoding.UTF8.GetString(path)}' of {subject} was moved, replaced or deleted after it was shared, and no process that holds it can be looked into.");
    }

    /// <summary>The file at a path, if it is the one that the header names. Looked at before it is opened for use.</summary>
    private static BackingFile? TryAt(ReadOnlySpan<byte> path, int flags, in ObjectHeader header, uint? requiredOwner, bool write, Subject subject)
    {
        int place = Libc.Open(AT_FDCWD, path, O_PATH | flags);
        if (place < 0)
        {
            return null;
        }

        try
        {
            return IsTheFile(place, in header, requiredOwner, subject) ? Again(place, write, subject) : null;
        }
        finally
        {
            _ = close(place);
        }
    }

    /// <summary><c>mmap</c> of the file; -1 when it fails.</summary>
    public nint Map(nint address, nint length, int protection, int flags, long offset)
    {
        bool added = false;
        try
        {
            _handle.DangerousAddRef(ref added);
            return mmap(address, length, protection, flags, Descriptor, offset);
        }
        finally
        {
            if (added)
            {
                _handle.DangerousRelease();
            }
        }
    }

    /// <summary>A descriptor of the caller's own.</summary>
    public SafeFileHandle OpenAgain()
    {
        using BackingFile again = Duplicate();
        int fd = fcntl(again.Descriptor, F_DUPFD_CLOEXEC, 0);
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw LinuxError.Last("The file cannot be opened again");
    }

    /// <summary>A descriptor that children inherit.</summary>
    public SafeFileHandle OpenInheritable()
    {
        int fd = Reopen(Descriptor, (CanWrite ? O_RDWR : O_RDONLY) | O_NONBLOCK, inheritable: true);
        if (fd < 0)
        {
            fd = fcntl(Descriptor, F_DUPFD, 0);
        }

        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw LinuxError.Last("The file cannot be opened for child processes");
    }

    /// <summary>Takes over a descriptor that a parent process opened for us, if it is what the header tells of.</summary>
    public static BackingFile Adopt(int fd, in ObjectHeader header, Subject subject)
    {
        if (!Libc.Status(fd, out FileStatus status) || !status.IsRegular || status.Inode != header.BackingInode || status.Device != header.BackingDevice)
        {
            Errors.Throw(ERROR_INVALID_HANDLE, $"The inherited file of {subject} is not among this process's descriptors.");
        }

        RequireSize(in status, in header, subject);
        return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0
            ? new BackingFile(fd, in status, (fcntl(fd, F_GETFL, 0) & O_ACCMODE) == O_RDWR)
            : throw LinuxError.Last("The inherited file cannot be used");
    }

    /// <summary>Looks again: until its entry was held, another process might have shortened the file.</summary>
    public void Refresh()
    {
        if (Libc.Status(Descriptor, out FileStatus now))
        {
            Status = now;
        }
    }

    public BackingFile Duplicate() => Again(Descriptor, CanWrite, "the mapping");

    /// <summary>The file's path with all links resolved, as the kernel knows it: bytes, for Linux asks for no encoding.</summary>
    public unsafe byte[] CanonicalPath()
    {
        Span<byte> link = stackalloc byte[32];
        byte[] path = new byte[ObjectHeader.MaximumPath + 1];
        fixed (byte* from = DescriptorPath(Descriptor, link))
        fixed (byte* to = path)
        {
            nint length = readlinkat(AT_FDCWD, from, to, path.Length);
            return length switch
            {
                < 0 => throw LinuxError.Last("The path of the file cannot be found out"),
                > ObjectHeader.MaximumPath => throw Errors.Of(ERROR_BAD_PATHNAME, $"The path of the file is longer than {ObjectHeader.MaximumPath} bytes.", "path"),
                _ => path[..(int)length],
            };
        }
    }

    /// <summary>Takes back the growth of <see cref="Provide"/> for a section that came to nothing, unless somebody else has the file mapped by now.</summary>
    public void TakeBack(long provided, long lengthBefore, MappedFileEntry entry)
    {
        if (provided > lengthBefore && !_handle.IsClosed)
        {
            entry.TryWhileAlone(() =>
            {
                Refresh();
                if (Status.Size == provided)
                {
                    _ = SetLength(Descriptor, lengthBefore);
                }
            });
        }
    }

    /// <summary>
    /// Makes the file as long as the section and gives it the disk space that writing through views will need: a full disk shows now, not
    /// as SIGBUS later. On failure the file is as before.
    /// </summary>
    /// <param name="size">The section's, in bytes.</param>
    /// <param name="entry">Held: nobody shortens the file meanwhile. Others may map it, though, and make it longer at the same time.</param>
    public void Provide(long size, MappedFileEntry entry)
    {
        long length = Status.Size;
        bool hasHoles = HasHoles(length);
        if (size <= length && !hasHoles)
        {
            return;
        }

        RequireDiskSpace(size);

        // The space first and the length last, so that failing half-way leaves no length to take back. Neither call ever shortens the file.
        long from = hasHoles ? 0 : length;
        bool provided = Allocate(Descriptor, FALLOC_FL_KEEP_SIZE, from, size - from) || Errno == EOPNOTSUPP;
        if (provided && Allocate(Descriptor, 0, from, size - from))
        {
            return;
        }

        Exception failure = Errno == EOPNOTSUPP ? NoAllocation() : LinuxError.Last($"The file cannot be given the disk space of {size} bytes");

        // What was allocated beyond the end goes when the length is set to what it is: unless somebody else maps the file and may be growing it.
        entry.TryWhileAlone(() =>
        {
            Refresh();
            _ = SetLength(Descriptor, Status.Size);
        });
        throw failure;
    }

    public void Dispose() => _handle.Dispose();

    private unsafe void RequireDiskSpace(long size)
    {
        FileSystemStatus disk;
        long missing = size - (Status.Blocks * 512);
        if (fstatfs(Descriptor, &disk) == 0 && disk.Blocks != 0 && missing > 0 && disk.AvailableBlocks < missing / disk.BlockSize)
        {
            Errors.Throw(size > LargestFile ? ERROR_NOT_ENOUGH_MEMORY : ERROR_DISK_FULL,
                $"The file needs {missing} more bytes of disk space; {disk.AvailableBlocks * disk.BlockSize} are left.");
        }
    }

    /// <summary>
    /// Asked of the file system itself: the count of blocks includes its own, and so may hide a hole. Space that was allocated and never
    /// written may count as a hole too; allocating it again costs nothing.
    /// </summary>
    private bool HasHoles(long size)
    {
        if (size == 0)
        {
            return false;
        }

        // The position may be shared with the handle that the caller gave: it is put back.
        long before = lseek(Descriptor, 0, SEEK_CUR);
        long hole = lseek(Descriptor, 0, SEEK_HOLE);
        _ = lseek(Descriptor, before, SEEK_SET);

        // A file system that does not tell has no holes to speak of, or shows them by its blocks.
        return hole < 0 ? Status.Blocks * 512 < size : hole < size;
    }

    private static Exception NoAllocation() => Errors.Of(ERROR_NOT_SUPPORTED,
        "The file system cannot allocate space ahead (fallocate), so writing through a view could die of a full disk later. Write the file in full before mapping it.");

    private static bool IsTheFile(int place, in ObjectHeader header, uint? requiredOwner, Subject subject)
    {
        if (!Libc.Status(place, out FileStatus status) || !status.IsRegular || status.Inode != header.BackingInode || status.Device != header.BackingDevice)
        {
            return false;
        }

        if (requiredOwner is { } owner && status.Uid != owner)
        {
            Errors.Throw(ERROR_ACCESS_DENIED,
                $"{subject} was made by user {owner} over a file of user {status.Uid}. Only an object of one's own, or of root, may name somebody else's file.");
        }

        RequireSize(in status, in header, subject);
        return true;
    }

    /// <summary>A section larger than its file: somebody outside this library cut it, and touching the view would kill us.</summary>
    private static void RequireSize(in FileStatus status, in ObjectHeader header, Subject subject)
    {
        if (status.Size < header.Size)
        {
            Errors.Throw(ERROR_FILE_INVALID, $"The file of {subject} was cut to {status.Size} bytes by another program; the section has {header.Size}.");
        }
    }

    /// <summary>Opens a file that was found, for writing if that is allowed.</summary>
    private static BackingFile Again(int place, bool write, Subject subject)
    {
        // Without waiting: its owner may have a lease on it, and let openers wait.
        int fd = Reopen(place, (write ? O_RDWR : O_RDONLY) | O_NONBLOCK);
        if (fd < 0 && write && Errno is EACCES or EPERM or EROFS)
        {
            write = false;
            fd = Reopen(place, O_RDONLY | O_NONBLOCK);
        }

        if (fd < 0)
        {
            throw LinuxError.Last($"The file of {subject} cannot be opened");
        }

        if (!Libc.Status(fd, out FileStatus status))
        {
            Exception failure = LinuxError.Last($"The file of {subject} cannot be examined");
            _ = close(fd);
            throw failure;
        }

        return new BackingFile(fd, in status, write);
    }

    private static BackingFile Reopened(int place, bool write, Subject subject)
    {
        if (!Libc.Status(place, out FileStatus status))
        {
            throw LinuxError.Last($"{subject} cannot be examined");
        }

        if (status.IsDirectory)
        {
            Errors.Throw(ERROR_ACCESS_DENIED, $"{subject} is a directory.");
        }

        if (!status.IsRegular)
        {
            throw new NotSupportedException($"{subject} is a FIFO, socket or device; only regular files can be mapped.") { HResult = unchecked((int)0x8007_0000) | ERROR_NOT_SUPPORTED };
        }

        int fd = Reopen(place, (write ? O_RDWR : O_RDONLY) | O_NONBLOCK);
        int errno = Errno;
        if (fd < 0 && (fcntl(place, F_GETFL, 0) & O_PATH) == 0)
        {
            // A handle that was passed to a process which may not open the file itself still counts.
            fd = fcntl(place, F_DUPFD_CLOEXEC, 0);
        }

        return fd >= 0 ? new BackingFile(fd, in status, write) : throw LinuxError.Of(errno, $"{subject} cannot be opened for {(write ? "reading and writing" : "reading")}");
    }
}
