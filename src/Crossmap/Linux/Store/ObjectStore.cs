using Crossmap.Objects;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>
/// The store's protocol: how a name comes to lead to one live object and never to a dead or half-made one, whoever is killed wherever.
/// docs/format.md numbers the steps; every one is needed, and the torture proves it.
/// </summary>
internal static class ObjectStore
{
    /// <summary>
    /// Tries before a lock that never frees is called an error (33). A conflict lasts as long as the few calls of an opener or closer, so
    /// this many in a row means that somebody sits on the lock.
    /// </summary>
    private const int MaximumTries = 10_000;

    /// <summary>
    /// Inode numbers of new files whose locks were all taken, before that is called an error (33). Who buries an object or closes it sits on
    /// one number for a few calls, and tmpfs counts its numbers upwards: so many in a row are held by somebody who holds all of them.
    /// </summary>
    private const int MaximumInodes = 100;

    private enum Outcome
    {
        Found,
        Missing,
        Retry,
    }

    /// <summary>A handle to the live object of that name, or null when there is none. Buries a leftover on the way.</summary>
    public static StoreHandle? Open(StoreFolder folder, byte[] fileName, Subject subject) => Open(folder, fileName, subject, folderMayBeGone: true);

    private static StoreHandle? Open(StoreFolder folder, byte[] fileName, Subject subject, bool folderMayBeGone)
    {
        for (int attempt = 0; ; attempt++)
        {
            int searched = folder.Descriptor;
            switch (TryOpen(folder, fileName, subject, out StoreHandle? handle))
            {
                case Outcome.Found:
                    return handle;
                case Outcome.Missing when !folderMayBeGone || !(folder.ReopenIfRemoved() || folder.Descriptor != searched):
                    // Also not in a folder that another thread has opened anew meanwhile.
                    return null;
                default:
                    GiveWay(attempt, subject);
                    break;
            }
        }
    }

    /// <summary>
    /// Makes an object with that header, or opens the one that has the name. The object is complete before it has a name: publication is
    /// the one step of <c>linkat</c>.
    /// </summary>
    /// <param name="folder">Where.</param>
    /// <param name="fileName">With its terminating NUL.</param>
    /// <param name="subject">How messages call the object.</param>
    /// <param name="mode">Who may open it, as permission bits.</param>
    /// <param name="header">Whole pages, or nothing for an entry that is a lock alone.</param>
    /// <param name="length">The whole file's bytes.</param>
    /// <param name="allocate">Provide the memory now, or fail; else the file is sparse behind its header.</param>
    public static StoreHandle Create(StoreFolder folder, byte[] fileName, Subject subject, uint mode, ReadOnlySpan<byte> header, long length, bool allocate)
    {
        int refusedInodes = 0;
        ulong refused = 0;
        for (int attempt = 0; ; attempt++)
        {
            // A removed folder shows at the next step, without a call of its own.
            StoreHandle? existing = Open(folder, fileName, subject, folderMayBeGone: false);
            if (existing is not null)
            {
                return existing;
            }

            int fd = Libc.Open(folder.Descriptor, ".\0"u8, O_TMPFILE | O_RDWR, mode);
            if (fd < 0)
            {
                if (Errno == ENOENT && folder.ReopenIfRemoved())
                {
                    continue;
                }

                throw NoRoom(Errno, subject) ?? LinuxError.Last($"A file for {subject} cannot be made in '{folder.Path}'");
            }

            LivenessLock liveness = default;
            try
            {
                // Exactly the mode asked for: the umask is the caller's and says nothing about objects.
                if (fchmod(fd, mode) != 0)
                {
                    throw LinuxError.Last($"The file of {subject} cannot be given its mode");
                }

                if (!Status(fd, out FileStatus status))
                {
                    throw LinuxError.Last($"The file of {subject} cannot be examined");
                }

                // Before the memory is provided: in Global\ a member may be burying the last object that had this inode number, or sit on all
                // locks, and then each of many tries would provide it in vain.
                liveness = LivenessLock.For(folder, fd, status.Inode);
                if (!liveness.TryShared())
                {
                    // A file system that gives the same number again has shown only one that is in use.
                    refusedInodes += status.Inode == refused ? 0 : 1;
                    refused = status.Inode;
                    GiveWay(refusedInodes, subject, MaximumInodes);
                    GiveWay(attempt, subject);
                    continue;
                }

                Fill(fd, subject, header, length, allocate);
                status.Size = Math.Max(length, header.Length);
                if (TryLink(folder, fileName, fd, subject))
                {
                    var handle = new StoreHandle(fd, folder, fileName, liveness, in status, createdNew: true);
                    fd = -1;
                    return handle;
                }
            }
            finally
            {
                if (fd >= 0)
                {
                    liveness.Close();
                    _ = close(fd);
                }
            }

            GiveWay(attempt, subject);
        }
    }

