namespace Crossmap.Channels.Rings;

/// <summary>
/// Where the space of a slot's message begins: a position in units that counts on through all laps of the data, and the slot's lap, by which
/// what is left of the lap before is told from it.
/// </summary>
/// <remarks>
/// Each follows from the one before and from its slot's length. So whoever needs it can write it, whoever else should have done so and died.
/// </remarks>
internal readonly record struct SlotBegin(ulong Value)
{
    /// <summary>Positions count modulo this: 2^54 bytes, which are weeks at full speed; only differences are looked at.</summary>
    private const ulong PositionMask = (1UL << 48) - 1;

    public SlotBegin(ulong position, uint lap)
        : this((position & PositionMask) | ((ulong)TagOf(lap) << 48))
    {
    }

    public ulong Position => Value & PositionMask;

    public bool IsOf(uint lap) => TagOf(lap) == (ushort)(Value >> 48);

    /// <summary>Memory that was never written is of no lap, the first included.</summary>
    private static ushort TagOf(uint lap) => (ushort)(lap + 1);

    /// <summary>Where a message of that length starts that has its space from here on: a message never wraps, the rest of the data is skipped.</summary>
    public ulong StartOf(uint units, uint capacity)
    {
        ulong left = capacity - (Position & (capacity - 1));
        return (units <= left ? Position : Position + left) & PositionMask;
    }

    /// <summary>From one position to a later one.</summary>
    public static ulong Distance(ulong from, ulong to) => (to - from) & PositionMask;
}
