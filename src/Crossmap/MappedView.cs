using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Crossmap.Objects;

namespace Crossmap;

/// <summary>
/// A view: a section, or a part of it, as plain memory of this process (<c>MapViewOfFile</c> … <c>UnmapViewOfFile</c>).
/// </summary>
/// <remarks>
/// <para>Only <see cref="Dispose"/> unmaps. After it every member but <see cref="IsDisposed"/> throws <see cref="ObjectDisposedException"/>; a span or ref kept beyond
/// it faults when touched, and never reaches somebody else's memory while this object is alive. A view that is merely collected stays
/// mapped until the process ends.</para>
/// <para>Access is as fast as raw memory and as unsynchronised: who shares bytes takes turns by a <see cref="NamedSemaphore"/> or uses
/// atomics. Writing through a view that does not allow it is an access violation, as on Windows (fact 195).</para>
/// <para>Thread safe, but a thread that still uses the bytes while another disposes the view faults.</para>
/// </remarks>
public sealed unsafe class MappedView : IDisposable
{
    private readonly View _view;
    private readonly int _slack;
    private readonly long _offset;

    /// <summary>
    /// Never changes: an access that races Dispose meets the inaccessible range that the view leaves behind, not whatever lies at the offset
    /// from null.
    /// </summary>
    private readonly byte* _pointer;

    /// <summary>Bytes from <see cref="_pointer"/> on, at least 1; 0 once disposed, so that one comparison catches both misuses.</summary>
    private long _length;

    private ViewMemory? _memory;

    internal MappedView(View view, long offset, int slack)
    {
        _view = view;
        _slack = slack;
        _offset = offset;
        _pointer = (byte*)view.Address + slack;
        _length = view.Length - slack;
    }

    /// <summary>The address of the view's first byte.</summary>
    public nint Address
    {
        get
        {
            ThrowIfDisposed();
            return (nint)_pointer;
        }
    }

    /// <summary>Bytes in the view; may exceed 2 GiB.</summary>
    public long Length
    {
        get
        {
            // Read once: another thread may be disposing the view.
            long length = _length;
            ObjectDisposedException.ThrowIf(length == 0, this);
            return length;
        }
    }

    /// <summary>Where in the section the view begins, in bytes.</summary>
    public long Offset
    {
        get
        {
            ThrowIfDisposed();
            return _offset;
        }
    }

    /// <summary>The view's protection, as <c>VirtualQuery</c> reports it (facts 111-119).</summary>
    public PageProtection Protection
    {
        get
        {
            ThrowIfDisposed();
            return _view.Protection;
        }
    }

    /// <summary>The mapped range in bytes, in whole pages from the 64 KiB boundary below <see cref="Address"/> (facts 135, 181).</summary>
    public long RegionSize
    {
        get
        {
            ThrowIfDisposed();
            return _view.RegionSize;
        }
    }

    /// <summary>Whether <see cref="Dispose"/> was called.</summary>
    public bool IsDisposed => Volatile.Read(ref _length) == 0;

    /// <summary>A reference to the value at an offset: no copy, no call, no lock. The offset need not be aligned.</summary>
    /// <typeparam name="T">An unmanaged type, in the layout of this machine.</typeparam>
    /// <param name="offset">Bytes from the view's start.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value does not lie inside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T At<T>(long offset)
        where T : unmanaged
    {
        long length = _length;
        if ((ulong)offset >= (ulong)length || length - offset < sizeof(T))
        {
            ThrowOutOfRange(offset, sizeof(T));
        }

        return ref Unsafe.AsRef<T>(_pointer + offset);
    }

    /// <summary>The whole view as a span.</summary>
    /// <exception cref="InvalidOperationException">The view is longer than a span can be (2 GiB): ask for a part of it.</exception>
    public Span<byte> AsSpan()
    {
        long length = Length;
        return length <= int.MaxValue ? new Span<byte>(_pointer, (int)length) : throw TooLong();
    }

    /// <summary>A part of the view as a span.</summary>
    /// <param name="offset">Bytes from the view's start.</param>
    /// <param name="length">Bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie inside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> AsSpan(long offset, int length)
    {
        CheckRange(offset, length);
        return new Span<byte>(_pointer + offset, length);
    }

    /// <summary>The whole view as a span of values; bytes after the last whole value are left out.</summary>
    /// <exception cref="InvalidOperationException">More than 2^31 - 1 values: ask for a part.</exception>
    public Span<T> AsSpan<T>()
        where T : unmanaged
    {
        long count = Length / sizeof(T);
        return count <= int.MaxValue ? new Span<T>(_pointer, (int)count) : throw TooLong();
    }

    /// <summary>A part of the view as a span of values.</summary>
    /// <param name="offset">Bytes from the view's start.</param>
    /// <param name="count">Values of <typeparamref name="T"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie inside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<T> AsSpan<T>(long offset, int count)
        where T : unmanaged
    {
        CheckRange(offset, (long)count * sizeof(T));
        return new Span<T>(_pointer + offset, count);
    }

    /// <summary>The whole view as <see cref="Memory{T}"/>, which throws <see cref="ObjectDisposedException"/> once the view is disposed.</summary>
    /// <exception cref="InvalidOperationException">The view is longer than 2 GiB: ask for a part of it.</exception>
    public Memory<byte> AsMemory()
    {
        long length = Length;
        return length <= int.MaxValue ? (_memory ??= new ViewMemory(this, 0, (int)length)).Memory : throw TooLong();
    }

