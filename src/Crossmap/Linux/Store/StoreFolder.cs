using Crossmap.Objects;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>
/// A folder of object files on tmpfs: the user's own for <c>Local\</c>, the administrator's for <c>Global\</c>, and within each a folder of
/// entries for mapped files. Held open by descriptor, so that nobody can swap it for another between two steps.
/// </summary>
internal sealed partial class StoreFolder
{
    /// <summary>Within the folder of <c>Local\</c>: the folder of entries for mapped files.</summary>
    public const string FilesName = ".files";

    private const string DefaultRoot = "/dev/shm";

    /// <summary>Leftovers that a process looks for when it first uses a folder. Bounded: start-up must not grow with the folder.</summary>
    private const int FirstUseSweep = 16;

    private const uint OwnerOnly = 0x1C0; // 0700

    /// <summary>In <c>Global\</c>: the file whose bytes are the liveness locks; see <see cref="LivenessLock"/>.</summary>
    private static ReadOnlySpan<byte> LocksName => ".locks\0"u8;

    private static readonly Lock Gate = new();
    private static StoreFolder? s_local, s_global, s_files;

    private readonly byte[] _terminatedPath;
    private (ulong Device, ulong Inode) _identity;

    private StoreFolder(string path, bool isGlobal)
    {
        Path = path;
        _terminatedPath = Terminated(path);
        IsGlobal = isGlobal;
        HoldsEntries = !isGlobal && System.IO.Path.GetFileName(path) == FilesName;
        Reopen();
    }

    public static string Root { get; } = Environment.GetEnvironmentVariable("CROSSMAP_ROOT") is { Length: > 0 } root ? System.IO.Path.GetFullPath(root) : DefaultRoot;

    public static string LocalPath => System.IO.Path.Combine(Root, $"crossmap-{geteuid()}");

    public static string GlobalPath => System.IO.Path.Combine(Root, "crossmap-global");

    public string Path { get; }

    public int Descriptor { get; private set; }

    public bool IsGlobal { get; }

    /// <summary>Whether its files are entries of mapped files: a lock and nothing else, without a header.</summary>
    public bool HoldsEntries { get; }

    /// <summary>Whether the liveness lock lies on a file that is mapped: then mapping takes a second descriptor.</summary>
    public bool LocksWhatIsMapped => !IsGlobal && !HoldsEntries;

    /// <summary>The folder of <c>Local\</c> or <c>Global\</c>, made if it may be made, and checked.</summary>
    /// <param name="isGlobal">Which.</param>
    /// <param name="removed">Gets the names of leftovers that its first use removes.</param>
    public static StoreFolder For(bool isGlobal, List<string>? removed = null)
    {
        StoreFolder? folder = isGlobal ? s_global : s_local;
        return folder ?? OpenOnce(isGlobal, removed);
    }

