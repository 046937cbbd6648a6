namespace Crossmap.Channels.Rings;

/// <summary>What a slot of a ring is in, as the lowest three bits of its word say it.</summary>
internal enum SlotState
{
    /// <summary>Nobody's: to be claimed for the lap that the word says.</summary>
    Free = 0,

    /// <summary>A producer writes its message.</summary>
    Claimed = 1,

    /// <summary>A message that nobody has taken.</summary>
    Committed = 2,

    /// <summary>A consumer reads it.</summary>
    Leased = 3,

    /// <summary>Never became a message: its producer gave it up, or died.</summary>
    Abandoned = 4,

    /// <summary>A message whose consumer died or left with it: to be taken again.</summary>
    Returned = 5,

    /// <summary>A consumer reads what was taken before.</summary>
    LeasedAgain = 6,

    /// <summary>A request whose reply stands in its place.</summary>
    Answered = 7,
}

/// <summary>
/// The one word that says all of a slot: so claiming, committing, taking and releasing are one atomic step each, which names who did it.
/// </summary>
/// <remarks>
/// <code>
///  63 ............ 37 36 ............ 11 10 ..... 3 2 .. 0
///  lap, modulo 2^27   length in units    owner      state
/// </code>
/// A slot is used once in each lap of the ring, so a step that comes late, from a process that was stopped in between, finds another lap and
/// fails.
/// </remarks>
internal readonly record struct SlotWord(ulong Value)
{
    /// <summary>Places that the word can name.</summary>
    public const int MaximumOwners = 256;

    /// <summary>The longest message, in units.</summary>
    public const uint MaximumUnits = (1 << 26) - 1;

    private const int OwnerShift = 3, UnitsShift = 11, LapShift = 37;
    private const uint LapMask = (1 << 27) - 1;

    public SlotWord(SlotState state, uint lap, int owner = 0, uint units = 0)
        : this((ulong)state | ((ulong)(byte)owner << OwnerShift) | ((ulong)units << UnitsShift) | ((ulong)(lap & LapMask) << LapShift))
    {
    }

    public SlotState State => (SlotState)(Value & 7);

    public int Owner => (byte)(Value >> OwnerShift);

    public uint Units => (uint)(Value >> UnitsShift) & MaximumUnits;

    public uint Lap => (uint)(Value >> LapShift);

    /// <summary>Whether somebody holds it: as a claim or as a lease.</summary>
    public bool IsHeld => State is SlotState.Claimed or SlotState.Leased or SlotState.LeasedAgain;

    /// <summary>Whether a consumer may take it.</summary>
    public bool IsMessage => State is SlotState.Committed or SlotState.Returned;

    /// <summary>How many laps the word is ahead of that one: 0 for the same, negative when it is still in an earlier one.</summary>
    public int LapsAheadOf(uint lap) => (int)((Lap - lap) << 5) >> 5;

    public SlotWord With(SlotState state) => new((Value & ~7UL) | (ulong)state);

    public SlotWord With(SlotState state, int owner) => new(state, Lap, owner, Units);

    /// <summary>Free for the next lap. It keeps the length, from which the begin of the next slot follows.</summary>
    public SlotWord Next() => new(SlotState.Free, Lap + 1, owner: 0, Units);
}
