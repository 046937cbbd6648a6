using System.Globalization;
using Crossmap.Objects;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>The seam over files in tmpfs, kernel locks, mmap and futexes.</summary>
internal sealed class LinuxSystem : ObjectSystem
{
    public override Section CreateSection(in SectionRequest request)
    {
        ProtectionRules.CheckProtection(request.Protection);
        bool isFile = request.Path is not null || request.File is not null;
        var header = new ObjectHeader
        {
            Kind = NamedObjectKind.Mapping,
            Protection = request.Protection,
            Options = SectionRules.CheckOptions(request.Options, isFile),
        };
        return isFile ? CreateOverFile(in request, header) : CreateInMemory(in request, header);
    }

    public override Section? OpenSection(ObjectName name, MappingRights rights, bool inheritable)
    {
        MappingRights granted = SectionRules.Opened(rights);
        StoreHandle? handle = Open(name, out ObjectPath path);
        return handle is null ? null : Attach(handle, path, granted, createdNew: false, inheritable);
    }

    public override Section AdoptSection(string inherited) => InheritableDescriptors.Adopt(inherited);

    public override Objects.Semaphore CreateSemaphore(ObjectName name, int initialCount, int maximumCount, ObjectAudience audience)
    {
        var header = new ObjectHeader { Kind = NamedObjectKind.Semaphore, MaximumCount = maximumCount, SemaphoreState = (ulong)initialCount << 32 };
        if (name.IsUnnamed)
        {
            return new LinuxSemaphore(Unnamed(header, default), maximumCount);
        }

        ObjectPath path = ObjectPath.Of(name);
        byte[] pages = ObjectHeader.Build(header, path.Name, default);
        StoreHandle handle = ObjectStore.Create(StoreFolder.For(path.IsGlobal), path.FileName, Subject.Object(name.Original), ModeOf(audience), pages, pages.Length, allocate: true);
        return handle.CreatedNew ? new LinuxSemaphore(handle, maximumCount) : AttachSemaphore(handle, path);
    }

    public override Objects.Semaphore? OpenSemaphore(ObjectName name)
    {
        StoreHandle? handle = Open(name, out ObjectPath path);
        return handle is null ? null : AttachSemaphore(handle, path);
    }

    public override IReadOnlyList<NamedObjectInfo> List() => ObjectListing.List();

    public override NamedObjectInfo? Find(ObjectName name)
    {
        using StoreHandle? handle = Open(name, out _);
        return handle is null ? null : ObjectListing.Describe(handle, Subject.Object(name.Original));
    }

    public override IReadOnlyList<string> Sweep()
    {
        // A process's first use of a folder sweeps a little already, and must not do so in silence here.
        List<string> removed = [];
        ObjectStore.Sweep(StoreFolder.For(isGlobal: false, removed), int.MaxValue, removed);
        if (StoreFolder.TryGlobal(removed) is { } global)
        {
            ObjectStore.Sweep(global, int.MaxValue, removed);
        }

        List<string> entries = [];
        ObjectStore.Sweep(StoreFolder.OpenFilesOnce(entries), int.MaxValue, entries);
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
        FileStatus status = StatusOf(path);
        void Set()
        {
            int fd = Libc.Open(AT_FDCWD, Terminated(path), O_WRONLY | O_NONBLOCK | O_NOCTTY);
            if (fd < 0)
            {
                throw LinuxError.Last($"The file '{path}' cannot be opened for writing");
            }

            try
            {
                if (!SetLength(fd, length))
                {
                    throw LinuxError.Last($"The file '{path}' cannot be given the length {length}");
                }
            }
            finally
            {
                _ = close(fd);
            }
        }

        if (length >= status.Size)
        {
            Set();
        }
        else if (!MappedFileEntry.TryUnlessMapped(in status, Set))
        {
            Errors.Throw(ERROR_USER_MAPPED_FILE, $"The file '{path}' is mapped; it cannot be made shorter than its {status.Size} bytes.");
        }
    }

    public override void DeleteFile(string path)
    {
        FileStatus status = StatusOf(path);
        void Delete()
        {
            if (Unlink(AT_FDCWD, Terminated(path)) != 0)
            {
                throw LinuxError.Last($"The file '{path}' cannot be deleted");
            }
        }

        if (!MappedFileEntry.TryUnlessMapped(in status, Delete))
        {
            Errors.Throw(ERROR_ACCESS_DENIED, $"The file '{path}' is mapped; it cannot be deleted.");
        }
    }

