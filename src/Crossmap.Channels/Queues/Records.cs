using System.Runtime.CompilerServices;

namespace Crossmap.Channels.Queues;

/// <summary>
/// The data of a queue of one producer and one consumer: a record for each message, which is eight bytes that say its length and state, then its
/// bytes. A record never wraps; what is left of the lap is skipped by a record of its own.
/// </summary>
/// <param name="data">In shared memory.</param>
/// <param name="capacity">Bytes, a power of two. Positions count on through all laps.</param>
internal readonly unsafe struct Records(byte* data, long capacity)
{
    private readonly long _mask = capacity - 1, _recordMask = (capacity - 1) & -HeadSize;

    /// <summary>Bytes before each message; records begin at multiples of it.</summary>
    public const int HeadSize = sizeof(ulong);

    /// <summary>Flags of a record's head, above the message's length in its low half.</summary>
    public const ulong Published = 1UL << 32, Skipped = 1UL << 33, Released = 1UL << 34;

    public long Capacity => _mask + 1;

    /// <summary>Bytes of the longest message: half of it, as what is skipped before a message that does not fit the rest of the lap is shorter than the message.</summary>
    public int MaximumLength => (int)Math.Min((Capacity / 2) - (2 * HeadSize), int.MaxValue - HeadSize);

    /// <summary>Bytes of a message's record.</summary>
    public static long SizeOf(int length) => ((long)length + ((2 * HeadSize) - 1)) & -HeadSize;

    /// <summary>Whether a record may begin there: in the lower half of the numbers, so that a size can be added to it. No queue comes that far.</summary>
    public static bool IsPosition(long position) => (ulong)position <= long.MaxValue / 2 && position % HeadSize == 0;

    /// <summary>Bytes from there to the end of the lap.</summary>
    public long LeftAt(long position) => Capacity - (position & _mask);

    /// <summary>The record that begins there; wherever that is said to be, it lies in the data.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong* At(long position) => (ulong*)(data + (position & _recordMask));

    /// <summary>The message of the record that begins there.</summary>
    public byte* MessageAt(long position) => (byte*)(At(position) + 1);

    /// <summary>The head of the record that begins there; 0 when none was published.</summary>
    public ulong HeadAt(long position) => Volatile.Read(ref *At(position));

    /// <summary>What the head of a record says of its size, if it can be: inside the data, in one piece.</summary>
    public bool TrySizeOf(long position, ulong head, out long size)
    {
        long left = LeftAt(position);
        size = (head & Skipped) != 0 ? left : SizeOf((int)Math.Min((uint)head, int.MaxValue - HeadSize));
        return size <= left && ((head & Skipped) != 0 || (uint)head <= int.MaxValue - HeadSize);
    }
}
