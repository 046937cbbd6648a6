using System.Globalization;
using Crossmap.Objects;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>The seam over files in tmpfs, kernel locks, mmap and futexes.</summary>
internal sealed partial class LinuxSystem : ObjectSystem
{
    public override IReadOnlyList<NamedObjectInfo> List()
    {
        // Walking a folder meets no missing name that would tell that the folder itself was removed.
        StoreFolder.For(isGlobal: false).ReopenIfRemoved();
        return ObjectListing.List();
    }

    public override NamedObjectInfo? Find(ObjectName name)
    {
        using StoreHandle? handle = Open(name, out _);
        return handle is null ? null : ObjectListing.Describe(handle);
    }

    public override IReadOnlyList<string> Sweep()
    {
        // A process's first use of a folder sweeps a little already, and must not do so in silence here.
        List<string> removed = [];
        StoreFolder local = StoreFolder.For(isGlobal: false, removed);
        local.ReopenIfRemoved();
        Leftovers.Sweep(local, int.MaxValue, removed);
        if (StoreFolder.TryGlobal(removed) is { } global)
        {
            Leftovers.Sweep(global, int.MaxValue, removed);
        }

        List<string> entries = [];
        StoreFolder files = StoreFolder.OpenFilesOnce(entries);
        files.ReopenIfRemoved();
        Leftovers.Sweep(files, int.MaxValue, entries);
        removed.AddRange(entries.Select(entry => $"{StoreFolder.FilesName}/{entry}"));
        return removed;
    }

    public override string SetUpGlobal(string group)
    {
        if (geteuid() != 0)
        {
            Errors.Throw(ERROR_ACCESS_DENIED, "Only root can make the folder of Global\\.");
        }

        if (!uint.TryParse(group, NumberStyles.None, CultureInfo.InvariantCulture, out uint id))
        {
            string? line = File.ReadLines("/etc/group").FirstOrDefault(l => l.StartsWith(group + ":", StringComparison.Ordinal));
            if (line is null || !uint.TryParse(line.Split(':') is [_, _, var number, ..] ? number : "", NumberStyles.None, CultureInfo.InvariantCulture, out id))
            {
                Errors.Throw(ERROR_NO_SUCH_GROUP, $"There is no group '{group}'.", nameof(group));
            }
        }

        // Set-group-id: what members make belongs to the group. Not sticky: members bury each other's leftovers.
        return StoreFolder.SetUpGlobal(id, mode: 0x5F8 /* 2770 */);
    }

    public override bool IsFileMapped(string path) => MappedFileEntry.IsMapped(StatusOf(path));

    public override void SetFileLength(string path, long length)
    {
        // Opened once: the file that is examined is the one that is changed, whatever its path leads to meanwhile.
        int fd = Libc.Open(AT_FDCWD, Terminated(path), O_WRONLY | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
        {
            throw LinuxError.Last($"The file '{path}' cannot be opened for writing");
        }

        try
        {
            if (!Status(fd, out FileStatus status))
            {
                throw LinuxError.Last($"The file '{path}' cannot be examined");
            }

            using ShareModeEntry opened = ShareModeEntry.HoldForCall(in status, ShareModeEntry.Write, path);
            FileLength.Set(fd, length, path);
        }
        finally
        {
            _ = close(fd);
        }
    }

    public override void DeleteFile(string path)
    {
        FileStatus status = StatusOf(path);
        FileRemoval.UnlessUsed(Terminated(path), in status, path);
    }

    private static StoreHandle? Open(ObjectName name, out ObjectPath path)
    {
        if (name.IsUnnamed)
        {
            Errors.Throw(ERROR_INVALID_HANDLE, "The empty name names the directory of objects, which cannot be opened as one.");
        }

        path = ObjectPath.Of(name);
        return ObjectStore.Open(StoreFolder.For(path.IsGlobal), path.FileName, Subject.Object(name.Original));
    }

    /// <summary>What the object is that was opened by a name, if it is one of that name and kind.</summary>
    private static ref readonly ObjectHeader HeaderOf(StoreHandle handle, ObjectPath path, NamedObjectKind kind)
    {
        ObjectContents contents = handle.Contents!;
        if (contents.Name != path.Name)
        {
            throw ObjectHeader.Corrupt(Subject.Object(path.Name), "it carries another name");
        }

        if (contents.Header.Kind != kind)
        {
            throw Errors.Of(ERROR_INVALID_HANDLE, $"The name '{path.Name}' belongs to an object of another kind ({contents.Header.Kind}).");
        }

        return ref contents.Header;
    }

    private static void RequireWritable(StoreHandle handle, Subject subject)
    {
        if (handle.IsReadOnly)
        {
            Errors.Throw(ERROR_ACCESS_DENIED, $"{subject} exists, and its creator does not share it with this user (Audience).");
        }
    }

    private static FileStatus StatusOf(string path) =>
        Status(AT_FDCWD, Terminated(path), 0, out FileStatus status) ? status : throw LinuxError.Last($"The file '{path}' cannot be examined");

    private static uint ModeOf(ObjectAudience audience) => audience switch
    {
        ObjectAudience.Owner => 0x180, // 0600
        ObjectAudience.Group => 0x1B0, // 0660
        ObjectAudience.Everyone => 0x1B6, // 0666
        _ => throw Errors.Of(ERROR_INVALID_PARAMETER, $"{(int)audience} is no audience.", nameof(audience)),
    };
}
