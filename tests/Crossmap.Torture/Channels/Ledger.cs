using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Crossmap.Torture.Channels;

/// <summary>
/// The account of all messages, in plain memory that outlives whoever is killed: each thread that sends notes before and after every step what becomes
/// of a message, each that receives what it has of whom. So of every message it is known whether it surely was sent, surely not, or perhaps.
/// </summary>
internal sealed unsafe class Ledger : IDisposable
{
    /// <summary>Messages of one sender between two settlements, at most; who comes so far waits for the next.</summary>
    public const int LaneLength = 4096;

    public const int Lanes = TortureOptions.MaximumProcesses * SyncSlot.MostThreads;

    private const long ValuesOffset = 1024, LanesOffset = 4096, NotesOffset = LanesOffset + (Lanes * 64L), EntriesOffset = NotesOffset + (Lanes * 64L),
        RowsOffset = EntriesOffset + (Lanes * (long)LaneLength * 32), Length = RowsOffset + ((long)Lanes * Lanes * sizeof(long));

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _memory;

    private Ledger(string path, FileMode mode)
    {
        // Sparse: only what is used is there.
        _file = MemoryMappedFile.CreateFromFile(path, mode, null, mode == FileMode.Create ? Length : 0);
        _view = _file.CreateViewAccessor();
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _memory);
    }

    /// <summary>What became of a message at its sender's. Sending: whether it was sent, only the channel knows.</summary>
    public const int NotSent = 0, Claimed = 1, Sending = 2, Sent = 3, GivenUp = 4;

    /// <summary>What became of it at who has it, or had it last. Releasing: only the channel knows.</summary>
    public const int Nobody = 0, Holding = 1, Releasing = 2, Released = 3, Left = 4;

    public ref Words Shared => ref *(Words*)_memory;

    public static Ledger Create(RunFolder folder) => new(PathIn(folder), FileMode.Create);

    public static Ledger Open(RunFolder folder) => new(PathIn(folder), FileMode.Open);

    public ref Value ValueOf(int number) => ref ((Value*)(_memory + ValuesOffset))[number];

    public ref Lane LaneOf(int slot) => ref ((Lane*)(_memory + LanesOffset))[slot];

    public ref Note NoteOf(int slot) => ref ((Note*)(_memory + NotesOffset))[slot];

    public ref Entry EntryOf(int slot, long sequence) => ref ((Entry*)(_memory + EntriesOffset))[(slot * (long)LaneLength) + (sequence % LaneLength)];

    /// <summary>Of a subscriber: the last message of each sender that it has, or before which it needs none.</summary>
    public Span<long> RowOf(int slot) => new((long*)(_memory + RowsOffset) + ((long)slot * Lanes), Lanes);

    /// <summary>Whether the sender may have another message in the account.</summary>
    public bool HasRoom(int slot) => LaneOf(slot).Next - Volatile.Read(ref LaneOf(slot).Settled) < LaneLength;

    /// <summary>Before the claim.</summary>
    public long Begin(int slot)
    {
        ref Lane lane = ref LaneOf(slot);
        long sequence = lane.Next;
        ref Entry entry = ref EntryOf(slot, sequence);
        entry = new Entry { Sequence = sequence, State = Claimed };
        Volatile.Write(ref lane.Next, sequence + 1);
        return sequence;
    }

    /// <summary>The claim was refused: it never was.</summary>
    public void TakeBack(int slot)
    {
        ref Lane lane = ref LaneOf(slot);
        EntryOf(slot, lane.Next - 1) = default;
        Volatile.Write(ref lane.Next, lane.Next - 1);
    }

    public void NoteState(int slot, long sequence, int state) => Volatile.Write(ref EntryOf(slot, sequence).State, state);

    /// <summary>What is wrong with a message that has come, as far as its sender knows; or null.</summary>
    /// <param name="slot">The sender.</param>
    /// <param name="sequence">Of the message.</param>
    /// <param name="mayBeSettled">The channel keeps what is over.</param>
    public string? FindUnsent(int slot, long sequence, bool mayBeSettled = false)
    {
        if ((uint)slot >= Lanes || sequence < 0)
        {
            return $"message {sequence} of {slot}, who is nobody";
        }

        ref Lane lane = ref LaneOf(slot);
        ref Entry entry = ref EntryOf(slot, sequence);
        return sequence >= Volatile.Read(ref lane.Next) ? $"message {sequence} of {Describe(slot)} has come, and was never begun"
            : !mayBeSettled && sequence < Volatile.Read(ref lane.Settled) ? $"message {sequence} of {Describe(slot)} has come when all that were before {lane.Settled} had been settled"
            : entry.Sequence != sequence ? $"message {sequence} of {Describe(slot)} has come, {entry.Sequence} being long in the account"
            : Volatile.Read(ref entry.State) is var state and not (Sending or Sent) ? $"message {sequence} of {Describe(slot)} has come, and was {NameOf(state)}"
            : null;
    }

    public static long HolderOf(long identity, int phase) => (identity << 3) | (long)phase;

    public static int PhaseOf(long holder) => (int)(holder & 7);

    public static long IdentityOf(long holder) => holder >> 3;

    public static string Describe(int slot) => $"thread {SyncSlot.ThreadOf(slot)} of process {SyncSlot.ProcessOf(slot)}";

    public static string NameOf(int state) => state switch { NotSent => "not begun", Claimed => "claimed, not committed", Sending => "perhaps committed", Sent => "committed", _ => "given up" };

    public static string NameOfHolder(long holder) => PhaseOf(holder) switch
    {
        Nobody => "nobody",
        Holding => "held by ",
        Releasing => "perhaps released by ",
        Released => "released by ",
        _ => "left behind by ",
    } + (PhaseOf(holder) == Nobody ? "" : GuardedRecord.Describe(IdentityOf(holder)));

    /// <summary>How many of a sender's messages from that one on surely were sent, or perhaps.</summary>
    public (long Surely, long Perhaps) CountFrom(int slot, long first)
    {
        ref Lane lane = ref LaneOf(slot);
        (long surely, long perhaps) = (0, 0);
        for (long sequence = Math.Max(first, lane.Settled); sequence < lane.Next; sequence++)
        {
            int state = Volatile.Read(ref EntryOf(slot, sequence).State);
            surely += state == Sent ? 1 : 0;
            perhaps += state == Sending ? 1 : 0;
        }

        return (surely, perhaps);
    }

    /// <summary>A message of that sender from <paramref name="first"/> to before <paramref name="end"/> that surely was sent, or -1.</summary>
    public long FindSent(int slot, long first, long end)
    {
        for (long sequence = Math.Max(first, Volatile.Read(ref LaneOf(slot).Settled)); sequence < end; sequence++)
        {
            if (Volatile.Read(ref EntryOf(slot, sequence).State) == Sent)
            {
                return sequence;
            }
        }

        return -1;
    }

    /// <summary>How many messages all senders together have begun.</summary>
    public long SumOfNext(int slots)
    {
        long sum = 0;
        for (int slot = 0; slot < slots; slot++)
        {
            sum += Volatile.Read(ref LaneOf(slot).Next);
        }

        return sum;
    }

    /// <summary>All that was sent until now is over.</summary>
    public void Settle(IEnumerable<int> slots)
    {
        foreach (int slot in slots)
        {
            ref Lane lane = ref LaneOf(slot);
            Volatile.Write(ref lane.Settled, lane.Next);
        }
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private static string PathIn(RunFolder folder) => Path.Combine(folder.Path, "ledger");

    [StructLayout(LayoutKind.Explicit)]
    public struct Words
    {
        /// <summary>Which channel is in use: a new one after each end of one.</summary>
        [FieldOffset(0)] public int Generation;

        /// <summary>1: the channel lies in a file.</summary>
        [FieldOffset(4)] public int IsInFile;

        /// <summary>Messages that came again, by their mark, without anybody's note that he had them.</summary>
        [FieldOffset(64)] public long Unexplained;

        [FieldOffset(128)] public long Redelivered;

        /// <summary>Those who served and left; counted before each.</summary>
        [FieldOffset(192)] public long Leaves;

        /// <summary>Requests of which the client was told that they were abandoned.</summary>
        [FieldOffset(200)] public long Abandoned;
    }

    /// <summary>What is known of a value.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct Value
    {
        /// <summary>The latest version that surely was written, and the latest that was begun.</summary>
        [FieldOffset(0)] public long LatestWritten;
        [FieldOffset(64)] public long LatestBegun;

        /// <summary>Who writes, or died writing.</summary>
        [FieldOffset(128)] public long Writer;
    }

    [StructLayout(LayoutKind.Explicit, Size = 64)]
    public struct Lane
    {
        /// <summary>Sequence of the next message.</summary>
        [FieldOffset(0)] public long Next;

        /// <summary>All before it are over: none of them may come again.</summary>
        [FieldOffset(8)] public long Settled;
    }

    /// <summary>What a thread does at this moment, as far as a death then costs something. Only that thread writes it, and the controller when it is dead.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    public struct Note
    {
        /// <summary>Messages that it may have taken and not noted yet.</summary>
        [FieldOffset(0)] public int Taking;

        /// <summary>1: it subscribes, and <see cref="RowOf"/> holds.</summary>
        [FieldOffset(4)] public int IsSubscribed;

        /// <summary>Messages received, or the latest version; and those missed by its subscriber's own count.</summary>
        [FieldOffset(8)] public long Received;
        [FieldOffset(16)] public long Missed;

        /// <summary>Both together at the last settlement, and how many of those since may be from before it subscribed.</summary>
        [FieldOffset(24)] public long Before;
        [FieldOffset(32)] public long Uncertain;
    }

    [StructLayout(LayoutKind.Sequential, Size = 32)]
    public struct Entry
    {
        public long Sequence;
        public int State;

        /// <summary>Times that it came.</summary>
        public int Deliveries;

        /// <summary>Who has it or had it last: <see cref="HolderOf"/>.</summary>
        public long Holder;
    }
}
