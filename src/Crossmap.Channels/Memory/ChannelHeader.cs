using System.Runtime.InteropServices;

namespace Crossmap.Channels.Memory;

/// <summary>Choices that hold for the channel's whole life and for all who use it.</summary>
[Flags]
internal enum ChannelFlags
{
    None = 0,

    /// <summary>Sleepers issue a barrier on all processors, so who publishes needs none. Whoever cannot may not take part.</summary>
    RemoteBarrier = 1,

    /// <summary>Publishers do not wait for slow subscribers.</summary>
    Overrun = 2,
}

/// <summary>The first page of a channel (docs/channels-format.md). Words that processes contend for lie on cache lines of their own.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct ChannelHeader
{
    public const int Size = 4096;

    /// <summary>"CROSSCHN", little-endian.</summary>
    public const ulong MagicValue = 0x4E48_4353_534F_5243;

    public const int CurrentVersion = 1;

    /// <summary>Where the records of the participants are: one for each place.</summary>
    public const int ParticipantsOffset = Size;

    /// <summary>Where the slots are, or whatever follows the participants.</summary>
    public const int SlotsOffset = ParticipantsOffset + (MaximumParticipants * ParticipantRecord.Size);

    /// <summary>The last place is for who constructs the channel.</summary>
    public const int ConstructionPlace = Objects.Places.Count - 1;

    public const int MaximumParticipants = Objects.Places.Count;

    /// <summary>Written last: without it there is no channel yet.</summary>
    [FieldOffset(0)]
    public ulong Magic;

    [FieldOffset(8)]
    public int Version;

    [FieldOffset(12)]
    public ChannelKind Kind;

    [FieldOffset(16)]
    public ChannelFlags Flags;

    /// <summary>A power of two; 0 for a kind without slots.</summary>
    [FieldOffset(20)]
    public int Slots;

    /// <summary>Bytes from the header's start, a multiple of 4096.</summary>
    [FieldOffset(24)]
    public long DataOffset;

    /// <summary>Bytes, a power of two.</summary>
    [FieldOffset(32)]
    public long DataLength;

    /// <summary>Bytes of a value's type; 0 where messages may have any length.</summary>
    [FieldOffset(40)]
    public int ValueSize;

    /// <summary>A number for the type or the protocol of the messages, of the user's choice; only compared.</summary>
    [FieldOffset(48)]
    public ulong Schema;

    /// <summary>Consumers sleep here.</summary>
    [FieldOffset(128)]
    public uint ReadersGate;

    /// <summary>Where a mark was for a reader who came to sleep until it moves on; for whoever comes later (DoorbellProtocol.Overtake).</summary>
    [FieldOffset(136)]
    public long ReadersSleptFor;

    /// <summary>Producers sleep here.</summary>
    [FieldOffset(192)]
    public uint WritersGate;

    /// <summary>The same for producers.</summary>
    [FieldOffset(200)]
    public long WritersSleptFor;

    /// <summary>All slots before this index are free.</summary>
    [FieldOffset(256)]
    public long Freed;

    /// <summary>Not 0: nothing more will be written.</summary>
    [FieldOffset(320)]
    public int IsCompleted;

    /// <summary>Counts what was recovered from the dead; consumers that see it change look again at what they have passed.</summary>
    [FieldOffset(324)]
    public int Recoveries;

    /// <summary>Of a value: its latest version. The writer's line.</summary>
    [FieldOffset(384)]
    public long Head;

    /// <summary>Of a queue with one producer and one consumer: where the oldest message begins that is not released. The consumer's line.</summary>
    [FieldOffset(512)]
    public long Tail;

    /// <summary>Messages before this were taken at least once.</summary>
    [FieldOffset(520)]
    public long Taken;

    /// <summary>Of a broadcast: changes whenever somebody subscribes, after his cursor is there to be seen.</summary>
    [FieldOffset(576)]
    public int Joins;

    /// <summary>Of a broadcast: no place from here on was ever taken, so that nobody needs to look at all of them.</summary>
    [FieldOffset(580)]
    public int ParticipantsEnd;
}

/// <summary>What a participant tells of itself, for whoever looks; nobody decides by it. Its own cache line.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct ParticipantRecord
{
    public const int Size = 64;

    /// <summary>In <see cref="WaitsFor"/>: for whoever holds the oldest slot to release it.</summary>
    public const int ForSpace = 256;

    /// <summary>In <see cref="WaitsFor"/>: for whoever writes the oldest message that is not taken to commit it.</summary>
    public const int ForMessage = 257;

    /// <summary>In its own PID namespace; 0 when the place was never taken, or left in order.</summary>
    [FieldOffset(0)]
    public int Process;

    [FieldOffset(4)]
    public ParticipantRoles Roles;

    /// <summary>
    /// The place, counted from 1, of whom it waits for; 0 when for nobody; or <see cref="ForSpace"/> or <see cref="ForMessage"/>: who stands in the
    /// way then may change while it sleeps, and is found in the ring by who looks.
    /// </summary>
    [FieldOffset(8)]
    public int WaitsFor;

    /// <summary>Messages that it committed.</summary>
    [FieldOffset(16)]
    public long Written;

    /// <summary>Messages that it released.</summary>
    [FieldOffset(24)]
    public long Read;

    /// <summary>Messages that it missed.</summary>
    [FieldOffset(32)]
    public long Lost;

    /// <summary>Of a subscriber: the index that it reads next.</summary>
    [FieldOffset(40)]
    public long Position;

    /// <summary>Another one for each holder of the place: what was done for an earlier one is told by it.</summary>
    [FieldOffset(48)]
    public ulong Incarnation;

    /// <summary>Where the participant sleeps for what concerns it alone.</summary>
    [FieldOffset(56)]
    public uint Gate;
}
