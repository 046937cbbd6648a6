using System.Runtime.InteropServices;
using System.Text;

namespace Crossmap.Linux;

/// <summary>
/// The C library's calls and constants under their native names. Values are those of Linux on x64: <see cref="Objects.ObjectSystem"/>
/// refuses other architectures, where some differ.
/// </summary>
internal static unsafe partial class Libc
{
    public const int O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_ACCMODE = 3;
    public const int O_CREAT = 0x40, O_EXCL = 0x80, O_NOCTTY = 0x100, O_APPEND = 0x400, O_NONBLOCK = 0x800, O_DSYNC = 0x1000, O_DIRECTORY = 0x1_0000, O_NOFOLLOW = 0x2_0000, O_CLOEXEC = 0x8_0000;
    public const int O_PATH = 0x20_0000, O_TMPFILE = 0x40_0000 | O_DIRECTORY;

    public const int AT_FDCWD = -100, AT_SYMLINK_NOFOLLOW = 0x100, AT_SYMLINK_FOLLOW = 0x400, AT_EMPTY_PATH = 0x1000;

    public const int F_GETFD = 1, F_GETFL = 3, F_OFD_GETLK = 36, F_OFD_SETLK = 37, F_OFD_SETLKW = 38, F_DUPFD = 0, F_SETFD = 2, F_DUPFD_CLOEXEC = 1030, FD_CLOEXEC = 1;
    public const short F_RDLCK = 0, F_WRLCK = 1, F_UNLCK = 2;

    public const int SEEK_SET = 0, SEEK_CUR = 1, SEEK_END = 2, SEEK_DATA = 3, SEEK_HOLE = 4;
    public const int RWF_APPEND = 0x10;
    public const int FALLOC_FL_KEEP_SIZE = 1;
    public const uint MFD_CLOEXEC = 1;

    public const int PROT_NONE = 0, PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4;
    public const int MAP_SHARED = 1, MAP_PRIVATE = 2, MAP_FIXED = 0x10, MAP_ANONYMOUS = 0x20, MAP_NORESERVE = 0x4000, MAP_FIXED_NOREPLACE = 0x10_0000;
    public const int MREMAP_MAYMOVE = 1;
    public const int MS_SYNC = 4;
    public const int MADV_WILLNEED = 3, MADV_WIPEONFORK = 18, MADV_COLD = 20, MADV_DONTDUMP = 16, MADV_POPULATE_READ = 22, MADV_POPULATE_WRITE = 23;

    public const int EPERM = 1, ENOENT = 2, EINTR = 4, ENXIO = 6, EBADF = 9, EAGAIN = 11, ENOMEM = 12, EACCES = 13, EFAULT = 14, EEXIST = 17, ENODEV = 19,
        ENOTDIR = 20, EISDIR = 21, EINVAL = 22, ENFILE = 23, EMFILE = 24, ETXTBSY = 26, EFBIG = 27, ENOSPC = 28, ESPIPE = 29, EROFS = 30, ENAMETOOLONG = 36, ENOSYS = 38,
        ELOOP = 40, EOPNOTSUPP = 95, EDQUOT = 122;

    public const ushort S_IFMT = 0xF000, S_IFREG = 0x8000, S_IFBLK = 0x6000, S_IFDIR = 0x4000, S_IFCHR = 0x2000, S_IFLNK = 0xA000;
    public const long ST_NOEXEC = 8;
    public const int PageSize = 4096;
    private const int RLIMIT_FSIZE = 1;
    private const long SYS_close_range = 436;

    private const uint STATX_BASIC_STATS = 0x7FF;

    [StructLayout(LayoutKind.Sequential)]
    public struct Flock
    {
        public short Type;
        public short Whence;
        public long Start;
        public long Length;
        public int Pid;
    }

    /// <summary><c>struct iovec</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Vector
    {
        public byte* Start;
        public nint Length;
    }

    /// <summary><c>struct statx</c>, as far as it is used; the kernel fills 256 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct FileStatus
    {
        [FieldOffset(16)] public uint Links;
        [FieldOffset(20)] public uint Uid;
        [FieldOffset(24)] public uint Gid;
        [FieldOffset(28)] public ushort Mode;
        [FieldOffset(32)] public ulong Inode;
        [FieldOffset(40)] public long Size;
        [FieldOffset(48)] public long Blocks;
        [FieldOffset(136)] public uint DeviceMajor;
        [FieldOffset(140)] public uint DeviceMinor;

        public readonly ulong Device => ((ulong)DeviceMajor << 32) | DeviceMinor;

        public readonly bool IsRegular => (Mode & S_IFMT) == S_IFREG;

        public readonly bool IsDirectory => (Mode & S_IFMT) == S_IFDIR;
    }