    /// <summary>The folder of <c>Global\</c> if it is there and this user may use it; never made.</summary>
    public static StoreFolder? TryGlobal(List<string>? removed = null)
    {
        if (!Status(AT_FDCWD, Terminated(GlobalPath), AT_SYMLINK_NOFOLLOW, out _))
        {
            return null;
        }

        try
        {
            StoreFolder global = For(isGlobal: true, removed);
            global.ReopenIfRemoved();
            return global;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The folder of this user's entries for mapped files.</summary>
    public static StoreFolder Files => s_files ?? OpenFilesOnce(removed: null);

    /// <summary>
    /// Opens the folder anew when it was removed behind our back (a logout that cleans /dev/shm, an administrator): true when that was so,
    /// and trying again makes sense. The old descriptor stays open, for another thread may be using it; live handles notice nothing, as
    /// they compare inodes before they remove a name.
    /// </summary>
    public bool ReopenIfRemoved()
    {
        lock (Gate)
        {
            if (Status(AT_FDCWD, _terminatedPath, AT_SYMLINK_NOFOLLOW, out FileStatus now) && (now.Device, now.Inode) == _identity)
            {
                return false;
            }

            if (this == s_files)
            {
                // Its parent went with it.
                s_local!.ReopenIfRemoved();
            }

            Reopen();
            return true;
        }
    }

    /// <summary>
    /// Opens the file of the liveness locks of <c>Global\</c>. Members may remove it or put something else in its place: without this check
    /// each side would lock a file of its own.
    /// </summary>
    public int OpenLocks()
    {
        int fd = Libc.Open(Descriptor, LocksName, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
        if (fd >= 0 && Status(fd, out FileStatus status) && status.IsRegular && status.Uid == 0)
        {
            return fd;
        }

        if (fd >= 0)
        {
            _ = close(fd);
        }

        throw Errors.Of(ERROR_ACCESS_DENIED,
            $"The lock file of the folder '{Path}' is not there, not root's, or not for this user. Let root run 'crossmap setup-global --group NAME' again.");
    }

    /// <param name="removed">Gets the names of leftovers that the folder's first use removes; null when nobody asks.</param>
    public static StoreFolder OpenFilesOnce(List<string>? removed)
    {
        StoreFolder local = For(isGlobal: false);
        lock (Gate)
        {
            if (s_files is null)
            {
                local.ReopenIfRemoved();
                var files = new StoreFolder(System.IO.Path.Combine(local.Path, FilesName), isGlobal: false);
                try
                {
                    Leftovers.Sweep(files, FirstUseSweep, removed);
                }
                catch
                {
                    _ = close(files.Descriptor);
                    throw;
                }

                s_files = files;
            }

            return s_files;
        }
    }

    private static StoreFolder OpenOnce(bool isGlobal, List<string>? removed)
    {
        lock (Gate)
        {
            if ((isGlobal ? s_global : s_local) is { } known)
            {
                return known;
            }

            var folder = new StoreFolder(isGlobal ? GlobalPath : LocalPath, isGlobal);
            try
            {
                folder.CheckFileSystem();
                Leftovers.Sweep(folder, FirstUseSweep, removed);
            }
            catch
            {
                _ = close(folder.Descriptor);
                throw;
            }

            // Known only now: a folder that failed a check fails it again at the next use.
            if (isGlobal)
            {
                s_global = folder;
            }
            else
            {
                s_local = folder;
            }

            return folder;
        }
    }

    private void Reopen()
    {
        (Descriptor, FileStatus status) = IsGlobal ? OpenGlobal() : OpenLocal(Path, _terminatedPath);
        _identity = (status.Device, status.Inode);
    }

    private static (int Descriptor, FileStatus Status) OpenLocal(string path, byte[] terminated)
    {
        if (MakeFolder(terminated))
        {
            GiveOwnerMode(terminated);
        }
        else if (Errno != EEXIST)
        {
            throw Errno switch
            {
                ENOSPC or EDQUOT or ENOMEM => Errors.Of(ERROR_COMMITMENT_LIMIT, $"There is no room for the folder of named objects, '{path}': its file system is full."),

                // Not 2: that would say that there is no such name.
                ENOENT => Errors.Of(ERROR_PATH_NOT_FOUND, $"The folder of named objects, '{path}', cannot be made: '{Root}' is not there. CROSSMAP_ROOT names another tmpfs."),
                _ => LinuxError.Last($"The folder of named objects, '{path}', cannot be made. CROSSMAP_ROOT may name another tmpfs"),
            };
        }

        int fd = Open(AT_FDCWD, terminated, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (fd < 0)
        {
            throw Errno is ENOTDIR or ELOOP || (Errno == EACCES && Status(AT_FDCWD, terminated, AT_SYMLINK_NOFOLLOW, out _))
                ? Errors.Of(ERROR_ACCESS_DENIED, $"'{path}' is a symbolic link, or no folder, or another user's; the folder of named objects is never followed through a link. " +
                    "Somebody made it first: remove it, or set CROSSMAP_ROOT to a tmpfs of your own.")
                : LinuxError.Last($"The folder of named objects, '{path}', cannot be opened");
        }

        if (!Status(fd, out FileStatus status) || status.Uid != geteuid() || (status.Mode & 0x3F) != 0)
        {
            _ = close(fd);
            Errors.Throw(ERROR_ACCESS_DENIED,
                $"The folder of named objects, '{path}', belongs to user {status.Uid} with mode {Convert.ToString(status.Mode & 0xFFF, 8)}; it must belong to user {geteuid()} with mode 700. " +
                "Somebody made it first, or a user namespace shows a foreign owner: remove it, or set CROSSMAP_ROOT to a tmpfs of your own.");
        }

        return (fd, status);
    }

    private static unsafe bool MakeFolder(byte[] path)
    {
        fixed (byte* p = path)
        {
            return mkdirat(AT_FDCWD, p, OwnerOnly) == 0;
        }
    }

    /// <summary>The umask may have taken rights away from the owner too. Through a descriptor: the path might be a link by now.</summary>
    private static unsafe void GiveOwnerMode(byte[] path)
    {
        int place = Open(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
        if (place < 0)
        {
            return;
        }

        Span<byte> buffer = stackalloc byte[32];
        if (Status(place, out FileStatus status) && status.Uid == geteuid() && (status.Mode & 0xFFF) != OwnerOnly)
        {
            fixed (byte* p = DescriptorPath(place, buffer))
            {
                _ = fchmodat(AT_FDCWD, p, OwnerOnly, 0);
            }
        }

        _ = close(place);
    }

    /// <summary>
    /// Everything rests on unnamed files and on locks that conflict between descriptors. Both are tried, once a process and folder, rather
    /// than trusted by the file system's name.
    /// </summary>
    private void CheckFileSystem()
    {
        int one = Libc.Open(Descriptor, ".\0"u8, O_TMPFILE | O_RDWR, 0x180 /* 0600 */);
        if (one < 0)
        {
            throw LinuxError.Last($"The file system of '{Path}' has no unnamed files (O_TMPFILE), so it cannot hold named objects. Set CROSSMAP_ROOT to a tmpfs");
        }

        int two = Libc.Reopen(one, O_RDWR);
        bool sound = two >= 0 && Lock(one, F_RDLCK, 0) && !Lock(two, F_WRLCK, 0) && Lock(two, F_RDLCK, 0);
        _ = close(one);
        _ = close(two);
        if (!sound)
        {
            Errors.Throw(ERROR_NOT_SUPPORTED, $"The file system of '{Path}' does not keep open-file-description locks, so it cannot hold named objects. Set CROSSMAP_ROOT to a tmpfs.");
        }
    }
}
