using Crossmap.Objects;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>How the folder of <c>Global\</c> is made for a group, by root, and entered.</summary>
internal sealed partial class StoreFolder
{
    /// <summary>Makes and checks the folder of <c>Global\</c> for a group; root's work.</summary>
    public static string SetUpGlobal(uint group, uint mode)
    {
        byte[] path = Terminated(GlobalPath);
        if (!MakeFolder(path) && Errno != EEXIST)
        {
            throw LinuxError.Last($"The folder '{GlobalPath}' cannot be made");
        }

        int fd = Open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (fd < 0)
        {
            throw LinuxError.Last($"'{GlobalPath}' is there but is no folder");
        }

        try
        {
            if (!Status(fd, out FileStatus status) || status.Uid != 0)
            {
                Errors.Throw(ERROR_ACCESS_DENIED, $"The folder '{GlobalPath}' is there and belongs to user {status.Uid}, not to root. Remove it first.");
            }

            if (status.Gid == group && (status.Mode & 0xFFF) == mode && HasSoundLocks(fd))
            {
                return GlobalPath;
            }

            // Members of a folder that exists already are kept out while root works in it. The locks come before the group is let in: who
            // gets in finds it complete.
            if (fchown(fd, 0, 0) != 0 || fchmod(fd, OwnerOnly) != 0)
            {
                throw LinuxError.Last($"The folder '{GlobalPath}' cannot be closed to others");
            }

            MakeLocks(fd, group);
            if (fchown(fd, 0, group) != 0 || fchmod(fd, mode) != 0)
            {
                throw LinuxError.Last($"The folder '{GlobalPath}' cannot be given to group {group}");
            }
        }
        finally
        {
            _ = close(fd);
        }

        return GlobalPath;
    }

    /// <summary>
    /// Makes the lock file, or keeps the one there if it can only be root's own work: a member may have put a link in its place, to a file
    /// of root's that he would like to be given.
    /// </summary>
    private static void MakeLocks(int folder, uint group)
    {
        // Only what lies there and is wrong: two of root's processes that make the first ones at once must not remove each other's.
        if (!HasSoundLocks(folder) && Status(folder, LocksName, AT_SYMLINK_NOFOLLOW, out _) && !HasSoundLocks(folder) && Unlink(folder, LocksName) != 0 && Errno != ENOENT)
        {
            throw LinuxError.Last($"What lies in place of the lock file of '{GlobalPath}' cannot be removed");
        }

        // O_CREAT for once, and whichever process made it: nobody else is let in, and O_NOFOLLOW follows nothing.
        int locks = Open(folder, LocksName, O_RDWR | O_NOFOLLOW | O_CREAT, 0x180 /* 0600 */);
        if (locks < 0)
        {
            throw LinuxError.Last($"The lock file in '{GlobalPath}' cannot be made");
        }

        bool done = fchown(locks, 0, group) == 0 && fchmod(locks, 0x1B0 /* 0660 */) == 0;
        _ = close(locks);
        if (!done)
        {
            throw LinuxError.Last($"The lock file in '{GlobalPath}' cannot be given to group {group}");
        }
    }

    private static bool HasSoundLocks(int folder) =>
        Status(folder, LocksName, AT_SYMLINK_NOFOLLOW, out FileStatus status) && status is { IsRegular: true, Uid: 0, Links: 1 };

    private static (int Descriptor, FileStatus Status) OpenGlobal()
    {
        byte[] path = Terminated(GlobalPath);
        int fd = Open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (fd < 0 && Errno == ENOENT && geteuid() == 0)
        {
            // Root needs no privilege to make global objects, and no other user is let in.
            SetUpGlobal(group: 0, mode: 0x1F8 /* 0770 */);
            fd = Open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        }

        if (fd < 0)
        {
            int errno = Errno;
            Errors.Throw(ERROR_ACCESS_DENIED,
                errno == ENOENT
                    ? $@"Objects named Global\ need the folder '{GlobalPath}', which is not there. Let root run 'crossmap setup-global --group NAME'."
                    : $@"The folder of Global\, '{GlobalPath}', cannot be entered (errno {errno}). Is this user a member of its group?");
        }

        if (!Status(fd, out FileStatus status) || status.Uid != 0 || (status.Mode & 0x7) != 0)
        {
            _ = close(fd);
            Errors.Throw(ERROR_ACCESS_DENIED,
                $@"The folder of Global\, '{GlobalPath}', belongs to user {status.Uid} with mode {Convert.ToString(status.Mode & 0xFFF, 8)}; it must belong to root and be closed to others. " +
                "Let root remove it and run 'crossmap setup-global --group NAME'.");
        }

        // Whoever of root's processes makes the folder may be before its next step still, or was killed there. As long as the folder is open to
        // nobody else, locks that are missing were not made yet, and are no member's work. They are left as they are made: who sets the folder
        // up for a group gives them to it, and that must not be undone.
        if (geteuid() == 0 && (status.Mode & 0xFFF) == OwnerOnly && status.Gid == 0)
        {
            int locks = Open(fd, LocksName, O_RDWR | O_NOFOLLOW | O_CREAT | O_EXCL, 0x180 /* 0600 */);
            if (locks >= 0)
            {
                _ = close(locks);
            }
        }

        return (fd, status);
    }
}