    /// <summary>An object without a name, in memory that no file system limits and nobody can find.</summary>
    internal static unsafe StoreHandle Unnamed(ObjectHeader header, ReadOnlySpan<byte> path)
    {
        const string subject = "the unnamed object";
        byte[] pages = ObjectHeader.Build(header, "", path);
        int fd;
        fixed (byte* name = "crossmap\0"u8)
        {
            fd = memfd_create(name, MFD_CLOEXEC);
        }

        if (fd < 0)
        {
            throw LinuxError.Last("Unnamed shared memory cannot be made");
        }

        try
        {
            bool isMemory = header.Kind == NamedObjectKind.Mapping && path.IsEmpty;
            long length = pages.Length + (isMemory ? header.Size : 0);
            ObjectStore.Fill(fd, subject, pages, length, allocate: (header.Options & SectionOptions.Reserve) == 0);
            if (!Status(fd, out FileStatus status))
            {
                throw LinuxError.Last("Unnamed shared memory cannot be examined");
            }

            return new StoreHandle(fd, null, null, default, in status, createdNew: true);
        }
        catch
        {
            _ = close(fd);
            throw;
        }
    }

    private static LinuxSection CreateInMemory(in SectionRequest request, ObjectHeader header)
    {
        header.Size = SectionRules.CheckMemorySize(request.Size, header.Options);
        MappingRights rights = SectionRules.RightsOf(request.Protection);
        if (request.Name.IsUnnamed)
        {
            StoreHandle unnamed = Unnamed(header, default);
            return Own(unnamed, null, null, header, rights, request.Inheritable);
        }

        ObjectPath path = ObjectPath.Of(request.Name);
        byte[] pages = ObjectHeader.Build(header, path.Name, default);
        StoreHandle handle = ObjectStore.Create(StoreFolder.For(path.IsGlobal), path.FileName, Subject.Object(request.Name.Original), ModeOf(request.Audience), pages,
            pages.Length + header.Size, allocate: (header.Options & SectionOptions.Reserve) == 0);
        return handle.CreatedNew ? Own(handle, null, null, header, rights, request.Inheritable) : Existing(handle, path, in request, rights);
    }

    private static LinuxSection CreateOverFile(in SectionRequest request, ObjectHeader header)
    {
        MappingRights rights = SectionRules.RightsOf(request.Protection);
        BackingFile? file = request.Path is not null ? BackingFile.Open(request.Path, request.Protection) : BackingFile.Open(request.File!, request.Protection);
        MappedFileEntry? entry = null;
        (long provided, long lengthBefore) = (0, 0);
        try
        {
            ObjectPath path = default;
            if (!request.Name.IsUnnamed)
            {
                path = ObjectPath.Of(request.Name);
                StoreHandle? existing = ObjectStore.Open(StoreFolder.For(path.IsGlobal), path.FileName, Subject.Object(request.Name.Original));
                if (existing is not null)
                {
                    return Existing(existing, path, in request, rights);
                }
            }

            // The entry before the length is looked at: from here on nobody shortens the file.
            entry = MappedFileEntry.Hold(file.Status);
            file.Refresh();
            long length = file.Status.Size;
            header.Size = request.Size == 0 ? length : request.Size;
            if (header.Size == 0)
            {
                Errors.Throw(ERROR_FILE_INVALID, "The file is empty; a mapping of it needs a size.");
            }

            if (ProtectionRules.CanWrite(request.Protection))
            {
                provided = header.Size;
                lengthBefore = length;
                file.Provide(header.Size, entry);
            }
            else if (header.Size > length)
            {
                Errors.Throw(ERROR_NOT_ENOUGH_MEMORY, $"The file has {length} bytes, and a mapping of {request.Protection} cannot make it longer.");
            }

            header.BackingDevice = file.Status.Device;
            header.BackingInode = file.Status.Inode;
            StoreHandle? handle = null;
            if (!request.Name.IsUnnamed)
            {
                byte[] pages = ObjectHeader.Build(header, path.Name, file.CanonicalPath());

                // Others read it and never write: the object has no words that processes contend for, and names a file (BackingFile.Find).
                uint mode = ModeOf(request.Audience) & ~(uint)BackingFile.OthersMayWrite;
                handle = ObjectStore.Create(StoreFolder.For(path.IsGlobal), path.FileName, Subject.Object(request.Name.Original), mode, pages, pages.Length, allocate: true);
                if (!handle.CreatedNew)
                {
                    return Existing(handle, path, in request, rights);
                }
            }
            else if (request.Inheritable)
            {
                handle = Unnamed(header, file.CanonicalPath());
            }

            LinuxSection section = Own(handle, file, entry, header, rights, request.Inheritable);
            file = null;
            entry = null;
            return section;
        }
        catch
        {
            if (entry is not null)
            {
                file?.TakeBack(provided, lengthBefore, entry);
            }

            throw;
        }
        finally
        {
            file?.Dispose();
            entry?.Dispose();
        }
    }

