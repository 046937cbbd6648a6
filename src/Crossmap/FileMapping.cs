using System.Diagnostics.CodeAnalysis;
using Crossmap.Objects;
using Microsoft.Win32.SafeHandles;
using static Crossmap.Objects.Win32Error;

namespace Crossmap;

/// <summary>
/// A handle to a section: a file, or a piece of memory, that processes map into their address spaces, by name if it has one
/// (<c>CreateFileMapping</c>, <c>OpenFileMapping</c>).
/// </summary>
/// <remarks>
/// <para>The name is free the moment the last handle is closed, however its process ended; views keep the memory, not the name
/// (facts 92-95).</para>
/// <para>Errors carry <c>HResult = 0x80070000 | Win32 error</c>. All members are thread safe.</para>
/// </remarks>
public sealed class FileMapping : IDisposable
{
    private readonly Section _section;
    private volatile bool _disposed;

    private FileMapping(Section section, string? name)
    {
        _section = section;
        Name = string.IsNullOrEmpty(name) ? null : name;
    }

    /// <summary>The name it was created or opened with; null for an unnamed mapping.</summary>
    public string? Name { get; }

    /// <summary>The section's size in bytes: exact for a file, whole pages for memory (facts 36-39).</summary>
    public long Size => Live.Size;

    /// <summary>The section's protection: as created, whatever this handle may do.</summary>
    public PageProtection Protection => Live.Protection;

    /// <summary>The section's attributes as Windows reports them (facts 8-10, 21).</summary>
    public SectionOptions Options => Live.Options;

    /// <summary>The rights of this handle (facts 97-102).</summary>
    public MappingRights Rights => Live.Rights;

    /// <summary>True when this handle created the section; false when the name existed and was opened (<c>ERROR_ALREADY_EXISTS</c>, fact 61).</summary>
    public bool CreatedNew => Live.CreatedNew;

    /// <summary>
    /// What a child process passes to <see cref="FromInheritedHandle"/> (on its command line, say); null unless the mapping was created or
    /// opened with <see cref="HandleInheritability.Inheritable"/>. Every child started while this handle is open holds the mapping.
    /// </summary>
    public string? InheritableHandle => Live.InheritableHandle;

