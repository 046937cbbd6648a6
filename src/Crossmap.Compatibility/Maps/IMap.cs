using System.IO.MemoryMappedFiles;

namespace Crossmap.Compatibility.Maps;

/// <summary>What is behind a <see cref="MemoryMappedFile"/>: the library's mapping on Linux, the framework's own map on Windows. Thread safe.</summary>
internal interface IMap : IDisposable
{
    /// <summary>What <c>SafeMemoryMappedFileHandle.DangerousGetHandle</c> returns; neither 0 nor -1.</summary>
    nint Handle { get; }

    /// <summary>Maps it. The arguments are checked as far as the map does not matter.</summary>
    IMapView MapView(MemoryMappedFileAccess access, long offset, long size);
}

/// <summary>What is behind an accessor or a view stream.</summary>
internal interface IMapView : IDisposable
{
    /// <summary>The first mapped byte.</summary>
    nint Start { get; }

    /// <summary>Bytes from <see cref="Start"/> to the view's end.</summary>
    long ByteLength { get; }

    /// <summary>Bytes from <see cref="Start"/> to the view's first byte.</summary>
    long PointerOffset { get; }

    /// <summary>
    /// Whether touching the memory is harmless while and after it is disposed, as long as this object is reachable. Then an access needs no
    /// reference count: it looks afterwards whether it was too late.
    /// </summary>
    bool CanBeTouchedAfterwards { get; }

    void Flush();
}
