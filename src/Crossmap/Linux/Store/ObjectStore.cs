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
    /// <param name="header">Whole pages, which are sealed here; or nothing for an entry that is a lock alone.</param>
    /// <param name="length">The whole file's bytes.</param>
    /// <param name="allocate">Provide the memory now, or fail; else the file is sparse behind its header.</param>
    /// <param name="beforeName">What is still to be done to the complete file before others can find it; again for each file that is tried.</param>
    public static StoreHandle Create(StoreFolder folder, byte[] fileName, Subject subject, uint mode, Span<byte> header, long length, bool allocate,
        Action<int, FileStatus>? beforeName = null)
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

            int locked = fd;
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
                LivenessLock liveness = LivenessLock.For(folder, fd, status.Inode);
                locked = liveness.Descriptor;
                if (!liveness.TryShared())
                {
                    // A file system that gives the same number again has shown only one that is in use.
                    refusedInodes += status.Inode == refused ? 0 : 1;
                    refused = status.Inode;
                    GiveWay(refusedInodes, subject, MaximumInodes);
                    GiveWay(attempt, subject);
                    continue;
                }

                if (!header.IsEmpty)
                {
                    ObjectHeader.Seal(header, status.Inode);
                }

                Fill(fd, subject, header, length, allocate);
                status.Size = Math.Max(length, header.Length);
                beforeName?.Invoke(fd, status);
                if (TryLink(folder, fileName, fd, subject))
                {
                    var handle = new StoreHandle(folder, fileName, liveness, fd, in status, createdNew: true);
                    fd = -1;
                    return handle;
                }
            }
            finally
            {
                if (fd >= 0)
                {
                    _ = CloseBoth(fd, locked);
                }
            }

            GiveWay(attempt, subject);
        }
    }

    /// <summary>The descriptor's file still has its name: same device and inode. A link count would say nothing (hard links).</summary>
    public static bool HasName(StoreFolder folder, byte[] fileName, ulong device, ulong inode) =>
        Status(folder.Descriptor, fileName, AT_SYMLINK_NOFOLLOW, out FileStatus now) && now.Inode == inode && now.Device == device;

    private static bool HasName(StoreFolder folder, byte[] fileName, int fd) =>
        Status(fd, out FileStatus status) && HasName(folder, fileName, status.Device, status.Inode);

    /// <summary>
    /// Ends a hold: drops the shared lock, and whoever drops last gets the exclusive one, and only he removes the name. With the exclusive
    /// lock held nobody can have come to hold the object meanwhile.
    /// </summary>
    /// <returns>Whether nobody holds the object any more.</returns>
    public static bool LetGo(StoreFolder folder, byte[] fileName, LivenessLock liveness, ulong device, ulong inode)
    {
        liveness.Drop();
        bool last = liveness.TryExclusive();
        if (last)
        {
            Leftovers.Bury(folder, fileName, device, inode);
            liveness.Drop();
        }

        return last;
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

    private static Outcome TryOpen(StoreFolder folder, byte[] fileName, Subject subject, out StoreHandle? handle)
    {
        handle = null;
        int fd = OpenFile(folder, fileName);
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
            return Errno == ENOENT ? Outcome.Missing : throw CannotOpen(subject);
        }

        int locked = fd, file = fd;
        try
        {
            // Where the lock lies on the file itself this can wait, mostly for ever: a call less on the way to a live object.
            FileStatus status = default;
            if (!folder.LocksWhatIsMapped && !Examine(folder, fileName, fd, subject, ref status))
            {
                return Outcome.Missing;
            }

            LivenessLock liveness = LivenessLock.For(folder, fd, status.Inode);
            locked = liveness.Descriptor;
            if (liveness.TryExclusive())
            {
                // Nobody alive holds it: a leftover. Never used again or truncated, for a live view may still lie on it.
                if (Examine(folder, fileName, fd, subject, ref status))
                {
                    Leftovers.Bury(folder, fileName, status.Device, status.Inode);
                }

                liveness.Drop();
                return Outcome.Retry;
            }

            // Somebody holds it, or probes as we do. With our own shared lock nobody can bury it any more; before that somebody may have.
            if (!liveness.TryShared())
            {
                return Outcome.Retry;
            }

            ObjectContents? contents = null;
            try
            {
                bool hasName = folder.LocksWhatIsMapped
                    ? TryOpenForMapping(folder, fileName, locked, subject, ref file, ref status, out contents)
                    : HasName(folder, fileName, status.Device, status.Inode);
                if (!hasName)
                {
                    liveness.Drop();
                    return Outcome.Retry;
                }

                if (isForeign)
                {
                    Errors.Throw(ERROR_ACCESS_DENIED, $"{subject} exists, and its creator does not share it with this user (Audience).");
                }

                contents ??= folder.HoldsEntries ? null : ObjectHeader.Read(file, in status, subject);
            }
            catch
            {
                // Its last holder may have closed it just now, and left the name to us as to any holder.
                if (Examine(folder, fileName, fd, subject, ref status))
                {
                    LetGo(folder, fileName, liveness, status.Device, status.Inode);
                }

                throw;
            }

            handle = new StoreHandle(folder, fileName, liveness, file, in status, createdNew: false, isReadOnly, contents);
            return Outcome.Found;
        }
        finally
        {
            if (handle is null)
            {
                _ = CloseBoth(locked, file);
            }
        }
    }

    /// <summary>
    /// Whether the name leads to the file that we have locked, asked by opening it once more: views are mapped from that descriptor. Which
    /// inode the locked file is its own header says, so that nothing else must be asked of it.
    /// </summary>
    /// <param name="folder">One whose files carry their locks.</param>
    /// <param name="fileName">With its terminating NUL.</param>
    /// <param name="locked">With our shared lock.</param>
    /// <param name="subject">How messages call the object.</param>
    /// <param name="file">The descriptor to map from, if the answer is yes.</param>
    /// <param name="status">Of the file, if the answer is yes.</param>
    /// <param name="contents">What the header says.</param>
    /// <exception cref="InvalidDataException">The name leads to it, and its header is not sound.</exception>
    internal static bool TryOpenForMapping(
        StoreFolder folder, byte[] fileName, int locked, Subject subject, ref int file, ref FileStatus status, out ObjectContents? contents)
    {
        contents = null;
        int again = OpenFile(folder, fileName);
        if (again < 0)
        {
            return Errno == ENOENT ? false : throw CannotOpen(subject);
        }

        try
        {
            if (!Status(again, out FileStatus named))
            {
                throw LinuxError.Last($"The file of {subject} cannot be examined");
            }

            contents = ObjectHeader.Read(locked, in named, subject);
            (file, status) = (again, named);
            return true;
        }
        catch (InvalidDataException) when (!HasName(folder, fileName, locked))
        {
            // No fault of the header: it is another file's. With the name gone or given away there is nothing to complain of.
            return false;
        }
        finally
        {
            if (file != again)
            {
                _ = close(again);
            }
        }
    }

    private static int OpenFile(StoreFolder folder, byte[] fileName) => Libc.Open(folder.Descriptor, fileName, O_RDWR | O_NOFOLLOW | O_NONBLOCK);

    private static Exception CannotOpen(Subject subject) => Errno is ELOOP or EISDIR or ENXIO
        ? ObjectHeader.Corrupt(subject, "it is no regular file")
        : LinuxError.Last($"The file of {subject} cannot be opened");

    /// <summary>Asks, unless it is known, what the open file is; or what lies under the name, if it may not be opened. False when that is gone.</summary>
    private static bool Examine(StoreFolder folder, byte[] fileName, int fd, Subject subject, ref FileStatus status)
    {
        if (status.Inode == 0 && !(fd >= 0 ? Status(fd, out status) : Status(folder.Descriptor, fileName, AT_SYMLINK_NOFOLLOW, out status)))
        {
            return fd < 0 && Errno == ENOENT ? false : throw LinuxError.Last($"The file of {subject} cannot be examined");
        }

        return status.IsRegular ? true : throw ObjectHeader.Corrupt(subject, "it is no regular file");
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
