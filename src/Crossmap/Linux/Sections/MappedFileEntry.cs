using System.Globalization;
using Microsoft.Win32.SafeHandles;
using static Crossmap.Linux.Libc;

namespace Crossmap.Linux;

/// <summary>
/// "Who has this file mapped": every section and view over a real file holds the entry of its inode, an empty object that is nothing but
/// its liveness lock. Never a lock on the user's file itself, which is his. From it come Windows' answers 1224 and 5.
/// A section holds it by a handle of its own, which its views keep open: also a view that is never disposed, for it stays mapped.
/// One that may be written says so by a second byte, which refuses opens that do not share writing (fact 52).
/// </summary>
internal sealed class MappedFileEntry : IDisposable
{
    /// <summary>The byte that writable sections lock, shared, beside the hold itself. Nobody locks it exclusively.</summary>
    private const long WritableAt = 1;

    private readonly StoreHandle _handle;
    private readonly bool _isWritable;

    private MappedFileEntry(StoreHandle handle, bool isWritable)
    {
        _handle = handle;
        _isWritable = isWritable;
        if (isWritable && !Lock((int)handle.DangerousGetHandle(), F_RDLCK, WritableAt))
        {
            Exception failure = LinuxError.Last($"{Subject} cannot be locked");
            handle.Dispose();
            throw failure;
        }
    }

    /// <param name="file">The file.</param>
    /// <param name="isWritable">Whether the section's protection lets views write to it.</param>
    public static MappedFileEntry Hold(in FileStatus file, bool isWritable) => new(Create(in file), isWritable);

    public MappedFileEntry Duplicate() => new(_handle.Duplicate(), _isWritable);

    /// <summary>A view begins, before it is mapped: the entry lives until <see cref="RemoveView"/>, whatever becomes of the section.</summary>
    /// <exception cref="ObjectDisposedException">The section was disposed.</exception>
    public void AddView()
    {
        bool added = false;
        _handle.DangerousAddRef(ref added);
    }

    public void RemoveView() => _handle.DangerousRelease();

    /// <summary>The entry's file by another open file description, for locks that are not the hold itself.</summary>
    public SafeFileHandle OpenApart(int flags) => _handle.OpenApart(flags);

    /// <summary>The section ends.</summary>
    public void Dispose() => _handle.Dispose();

    /// <summary>Runs the action if this is the only hold on the file's entry in any process; nobody can map the file meanwhile.</summary>
    public bool TryWhileAlone(Action action) => _handle.TryWhileAlone(action);

    /// <summary>Whether anybody holds the file's entry.</summary>
    public static bool IsMapped(in FileStatus file)
    {
        using StoreHandle? handle = ObjectStore.Open(StoreFolder.Files, NameOf(in file), Subject);
        return handle is not null;
    }

    /// <summary>Whether anybody holds the file's entry for a section that may be written.</summary>
    public static bool IsMappedForWriting(in FileStatus file)
    {
        int fd = Open(StoreFolder.Files.Descriptor, NameOf(in file), O_RDWR | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0)
        {
            return Errno == ENOENT ? false : throw LinuxError.Last($"{Subject} cannot be opened");
        }

        try
        {
            return LockInTheWay(fd, WritableAt) == F_RDLCK;
        }
        finally
        {
            _ = close(fd);
        }
    }

    /// <summary>Runs the action unless the file is mapped; nobody can map it meanwhile.</summary>
    /// <remarks>
    /// Takes the exclusive lock alone, never the shared one first: two who asked at the same time would take each other for holders. So a
    /// shared lock that stays is somebody's mapping, and an exclusive one is somebody who asks like this, and is waited for.
    /// </remarks>
    public static bool TryUnlessMapped(in FileStatus file, Action action)
    {
        StoreFolder folder = StoreFolder.Files;
        byte[] name = NameOf(in file);
        int shared = 0;
        for (int attempt = 0; ; attempt++)
        {
            int into = folder.Descriptor;
            int fd = Open(into, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
            bool isNew = fd < 0 && Errno == ENOENT;
            fd = isNew ? Open(into, ".\0"u8, O_TMPFILE | O_RDWR, OwnerOnly) : fd;
            if (fd < 0)
            {
                throw LinuxError.Last($"{Subject} cannot be opened in '{folder.Path}'");
            }

            try
            {
                if (Lock(fd, F_WRLCK, 0))
                {
                    if (Status(fd, out FileStatus entry)
                        && (isNew ? ObjectStore.TryLink(folder, name, fd, Subject) : ObjectStore.HasName(folder, name, entry.Device, entry.Inode)))
                    {
                        RunAndBury(folder, name, in entry, action);
                        return true;
                    }
                }
                else if (LockInTheWay(fd, 0) == F_RDLCK && ++shared > StoreHandle.ProbesToOutlast)
                {
                    return false;
                }
            }
            finally
            {
                _ = close(fd);
            }

            ObjectStore.GiveWay(attempt, Subject);
        }
    }

    private static void RunAndBury(StoreFolder folder, byte[] name, in FileStatus entry, Action action)
    {
        try
        {
            action();
        }
        finally
        {
            // While the lock is held, which closing drops. The folder may have been removed meanwhile, and be there again with others' entries.
            if (ObjectStore.HasName(folder, name, entry.Device, entry.Inode))
            {
                _ = Unlink(folder.Descriptor, name);
            }
        }
    }

    private const string Subject = "the entry of a mapped file";

    private const uint OwnerOnly = 0x180; // 0600

    private static StoreHandle Create(in FileStatus file) =>
        ObjectStore.Create(StoreFolder.Files, NameOf(in file), Subject, OwnerOnly, default, 0, allocate: false);

    private static byte[] NameOf(in FileStatus file) =>
        Terminated(string.Create(CultureInfo.InvariantCulture, $"{file.Device:x}-{file.Inode}"));
}
