using Framework = System.IO.MemoryMappedFiles;

namespace Crossmap.Compatibility.Maps;

/// <summary>A map of the framework's: what Windows code has used all along.</summary>
internal sealed class FrameworkMap(Framework.MemoryMappedFile map) : IMap
{
    public nint Handle => map.SafeMemoryMappedFileHandle.DangerousGetHandle();

    public IMapView MapView(Framework.MemoryMappedFileAccess access, long offset, long size) => new FrameworkView(map.CreateViewAccessor(offset, size, access));

    public void Dispose() => map.Dispose();
}

/// <summary>A view of the framework's.</summary>
internal sealed class FrameworkView(Framework.MemoryMappedViewAccessor accessor) : IMapView
{
    public nint Start => accessor.SafeMemoryMappedViewHandle.DangerousGetHandle();

    public long ByteLength => accessor.PointerOffset + accessor.Capacity;

    public long PointerOffset => accessor.PointerOffset;

    /// <summary>Windows cannot swap a view for other memory in one step.</summary>
    public bool CanBeTouchedAfterwards => false;

    public void Flush() => accessor.Flush();

    public void Dispose() => accessor.Dispose();
}
