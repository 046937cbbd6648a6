using System.Globalization;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;
using static Crossmap.Windows.Kernel32;

namespace Crossmap.Windows;

/// <summary>A handle to a section of the kernel.</summary>
internal sealed unsafe class WindowsSection : Section
{
    /// <summary>The first 64 KiB boundary that no process has on 64-bit Windows; the granule below it is nobody's either.</summary>
    private const ulong KernelRange = 0x7FFF_FFFF_0000;

    private readonly KernelHandle _handle;
    private readonly Lock _gate = new();

    /// <summary>Null for memory, and where the caller may not look at the file.</summary>
    private readonly MappedFile? _file;

    private PageProtection _protection;
    private bool _disposed;

    /// <summary>Takes the handle over, and the file where it is given; closes both when it fails.</summary>
    /// <param name="handle">The section.</param>
    /// <param name="createdNew">Whether the handle created it.</param>
    /// <param name="inheritable">Whether children inherit the handle.</param>
    /// <param name="file">The file under a section that was made over it here.</param>
    /// <param name="protection">The section's, if it is known.</param>
    public WindowsSection(KernelHandle handle, bool createdNew, bool inheritable, MappedFile? file = null, PageProtection protection = PageProtection.None)
    {
        try
        {
            _handle = handle;
            _file = file;
            _protection = protection;
            CreatedNew = createdNew;
            InheritableHandle = inheritable ? handle.DangerousGetHandle().ToString(CultureInfo.InvariantCulture) : null;
            Rights = (MappingRights)ObjectListing.Query(handle).GrantedAccess;
            Ntdll.SectionInformation information = Query();
            Size = information.Size;
            Options = (SectionOptions)information.Attributes;
            if (_file is null && (Options & SectionOptions.File) != 0)
            {
                _file = With(MappingRights.MapRead, MappedFile.Of);
            }
        }
        catch
        {
            handle.Dispose();
            file?.Release();
            throw;
        }
    }

    public override long Size { get; }

    /// <summary>
    /// The kernel does not tell it, but it tells which views it allows. A section that may be copied on write cannot be told from one that
    /// may be read, because there is no difference beside the name; it reads back as the latter in a process that did not create it.
    /// </summary>
    public override PageProtection Protection
    {
        get
        {
            if (_protection == PageProtection.None)
            {
                bool write = Allows(MappingRights.MapWrite, ViewAccess.Write);
                bool execute = Allows(MappingRights.MapRead | MappingRights.MapExecute, ViewAccess.Read | ViewAccess.Execute);
                _protection = (write, execute) switch
                {
                    (true, true) => PageProtection.ExecuteReadWrite,
                    (true, false) => PageProtection.ReadWrite,
                    (false, true) => PageProtection.ExecuteRead,
                    _ => PageProtection.ReadOnly,
                };
            }

            return _protection;
        }
    }

    public override SectionOptions Options { get; }

    public override MappingRights Rights { get; }

    public override bool CreatedNew { get; }

    public override string? InheritableHandle { get; }

    /// <summary>The path of the file under the section; null for memory and where the system does not tell.</summary>
    public string? BackingFile => (Options & SectionOptions.File) != 0 ? With(MappingRights.MapRead, MappedFile.PathOf) : null;

