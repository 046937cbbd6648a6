using Crossmap.Objects;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>How sections come about: in memory, over a file, by a name that exists.</summary>
internal sealed partial class LinuxSystem
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
            long length = pages.Length + ObjectHeader.LengthBehind(header.Kind) + (isMemory ? header.Size : 0);
            if (!Status(fd, out FileStatus status))
            {
                throw LinuxError.Last("Unnamed shared memory cannot be examined");
            }

            ObjectHeader.Seal(pages, status.Inode);
            ObjectStore.Fill(fd, subject, pages, length, allocate: (header.Options & SectionOptions.Reserve) == 0);
            status.Size = length;
            return new StoreHandle(null, null, default, fd, in status, createdNew: true);
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
        BackingFile? file = request.Path is not null ? BackingFile.Open(request.Path, request.Protection) : BackingFile.Open(request.File!, request.Protection, request.FileMayExecute);
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
            entry = MappedFileEntry.Hold(file.Status, ProtectionRules.CanWrite(request.Protection));
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

    private static LinuxSection Attach(StoreHandle handle, ObjectPath path, MappingRights rights, bool createdNew, bool inheritable)
    {
        BackingFile? file = null;
        MappedFileEntry? entry = null;
        try
        {
            ref readonly ObjectHeader header = ref HeaderOf(handle, path, NamedObjectKind.Mapping);
            var subject = Subject.Object(path.Name);
            if (!ProtectionRules.IsProtection(header.Protection))
            {
                throw ObjectHeader.Corrupt(subject, "its protection is none");
            }

            if (handle.Contents!.Path is { } backing)
            {
                file = BackingFile.Find(in header, backing, handle, subject);
                if (!file.CanWrite && ProtectionRules.CanWrite(header.Protection) && (rights & MappingRights.MapWrite) != 0)
                {
                    Errors.Throw(ERROR_ACCESS_DENIED, $"The file under {subject} may only be read by this user: open the mapping with MappingRights.MapRead.");
                }

                entry = MappedFileEntry.Hold(file.Status, ProtectionRules.CanWrite(header.Protection));
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
}
