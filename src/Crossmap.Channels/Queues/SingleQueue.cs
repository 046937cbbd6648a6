using Crossmap.Channels.Memory;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Channels.Queues;

/// <summary>
/// A queue of one producer and one consumer at a time. Each message is one record (<see cref="Queues.Records"/>), and the consumer looks at the record itself,
/// so that a message costs one line of the cache to announce and none of them an atomic step.
/// </summary>
/// <remarks>
/// The head of the next record is zero before the one before it is published, so the consumer never takes what is left of the lap before for a
/// record.
/// </remarks>
internal sealed unsafe class SingleQueue : QueueRing
{
    public const int ProducerPlace = 0, ConsumerPlace = 1;

    public SingleQueue(ChannelMemory memory)
        : base(memory)
    {
        Records = new Records(memory.Base + memory.Layout.DataOffset, memory.Layout.DataLength);
        Producer = new SingleProducer(this, Readers);
        Consumer = new SingleConsumer(this, Writers);
    }

    public SingleProducer Producer { get; }

    public SingleConsumer Consumer { get; }

    public Records Records { get; }

    public override int MaximumLength => Records.MaximumLength;

    protected override bool LeavesWork => false;

    public override bool IsOver => IsCompleted && !Consumer.IsAnythingNext;

    public override long SpaceMark => Volatile.Read(ref Memory.Header->Tail);

    public override bool IsEmpty => Records.HeadAt(SpaceMark) == 0;

    public override long Count
    {
        get
        {
            long count = 0;
            long position = SpaceMark;
            for (long end = position + Records.Capacity; position < end;)
            {
                ulong head = Records.HeadAt(position);
                if (head == 0 || !Records.TrySizeOf(position, head, out long size))
                {
                    break;
                }

                count += (head & (Records.Skipped | Records.Released)) == 0 && !Consumer.HasTaken(position) ? 1 : 0;
                position += size;
            }

            return count;
        }
    }

    public override byte* Claim(int length, out long index) => Producer.Claim(length, out index);

    public override void Commit(long index, int length) => Producer.Commit(index, length);

    public override void Abandon(long index) => Producer.Abandon(index);

    public override byte* Take(out long index, out int length, out bool isRedelivered) => Consumer.Take(out index, out length, out isRedelivered);

    public override void Release(long index, int length, bool isRedelivered) => Consumer.Release(index, length);

    /// <exception cref="IOException">32: somebody has it.</exception>
    public Participant TakePlace(int place, string role)
    {
        ThrowIfDisposed();
        return Participant.TryTake(Memory, place) ?? throw Errors.Of(
            ERROR_SHARING_VIOLATION, $"{Memory.Target} has a {role} already, and was made for one at a time.");
    }

    /// <summary>Makes the other side look again.</summary>
    public void WakeOther(ParticipantRoles role) => Wake(role == ParticipantRoles.Writer ? Readers : Writers);

    /// <summary>A mark as it is when a side begins its work; from then on it counts by itself.</summary>
    /// <exception cref="ChannelCorruptedException">It is no position.</exception>
    public long ReadMark(ref long mark)
    {
        long position = Volatile.Read(ref mark);
        return Records.IsPosition(position)
            ? position
            : throw new ChannelCorruptedException($"A mark of {Memory.Target} stands at {position}, which is no position: somebody wrote over it.");
    }

    public ChannelCorruptedException EndlessMessages() => new($"The messages of {Memory.Target} have no end: somebody wrote over them.");

    protected override bool WaitForMessage(long timeoutMilliseconds, CancellationToken cancellation)
    {
        Consumer.Attach();
        var condition = new MessageThere(this);
        bool inTime = Readers.Wait(ref condition, timeoutMilliseconds, cancellation);
        Consumer.Participant!.Record->WaitsFor = 0;
        return inTime;
    }

    protected override bool WaitForSpace(long seen, long timeoutMilliseconds, CancellationToken cancellation)
    {
        Producer.Attach();
        var condition = new SpaceFreed(this, seen);
        bool inTime = Writers.Wait(ref condition, timeoutMilliseconds, cancellation);
        Producer.Participant!.Record->WaitsFor = 0;
        return inTime;
    }

    protected override void Detach()
    {
        base.Detach();
        Producer.Detach();
        Consumer.Detach();
    }

    /// <summary>Nothing: what a dead producer claimed is nowhere, and what a dead consumer had taken the next one finds.</summary>
    protected override void Recover(int place)
    {
    }

    private bool TryWatchFor(int place, Participant self)
    {
        bool isThere = TryWatch(place);
        self.Record->WaitsFor = isThere ? place + 1 : 0;
        return isThere;
    }

    private readonly struct MessageThere(SingleQueue queue) : ICondition
    {
        /// <summary>The end. The producer is watched.</summary>
        public SeenWords SeenNotMet => new(queue.SeenNotCompleted);

        public bool MayBeMet() => queue.Consumer.IsAnythingNext || queue.IsCompleted || queue.IsDisposed;

        public bool IsMet()
        {
            if (MayBeMet())
            {
                return true;
            }

            return !queue.TryWatchFor(ProducerPlace, queue.Consumer.Participant!) && MayBeMet();
        }
    }

    private readonly struct SpaceFreed(SingleQueue queue, long seen) : ICondition
    {
        /// <summary>The end. The consumer is watched.</summary>
        public SeenWords SeenNotMet => new(queue.SeenNotCompleted);

        public bool MayBeMet() => queue.SpaceMark != seen || queue.IsCompleted || queue.IsDisposed;

        public bool IsMet()
        {
            if (MayBeMet())
            {
                return true;
            }

            return !queue.TryWatchFor(ConsumerPlace, queue.Producer.Participant!) && MayBeMet();
        }
    }
}
