using System.IO.MemoryMappedFiles;

namespace Crossmap.Compatibility;

/// <summary>A view as a stream: <see cref="System.IO.MemoryMappedFiles.MemoryMappedViewStream"/>. As thread safe as a stream is.</summary>
/// <remarks>On Linux it copies without a reference count, as <see cref="MemoryMappedViewAccessor"/> does.</remarks>
public sealed unsafe class MemoryMappedViewStream : UnmanagedMemoryStream
{
    /// <summary>Never changes, and can be touched as long as this object lives.</summary>
    private readonly byte* _start;

    /// <summary>Bytes that can be read without a reference count; 0 once closed, and where that is not possible at all.</summary>
    private long _readable;

    /// <summary>Bytes that can be written so.</summary>
    private long _writable;

    internal MemoryMappedViewStream(SafeMemoryMappedViewHandle handle, MemoryMappedFileAccess access)
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
            handle.WhenClosing(CloseView);
        }
    }

    /// <summary>The view's handle.</summary>
    public SafeMemoryMappedViewHandle SafeMemoryMappedViewHandle { get; }

    /// <summary>Bytes from the pointer that <see cref="SafeMemoryMappedViewHandle"/> gives to the view's first byte.</summary>
    public long PointerOffset { get; }

    /// <summary>A view's length does not change.</summary>
    /// <exception cref="NotSupportedException">Always, but for a negative length.</exception>
    public override void SetLength(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        throw new NotSupportedException("The length of a view does not change.");
    }

    /// <summary>Writes the changed bytes to the file; on Linux it waits until the disk has them.</summary>
    /// <exception cref="ObjectDisposedException">The view is closed.</exception>
    public override void Flush()
    {
        ObjectDisposedException.ThrowIf(!CanSeek, this);
        SafeMemoryMappedViewHandle.Flush();
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return TryRead(buffer.AsSpan(offset, count), out int read) ? read : base.Read(buffer, offset, count);
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer) => TryRead(buffer, out int read) ? read : base.Read(buffer);

    /// <inheritdoc/>
    public override int ReadByte()
    {
        byte value = 0;
        return TryRead(new Span<byte>(ref value), out int read) ? read == 0 ? -1 : value : base.ReadByte();
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        if (!TryWrite(buffer.AsSpan(offset, count)))
        {
            base.Write(buffer, offset, count);
        }
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (!TryWrite(buffer))
        {
            base.Write(buffer);
        }
    }

    /// <inheritdoc/>
    public override void WriteByte(byte value)
    {
        if (!TryWrite(new ReadOnlySpan<byte>(in value)))
        {
            base.WriteByte(value);
        }
    }

    /// <summary>Writes the changed bytes to the file and unmaps the view.</summary>
    protected override void Dispose(bool disposing)
    {
        try
        {
            CloseView();
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

    /// <summary>SYNC POINT with TryRead and TryWrite, as in <see cref="MemoryMappedViewAccessor"/>.</summary>
    private void CloseView()
    {
        Volatile.Write(ref _readable, 0);
        Volatile.Write(ref _writable, 0);
    }

    /// <summary>False when the base class shall read, or say why that is not possible.</summary>
    private bool TryRead(Span<byte> buffer, out int read)
    {
        read = 0;
        long readable = _readable;
        if (readable == 0)
        {
            return false;
        }

        long position = Position;
        read = (int)Math.Clamp(readable - position, 0, buffer.Length);
        new ReadOnlySpan<byte>(_start + position, read).CopyTo(buffer);
        Volatile.ReadBarrier();
        if (_readable == 0)
        {
            return false;
        }

        Position = position + read;
        return true;
    }

    /// <summary>False when the base class shall write, or say why that is not possible.</summary>
    private bool TryWrite(ReadOnlySpan<byte> buffer)
    {
        long writable = _writable;
        if (writable == 0)
        {
            return false;
        }

        long position = Position;
        if (writable - position < buffer.Length)
        {
            return false;
        }

        buffer.CopyTo(new Span<byte>(_start + position, buffer.Length));
        if (Volatile.Read(ref _writable) == 0)
        {
            return false;
        }

        Position = position + buffer.Length;
        return true;
    }
}