    /// <summary>The handles to the section in all processes, this one included.</summary>
    public override View MapView(ViewAccess access, long offset, long length, nint address)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(FileMapping));
            if ((ulong)address >= KernelRange)
            {
                // NT's first check (fact 151), made here because Wine does not refuse such an address.
                Errors.Throw(ERROR_INVALID_PARAMETER, $"No view can lie at 0x{address:X}: the address lies in the kernel's range.", nameof(address));
            }

            long bytes = length == 0 ? Size - offset : length;
            ViewRange? range = TryMapPlaceholder(access, offset, bytes, address);
            if (range is null)
            {
                nint start = MapPlain(access, offset, length, address);
                range = ViewRange.OfPlainView(start, (nint)((bytes + ViewRange.PageSize - 1) & -ViewRange.PageSize));
            }

            return new WindowsView(range, bytes, Options, _file);
        }
    }

    public override Section Duplicate(MappingRights rights, bool inheritable)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(FileMapping));
            KernelHandle? duplicate = TryDuplicate(rights, inheritable);
            return duplicate is not null
                ? new WindowsSection(duplicate, CreatedNew, inheritable, _file?.AddReference(), _protection)
                : throw WindowsError.Last($"The handle cannot be duplicated with the rights {rights}", nameof(rights));
        }
    }

    public override Places OpenPlaces()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(FileMapping));
            if ((Options & SectionOptions.File) != 0)
            {
                return WindowsPlaces.OfFile(_file ?? throw Errors.Of(ERROR_ACCESS_DENIED, "The places of a file are named by what tells it from others, and the caller may not look at this one."));
            }

            string name = ObjectListing.NameOf(_handle) ?? throw Errors.Of(ERROR_INVALID_PARAMETER, "Unnamed memory has no places on Windows, where they are named by the section's name.");
            return WindowsPlaces.OfMemory(name);
        }
    }

    public override void Dispose()
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _disposed = true;
                _handle.Dispose();
                _file?.Release();
            }
        }
    }

    /// <summary>
    /// The view over a placeholder, where what is asked for is sound. All else, and what the kernel refuses there, is left to the plain call,
    /// so that its answers, and their order, are the kernel's own.
    /// </summary>
    private ViewRange? TryMapPlaceholder(ViewAccess access, long offset, long length, nint address)
    {
        const ViewAccess known = ViewAccess.AllAccess | ViewAccess.Execute;
        const SectionOptions special = SectionOptions.Image | SectionOptions.LargePages;
        bool sound = (access & ~known) == 0 && (Options & special) == 0 && offset >= 0 && length > 0 && length <= Size - offset
            && ((offset | address) & (ObjectSystem.AllocationGranularity - 1)) == 0;
        return sound ? ViewRange.TryMapPlaceholder(_handle, ProtectionRules.ViewProtection(access), offset, length, address) : null;
    }

    private nint MapPlain(ViewAccess access, long offset, long length, nint address)
    {
        nint start = Map(_handle, access, offset, length, address);
        if (start == 0)
        {
            Exception failure = WindowsError.Last($"A view of {length} bytes from {offset} with {access} cannot be mapped"
                + $" (the section has {Size} bytes, the handle the rights {Rights})");
            if (Errors.CodeOf(failure) == ERROR_INVALID_ADDRESS && address != 0 && ViewRange.Overtake(address, length == 0 ? Size - offset : length))
            {
                start = Map(_handle, access, offset, length, address);
            }

            if (start == 0)
            {
                throw failure;
            }
        }

        if (address != 0 && start != address)
        {
            _ = UnmapViewOfFile(start);
            Errors.Throw(ERROR_INVALID_ADDRESS, $"The system placed the view elsewhere than at 0x{address:X}.", nameof(address));
        }

        return start;
    }

    private static nint Map(KernelHandle section, ViewAccess access, long offset, long length, nint address) =>
        MapViewOfFileEx(section, (uint)access, (uint)(offset >> 32), (uint)offset, (nint)length, address);

    private KernelHandle? TryDuplicate(MappingRights rights, bool inheritable = false)
    {
        int done = DuplicateHandle(CurrentProcess, _handle, CurrentProcess, out KernelHandle duplicate, (uint)rights, inheritable ? 1 : 0, 0);
        if (done != 0)
        {
            return duplicate;
        }

        duplicate.SetHandleAsInvalid();
        return null;
    }

    /// <summary>Asks something of a handle that has a right which ours may lack. The object's access list decides whether it may be had.</summary>
    private T? With<T>(MappingRights right, Func<KernelHandle, T?> ask)
    {
        if ((Rights & right) == right)
        {
            return ask(_handle);
        }

        using KernelHandle? duplicate = TryDuplicate(right);
        return duplicate is null ? default : ask(duplicate);
    }

    private bool Allows(MappingRights rights, ViewAccess access) => With(rights, handle =>
    {
        nint view = Map(handle, access, 0, 1, 0);
        return view != 0 && UnmapViewOfFile(view) != 0;
    });

    private Ntdll.SectionInformation Query()
    {
        Ntdll.SectionInformation information = default;
        int status = 0;
        bool asked = With(MappingRights.Query, handle =>
        {
            status = Ntdll.NtQuerySection(handle, 0, out information, sizeof(Ntdll.SectionInformation), 0);
            return true;
        });
        return asked && status >= 0
            ? information
            : throw (asked ? WindowsError.OfStatus(status, "The section cannot be examined") : WindowsError.Last("The section's size cannot be read through this handle"));
    }
}