    /// <summary><c>struct statfs</c> of x64.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 120)]
    public struct FileSystemStatus
    {
        [FieldOffset(0)] public long Type;
        [FieldOffset(8)] public long BlockSize;
        [FieldOffset(16)] public long Blocks;
        [FieldOffset(32)] public long AvailableBlocks;
        [FieldOffset(80)] public long Flags;
    }

    [LibraryImport("libc", SetLastError = true)]
    public static partial int openat(int directory, byte* path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int close(int fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, uint first, uint second, uint third);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int fcntl(int fd, int command, nint argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int statx(int directory, byte* path, int flags, uint mask, FileStatus* status);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int fstatfs(int fd, FileSystemStatus* status);

    [LibraryImport("libc", SetLastError = true)]
    public static partial long lseek(int fd, long offset, int whence);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ftruncate(int fd, long length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fallocate(int fd, int mode, long offset, long length);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int fchmod(int fd, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int fchmodat(int directory, byte* path, uint mode, int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int fchown(int fd, uint owner, uint group);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int mkdirat(int directory, byte* path, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int linkat(int oldDirectory, byte* oldPath, int newDirectory, byte* newPath, int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint readlinkat(int directory, byte* path, byte* buffer, nint size);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int unlinkat(int directory, byte* path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint pread(int fd, byte* buffer, nint count, long offset);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint pwrite(int fd, byte* buffer, nint count, long offset);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint read(int fd, byte* buffer, nint count);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint write(int fd, byte* buffer, nint count);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint pwritev2(int fd, Vector* parts, int count, long offset, int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int fsync(int fd);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int memfd_create(byte* name, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint mmap(nint address, nint length, int protection, int flags, int fd, long offset);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int munmap(nint address, nint length);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int mprotect(nint address, nint length, int protection);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint mremap(nint address, nint length, nint newLength, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int msync(nint address, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int madvise(nint address, nint length, int advice);

    [LibraryImport("libc")]
    private static partial int getrlimit(int resource, Span<ulong> limit);

    [LibraryImport("libc")]
    public static partial uint geteuid();

    [LibraryImport("libc")]
    public static partial int getpid();

    [LibraryImport("libc")]
    public static partial int sched_yield();

    public static int Errno => Marshal.GetLastPInvokeError();

    public static bool Status(int fd, out FileStatus status) => Status(fd, [0], AT_EMPTY_PATH, out status);

    public static bool Status(int directory, ReadOnlySpan<byte> path, int flags, out FileStatus status)
    {
        fixed (byte* p = path)
        fixed (FileStatus* s = &status)
        {
            return statx(directory, p, flags, STATX_BASIC_STATS, s) == 0;
        }
    }

    public static int Open(int directory, ReadOnlySpan<byte> path, int flags, uint mode = 0)
    {
        fixed (byte* p = path)
        {
            int fd;
            do
            {
                fd = openat(directory, p, flags | O_CLOEXEC, mode);
            }
            while (WasInterrupted(fd));
            return fd;
        }
    }

    /// <summary>False from the first time that the kernel does not know <c>close_range</c> (before Linux 5.9) or a filter forbids it.</summary>
    private static volatile bool s_canCloseRange = true;

    /// <summary>
    /// Closes two descriptors, or one that is given twice, or alone beside -1; by one call where nothing lies between their numbers, as is usual for two that were
    /// opened in a row. Called by its number: older C libraries do not know it.
    /// </summary>
    public static bool CloseBoth(int one, int other)
    {
        if (one == other || one < 0 || other < 0)
        {
            return Math.Max(one, other) is var only && (only < 0 || close(only) == 0);
        }

        if (s_canCloseRange && Math.Abs(one - other) == 1)
        {
            if (syscall(SYS_close_range, (uint)Math.Min(one, other), (uint)Math.Max(one, other), 0) == 0)
            {
                return true;
            }

            // It refuses before it closes anything.
            s_canCloseRange = false;
        }

        return (close(one) == 0) & (close(other) == 0);
    }

    public static int Unlink(int directory, ReadOnlySpan<byte> path)
    {
        fixed (byte* p = path)
        {
            return unlinkat(directory, p, 0);
        }
    }

    /// <summary>Another open file description of what a descriptor leads to: no shared offset and, above all, no shared locks.</summary>
    public static int Reopen(int fd, int flags, bool inheritable = false)
    {
        Span<byte> path = stackalloc byte[32];
        fixed (byte* p = DescriptorPath(fd, path))
        {
            int reopened;
            do
            {
                reopened = openat(AT_FDCWD, p, flags | O_NOCTTY | (inheritable ? 0 : O_CLOEXEC), 0);
            }
            while (WasInterrupted(reopened));
            return reopened;
        }
    }

    /// <summary>
    /// <c>fallocate</c> to the end. A signal in the middle of a large allocation may undo all of it (older kernels, on tmpfs): smaller
    /// steps get ahead between two signals.
    /// </summary>
    public static bool Allocate(int fd, int mode, long offset, long length)
    {
        if (!IsWithinFileSizeLimit(offset + length))
        {
            return false;
        }

        long step = length;
        while (length > 0)
        {
            step = Math.Min(step, length);
            if (fallocate(fd, mode, offset, step) == 0)
            {
                offset += step;
                length -= step;
            }
            else if (Errno == EINTR)
            {
                step = Math.Max(PageSize, (step / 2) & -PageSize);
            }
            else
            {
                return false;
            }
        }

        return true;
    }

    public static bool SetLength(int fd, long length)
    {
        if (!IsWithinFileSizeLimit(length))
        {
            return false;
        }

        int result;
        do
        {
            result = ftruncate(fd, length);
        }
        while (WasInterrupted(result));
        return result == 0;
    }

    /// <summary>Asked before (<c>RLIMIT_FSIZE</c>): making a file longer than that raises SIGXFSZ, which kills the process.</summary>
    public static bool IsWithinFileSizeLimit(long length)
    {
        Span<ulong> limit = stackalloc ulong[2];
        if (getrlimit(RLIMIT_FSIZE, limit) != 0 || (ulong)length <= limit[0])
        {
            return true;
        }

        Marshal.SetLastPInvokeError(EFBIG);
        return false;
    }

    /// <summary><c>msync(MS_SYNC)</c>.</summary>
    public static bool Synchronise(nint address, nint length)
    {
        int result;
        do
        {
            result = msync(address, length, MS_SYNC);
        }
        while (WasInterrupted(result));
        return result == 0;
    }

    /// <summary>A signal that arrived during a call, meant for something else, is no failure of the call.</summary>
    public static bool WasInterrupted(int result) => result == -1 && Errno == EINTR;

    /// <summary>Takes or drops a lock of the descriptor's own open file description; never waits.</summary>
    public static bool Lock(int fd, short type, long at)
    {
        var request = new Flock { Type = type, Start = at, Length = 1 };
        return fcntl(fd, F_OFD_SETLK, (nint)(&request)) == 0;
    }

    /// <summary>The same, but waits until the lock can be had, however long that takes.</summary>
    public static bool AwaitLock(int fd, short type, long at)
    {
        var request = new Flock { Type = type, Start = at, Length = 1 };
        int result;
        do
        {
            result = fcntl(fd, F_OFD_SETLKW, (nint)(&request));
        }
        while (WasInterrupted(result));
        return result == 0;
    }

    /// <summary>Drops all locks of the descriptor's own open file description from there on.</summary>
    public static void Unlock(int fd, long from)
    {
        var request = new Flock { Type = F_UNLCK, Start = from };
        _ = fcntl(fd, F_OFD_SETLK, (nint)(&request));
    }

    /// <summary>
    /// Whether a descriptor is one that an exec'ed process inherits. All that this library opens for itself are not: one that is came from
    /// a parent, or is meant for children.
    /// </summary>
    public static bool IsInheritable(int fd) => fcntl(fd, F_GETFD, 0) is var flags and >= 0 && (flags & FD_CLOEXEC) == 0;

    /// <summary>The kind of somebody else's lock that stands in the way of the exclusive one, or <see cref="F_UNLCK"/>. Needs no write access.</summary>
    public static short LockInTheWay(int fd, long at) => TryLockInTheWay(fd, F_WRLCK, at, out short kind) ? kind : F_UNLCK;

    /// <summary>The kind of somebody else's lock that stands in the way of one of that type, or <see cref="F_UNLCK"/>; false when that cannot be learned.</summary>
    public static bool TryLockInTheWay(int fd, short type, long at, out short kind)
    {
        var request = new Flock { Type = type, Start = at, Length = 1 };
        bool asked = fcntl(fd, F_OFD_GETLK, (nint)(&request)) == 0;
        kind = request.Type;
        return asked;
    }

    public static ReadOnlySpan<byte> DescriptorPath(int fd, Span<byte> buffer)
    {
        ReadOnlySpan<byte> prefix = "/proc/self/fd/"u8;
        prefix.CopyTo(buffer);
        System.Buffers.Text.Utf8Formatter.TryFormat(fd, buffer[prefix.Length..], out int digits);
        buffer[prefix.Length + digits] = 0;
        return buffer[..(prefix.Length + digits + 1)];
    }

    /// <summary>The path in UTF-8, with its terminating NUL.</summary>
    public static byte[] Terminated(string path)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(path) + 1];
        Encoding.UTF8.GetBytes(path, bytes);
        return bytes;
    }
}
