using Crossmap.Compatibility.Maps;
using Microsoft.Win32.SafeHandles;

namespace Crossmap.Compatibility;

/// <summary>
/// A handle to a map, in the place of <see cref="Microsoft.Win32.SafeHandles.SafeMemoryMappedFileHandle"/>. On Windows its value is the kernel's
/// handle; on Linux it stands for nothing outside this library.
/// </summary>
public sealed class SafeMemoryMappedFileHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    private readonly IMap? _map;

    /// <summary>Makes a handle that is invalid.</summary>
    public SafeMemoryMappedFileHandle()
        : base(ownsHandle: true)
    {
    }

    internal SafeMemoryMappedFileHandle(IMap map)
        : this()
    {
        _map = map;
        SetHandle(map.Handle);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => base.IsInvalid;

    /// <summary>The map, for as long as the call takes: nobody closes it meanwhile.</summary>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    internal IMapView MapView(System.IO.MemoryMappedFiles.MemoryMappedFileAccess access, long offset, long size)
    {
        bool added = false;
        try
        {
            DangerousAddRef(ref added);
            return _map!.MapView(access, offset, size);
        }
        finally
        {
            if (added)
            {
                DangerousRelease();
            }
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        _map?.Dispose();
        return true;
    }
}
