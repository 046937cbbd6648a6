using static Crossmap.Linux.Libc;

namespace Crossmap.Linux;

/// <summary>
/// What killed processes leave in a folder of the store: files that nobody holds. Whoever has the exclusive lock of one may bury it, and
/// until he lets go nobody can come to hold it. Nothing else than a name is ever removed: a live view may still lie on the file.
/// </summary>
internal static class Leftovers
{
    /// <summary>Removes leftovers, at most so many files looked at.</summary>
    public static void Sweep(StoreFolder folder, int limit, List<string>? removed)
    {
        foreach (string file in FolderWalk.FilesOf(folder))
        {
            if (limit-- == 0)
            {
                return;
            }

            byte[] fileName = Terminated(file);
            if (TryBury(folder, fileName, out string? name))
            {
                removed?.Add(name ?? file);
            }
        }
    }

    /// <summary>With the exclusive lock held: removes the name, if it leads to that file. Whether it is removed now.</summary>
    public static bool Bury(StoreFolder folder, byte[] fileName, ulong device, ulong inode) =>
        ObjectStore.HasName(folder, fileName, device, inode) && Unlink(folder.Descriptor, fileName) == 0;

    /// <summary>Removes the file if nobody alive holds it.</summary>
    private static bool TryBury(StoreFolder folder, byte[] fileName, out string? name)
    {
        name = null;
        int fd = Libc.Open(folder.Descriptor, fileName, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0 && !(folder.IsGlobal && Errno == EACCES))
        {
            return false;
        }

        int locked = fd;
        try
        {
            FileStatus status;
            if (!(fd >= 0 ? Status(fd, out status) : Status(folder.Descriptor, fileName, AT_SYMLINK_NOFOLLOW, out status)) || !status.IsRegular)
            {
                return false;
            }

            LivenessLock liveness = LivenessLock.For(folder, fd, status.Inode);
            locked = liveness.Descriptor;
            if (!liveness.TryExclusive())
            {
                return false;
            }

            try
            {
                name = fd >= 0 ? NameIn(fd, in status) : null;
                return Bury(folder, fileName, status.Device, status.Inode);
            }
            finally
            {
                liveness.Drop();
            }
        }
        finally
        {
            _ = CloseBoth(locked, fd);
        }
    }

    private static string? NameIn(int fd, in FileStatus status)
    {
        try
        {
            return ObjectHeader.Read(fd, in status, "a leftover").Name;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