    private static LinuxSection Own(StoreHandle? handle, BackingFile? file, MappedFileEntry? entry, ObjectHeader header, MappingRights rights, bool inheritable)
    {
        // A memory section's data begins behind its header, whose length follows from the name.
        if (file is null)
        {
            header.DataOffset = handle!.Length - header.Size;
        }

        return new LinuxSection(handle, file, entry, in header, rights, createdNew: true, inheritable);
    }

    /// <summary>Facts 61-63: the name leads to a section that exists; the protection asked for decides the rights of this handle.</summary>
    private static LinuxSection Existing(StoreHandle handle, ObjectPath path, in SectionRequest request, MappingRights rights)
    {
        if (request.MustBeNew)
        {
            handle.Dispose();
            Errors.Throw(ERROR_ALREADY_EXISTS, $"An object named {request.Name} exists already.");
        }

        return Attach(handle, path, rights, createdNew: false, request.Inheritable);
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

    /// <summary>Reads what the open object is, believing nothing; the handle is closed when it cannot be used.</summary>
    private static ObjectHeader ReadHeader(StoreHandle handle, ObjectPath path, NamedObjectKind kind, out byte[]? backing)
    {
        var subject = Subject.Object(path.Name);
        ObjectHeader header = ObjectHeader.Read(handle.Descriptor, handle.Length, subject, out string name, out backing);
        if (name != path.Name)
        {
            throw ObjectHeader.Corrupt(subject, "it carries another name");
        }

        if (header.Kind != kind)
        {
            throw Errors.Of(ERROR_INVALID_HANDLE, $"The name '{path.Name}' belongs to an object of another kind ({header.Kind}).");
        }

        return header;
    }

    private static LinuxSection Attach(StoreHandle handle, ObjectPath path, MappingRights rights, bool createdNew, bool inheritable)
    {
        BackingFile? file = null;
        MappedFileEntry? entry = null;
        try
        {
            ObjectHeader header = ReadHeader(handle, path, NamedObjectKind.Mapping, out byte[]? backing);
            var subject = Subject.Object(path.Name);
            if (!ProtectionRules.IsProtection(header.Protection))
            {
                throw ObjectHeader.Corrupt(subject, "its protection is none");
            }

            if (backing is not null)
            {
                file = BackingFile.Find(in header, backing, handle, subject);
                if (!file.CanWrite && ProtectionRules.CanWrite(header.Protection) && (rights & MappingRights.MapWrite) != 0)
                {
                    Errors.Throw(ERROR_ACCESS_DENIED, $"The file under {subject} may only be read by this user: open the mapping with MappingRights.MapRead.");
                }

                entry = MappedFileEntry.Hold(file.Status);
            }
            else
            {
                RequireWritable(handle, subject);
            }

            return new LinuxSection(handle, file, entry, in header, rights, createdNew, inheritable);
        }
        catch
        {
            handle.Dispose();
            file?.Dispose();
            entry?.Dispose();
            throw;
        }
    }

    private static LinuxSemaphore AttachSemaphore(StoreHandle handle, ObjectPath path)
    {
        try
        {
            ObjectHeader header = ReadHeader(handle, path, NamedObjectKind.Semaphore, out _);
            RequireWritable(handle, Subject.Object(path.Name));
            return header.MaximumCount >= 1
                ? new LinuxSemaphore(handle, header.MaximumCount)
                : throw ObjectHeader.Corrupt(Subject.Object(path.Name), "its maximum is none");
        }
        catch
        {
            handle.Dispose();
            throw;
        }
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
