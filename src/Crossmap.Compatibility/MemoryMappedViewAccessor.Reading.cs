namespace Crossmap.Compatibility;

/// <summary>Reading. What each method says and refuses is the base class's.</summary>
public sealed unsafe partial class MemoryMappedViewAccessor
{
    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadBoolean(long)"/>
    public new bool ReadBoolean(long position) => TryRead(position, out byte value) ? value != 0 : base.ReadBoolean(position);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadByte(long)"/>
    public new byte ReadByte(long position) => TryRead(position, out byte value) ? value : base.ReadByte(position);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadChar(long)"/>
    public new char ReadChar(long position) => TryRead(position, out char value) ? value : base.ReadChar(position);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadDouble(long)"/>
    public new double ReadDouble(long position) => TryRead(position, out double value) ? value : base.ReadDouble(position);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadInt16(long)"/>
    public new short ReadInt16(long position) => TryRead(position, out short value) ? value : base.ReadInt16(position);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadInt32(long)"/>
    public new int ReadInt32(long position) => TryRead(position, out int value) ? value : base.ReadInt32(position);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadInt64(long)"/>
    public new long ReadInt64(long position) => TryRead(position, out long value) ? value : base.ReadInt64(position);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadSByte(long)"/>
    public new sbyte ReadSByte(long position) => TryRead(position, out sbyte value) ? value : base.ReadSByte(position);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadSingle(long)"/>
    public new float ReadSingle(long position) => TryRead(position, out float value) ? value : base.ReadSingle(position);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadUInt16(long)"/>
    public new ushort ReadUInt16(long position) => TryRead(position, out ushort value) ? value : base.ReadUInt16(position);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadUInt32(long)"/>
    public new uint ReadUInt32(long position) => TryRead(position, out uint value) ? value : base.ReadUInt32(position);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadUInt64(long)"/>
    public new ulong ReadUInt64(long position) => TryRead(position, out ulong value) ? value : base.ReadUInt64(position);

    /// <inheritdoc cref="UnmanagedMemoryAccessor.Read{T}(long, out T)"/>
    public new void Read<T>(long position, out T structure)
        where T : struct
    {
        if (!TryRead(position, out structure))
        {
            base.Read(position, out structure);
        }
    }

    /// <inheritdoc cref="UnmanagedMemoryAccessor.ReadArray{T}(long, T[], int, int)"/>
    public new int ReadArray<T>(long position, T[] array, int offset, int count)
        where T : struct
    {
        long readable = _readable;
        if (IsDense<T>() && IsInside(array, offset, count) && (ulong)position < (ulong)readable)
        {
            int there = (int)Math.Min(count, (readable - position) / System.Runtime.CompilerServices.Unsafe.SizeOf<T>());
            At<T>(position, there).CopyTo(array.AsSpan(offset, there));

            // SYNC POINT with Close, as in TryRead.
            Volatile.ReadBarrier();
            if (_readable != 0)
            {
                return there;
            }
        }

        return base.ReadArray(position, array, offset, count);
    }
}