    /// <summary>A part of the view as <see cref="Memory{T}"/>.</summary>
    /// <param name="offset">Bytes from the view's start.</param>
    /// <param name="length">Bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie inside the view.</exception>
    public Memory<byte> AsMemory(long offset, int length)
    {
        CheckRange(offset, length);
        return new ViewMemory(this, offset, length).Memory;
    }

    /// <summary>Writes the view's changed bytes to the file and waits until the disk has them (<c>FlushViewOfFile</c>, then <c>FlushFileBuffers</c>).</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public void Flush() => Flush(0, Length);

    /// <summary>Writes the changed bytes of a range to the file and waits until the disk has them. Whole pages are written.</summary>
    /// <param name="offset">Bytes from the view's start.</param>
    /// <param name="length">Bytes; 0 for all to the end (fact 170).</param>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie inside the view.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public void Flush(long offset, long length)
    {
        CheckRange(offset, length);
        _view.Flush(offset + _slack, length == 0 ? Length - offset : length);
    }

    /// <summary>A hint that a range will be used soon; reading it in may go on after the call.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie inside the view.</exception>
    public void Prefetch(long offset, long length)
    {
        CheckRange(offset, length);
        _view.Prefetch(offset + _slack, length);
    }

    /// <summary>A hint that a range will not be used soon. Its content stays.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie inside the view.</exception>
    public void Discard(long offset, long length)
    {
        CheckRange(offset, length);
        _view.Discard(offset + _slack, length);
    }

    /// <summary>Provides the memory of a range of a section made with <see cref="SectionOptions.Reserve"/> (<c>VirtualAlloc(MEM_COMMIT)</c>), for all
    /// processes (fact 200). Committing twice does nothing.</summary>
    /// <exception cref="UnauthorizedAccessException">The section is over a file, which is always committed (5, fact 191).</exception>
    /// <exception cref="IOException">Not that much memory (1455).</exception>
    /// <exception cref="PlatformNotSupportedException">Linux before 5.14, where touching the memory commits it (50).</exception>
    public void Commit(long offset, long length)
    {
        CheckRange(offset, length);
        _view.Commit(offset + _slack, length);
    }

    /// <summary>Whether a page of the range was changed and is not on disk yet; null where the system does not tell.</summary>
    public bool? IsDirty(long offset, long length)
    {
        CheckRange(offset, length);
        return _view.IsDirty(offset + _slack, length);
    }

    /// <summary>Unmaps the view (<c>UnmapViewOfFile</c>). The changed bytes are in the file for every reader; only <see cref="Flush()"/> makes them
    /// durable. Disposing twice does nothing.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _length, 0);
        _view.Dispose();
    }

    /// <summary>
    /// Unmaps the view as <see cref="Dispose"/> does, and on Linux leaves memory in its place that reads as zero and takes writes to nowhere, until
    /// this object is collected: for who hands out the bytes by calls, and asks <see cref="IsDisposed"/> after each access. Whatever was
    /// touched while that was still false was the view's. On Windows it is <see cref="Dispose"/>.
    /// </summary>
    public void Retire()
    {
        // SYNC POINT with who asks IsDisposed after an access: said before the memory goes. The kernel's call is a barrier on both sides.
        Volatile.Write(ref _length, 0);
        _view.Retire();
    }

    /// <summary>The place of an object in the view, checked in this order: inside it, aligned, and shared for writing.</summary>
    internal ViewPlace PlaceOf(long offset)
    {
        long length = Length;
        if ((ulong)offset > (ulong)length || length - offset < ViewPlace.Length)
        {
            throw Errors.OutOfRange(nameof(offset), $"The {ViewPlace.Length} bytes from {offset} do not lie inside the view, which has {length} bytes.");
        }

        if (((nint)_pointer + offset) % ViewPlace.Length != 0)
        {
            Errors.Throw(Win32Error.ERROR_INVALID_PARAMETER,
                $"An object in a view lies at a multiple of {ViewPlace.Length} bytes; the view begins at {_offset} in its section, so the offset {offset} does not lead to one.", nameof(offset));
        }

        if (!ProtectionRules.CanWrite(_view.Protection))
        {
            Errors.Throw(Win32Error.ERROR_ACCESS_DENIED, $"A view of {_view.Protection} is not shared for writing, as a view with an object in it must be.");
        }

        return new ViewPlace(_view, offset + _slack);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CheckRange(long offset, long length)
    {
        long available = _length;
        if ((ulong)offset > (ulong)available || (ulong)length > (ulong)(available - offset) || available == 0)
        {
            ThrowOutOfRange(offset, length);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_length == 0, this);

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ThrowOutOfRange(long offset, long length)
    {
        ThrowIfDisposed();
        throw Errors.OutOfRange(
            offset < 0 || offset > _length ? nameof(offset) : nameof(length),
            $"The {length} bytes from {offset} do not lie inside the view, which has {_length} bytes.");
    }

    private InvalidOperationException TooLong() =>
        new($"The view has {_length} bytes, more than one span or memory can hold. Ask for a part with an offset and a length.");

    /// <summary>The view's bytes behind <see cref="Memory{T}"/>. Keeps the view alive, asks it at every use.</summary>
    private sealed class ViewMemory(MappedView view, long offset, int length) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => view.AsSpan(offset, length);

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            view.CheckRange(offset + elementIndex, length - elementIndex);
            return new MemoryHandle(view._pointer + offset + elementIndex, default, this);
        }

        public override void Unpin()
        {
            // Nothing moves: the memory is not the collector's.
        }

        protected override void Dispose(bool disposing)
        {
            // The view is its creator's to dispose.
        }
    }
}
