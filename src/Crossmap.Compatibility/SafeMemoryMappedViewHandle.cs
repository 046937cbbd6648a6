using System.Runtime.InteropServices;
using Crossmap.Compatibility.Maps;

namespace Crossmap.Compatibility;

/// <summary>A handle to a view, in the place of <see cref="Microsoft.Win32.SafeHandles.SafeMemoryMappedViewHandle"/>: its value is the view's address.</summary>
public sealed class SafeMemoryMappedViewHandle : SafeBuffer
{
    private readonly IMapView? _view;
    private readonly GCHandle _root;
    private Action? _closing;

    /// <summary>Makes a handle that is invalid.</summary>
    public SafeMemoryMappedViewHandle()
        : base(ownsHandle: true)
    {
    }

    internal SafeMemoryMappedViewHandle(IMapView view)
        : this()
    {
        _view = view;

        // The view has a finalizer of its own, which runs before this one and must not: a view that this handle still has is not abandoned.
        _root = GCHandle.Alloc(view);
        SetHandle(view.Start);
        Initialize((ulong)view.ByteLength);
    }

    internal IMapView View => _view!;

    /// <summary>Has this called before the memory goes, whoever closes the handle.</summary>
    internal void WhenClosing(Action closing) => _closing = closing;

    /// <summary>Writes the changed bytes to the file; nobody unmaps the view meanwhile.</summary>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    internal void Flush()
    {
        bool added = false;
        try
        {
            DangerousAddRef(ref added);
            View.Flush();
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
        _closing?.Invoke();
        if (_view is not null)
        {
            _view.Dispose();
            _root.Free();
        }

        return true;
    }
}
