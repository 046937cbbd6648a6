using System.IO.MemoryMappedFiles;

namespace Crossmap.Compatibility.Maps;

/// <summary>A mapping of the library.</summary>
internal sealed class LibraryMap(FileMapping mapping) : IMap
{
    private const long Granularity = 64 * 1024;

    /// <summary>Any number that is not invalid: on Linux no handle of the system stands for a section.</summary>
    public nint Handle => 1;

    public IMapView MapView(MemoryMappedFileAccess access, long offset, long size)
    {
        // As on Windows: mapped from the boundary below, to the end if no size is given. A size that cannot be is the system's to refuse.
        long slack = offset % Granularity;
        long length = size == 0 ? 0 : size > long.MaxValue - slack ? long.MaxValue : size + slack;
        MappedView view = FrameworkErrors.Translate(() => mapping.MapView(ViewAccessOf(access), offset - slack, length));
        try
        {
            if ((mapping.Options & SectionOptions.Reserve) != 0)
            {
                Commit(view);
            }

            return new LibraryView(view, slack, size == 0 ? view.RegionSize : length);
        }
        catch
        {
            view.Dispose();
            throw;
        }
    }

    public void Dispose() => mapping.Dispose();

    /// <summary>A map whose pages come later has them when it is used: a view commits what it covers (fact 285).</summary>
    private static void Commit(MappedView view) => FrameworkErrors.Translate(() =>
    {
        try
        {
            view.Commit(0, view.Length);
        }
        catch (PlatformNotSupportedException)
        {
            // A Linux that cannot do it ahead does it at the first touch.
        }

        return true;
    });

    private static ViewAccess ViewAccessOf(MemoryMappedFileAccess access) => access switch
    {
        MemoryMappedFileAccess.Read => ViewAccess.Read,
        MemoryMappedFileAccess.Write => ViewAccess.Write,
        MemoryMappedFileAccess.ReadWrite => ViewAccess.ReadWrite,
        MemoryMappedFileAccess.CopyOnWrite => ViewAccess.CopyOnWrite,
        MemoryMappedFileAccess.ReadExecute => ViewAccess.Read | ViewAccess.Execute,
        _ => ViewAccess.ReadWrite | ViewAccess.Execute,
    };
}

/// <summary>A view of the library.</summary>
internal sealed class LibraryView(MappedView view, long slack, long byteLength) : IMapView
{
    public nint Start { get; } = view.Address;

    public long ByteLength => byteLength;

    public long PointerOffset => slack;

    public bool CanBeTouchedAfterwards => true;

    public void Flush() => FrameworkErrors.Translate(() =>
    {
        view.Flush();
        return true;
    });

    public void Dispose() => view.Retire();
}
