using Crossmap.Objects;
using Microsoft.Win32.SafeHandles;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>
/// A handle to a section: an object file (for a name, for memory, for inheritance), and over a real file that file and its entry among
/// the mapped files.
/// </summary>
internal sealed class LinuxSection : Section
{
    private readonly StoreHandle? _object;
    private readonly BackingFile? _file;
    private readonly MappedFileEntry? _entry;
    private readonly long _dataOffset;
    private readonly InheritableDescriptors? _inheritable;

    /// <summary>Shared by handles that were duplicated from one another: a section over a file may have no object that tells.</summary>
    private readonly object _identity;

    private readonly Lock _gate = new();
    private bool _disposed;

    /// <summary>Takes over what it is given, also when it fails.</summary>
    public LinuxSection(StoreHandle? objectHandle, BackingFile? file, MappedFileEntry? entry, in ObjectHeader header, MappingRights rights, bool createdNew, bool inheritable, object? identity = null)
    {
        _identity = identity ?? new object();
        _object = objectHandle;
        _file = file;
        _entry = entry;
        _dataOffset = file is null ? header.DataOffset : 0;
        Size = header.Size;
        Protection = header.Protection;
        Options = header.Options;
        Rights = rights;
        CreatedNew = createdNew;
        try
        {
            _inheritable = inheritable && objectHandle is not null ? new InheritableDescriptors(objectHandle, file, rights) : null;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override long Size { get; }

    public override PageProtection Protection { get; }

    public override SectionOptions Options { get; }

    public override MappingRights Rights { get; }

    public override bool CreatedNew { get; }

    public override string? InheritableHandle => _inheritable?.Text;

    public override View MapView(ViewAccess access, long offset, long length, nint address)
    {
        // In NT's order: what is no address or length at all, the handle's rights, alignment, the section's protection, the range (facts 128,
        // 139, 151-154). A section's own creator never meets the fourth: the rights he got follow from the protection.
        bool isRange = (nuint)address < (nuint)AddressArena.KernelRange;
        if (!isRange || (ulong)length > (ulong)(AddressArena.KernelRange - address))
        {
            Errors.Throw(ERROR_INVALID_PARAMETER, isRange ? "The length is larger than the address space." : "The address lies in the kernel's range.", isRange ? "length" : "address");
        }

        PageProtection protection = ProtectionRules.ViewProtection(access);
        MappingRights needed = SectionRules.NeededFor(protection);
        if ((Rights & needed) != needed)
        {
            Errors.Throw(ERROR_ACCESS_DENIED, $"A handle with the rights {Rights} allows no view with {access}; that needs {needed}.");
        }

        if (((offset | address) & (ObjectSystem.AllocationGranularity - 1)) != 0)
        {
            Errors.Throw(ERROR_MAPPED_ALIGNMENT, "The offset and the address must be multiples of 64 KiB.", (address & (ObjectSystem.AllocationGranularity - 1)) != 0 ? "address" : "offset");
        }

        if (!SectionRules.Allows(Protection, protection))
        {
            Errors.Throw(ERROR_INVALID_PARAMETER, $"A section of {Protection} has no views with {access}, whatever the rights of the handle.", "access");
        }

        if (offset < 0 || offset >= Size || length > Size - offset)
        {
            Errors.Throw(ERROR_ACCESS_DENIED, $"A view of {length} bytes from {offset} does not lie inside the section, which has {Size} bytes.");
        }

        return Map(protection, offset, length == 0 ? Size - offset : length, address);
    }

    public override Section Duplicate(MappingRights rights, bool inheritable)
    {
        MappingRights granted = SectionRules.Duplicated(rights);
        if ((granted & MappingRights.MapWrite) != 0 && _file is { CanWrite: false } && ProtectionRules.CanWrite(Protection))
        {
            Errors.Throw(ERROR_ACCESS_DENIED, "The file under the section may only be read by this user.");
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(FileMapping));
            StoreHandle? objectHandle = null;
            BackingFile? file = null;
            MappedFileEntry? entry = null;
            try
            {
                ObjectHeader header = Header();
                objectHandle = _object?.Duplicate() ?? (inheritable ? LinuxSystem.Unnamed(header, _file!.CanonicalPath()) : null);
                file = _file?.Duplicate();
                entry = _entry?.Duplicate();
                return new LinuxSection(objectHandle, file, entry, in header, granted, CreatedNew, inheritable, _identity);
            }
            catch
            {
                objectHandle?.Dispose();
                file?.Dispose();
                entry?.Dispose();
                throw;
            }
        }
    }

    /// <summary>
    /// The memory under the section as a file, by a descriptor that keeps nothing alive but the memory: no lock, no name. And where in it the section
    /// begins, in bytes.
    /// </summary>
    public (SafeFileHandle File, long Start) OpenMemory() => (_file is not null ? _file.OpenAgain() : _object!.OpenMemory(), _dataOffset);

    public override Places OpenPlaces()
    {
        const int others = 0x3F; // The permission bits of all but the owner.
        if (_file is not null && _object is not null && (_object.OwnerUid != geteuid() || (_object.IsGlobal && (_object.Mode & others) != 0)))
        {
            // Each user has entries of his own, so two users would hold the same place without seeing each other.
            Errors.Throw(ERROR_NOT_SUPPORTED, "A section over a file that several users share has no places; one in memory has.");
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(FileMapping));
            return _entry is not null ? LinuxPlaces.Of(_entry) : LinuxPlaces.Of(_object!);
        }
    }

