namespace Crossmap.Compatibility;

/// <summary>Writing. What each method says and refuses is the base class's.</summary>
public sealed unsafe partial class MemoryMappedViewAccessor
{
    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, bool)"/>
    public new void Write(long position, bool value)
    {
        if (!TryWrite(position, (byte)(value ? 1 : 0)))
        {
            base.Write(position, value);
        }
    }

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, byte)"/>
    public new void Write(long position, byte value)
    {
        if (!TryWrite(position, value))
        {
            base.Write(position, value);
        }
    }

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, char)"/>
    public new void Write(long position, char value)
    {
        if (!TryWrite(position, value))
        {
            base.Write(position, value);
        }
    }

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, double)"/>
    public new void Write(long position, double value)
    {
        if (!TryWrite(position, value))
        {
            base.Write(position, value);
        }
    }

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, short)"/>
    public new void Write(long position, short value)
    {
        if (!TryWrite(position, value))
        {
            base.Write(position, value);
        }
    }

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, int)"/>
    public new void Write(long position, int value)
    {
        if (!TryWrite(position, value))
        {
            base.Write(position, value);
        }
    }

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, long)"/>
    public new void Write(long position, long value)
    {
        if (!TryWrite(position, value))
        {
            base.Write(position, value);
        }
    }

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, sbyte)"/>
    public new void Write(long position, sbyte value)
    {
        if (!TryWrite(position, value))
        {
            base.Write(position, value);
        }
    }

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, float)"/>
    public new void Write(long position, float value)
    {
        if (!TryWrite(position, value))
        {
            base.Write(position, value);
        }
    }

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, ushort)"/>
    public new void Write(long position, ushort value)
    {
        if (!TryWrite(position, value))
        {
            base.Write(position, value);
        }
    }

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, uint)"/>
    public new void Write(long position, uint value)
    {
        if (!TryWrite(position, value))
        {
            base.Write(position, value);
        }
    }

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, ulong)"/>
    public new void Write(long position, ulong value)
    {
        if (!TryWrite(position, value))
        {
            base.Write(position, value);
        }
    }

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write(long, decimal)"/>
    public new void Write(long position, decimal value) => base.Write(position, value);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Write{T}(long, ref T)"/>
    public new void Write<T>(long position, ref T structure)
        where T : struct
    {
        if (!TryWrite(position, in structure))
        {
            base.Write(position, ref structure);
        }
    }

    /// <inheritdoc cref="UnmanagedMemoryAccessor.WriteArray{T}(long, T[], int, int)"/>
    public new void WriteArray<T>(long position, T[] array, int offset, int count)
        where T : struct
    {
        long writable = _writable;
        if (IsDense<T>() && IsInside(array, offset, count) && (ulong)position < (ulong)writable &&
            (writable - position) / System.Runtime.CompilerServices.Unsafe.SizeOf<T>() >= count)
        {
            array.AsSpan(offset, count).CopyTo(At<T>(position, count));

            // SYNC POINT with Close, as in TryWrite.
            if (Volatile.Read(ref _writable) != 0)
            {
                return;
            }
        }

        base.WriteArray(position, array, offset, count);
    }
}
