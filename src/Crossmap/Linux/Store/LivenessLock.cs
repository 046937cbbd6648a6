using static Crossmap.Linux.Libc;

namespace Crossmap.Linux;

/// <summary>
/// Where the lock lies that says whether somebody holds an object: an open-file-description lock, which the kernel drops with the last
/// descriptor, even by SIGKILL. In <c>Local\</c> it is byte 0 of the object's own file. In <c>Global\</c> it is the byte numbered as the
/// object's inode in the folder's <c>.locks</c> file: a member who may not open another's owner-only object must still be able to tell
/// that it is a leftover, and to keep others from reviving it while he buries it.
/// </summary>
internal readonly struct LivenessLock
{
    private readonly int _fd;
    private readonly long _at;
    private readonly bool _isOwn;

    private LivenessLock(int fd, long at, bool isOwn)
    {
        _fd = fd;
        _at = at;
        _isOwn = isOwn;
    }

    /// <summary>For an object's open file; nothing is locked yet. <paramref name="objectFd"/> may be -1 in <c>Global\</c>.</summary>
    public static LivenessLock For(StoreFolder folder, int objectFd, ulong inode) =>
        folder.IsGlobal
            ? new LivenessLock(folder.OpenLocks(), (long)(inode & long.MaxValue), isOwn: true)
            : new LivenessLock(objectFd, 0, isOwn: false);

    public bool TryShared() => Lock(_fd, F_RDLCK, _at);

    public bool TryExclusive() => Lock(_fd, F_WRLCK, _at);

    public void Drop() => Lock(_fd, F_UNLCK, _at);

    /// <summary>
    /// Whether somebody else holds the object, asked without locking anything. An exclusive lock is no holder's: it stands for the few calls
    /// of whoever buries a leftover. A shared one on a file that has lost its name is of somebody who has not noticed yet.
    /// </summary>
    public bool IsHeldByOthers(StoreFolder folder, byte[] fileName, in FileStatus status) =>
        LockInTheWay(_fd, _at) == F_RDLCK && ObjectStore.HasName(folder, fileName, status.Device, status.Inode);

    /// <summary>Whether the lock has a descriptor of its own; else the object's carries it.</summary>
    public bool IsOwn => _isOwn;

    /// <summary>An open file description of its own, without a lock yet, that child processes inherit; negative when that fails.</summary>
    public int OpenInheritable() => Reopen(_fd, O_RDWR, inheritable: true);

    public long At => _at;

    /// <summary>Closes the descriptor if it serves the lock alone.</summary>
    public void Close()
    {
        if (_isOwn)
        {
            _ = close(_fd);
        }
    }
}