    /// <summary>Whether both are handles to one section (<c>CompareObjectHandles</c>, fact 274).</summary>
    public bool IsSameAs(LinuxSection other) => ReferenceEquals(_identity, other._identity)
        || (_object is not null && other._object is not null && (_object.Device, _object.Inode) == (other._object.Device, other._object.Inode));

    public override void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;

            // The children's descriptors first: what they lock is the children's from here on.
            _inheritable?.Dispose();
            _object?.Dispose();
            _file?.Dispose();
            _entry?.Dispose();
        }
    }

    private ObjectHeader Header() => new()
    {
        Kind = NamedObjectKind.Mapping,
        DataOffset = _dataOffset,
        Size = Size,
        Protection = Protection,
        Options = Options,
        BackingDevice = _file?.Status.Device ?? 0,
        BackingInode = _file?.Status.Inode ?? 0,
    };

    private LinuxView Map(PageProtection protection, long offset, long length, nint address)
    {
        AddressArena arena = AddressArena.Instance;
        bool isPrivate = protection is PageProtection.WriteCopy or PageProtection.ExecuteWriteCopy;
        AddressArena.Range? range = null;

        // Before the file is mapped, or the section's end in another thread could leave a view that nobody knows of.
        _entry?.AddView();
        try
        {
            range = address == 0
                ? arena.Take(length)
                : arena.TakeAt(address, length) ?? throw Errors.Of(ERROR_INVALID_ADDRESS, $"The {length} bytes at 0x{address:X} are not free: something is mapped there.");

            // Over the range that is ours: replaced in one step, and nothing else can be there.
            int flags = (isPrivate ? MAP_PRIVATE : MAP_SHARED) | MAP_FIXED;
            nint mapped = _file is not null
                ? _file.Map(range.Start, (nint)length, MemoryProtection(protection), flags, offset)
                : _object!.Map(range.Start, (nint)length, MemoryProtection(protection), flags, _dataOffset + offset);
            if (mapped == -1)
            {
                throw Errno is EACCES or EPERM && ProtectionRules.CanExecute(protection)
                    ? Errors.Of(ERROR_ACCESS_DENIED, "The section's file system is mounted noexec, so its pages cannot be executed.")
                    : LinuxError.Last($"The view of {length} bytes cannot be mapped");
            }

            FilePlace place = _file is not null
                ? new FilePlace(_file.Status.Device, _file.Status.Inode, offset)
                : new FilePlace(_object!.Device, _object.Inode, _dataOffset + offset);
            return new LinuxView(range, length, protection, Options, in place, _entry);
        }
        catch
        {
            if (range is not null)
            {
                arena.Retire(range);
                arena.GiveBack(range);
            }

            _entry?.RemoveView();
            throw;
        }
    }

    /// <summary>As mmap and mprotect take it.</summary>
    public static int MemoryProtection(PageProtection protection) => protection switch
    {
        PageProtection.NoAccess => PROT_NONE,
        PageProtection.ReadOnly => PROT_READ,
        PageProtection.ReadWrite or PageProtection.WriteCopy => PROT_READ | PROT_WRITE,
        PageProtection.Execute => PROT_EXEC,
        PageProtection.ExecuteRead => PROT_READ | PROT_EXEC,
        _ => PROT_READ | PROT_WRITE | PROT_EXEC,
    };
}
