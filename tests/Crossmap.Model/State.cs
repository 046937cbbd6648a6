using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Crossmap.Model;

/// <summary>Where a participant is, as the kernel sees it.</summary>
internal enum Mode : byte
{
    Running,

    /// <summary>In the futex's queue.</summary>
    Asleep,

    /// <summary>SIGKILL has come, and its place in the queue is not yet given up: a waker may still choose it.</summary>
    DyingAsleep,

    /// <summary>Will run no more; the kernel has still to look at its robust list.</summary>
    Dying,

    /// <summary>The kernel has looked, and will wake one sleeper of the word that the slot points at.</summary>
    DyingWaking,
    Dead,
    Finished,
}

[Flags]
internal enum Marks : byte
{
    None = 0,

    /// <summary>Its token was cancelled during this operation, and it has not yet returned.</summary>
    Cancelled = 1,

    /// <summary>It looked for a cancellation and is just about to sleep.</summary>
    LookedBeforeSleep = 2,

    /// <summary>It stands in the queue of word 0, or of the next, among others that it sleeps on.</summary>
    Queued = 8,
    QueuedNext = 16,

    /// <summary>Its sleep on several words is over; it has still to leave their queues, one after the other.</summary>
    Leaves = 32,

    /// <summary>Of a sleep on several words: one of their wakers has chosen it.</summary>
    Chosen = 64,

    /// <summary>The sleep on several words ended by the clock.</summary>
    TimeIsUp = 128,

    Queues = Queued | QueuedNext,
    SleepOnSeveral = Queues | Leaves | Chosen | TimeIsUp,
}

/// <summary>One participant.</summary>
[StructLayout(LayoutKind.Sequential)]
internal record struct Participant
{
    /// <summary>Of the <see cref="LocalMachine"/> of its operation.</summary>
    public ushort Local;

    /// <summary>Which operation of its program.</summary>
    public byte Operation;

    public Mode Mode;

    /// <summary>The word that its slot for the operation under way points at, plus one; 0 when at none.</summary>
    public byte Armed;

    /// <summary>By how much this operation has changed the object so far, in the model's measure.</summary>
    public sbyte Delta;

    public Marks Marks;

    /// <summary>What the object's model must remember of the participant, in its own bits.</summary>
    public byte Memory;

    /// <summary>The words in its robust list, as bits.</summary>
    public ushort Listed;

    /// <summary>The word that it has written and nobody else sees yet, plus one; 0 for none.</summary>
    public byte Stored;

    /// <summary>As what, as an index into the domain.</summary>
    public byte StoredAs;

    public readonly bool Is(Marks mark) => (Marks & mark) != 0;

    public readonly bool HasEntered(int word) => (Listed & (1 << word)) != 0;

    public void MarkEntered(int word, bool entered) => Listed = (ushort)(entered ? Listed | (1 << word) : Listed & ~(1 << word));

    public readonly bool Remembers(byte bit) => (Memory & bit) != 0;

    public readonly bool IsQueued => Mode is Mode.Asleep or Mode.DyingAsleep;

    public readonly bool IsAlive => Mode is Mode.Running or Mode.Asleep;
}

/// <summary>The whole world at one moment: the shared words, as indexes into the domain, and the participants.</summary>
[InlineArray(Explorer.MostParticipants)]
internal struct Participants
{
    private Participant _first;
}

internal struct State : IEquatable<State>
{
    private const int MemoryByte = 7;

    /// <summary>One byte for each word; the last for what the object's model must remember.</summary>
    public ulong Words;
    public Participants Participants;

    public readonly int this[int word] => (int)(Words >> (word * 8)) & 0xFF;

    public void Set(int word, int index) => Words = (Words & ~(0xFFUL << (word * 8))) | ((ulong)index << (word * 8));

    /// <summary>What a participant has written is seen by all.</summary>
    public void Drain(int who)
    {
        ref Participant participant = ref Participants[who];
        if (participant.Stored != 0)
        {
            Set(participant.Stored - 1, participant.StoredAs);
            (participant.Stored, participant.StoredAs) = (0, 0);
        }
    }

    public byte Memory
    {
        readonly get => (byte)(Words >> (MemoryByte * 8));
        set => Set(MemoryByte, value);
    }

    public readonly bool Equals(State other) => Bits(in this).SequenceEqual(Bits(in other));

    public override readonly bool Equals(object? obj) => obj is State other && Equals(other);

    public override readonly int GetHashCode()
    {
        ulong hash = 0;
        foreach (ulong part in Bits(in this))
        {
            hash = (hash ^ part) * 0x9E37_79B9_7F4A_7C15;
            hash ^= hash >> 29;
        }

        return (int)(hash >> 16);
    }

    private static ReadOnlySpan<ulong> Bits(in State state) => MemoryMarshal.Cast<State, ulong>(new ReadOnlySpan<State>(in state));
}
