using System.Numerics;
using Crossmap.Channels.Rings;

namespace Crossmap.Channels.Memory;

/// <summary>What a channel is to be made like. Also how its parts lie in the section.</summary>
/// <param name="Kind">Of the channel.</param>
/// <param name="DataLength">Bytes, a power of two.</param>
/// <param name="Slots">A power of two, or 0.</param>
/// <param name="Flags">Its choices.</param>
/// <param name="ValueSize">Bytes of a value's type.</param>
/// <param name="Schema">The user's number.</param>
internal readonly record struct ChannelLayout(ChannelKind Kind, long DataLength, int Slots = 0, ChannelFlags Flags = ChannelFlags.None, int ValueSize = 0, ulong Schema = 0)
{
    /// <summary>Messages begin at multiples of it: whole cache lines, so that two messages never share one.</summary>
    public const int Unit = 64;

    public const int LeastSlots = 16, MostSlots = 1 << 24;

    public const long LeastData = 4096, MostData = 1L << 36;

    private const int Page = 4096;

    public long DataOffset => Round(ChannelHeader.SlotsOffset + ((long)Slots * RingMemory.BytesPerSlot), Page);

    /// <summary>Bytes of the whole section.</summary>
    public long Size => DataOffset + Round(DataLength, Page);

    /// <summary>Of a ring with so many bytes for messages and so many messages at a time; 0 for a number that suits messages of some 100 bytes.</summary>
    public static ChannelLayout OfRing(ChannelKind kind, long capacity, int messages, ChannelFlags flags, ulong schema)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, MostData);
        ArgumentOutOfRangeException.ThrowIfNegative(messages);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(messages, MostSlots);
        long data = Math.Max(LeastData, (long)BitOperations.RoundUpToPowerOf2((ulong)capacity));
        long slots = messages == 0 ? Math.Min(data / (2 * Unit), 1 << 20) : messages;
        return new ChannelLayout(kind, data, (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(LeastSlots, slots)), flags, Schema: schema);
    }

    /// <summary>The header's, checked against the section's size: whatever it says, all of it lies inside.</summary>
    public static ChannelLayout Of(in ChannelHeader header, long sectionSize)
    {
        var layout = new ChannelLayout(header.Kind, header.DataLength, header.Slots, header.Flags, header.ValueSize, header.Schema);
        bool isSound = layout.DataLength is > 0 and <= MostData && BitOperations.IsPow2(layout.DataLength)
            && layout.Slots is >= 0 and <= MostSlots && (layout.Slots == 0 || BitOperations.IsPow2(layout.Slots))
            && (layout.Slots >= LeastSlots || layout.Kind is not (ChannelKind.Queue or ChannelKind.Broadcast))
            && header.DataOffset == layout.DataOffset && layout.Size <= sectionSize;
        return isSound ? layout : throw new ChannelCorruptedException("The channel's header does not fit its memory: somebody wrote over it.");
    }

    private static long Round(long value, long multiple) => (value + multiple - 1) / multiple * multiple;
}