    /// <summary>The descriptor's file still has its name: same device and inode. A link count would say nothing (hard links).</summary>
    public static bool HasName(StoreFolder folder, byte[] fileName, ulong device, ulong inode) =>
        Status(folder.Descriptor, fileName, AT_SYMLINK_NOFOLLOW, out FileStatus now) && now.Inode == inode && now.Device == device;

    /// <summary>
    /// The same, asked by opening what the name leads to now. The second descriptor is the one that views are mapped from
    /// (<see cref="StoreHandle.Map"/>): having it here saves a call.
    /// </summary>
    private static bool HasName(StoreFolder folder, byte[] fileName, in FileStatus status, out int mapped)
    {
        mapped = Libc.Open(folder.Descriptor, fileName, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
        if (mapped < 0)
        {
            // No such name, or no descriptor left: the one is an answer, the other is none.
            return HasName(folder, fileName, status.Device, status.Inode);
        }

        if (Status(mapped, out FileStatus now) && now.Inode == status.Inode && now.Device == status.Device)
        {
            return true;
        }

        _ = close(mapped);
        mapped = -1;
        return false;
    }

    /// <summary>
    /// Ends a hold: drops the shared lock, and whoever drops last gets the exclusive one, and only he removes the name. With the exclusive
    /// lock held nobody can have come to hold the object meanwhile.
    /// </summary>
    public static void LetGo(StoreFolder folder, byte[] fileName, LivenessLock liveness, ulong device, ulong inode)
    {
        liveness.Drop();
        if (liveness.TryExclusive())
        {
            if (HasName(folder, fileName, device, inode))
            {
                _ = Unlink(folder.Descriptor, fileName);
            }

            liveness.Drop();
        }
    }

    /// <summary>Between two tries: let the other one finish his few calls, and give up after a bounded number.</summary>
    public static void GiveWay(int attempt, Subject subject, int maximum = MaximumTries)
    {
        if (attempt >= maximum)
        {
            Errors.Throw(ERROR_LOCK_VIOLATION, $"The lock of {subject} stayed in use for {maximum} tries. Some process sits on it; 'crossmap info' may name it.");
        }

        _ = sched_yield();
    }

    /// <summary>Removes leftovers, at most so many files looked at.</summary>
    public static void Sweep(StoreFolder folder, int limit, List<string>? removed)
    {
        foreach (string path in Directory.EnumerateFiles(folder.Path, "*", Everything))
        {
            if (limit-- == 0)
            {
                return;
            }

            string file = Path.GetFileName(path);
            if (folder.IsGlobal && file == ".locks")
            {
                continue;
            }

            byte[] fileName = Terminated(file);
            if (TryBury(folder, fileName, out string? name))
            {
                removed?.Add(name ?? file);
            }
        }
    }

    public static EnumerationOptions Everything { get; } = new() { AttributesToSkip = 0, IgnoreInaccessible = true, ReturnSpecialDirectories = false };

    /// <summary>Removes the file if nobody alive holds it.</summary>
    private static bool TryBury(StoreFolder folder, byte[] fileName, out string? name)
    {
        name = null;
        int fd = Libc.Open(folder.Descriptor, fileName, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0 && !(folder.IsGlobal && Errno == EACCES))
        {
            return false;
        }

        try
        {
            FileStatus status;
            if (fd >= 0 ? !Status(fd, out status) : !Status(folder.Descriptor, fileName, AT_SYMLINK_NOFOLLOW, out status))
            {
                return false;
            }

            if (!status.IsRegular)
            {
                return false;
            }

            LivenessLock liveness = LivenessLock.For(folder, fd, status.Inode);
            try
            {
                if (!liveness.TryExclusive())
                {
                    return false;
                }

                try
                {
                    if (!HasName(folder, fileName, status.Device, status.Inode))
                    {
                        return false;
                    }

                    if (fd >= 0)
                    {
                        name = NameIn(fd, status.Size);
                    }

                    return Unlink(folder.Descriptor, fileName) == 0;
                }
                finally
                {
                    liveness.Drop();
                }
            }
            finally
            {
                liveness.Close();
            }
        }
        finally
        {
            if (fd >= 0)
            {
                _ = close(fd);
            }
        }
    }

    private static string? NameIn(int fd, long size)
    {
        try
        {
            _ = ObjectHeader.Read(fd, size, "a leftover", out string name, out _);
            return name;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static Outcome TryOpen(StoreFolder folder, byte[] fileName, Subject subject, out StoreHandle? handle)
    {
        handle = null;
        int fd = Libc.Open(folder.Descriptor, fileName, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
        bool isReadOnly = fd < 0 && Errno == EACCES && folder.IsGlobal;
        if (isReadOnly)
        {
            // Sections over files are shared so: nobody but their owner may change what file they name.
            fd = Libc.Open(folder.Descriptor, fileName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        }

        // In Global\ an object that is not ours to open may still be a leftover, which must not block the name: go on without a descriptor.
        bool isForeign = fd < 0 && Errno == EACCES && folder.IsGlobal;
        if (fd < 0 && !isForeign)
        {
            return Errno switch
            {
                ENOENT => Outcome.Missing,
                ELOOP or EISDIR or ENXIO => throw ObjectHeader.Corrupt(subject, "it is no regular file"),
                _ => throw LinuxError.Last($"The file of {subject} cannot be opened"),
            };
        }

        bool keep = false;
        LivenessLock liveness = default;
        try
        {
            if (!(isForeign ? Status(folder.Descriptor, fileName, AT_SYMLINK_NOFOLLOW, out FileStatus status) : Status(fd, out status)))
            {
                return isForeign && Errno == ENOENT ? Outcome.Missing : throw LinuxError.Last($"The file of {subject} cannot be examined");
            }

            if (!status.IsRegular)
            {
                throw ObjectHeader.Corrupt(subject, "it is no regular file");
            }

            liveness = LivenessLock.For(folder, fd, status.Inode);
            if (liveness.TryExclusive())
            {
                // Nobody alive holds it: a leftover. Never used again or truncated, for a live view may still lie on it.
                if (HasName(folder, fileName, status.Device, status.Inode))
                {
                    _ = Unlink(folder.Descriptor, fileName);
                }

                liveness.Drop();
                return Outcome.Retry;
            }

            // Somebody holds it, or probes as we do. With our own shared lock nobody can bury it any more; before that somebody may have.
            if (!liveness.TryShared())
            {
                return Outcome.Retry;
            }

            int mapped = -1;
            if (!(folder.HasMappedObjects ? HasName(folder, fileName, in status, out mapped) : HasName(folder, fileName, status.Device, status.Inode)))
            {
                liveness.Drop();
                return Outcome.Retry;
            }

            if (isForeign)
            {
                // Its last holder may have closed it just now, and left the name to us as to any holder.
                LetGo(folder, fileName, liveness, status.Device, status.Inode);
                Errors.Throw(ERROR_ACCESS_DENIED, $"{subject} exists, and its creator does not share it with this user (Audience).");
            }

            handle = new StoreHandle(fd, folder, fileName, liveness, in status, createdNew: false, isReadOnly, mapped);
            keep = true;
            return Outcome.Found;
        }
        finally
        {
            if (!keep)
            {
                liveness.Close();
                if (fd >= 0)
                {
                    _ = close(fd);
                }
            }
        }
    }

    /// <summary>Publishes an unnamed file. False when the name is taken, or the folder was removed and is there again: try again.</summary>
    public static unsafe bool TryLink(StoreFolder folder, byte[] fileName, int fd, Subject subject)
    {
        Span<byte> buffer = stackalloc byte[32];
        int into = folder.Descriptor;
        fixed (byte* from = DescriptorPath(fd, buffer))
        fixed (byte* to = fileName)
        {
            if (linkat(AT_FDCWD, from, into, to, AT_SYMLINK_FOLLOW) == 0)
            {
                return true;
            }
        }

        int errno = Errno;
        if (errno == EEXIST)
        {
            return false;
        }

        // The folder was removed. Only the name shows it: tmpfs makes unnamed files in a removed folder all the same.
        if (errno == ENOENT && (folder.ReopenIfRemoved() || folder.Descriptor != into))
        {
            return false;
        }

        throw NoRoom(errno, subject) ?? LinuxError.Of(errno, $"The file of {subject} cannot be given its name in '{folder.Path}'");
    }

    /// <summary>The error of a full tmpfs (bytes or inodes), if it was that.</summary>
    private static Exception? NoRoom(int errno, Subject subject) => errno is ENOSPC or EDQUOT or ENOMEM
        ? Errors.Of(ERROR_COMMITMENT_LIMIT, $"There is no memory for {subject}: the file system of named objects is full.")
        : null;

    /// <summary>Fills a new object's file. Also for unnamed objects.</summary>
    public static unsafe void Fill(int fd, Subject subject, ReadOnlySpan<byte> header, long length, bool allocate)
    {
        if (allocate && length > header.Length)
        {
            MemoryBudget.Current.Require(length, fd, subject);
            if (!Allocate(fd, 0, 0, length))
            {
                throw Errno is ENOSPC or ENOMEM
                    ? Errors.Of(ERROR_COMMITMENT_LIMIT, $"There is no memory for the {length} bytes of {subject}.")
                    : LinuxError.Last($"The {length} bytes of {subject} cannot be allocated");
            }
        }
        else if (length > header.Length && !SetLength(fd, length))
        {
            throw LinuxError.Last($"The file of {subject} cannot be {length} bytes long");
        }

        fixed (byte* p = header)
        {
            nint written = header.IsEmpty ? 0 : pwrite(fd, p, header.Length, 0);
            if (written != header.Length)
            {
                // A part of it was written: the next page is the one there was no room for, and no call has said so.
                throw NoRoom(written >= 0 ? ENOSPC : Errno, subject) ?? LinuxError.Last($"The header of {subject} cannot be written");
            }
        }
    }
}
