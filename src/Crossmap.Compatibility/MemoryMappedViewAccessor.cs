using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Crossmap.Compatibility;

/// <summary>A view for access anywhere in it: <see cref="System.IO.MemoryMappedFiles.MemoryMappedViewAccessor"/>.</summary>
/// <remarks>
/// <para>On Linux an access is a comparison, the access, and a look whether the view was disposed meanwhile: no reference count. An access that
/// races with the view's end takes effect in the view, or throws <see cref="ObjectDisposedException"/>; it never reaches other memory. Whatever is
/// not that easy (a value that does not lie inside, a view that is closed or not for this) the base class does or refuses.</para>
/// <para>Thread safe as memory is: who shares bytes takes turns.</para>
/// </remarks>
public sealed unsafe partial class MemoryMappedViewAccessor : UnmanagedMemoryAccessor
{
    /// <summary>Never changes, and can be touched as long as this object lives.</summary>
    private readonly byte* _start;

    /// <summary>Bytes that can be read without a reference count; 0 once closed, and where that is not possible at all.</summary>
    private long _readable;

    /// <summary>Bytes that can be written so.</summary>
    private long _writable;

    internal MemoryMappedViewAccessor(SafeMemoryMappedViewHandle handle, MemoryMappedFileAccess access)
    {
        SafeMemoryMappedViewHandle = handle;
        PointerOffset = handle.View.PointerOffset;
        long capacity = handle.View.ByteLength - PointerOffset;
        try
        {
            Initialize(handle, PointerOffset, capacity, MemoryMappedFile.AccessToFile(access));
        }
        catch
        {
            handle.Dispose();
            throw;
        }

        if (handle.View.CanBeTouchedAfterwards)
        {
            _start = (byte*)handle.View.Start + PointerOffset;
            _readable = CanRead ? capacity : 0;
            _writable = CanWrite ? capacity : 0;
            handle.WhenClosing(Close);
        }
    }

    /// <summary>The view's handle.</summary>
    public SafeMemoryMappedViewHandle SafeMemoryMappedViewHandle { get; }

    /// <summary>Bytes from the pointer that <see cref="SafeMemoryMappedViewHandle"/> gives to the view's first byte.</summary>
    public long PointerOffset { get; }

    /// <summary>Writes the changed bytes to the file; on Linux it waits until the disk has them.</summary>
    /// <exception cref="ObjectDisposedException">The view is closed.</exception>
    public void Flush()
    {
        ObjectDisposedException.ThrowIf(!IsOpen, this);
        SafeMemoryMappedViewHandle.Flush();
    }

    /// <summary>Writes the changed bytes to the file and unmaps the view.</summary>
    protected override void Dispose(bool disposing)
    {
        try
        {
            Close();
            if (disposing && CanWrite && !SafeMemoryMappedViewHandle.IsClosed)
            {
                Flush();
            }
        }
        finally
        {
            if (disposing)
            {
                SafeMemoryMappedViewHandle.Dispose();
            }

            base.Dispose(disposing);
        }
    }

    /// <summary>SYNC POINT with TryRead and TryWrite: said before the memory is swapped, which is a barrier on both sides.</summary>
    private void Close()
    {
        Volatile.Write(ref _readable, 0);
        Volatile.Write(ref _writable, 0);
    }

    /// <summary>False when the base class shall read, or say why that is not possible.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryRead<T>(long position, out T value)
        where T : struct
    {
        long readable = _readable;
        if ((ulong)position < (ulong)readable && readable - position >= Unsafe.SizeOf<T>() && !RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            value = Unsafe.ReadUnaligned<T>(_start + position);

            // SYNC POINT with Close: whatever was read from the memory behind the view was read after it said so.
            Volatile.ReadBarrier();
            return _readable != 0;
        }

        Unsafe.SkipInit(out value);
        return false;
    }

    /// <summary>False when the base class shall write, or say why that is not possible.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryWrite<T>(long position, in T value)
        where T : struct
    {
        long writable = _writable;
        if ((ulong)position < (ulong)writable && writable - position >= Unsafe.SizeOf<T>() && !RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            Unsafe.WriteUnaligned(_start + position, value);

            // SYNC POINT with Close: the swap of the memory waits for what this processor has written (all processors forget the old
            // addresses before it returns), so a write that found the word below still there is in the view, though it may be read earlier.
            return Volatile.Read(ref _writable) != 0;
        }

        return false;
    }

    /// <summary>Whether values lie in an array of the view as they lie in one of the runtime: the framework aligns larger ones to 4 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsDense<T>()
        where T : struct => !RuntimeHelpers.IsReferenceOrContainsReferences<T>() && (Unsafe.SizeOf<T>() <= 2 || Unsafe.SizeOf<T>() % 4 == 0);

    /// <summary>The values in the view from a position on.</summary>
    private Span<T> At<T>(long position, int count)
        where T : struct => MemoryMarshal.CreateSpan(ref Unsafe.AsRef<T>(_start + position), count);

    private static bool IsInside<T>(T[]? array, int offset, int count) =>
        array is not null && offset >= 0 && count >= 0 && array.Length - offset >= count;
}
