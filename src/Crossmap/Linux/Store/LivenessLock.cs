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
    private LivenessLock(int descriptor, long at)
    {
        Descriptor = descriptor;
        At = at;
    }

    /// <summary>Nothing is locked yet.</summary>
    /// <param name="folder">Of the object.</param>
    /// <param name="objectFd">The object's open file; -1 if it may not be opened, in <c>Global\</c> alone. There the lock gets a descriptor of its own.</param>
    /// <param name="inode">The object's inode; in <c>Local\</c> nobody asks.</param>
    public static LivenessLock For(StoreFolder folder, int objectFd, ulong inode) =>
        folder.IsGlobal ? new LivenessLock(folder.OpenLocks(), (long)(inode & long.MaxValue)) : new LivenessLock(objectFd, 0);

    /// <summary>Carries the lock.</summary>
    public int Descriptor { get; }

    /// <summary>The byte.</summary>
    public long At { get; }

    public bool TryShared() => Lock(Descriptor, F_RDLCK, At);

    public bool TryExclusive() => Lock(Descriptor, F_WRLCK, At);

    /// <summary>With everything else that an entry has locked behind it: the descriptor is this object's alone.</summary>
    public void Drop() => Unlock(Descriptor, At);

    /// <summary>
    /// Whether somebody else holds the object, asked without locking anything. An exclusive lock is no holder's: it stands for the few calls
    /// of whoever buries a leftover. A shared one on a file that has lost its name is of somebody who has not noticed yet.
    /// </summary>
    public bool IsHeldByOthers(StoreFolder folder, byte[] fileName, in FileStatus status) =>
        LockInTheWay(Descriptor, At) == F_RDLCK && ObjectStore.HasName(folder, fileName, status.Device, status.Inode);
}
