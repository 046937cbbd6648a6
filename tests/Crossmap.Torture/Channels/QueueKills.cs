using Crossmap.Channels;

namespace Crossmap.Torture.Channels;

/// <summary>
/// Kills among producers and consumers of queues. What was committed comes to one consumer, and to another only if that one died with it or left it, and then
/// marked; what was surely not committed comes to nobody; the messages of one producer come in their order.
/// </summary>
internal sealed class QueueKills : ChannelKills
{
    public const string Name = "queues";

    private const int Threads = 8, FirstSingle = 6;

    /// <summary>Longer than a start takes, so that there is work between.</summary>
    private static readonly TimeSpan BetweenQuietMoments = TimeSpan.FromMilliseconds(400);

    /// <summary>By sender: all before that one were found to be over.</summary>
    private readonly long[] _received = new long[Ledger.Lanes];

    private SharedQueue? _queue, _single;
    private long _mayBeUnexplained;

    public QueueKills(RunFolder folder, ControlBlock control, ViolationLog violations, TortureOptions options, Random random)
        : base(folder, control, violations, options, random, Name, Threads, BetweenQuietMoments)
    {
    }

    public static ChannelThread[] ThreadsOf(WorkerOfChannels worker)
    {
        var objects = new QueueObjects(worker.Folder, worker.Ledger);
        return
        [
            .. Enumerable.Range(0, Threads).Select(thread => new QueueThread(worker, objects, thread,
                IsSenderThread(thread) ? ChannelRole.Sender : ChannelRole.Receiver, isSingle: thread >= FirstSingle)),
        ];
    }

    protected override void OpenAnchor()
    {
        _queue = QueueObjects.OpenOne(Folder, Ledger, isSingle: false);
        _single = QueueObjects.OpenOne(Folder, Ledger, isSingle: true);
    }

    protected override void CloseAnchor()
    {
        _queue!.Dispose();
        _single!.Dispose();
    }

    protected override bool IsThere(string name)
    {
        bool isThere = false;
        foreach (bool isSingle in new[] { false, true })
        {
            if (SharedQueue.TryOpen(QueueObjects.NameOf(name, isSingle), out SharedQueue? queue))
            {
                isThere = true;
                queue.Dispose();
            }
        }

        return isThere;
    }

    protected override void RemoveFile(string path)
    {
        File.Delete(QueueObjects.NameOf(path, isSingle: false));
        File.Delete(QueueObjects.NameOf(path, isSingle: true));
    }

    protected override bool IsEmpty()
    {
        if (!Slots.All(IsReceived))
        {
            return false;
        }

        try
        {
            // It finds the dead who are in the way; the other one has a consumer at a time, who does.
            return _single!.Reader.Count == 0 && _queue!.Writer is QueueWriter writer && writer.WaitUntilEmpty(timeoutMilliseconds: 1) && _single.Reader.Count == 0;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    protected override bool IsSender(int slot) => IsSenderThread(SyncSlot.ThreadOf(slot));

    protected override void Bury(ref SyncSlot slot, int number)
    {
        _mayBeUnexplained += Ledger.NoteOf(number).Taking;
        Ledger.NoteOf(number).Taking = 0;
    }

    protected override void Settle(string when)
    {
        foreach (int slot in Slots)
        {
            ref Ledger.Lane lane = ref Ledger.LaneOf(slot);
            for (long sequence = lane.Settled; sequence < lane.Next; sequence++)
            {
                ref Ledger.Entry entry = ref Ledger.EntryOf(slot, sequence);
                int phase = Ledger.PhaseOf(Volatile.Read(ref entry.Holder));
                bool isOver = phase is Ledger.Releasing or Ledger.Released;
                Sent += entry.State == Ledger.Sent ? 1 : 0;
                Received += entry.Deliveries > 0 ? 1 : 0;
                if ((entry.State == Ledger.Sent && !isOver) || (entry.Deliveries > 0 && !isOver))
                {
                    Violations.Add($"{when}: lost: message {sequence} of {Ledger.Describe(slot)} was {Ledger.NameOf(entry.State)}, came {entry.Deliveries} times, {Ledger.NameOfHolder(entry.Holder)}");
                }
            }
        }

        Ledger.Settle(Slots);
        if (Ledger.Shared.Unexplained > _mayBeUnexplained)
        {
            Violations.Add($"{when}: {Ledger.Shared.Unexplained} messages were marked as delivered again without anybody's note, and at most {_mayBeUnexplained} were taken by who died before he could note it");
        }
    }

    protected override void Forget()
    {
        base.Forget();
        _mayBeUnexplained = 0;
    }

    /// <summary>
    /// Whether all that surely was sent has come, and was done with. Asked first, and of nobody but the ledger: the controller's own look into the queue
    /// would put right what a dead process left, and must not do so for the consumers.
    /// </summary>
    private bool IsReceived(int slot)
    {
        ref Ledger.Lane lane = ref Ledger.LaneOf(slot);
        for (long sequence = Math.Max(_received[slot], lane.Settled); sequence < lane.Next; sequence++)
        {
            ref Ledger.Entry entry = ref Ledger.EntryOf(slot, sequence);
            long holder = Volatile.Read(ref entry.Holder);
            bool isOver = Ledger.PhaseOf(holder) == Ledger.Released
                || (Ledger.PhaseOf(holder) == Ledger.Releasing && WasKilled(holder))
                || Volatile.Read(ref entry.State) is not Ledger.Sent;
            if (!isOver)
            {
                return false;
            }

            _received[slot] = sequence + 1;
        }

        return true;
    }

    private bool WasKilled(long holder) => Control.WasKilled(GuardedRecord.SlotOf(Ledger.IdentityOf(holder)), GuardedRecord.LifeOf(Ledger.IdentityOf(holder)));

    /// <summary>Two producers and four consumers of the one queue; one of each for the other.</summary>
    private static bool IsSenderThread(int thread) => thread is 0 or 1 or FirstSingle;
}