    private Section Live
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _section;
        }
    }

    /// <summary>Maps an existing file (<c>CreateFile</c>, then <c>CreateFileMapping</c>). If the name exists it is opened instead: see <see cref="CreatedNew"/>.</summary>
    /// <param name="path">An existing regular file.</param>
    /// <param name="name">A name, with <c>Local\</c> or <c>Global\</c> if wished; null for none.</param>
    /// <param name="protection">What views may do, and so how the file is opened.</param>
    /// <param name="size">Bytes; 0 for the whole file. More than the file has makes it longer, now (facts 30, 31).</param>
    /// <param name="options">The rarer choices.</param>
    /// <exception cref="FileNotFoundException">No such file (2).</exception>
    /// <exception cref="UnauthorizedAccessException">A directory, or no permission for this protection (5).</exception>
    /// <exception cref="NotSupportedException">A FIFO, socket or device (fact 60).</exception>
    /// <exception cref="ArgumentException">A bad protection or combination of options (87), or a bad name (3, 123, 161).</exception>
    /// <exception cref="IOException">An empty file with size 0 (1006); larger than a read-only file (8); no space (112, 1455); the name belongs to
    /// another kind of object (6).</exception>
    public static FileMapping Create(
        string path,
        string? name = null,
        PageProtection protection = PageProtection.ReadWrite,
        long size = 0,
        FileMappingOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Create(path, file: null, name, protection, size, options);
    }

    /// <summary>Maps an open file, whose handle stays the caller's and may be closed at once (fact 51).</summary>
    /// <inheritdoc cref="Create(string, string?, PageProtection, long, FileMappingOptions?)"/>
    /// <param name="file">A handle with at least read access, and write access for a protection that writes (facts 45-50).</param>
    /// <param name="name">A name, with <c>Local\</c> or <c>Global\</c> if wished; null for none.</param>
    /// <param name="protection">What views may do.</param>
    /// <param name="size">Bytes; 0 for the whole file.</param>
    /// <param name="options">The rarer choices.</param>
    public static FileMapping Create(
        SafeFileHandle file,
        string? name = null,
        PageProtection protection = PageProtection.ReadWrite,
        long size = 0,
        FileMappingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        return Create(path: null, file, name, protection, size, options);
    }

    /// <summary>Makes shared memory (the page-file case: <c>CreateFileMapping(INVALID_HANDLE_VALUE, …)</c>). If the name exists it is opened instead.</summary>
    /// <param name="size">Bytes, rounded up to whole pages (fact 38).</param>
    /// <param name="name">A name, with <c>Local\</c> or <c>Global\</c> if wished; null for none.</param>
    /// <param name="protection">What views may do.</param>
    /// <param name="options">The rarer choices.</param>
    /// <exception cref="ArgumentException">Size 0 (87, fact 25), a bad protection or combination of options (87), or a bad name (3, 123, 161).</exception>
    /// <exception cref="IOException">Not that much memory (1455), or more than can be addressed (8); the name belongs to another kind of object (6).</exception>
    public static FileMapping CreateInMemory(
        long size,
        string? name = null,
        PageProtection protection = PageProtection.ReadWrite,
        FileMappingOptions? options = null) =>
        Create(path: null, file: null, name, protection, size, options);

    /// <summary>Opens a mapping by its name (<c>OpenFileMapping</c>).</summary>
    /// <param name="name">The name it was created with.</param>
    /// <param name="rights">What the handle shall allow.</param>
    /// <param name="inheritability">Whether child processes inherit the handle.</param>
    /// <exception cref="FileNotFoundException">No such name (2).</exception>
    /// <exception cref="UnauthorizedAccessException">The object is not for the caller, or not with these rights (5).</exception>
    /// <exception cref="ArgumentException">A bad name (3, 123, 161).</exception>
    /// <exception cref="IOException">The name belongs to another kind of object (6).</exception>
    /// <exception cref="InvalidDataException">The object's file is corrupt (1392) or of a newer version (1306).</exception>
    public static FileMapping Open(
        string name,
        MappingRights rights = MappingRights.AllAccess,
        HandleInheritability inheritability = HandleInheritability.None) =>
        TryOpen(name, out FileMapping? mapping, rights, inheritability)
            ? mapping
            : throw Errors.Of(ERROR_FILE_NOT_FOUND, $"There is no file mapping named '{name}'. It ends with its last handle: is the process that created it still running?");

    /// <summary>Opens a mapping by its name if there is one; fails as <see cref="Open"/> does for every other reason.</summary>
    public static bool TryOpen(
        string name,
        [NotNullWhen(true)] out FileMapping? mapping,
        MappingRights rights = MappingRights.AllAccess,
        HandleInheritability inheritability = HandleInheritability.None)
    {
        ArgumentNullException.ThrowIfNull(name);
        Section? section = ObjectSystem.Current.OpenSection(ObjectName.Parse(name), rights, inheritability == HandleInheritability.Inheritable);
        mapping = section is null ? null : new FileMapping(section, name);
        return mapping is not null;
    }

    /// <summary>In a child process: the mapping whose inheritable handle the parent passed (<see cref="InheritableHandle"/>).</summary>
    /// <exception cref="IOException">Not a handle of this process, or not one to a section (6).</exception>
    public static FileMapping FromInheritedHandle(string handle)
    {
        ArgumentException.ThrowIfNullOrEmpty(handle);
        return new FileMapping(ObjectSystem.Current.AdoptSection(handle), name: null);
    }

    /// <summary>Another handle to the same section with exactly these rights (<c>DuplicateHandle</c>, facts 108-110).</summary>
    /// <exception cref="UnauthorizedAccessException">Rights that the section's file does not give the caller (5).</exception>
    public FileMapping Duplicate(MappingRights rights, HandleInheritability inheritability = HandleInheritability.None) =>
        new(Live.Duplicate(rights, inheritability == HandleInheritability.Inheritable), Name);

    /// <summary>Maps the section, or a part of it, into this process (<c>MapViewOfFile</c>, <c>MapViewOfFileEx</c>).</summary>
    /// <param name="access">What the view shall allow.</param>
    /// <param name="offset">Bytes from the section's start. Any offset, unless <paramref name="address"/> is given: the library maps from the
    /// 64 KiB boundary below it and hands out the bytes from the offset on.</param>
    /// <param name="length">Bytes; 0 for all to the end.</param>
    /// <param name="address">Where the view shall lie, a multiple of 64 KiB, or nothing; 0 for anywhere. With an address the offset must be a
    /// multiple of 64 KiB too.</param>
    /// <exception cref="UnauthorizedAccessException">The handle does not allow the access, or the range is not inside the section
    /// (5, facts 105-109, 120-136).</exception>
    /// <exception cref="ArgumentOutOfRangeException">Negative offset or length.</exception>
    /// <exception cref="ArgumentException">An address, or an offset with it, that is not a multiple of 64 KiB (1132); an address in the kernel's range,
    /// or a length larger than the address space (87, facts 139, 151); an access that the handle has and the section was not made for, as with a
    /// read-only section opened with all rights (87, fact 128).</exception>
    /// <exception cref="IOException">The address is occupied (487, facts 148, 149), or no addresses are left (8).</exception>
    public MappedView MapView(ViewAccess access = ViewAccess.ReadWrite, long offset = 0, long length = 0, nint address = 0)
    {
        Section section = Live;
        Errors.ThrowIfLess(offset, 0, nameof(offset));
        Errors.ThrowIfLess(length, 0, nameof(length));
        long slack = address == 0 ? offset % ObjectSystem.AllocationGranularity : 0;

        // More than can be added up is more than any address space, and for the system to refuse.
        long whole = length == 0 ? 0 : length > long.MaxValue - slack ? long.MaxValue : length + slack;
        if (slack != 0 && offset >= section.Size && whole != long.MaxValue)
        {
            Errors.Throw(ERROR_ACCESS_DENIED, $"A view of {length} bytes from {offset} does not lie inside the section, which has {section.Size} bytes.");
        }

        View view = section.MapView(access, offset - slack, whole, address);
        return new MappedView(view, offset, (int)slack);
    }

    /// <summary>The section's numbered places, which stay open when the handle is closed.</summary>
    internal Places OpenPlaces() => Live.OpenPlaces();

    /// <summary>Closes the handle. Views stay. Closing twice does nothing.</summary>
    public void Dispose()
    {
        _disposed = true;
        _section.Dispose();
    }

    private static FileMapping Create(string? path, SafeFileHandle? file, string? name, PageProtection protection, long size, FileMappingOptions? options)
    {
        Errors.ThrowIfLess(size, 0, nameof(size));
        options ??= Defaults;
        Section section = ObjectSystem.Current.CreateSection(new SectionRequest
        {
            Name = ObjectName.Parse(name),
            Path = path,
            File = file,
            Size = size,
            Protection = protection,
            Options = options.Section,
            Audience = options.Audience,
            Inheritable = options.Inheritability == HandleInheritability.Inheritable,
            MustBeNew = options.MustBeNew,
        });
        return new FileMapping(section, name);
    }

    private static readonly FileMappingOptions Defaults = new();
}
