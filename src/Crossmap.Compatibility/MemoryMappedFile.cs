using System.IO.MemoryMappedFiles;
using Crossmap.Compatibility.Maps;
using Microsoft.Win32.SafeHandles;
using Framework = System.IO.MemoryMappedFiles.MemoryMappedFile;

namespace Crossmap.Compatibility;

/// <summary>
/// A file, or a piece of memory, that processes map, by name if it has one: <see cref="System.IO.MemoryMappedFiles.MemoryMappedFile"/> with
/// names on Linux too. On Windows it is the framework's own.
/// </summary>
/// <remarks>
/// On Linux it answers as the framework's type does on Windows (docs/win32.md, section S, tells where it cannot). Thread safe.
/// </remarks>
public class MemoryMappedFile : IDisposable
{
    private readonly FileStream? _stream;
    private readonly SafeFileHandle? _file;

    private MemoryMappedFile(IMap map, FileStream? stream = null, SafeFileHandle? file = null)
    {
        SafeMemoryMappedFileHandle = new SafeMemoryMappedFileHandle(map);
        _stream = stream;
        _file = file;
    }

    /// <summary>The map's handle.</summary>
    public SafeMemoryMappedFileHandle SafeMemoryMappedFileHandle { get; }

    /// <inheritdoc cref="CreateFromFile(string, FileMode, string?, long, MemoryMappedFileAccess)"/>
    public static MemoryMappedFile CreateFromFile(string path) => CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.ReadWrite);

    /// <inheritdoc cref="CreateFromFile(string, FileMode, string?, long, MemoryMappedFileAccess)"/>
    public static MemoryMappedFile CreateFromFile(string path, FileMode mode) => CreateFromFile(path, mode, null, 0, MemoryMappedFileAccess.ReadWrite);

    /// <inheritdoc cref="CreateFromFile(string, FileMode, string?, long, MemoryMappedFileAccess)"/>
    public static MemoryMappedFile CreateFromFile(string path, FileMode mode, string? mapName) => CreateFromFile(path, mode, mapName, 0, MemoryMappedFileAccess.ReadWrite);

    /// <inheritdoc cref="CreateFromFile(string, FileMode, string?, long, MemoryMappedFileAccess)"/>
    public static MemoryMappedFile CreateFromFile(string path, FileMode mode, string? mapName, long capacity) =>
        CreateFromFile(path, mode, mapName, capacity, MemoryMappedFileAccess.ReadWrite);

    /// <summary>Maps a file (<c>CreateFile</c>, then <c>CreateFileMapping</c>).</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">How it is opened; not <see cref="FileMode.Append"/> or <see cref="FileMode.Truncate"/> (fact 288).</param>
    /// <param name="mapName">A name that nobody has; null for none.</param>
    /// <param name="capacity">Bytes; 0 for the file's own length. More makes the file longer, fewer are an error (fact 286).</param>
    /// <param name="access">What views may do; not <see cref="MemoryMappedFileAccess.Write"/>.</param>
    /// <exception cref="ArgumentException">An empty name, mode or access that cannot be, an empty file without a capacity, a capacity that only reading cannot give.</exception>
    /// <exception cref="IOException">The name is taken (183), or the file in use (32); no space (112, 1455).</exception>
    /// <exception cref="UnauthorizedAccessException">No permission (5).</exception>
    public static MemoryMappedFile CreateFromFile(string path, FileMode mode, string? mapName, long capacity, MemoryMappedFileAccess access)
    {
        if (Target.IsWindows)
        {
            return new MemoryMappedFile(new FrameworkMap(Framework.CreateFromFile(path, mode, mapName, capacity, access)));
        }

        ArgumentNullException.ThrowIfNull(path);
        CheckNew(mapName, capacity, leastCapacity: 0, access);
        if (mode is FileMode.Append or FileMode.Truncate)
        {
            throw new ArgumentException($"A file is not mapped with {nameof(FileMode)}.{mode}: its content would be gone, or cannot be read.", nameof(mode));
        }

        CheckNotWriteOnly(access);
        bool existed = File.Exists(path);
        var stream = new FileStream(path, mode, AccessToFile(access), FileShare.Read, 0x1000, FileOptions.None);
        try
        {
            IMap map = MapOf(stream.SafeFileHandle, stream.Length, mapName, capacity, access, HandleInheritability.None);
            return new MemoryMappedFile(map, stream);
        }
        catch
        {
            stream.Dispose();
            if (!existed)
            {
                File.Delete(path);
            }

            throw;
        }
    }

    /// <inheritdoc cref="CreateFromFile(string, FileMode, string?, long, MemoryMappedFileAccess)"/>
    /// <summary>Maps an open file.</summary>
    /// <param name="fileStream">The file. Bytes it has buffered are written first.</param>
    /// <param name="mapName">A name that nobody has; null for none.</param>
    /// <param name="capacity">Bytes; 0 for the file's own length.</param>
    /// <param name="access">What views may do.</param>
    /// <param name="inheritability">Whether child processes inherit the handle.</param>
    /// <param name="leaveOpen">Whether the stream outlives the map.</param>
    public static MemoryMappedFile CreateFromFile(
        FileStream fileStream, string? mapName, long capacity, MemoryMappedFileAccess access, HandleInheritability inheritability, bool leaveOpen)
    {
        if (Target.IsWindows)
        {
            return new MemoryMappedFile(new FrameworkMap(Framework.CreateFromFile(fileStream, mapName, capacity, access, inheritability, leaveOpen)));
        }

        ArgumentNullException.ThrowIfNull(fileStream);
        CheckName(mapName);
        CheckCapacity(capacity, least: 0);
        CheckNotEmpty(capacity, fileStream.Length);
        CheckAccess(access);
        CheckNotWriteOnly(access);
        CheckInheritability(inheritability);
        fileStream.Flush();
        IMap map = MapOf(fileStream.SafeFileHandle, fileStream.Length, mapName, capacity, access, inheritability);
        return new MemoryMappedFile(map, leaveOpen ? null : fileStream);
    }

    /// <inheritdoc cref="CreateFromFile(FileStream, string?, long, MemoryMappedFileAccess, HandleInheritability, bool)"/>
    /// <param name="fileHandle">The file.</param>
    /// <param name="mapName">A name that nobody has; null for none.</param>
    /// <param name="capacity">Bytes; 0 for the file's own length.</param>
    /// <param name="access">What views may do.</param>
    /// <param name="inheritability">Whether child processes inherit the handle.</param>
    /// <param name="leaveOpen">Whether the file's handle outlives the map.</param>
    public static MemoryMappedFile CreateFromFile(
        SafeFileHandle fileHandle, string? mapName, long capacity, MemoryMappedFileAccess access, HandleInheritability inheritability, bool leaveOpen)
    {
        if (Target.IsWindows)
        {
            return new MemoryMappedFile(new FrameworkMap(Framework.CreateFromFile(fileHandle, mapName, capacity, access, inheritability, leaveOpen)));
        }

        ArgumentNullException.ThrowIfNull(fileHandle);
        CheckName(mapName);
        CheckCapacity(capacity, least: 0);
        long length = RandomAccess.GetLength(fileHandle);
        CheckNotEmpty(capacity, length);
        CheckAccess(access);
        CheckNotWriteOnly(access);
        CheckInheritability(inheritability);
        IMap map = MapOf(fileHandle, length, mapName, capacity, access, inheritability);
        return new MemoryMappedFile(map, file: leaveOpen ? null : fileHandle);
    }

    /// <inheritdoc cref="CreateNew(string?, long, MemoryMappedFileAccess, MemoryMappedFileOptions, HandleInheritability)"/>
    public static MemoryMappedFile CreateNew(string? mapName, long capacity) =>
        CreateNew(mapName, capacity, MemoryMappedFileAccess.ReadWrite, MemoryMappedFileOptions.None, HandleInheritability.None);

    /// <inheritdoc cref="CreateNew(string?, long, MemoryMappedFileAccess, MemoryMappedFileOptions, HandleInheritability)"/>
    public static MemoryMappedFile CreateNew(string? mapName, long capacity, MemoryMappedFileAccess access) =>
        CreateNew(mapName, capacity, access, MemoryMappedFileOptions.None, HandleInheritability.None);

    /// <summary>Makes shared memory, all zeros.</summary>
    /// <param name="mapName">A name that nobody has; null for none.</param>
    /// <param name="capacity">Bytes; whole pages are made (fact 141).</param>
    /// <param name="access">What views may do; not <see cref="MemoryMappedFileAccess.Write"/>.</param>
    /// <param name="options">Whether the memory comes with the map or with each view.</param>
    /// <param name="inheritability">Whether child processes inherit the handle.</param>
    /// <exception cref="IOException">The name is taken (183), by any kind of object (6); not that much memory (8, 1455).</exception>
    /// <exception cref="ArgumentException">An empty name, or values that cannot be (fact 283).</exception>
    public static MemoryMappedFile CreateNew(
        string? mapName, long capacity, MemoryMappedFileAccess access, MemoryMappedFileOptions options, HandleInheritability inheritability)
    {
        if (Target.IsWindows)
        {
            return new MemoryMappedFile(new FrameworkMap(Framework.CreateNew(mapName, capacity, access, options, inheritability)));
        }

        CheckNew(mapName, capacity, leastCapacity: 1, access);
        CheckNotWriteOnly(access);
        CheckOptions(options);
        CheckInheritability(inheritability);
        return new MemoryMappedFile(InMemory(mapName, capacity, access, options, inheritability, mustBeNew: true));
    }

    /// <inheritdoc cref="CreateOrOpen(string, long, MemoryMappedFileAccess, MemoryMappedFileOptions, HandleInheritability)"/>
    public static MemoryMappedFile CreateOrOpen(string mapName, long capacity) =>
        CreateOrOpen(mapName, capacity, MemoryMappedFileAccess.ReadWrite, MemoryMappedFileOptions.None, HandleInheritability.None);

    /// <inheritdoc cref="CreateOrOpen(string, long, MemoryMappedFileAccess, MemoryMappedFileOptions, HandleInheritability)"/>
    public static MemoryMappedFile CreateOrOpen(string mapName, long capacity, MemoryMappedFileAccess access) =>
        CreateOrOpen(mapName, capacity, access, MemoryMappedFileOptions.None, HandleInheritability.None);

    /// <summary>Makes shared memory, or opens what has the name.</summary>
    /// <param name="mapName">The name.</param>
    /// <param name="capacity">Bytes if it is made.</param>
    /// <param name="access">What views may do; <see cref="MemoryMappedFileAccess.Write"/> only opens (fact 280).</param>
    /// <param name="options">Whether the memory comes with the map or with each view.</param>
    /// <param name="inheritability">Whether child processes inherit the handle.</param>
    /// <exception cref="IOException">The name belongs to another kind of object (6); not that much memory (8, 1455).</exception>
    /// <exception cref="UnauthorizedAccessException">What has the name does not give this access (5).</exception>
    public static MemoryMappedFile CreateOrOpen(
        string mapName, long capacity, MemoryMappedFileAccess access, MemoryMappedFileOptions options, HandleInheritability inheritability)
    {
        if (Target.IsWindows)
        {
            return new MemoryMappedFile(new FrameworkMap(Framework.CreateOrOpen(mapName, capacity, access, options, inheritability)));
        }

        CheckNameToOpen(mapName);
        CheckCapacity(capacity, least: 1);
        CheckAccess(access);
        CheckOptions(options);
        CheckInheritability(inheritability);
        if (access != MemoryMappedFileAccess.Write)
        {
            return new MemoryMappedFile(InMemory(mapName, capacity, access, options, inheritability, mustBeNew: false));
        }

        return FrameworkErrors.Translate(() => FileMapping.TryOpen(mapName, out FileMapping? mapping, MappingRights.MapWrite, inheritability) ? mapping : null) is { } existing
            ? new MemoryMappedFile(new LibraryMap(existing))
            : throw WriteOnly(nameof(access));
    }

    /// <inheritdoc cref="OpenExisting(string, MemoryMappedFileRights, HandleInheritability)"/>
    public static MemoryMappedFile OpenExisting(string mapName) => OpenExisting(mapName, MemoryMappedFileRights.ReadWrite, HandleInheritability.None);

    /// <inheritdoc cref="OpenExisting(string, MemoryMappedFileRights, HandleInheritability)"/>
    public static MemoryMappedFile OpenExisting(string mapName, MemoryMappedFileRights desiredAccessRights) =>
        OpenExisting(mapName, desiredAccessRights, HandleInheritability.None);

    /// <summary>Opens a map by its name (<c>OpenFileMapping</c>).</summary>
    /// <param name="mapName">The name.</param>
    /// <param name="desiredAccessRights">What the handle shall allow.</param>
    /// <param name="inheritability">Whether child processes inherit the handle.</param>
    /// <exception cref="FileNotFoundException">No such name (2, fact 279).</exception>
    /// <exception cref="UnauthorizedAccessException">It is not for the caller, or not with these rights (5).</exception>
    /// <exception cref="IOException">The name belongs to another kind of object (6); rights that need a privilege (1314, fact 281).</exception>
    public static MemoryMappedFile OpenExisting(string mapName, MemoryMappedFileRights desiredAccessRights, HandleInheritability inheritability)
    {
        if (Target.IsWindows)
        {
            return new MemoryMappedFile(new FrameworkMap(Framework.OpenExisting(mapName, desiredAccessRights, inheritability)));
        }

        CheckNameToOpen(mapName);
        CheckInheritability(inheritability);
        if ((desiredAccessRights & ~(MemoryMappedFileRights.FullControl | MemoryMappedFileRights.AccessSystemSecurity)) != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(desiredAccessRights), desiredAccessRights, "These are no rights of a map.");
        }

        // The values are Windows' in both enumerations.
        FileMapping mapping = FrameworkErrors.Translate(() => FileMapping.Open(mapName, (MappingRights)(int)desiredAccessRights, inheritability));
        return new MemoryMappedFile(new LibraryMap(mapping));
    }

    /// <inheritdoc cref="CreateViewAccessor(long, long, MemoryMappedFileAccess)"/>
    public MemoryMappedViewAccessor CreateViewAccessor() => CreateViewAccessor(0, 0, MemoryMappedFileAccess.ReadWrite);

    /// <inheritdoc cref="CreateViewAccessor(long, long, MemoryMappedFileAccess)"/>
    public MemoryMappedViewAccessor CreateViewAccessor(long offset, long size) => CreateViewAccessor(offset, size, MemoryMappedFileAccess.ReadWrite);

    /// <summary>Maps the file, or a part of it, for access anywhere in it.</summary>
    /// <param name="offset">Bytes from the map's start.</param>
    /// <param name="size">Bytes; 0 for all to the end of the last page (fact 141).</param>
    /// <param name="access">What the view shall allow.</param>
    /// <exception cref="UnauthorizedAccessException">The map does not allow the access, or the range does not lie inside it (5, facts 130, 140).</exception>
    /// <exception cref="ObjectDisposedException">The map is closed; views that it gave stay (fact 290).</exception>
    public MemoryMappedViewAccessor CreateViewAccessor(long offset, long size, MemoryMappedFileAccess access) =>
        new(MapView(offset, size, access), access);

    /// <inheritdoc cref="CreateViewStream(long, long, MemoryMappedFileAccess)"/>
    public MemoryMappedViewStream CreateViewStream() => CreateViewStream(0, 0, MemoryMappedFileAccess.ReadWrite);

    /// <inheritdoc cref="CreateViewStream(long, long, MemoryMappedFileAccess)"/>
    public MemoryMappedViewStream CreateViewStream(long offset, long size) => CreateViewStream(offset, size, MemoryMappedFileAccess.ReadWrite);

    /// <inheritdoc cref="CreateViewAccessor(long, long, MemoryMappedFileAccess)"/>
    /// <summary>Maps the file, or a part of it, as a stream.</summary>
    public MemoryMappedViewStream CreateViewStream(long offset, long size, MemoryMappedFileAccess access) =>
        new(MapView(offset, size, access), access);

    /// <summary>Closes the map. Its name is free when the last handle of any process is closed; views stay (fact 290).</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the map, and the file if it is the map's.</summary>
    protected virtual void Dispose(bool disposing)
    {
        SafeMemoryMappedFileHandle.Dispose();
        _stream?.Dispose();
        _file?.Dispose();
    }

    /// <summary>How a stream or an accessor may be used that maps with this access.</summary>
    internal static FileAccess AccessToFile(MemoryMappedFileAccess access) => access switch
    {
        MemoryMappedFileAccess.Read or MemoryMappedFileAccess.ReadExecute => FileAccess.Read,
        MemoryMappedFileAccess.Write => FileAccess.Write,
        _ => FileAccess.ReadWrite,
    };

    private SafeMemoryMappedViewHandle MapView(long offset, long size, MemoryMappedFileAccess access)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        CheckAccess(access);
        return new SafeMemoryMappedViewHandle(SafeMemoryMappedFileHandle.MapView(access, offset, size));
    }

    private static LibraryMap InMemory(
        string? name, long capacity, MemoryMappedFileAccess access, MemoryMappedFileOptions options, HandleInheritability inheritability, bool mustBeNew)
    {
        var section = new FileMappingOptions
        {
            Section = options == MemoryMappedFileOptions.DelayAllocatePages ? SectionOptions.Reserve : SectionOptions.None,
            Inheritability = inheritability,
            MustBeNew = mustBeNew,
        };
        return new LibraryMap(FrameworkErrors.Translate(() => FileMapping.CreateInMemory(capacity, name, ProtectionOf(access), section)));
    }

    private static LibraryMap MapOf(
        SafeFileHandle file, long length, string? name, long capacity, MemoryMappedFileAccess access, HandleInheritability inheritability)
    {
        CheckNotEmpty(capacity, length);
        capacity = capacity == 0 ? length : capacity;
        if (access == MemoryMappedFileAccess.Read && capacity > length)
        {
            throw new ArgumentException($"A capacity of {capacity} makes the file, which has {length} bytes, longer: that needs more than {access}.");
        }

        if (capacity < length)
        {
            throw new ArgumentOutOfRangeException(nameof(capacity), capacity, $"The file has {length} bytes; a map of it has no fewer. Its views may.");
        }

        var options = new FileMappingOptions { Inheritability = inheritability, MustBeNew = true };
        return new LibraryMap(FrameworkErrors.Translate(() => FileMapping.Create(file, name, ProtectionOf(access), capacity, options)));
    }

    private static PageProtection ProtectionOf(MemoryMappedFileAccess access) => access switch
    {
        MemoryMappedFileAccess.Read => PageProtection.ReadOnly,
        MemoryMappedFileAccess.ReadWrite => PageProtection.ReadWrite,
        MemoryMappedFileAccess.CopyOnWrite => PageProtection.WriteCopy,
        MemoryMappedFileAccess.ReadExecute => PageProtection.ExecuteRead,
        _ => PageProtection.ExecuteReadWrite,
    };

    private static void CheckNew(string? mapName, long capacity, long leastCapacity, MemoryMappedFileAccess access)
    {
        CheckName(mapName);
        CheckCapacity(capacity, leastCapacity);
        CheckAccess(access);
    }

    /// <summary>The framework names no parameter here (fact 277).</summary>
    private static void CheckName(string? mapName)
    {
        if (mapName is { Length: 0 })
        {
            throw new ArgumentException("A map's name is not empty. Pass null for a map without a name.");
        }
    }

    private static void CheckNameToOpen(string mapName) => ArgumentException.ThrowIfNullOrEmpty(mapName);

    private static void CheckCapacity(long capacity, long least) => ArgumentOutOfRangeException.ThrowIfLessThan(capacity, least);

    private static void CheckNotEmpty(long capacity, long length)
    {
        if (capacity == 0 && length == 0)
        {
            throw new ArgumentException("The file is empty, and no capacity is given: there is nothing to map.");
        }
    }

    private static void CheckAccess(MemoryMappedFileAccess access) => CheckRange((int)access, (int)MemoryMappedFileAccess.ReadWriteExecute, nameof(access));

    private static void CheckInheritability(HandleInheritability inheritability) =>
        CheckRange((int)inheritability, (int)HandleInheritability.Inheritable, nameof(inheritability));

    private static void CheckOptions(MemoryMappedFileOptions options)
    {
        if ((options & ~MemoryMappedFileOptions.DelayAllocatePages) != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options, "These are no options of a map.");
        }
    }

    private static void CheckNotWriteOnly(MemoryMappedFileAccess access)
    {
        if (access == MemoryMappedFileAccess.Write)
        {
            throw WriteOnly(nameof(access));
        }
    }

    private static ArgumentException WriteOnly(string access) => new("A map is not made for writing only. Make it with ReadWrite, and its views with Write.", access);

    private static void CheckRange(int value, int greatest, string parameter)
    {
        if (value < 0 || value > greatest)
        {
            throw new ArgumentOutOfRangeException(parameter, value, $"It is from 0 to {greatest}.");
        }
    }
}
