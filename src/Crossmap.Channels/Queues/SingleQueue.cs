using Crossmap.Channels.Memory;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Channels.Queues;

/// <summary>
/// A queue of one producer and one consumer at a time. Each message is one record: eight bytes that say its length and state, then its bytes. The
/// consumer looks at the record itself, so that a message costs one line of the cache to announce and none of them an atomic step.
/// </summary>
/// <remarks>
/// The head of the next record is zero before the one before it is published, so the consumer never takes what is left of the lap before for a
/// record. A producer's claim is nowhere in shared memory before it is published: a producer that dies leaves nothing. A consumer that dies leaves its
/// mark how far it had taken messages; those are redelivered.
/// </remarks>
internal sealed unsafe class SingleQueue : QueueRing
{
    public const int ProducerPlace = 0, ConsumerPlace = 1;

    /// <summary>Bytes before each message; records begin at multiples of it.</summary>
    public const int HeadSize = sizeof(ulong);

    /// <summary>Flags of a record's head, above the message's length in its low half.</summary>
    public const ulong Published = 1UL << 32, Skipped = 1UL << 33, Released = 1UL << 34;

    private readonly byte* _data;
    private readonly long _capacity;
    private readonly Lock _attaching = new();
    private Participant? _producer, _consumer;

    // The producer's own.
    private long _head, _tailSeen;
    private bool _isClaimed;

    // The consumer's own.
    private long _next, _redeliveredBefore;

    public SingleQueue(ChannelMemory memory)
        : base(memory)
    {
        _data = memory.Base + memory.Layout.DataOffset;
        _capacity = memory.Layout.DataLength;

        // Half of it: what is skipped before a message that does not fit the rest of the lap is shorter than the message.
        MaximumLength = (int)Math.Min((_capacity / 2) - (2 * HeadSize), int.MaxValue - HeadSize);
    }

    public override int MaximumLength { get; }

    protected override bool LeavesWork => false;

    public override bool IsOver => IsCompleted && HeadAt(_next) == 0;

    public override long SpaceMark => Volatile.Read(ref Memory.Header->Tail);

    public override bool IsEmpty => HeadAt(SpaceMark) == 0;

    public override long Count
    {
        get
        {
            long count = 0;
            long position = Volatile.Read(ref Memory.Header->Tail);
            for (long end = position + _capacity; position < end;)
            {
                ulong head = HeadAt(position);
                if (head == 0 || !TrySizeOf(position, head, out long size))
                {
                    break;
                }

                count += (head & (Skipped | Released)) == 0 && !(_consumer is not null && position < _next) ? 1 : 0;
                position += size;
            }

            return count;
        }
    }

    public override bool TryClaim(int length, out Claim claim)
    {
        if (_producer is null)
        {
            AttachProducer();
        }

        if (_isClaimed)
        {
            throw new InvalidOperationException("With one producer there is one claim at a time: commit or dispose the one before.");
        }

        long size = SizeOf(length);
        long left = _capacity - (_head & (_capacity - 1));
        bool isSkipped = size > left;
        if (!HasSpace((isSkipped ? left : 0) + size + HeadSize))
        {
            claim = default;
            return false;
        }

        if (isSkipped)
        {
            // A message never wraps.
            Publish(left, Published | Skipped);
        }

        _isClaimed = true;
        claim = new Claim(this, _head, AddressOf(_head) + HeadSize, length);
        return true;
    }

    public override void Commit(in Claim claim, int length)
    {
        if (!_isClaimed || claim.Index != _head)
        {
            ThrowIfDisposed();
            throw new InvalidOperationException("The message was committed or given up already.");
        }

        _isClaimed = false;
        _producer!.Record->Written++;
        Publish(SizeOf(length), Published | (uint)length);
    }

    public override void Abandon(in Claim claim)
    {
        if (claim.Index == _head)
        {
            _isClaimed = false;
        }
    }

    public override bool TryTake(out Message message)
    {
        if (_consumer is null)
        {
            AttachConsumer();
        }

        for (long first = _next; _next - first <= _capacity;)
        {
            ulong head = HeadAt(_next);
            if (head == 0)
            {
                message = default;
                return false;
            }

            if (!TrySizeOf(_next, head, out long size))
            {
                throw new ChannelCorruptedException($"What lies at {_next} in {Memory.Target} is no message: somebody wrote over it.");
            }

            long position = _next;
            _next += size;
            if ((head & (Skipped | Released)) != 0)
            {
                Free(position, size, head);
                continue;
            }

            // Before the message is handed out: a successor must know that it may have been read.
            Volatile.Write(ref Memory.Header->Taken, _next);
            message = new Message(this, position, AddressOf(position) + HeadSize, (int)(uint)head, position < _redeliveredBefore);
            return true;
        }

        throw EndlessMessages();
    }

    public override void Release(in Message message)
    {
        long tail = Memory.Header->Tail;
        ulong head = HeadAt(message.Index);
        if (message.Index < tail || message.Index >= _next || (head & Released) != 0 || (int)(uint)head != message.Length)
        {
            return;
        }

        _consumer!.Record->Read++;
        Free(message.Index, SizeOf(message.Length), head);
    }

    protected override bool WaitForMessage(long timeoutMilliseconds, CancellationToken cancellation)
    {
        AttachConsumer();
        var condition = new MessageThere(this);
        bool inTime = Readers.Wait(ref condition, timeoutMilliseconds, cancellation);
        _consumer!.Record->WaitsFor = 0;
        return inTime;
    }

    protected override bool WaitForSpace(long seen, long timeoutMilliseconds, CancellationToken cancellation)
    {
        AttachProducer();
        var condition = new SpaceFreed(this, seen);
        bool inTime = Writers.Wait(ref condition, timeoutMilliseconds, cancellation);
        _producer!.Record->WaitsFor = 0;
        return inTime;
    }

    protected override void Detach()
    {
        base.Detach();
        lock (_attaching)
        {
            _producer?.Dispose();
            _consumer?.Dispose();
        }
    }

    /// <summary>Nothing: what a dead producer claimed is nowhere, and what a dead consumer had taken the next one finds.</summary>
    protected override void Recover(int place)
    {
    }

    private void AttachProducer()
    {
        lock (_attaching)
        {
            if (_producer is not null)
            {
                return;
            }

            ThrowIfDisposed();
            Participant producer = TakePlace(ProducerPlace, "producer");

            // The mark is written after the message: one that was published just before its producer died lies at it.
            long first = Volatile.Read(ref Memory.Header->Head);
            _head = first;
            for (ulong head = HeadAt(_head); head != 0 && TrySizeOf(_head, head, out long size); head = HeadAt(_head))
            {
                _head += size;
                if (_head - first > _capacity)
                {
                    producer.Dispose();
                    throw EndlessMessages();
                }
            }

            _tailSeen = Volatile.Read(ref Memory.Header->Tail);
            producer.Record->Roles = ParticipantRoles.Writer;
            _producer = producer;

            // Who sleeps is to watch this participant from now on.
            Wake(Readers);
        }
    }

    private void AttachConsumer()
    {
        lock (_attaching)
        {
            if (_consumer is not null)
            {
                return;
            }

            ThrowIfDisposed();
            Participant consumer = TakePlace(ConsumerPlace, "consumer");
            _next = Volatile.Read(ref Memory.Header->Tail);
            _redeliveredBefore = Volatile.Read(ref Memory.Header->Taken);
            consumer.Record->Roles = ParticipantRoles.Reader;
            _consumer = consumer;

            // As for the producer.
            Wake(Writers);
        }
    }

    private Participant TakePlace(int place, string role) => Participant.TryTake(Memory, place) ?? throw Errors.Of(
        ERROR_SHARING_VIOLATION, $"{Memory.Target} has a {role} already, and was made for one at a time.");

    private static long SizeOf(int length) => HeadSize + (((long)length + HeadSize - 1) & -HeadSize);

    private bool TrySizeOf(long position, ulong head, out long size) => TrySizeOf(_capacity, position, head, out size);

    /// <summary>What the head of a record says of its size, if it can be: inside the data, in one piece.</summary>
    public static bool TrySizeOf(long capacity, long position, ulong head, out long size)
    {
        long left = capacity - (position & (capacity - 1));
        size = (head & Skipped) != 0 ? left : SizeOf((int)Math.Min((uint)head, int.MaxValue - HeadSize));
        return size <= left && ((head & Skipped) != 0 || (uint)head <= int.MaxValue - HeadSize);
    }

    private ChannelCorruptedException EndlessMessages() => new($"The messages of {Memory.Target} have no end: somebody wrote over them.");

    private byte* AddressOf(long position) => AddressOf(_data, _capacity, position);

    private static byte* AddressOf(byte* data, long capacity, long position) => data + (position & (capacity - 1) & -HeadSize);

    private ulong HeadAt(long position) => HeadAt(_data, _capacity, position);

    /// <summary>The head of the record that begins there; 0 when none was published.</summary>
    public static ulong HeadAt(byte* data, long capacity, long position) => Volatile.Read(ref *(ulong*)AddressOf(data, capacity, position));

    private bool HasSpace(long size)
    {
        if (_capacity - (_head - _tailSeen) >= size)
        {
            return true;
        }

        _tailSeen = Volatile.Read(ref Memory.Header->Tail);
        return (ulong)(_head - _tailSeen) <= (ulong)_capacity
            ? _capacity - (_head - _tailSeen) >= size
            : throw new ChannelCorruptedException($"The marks of {Memory.Target} contradict one another: somebody wrote over them.");
    }

    private void Publish(long size, ulong head)
    {
        *(ulong*)AddressOf(_head + size) = 0;

        // SYNC POINT with TryTake: the message and the next head before it.
        Volatile.Write(ref *(ulong*)AddressOf(_head), head);
        _head += size;
        Volatile.Write(ref Memory.Header->Head, _head);
        if (NeedsBarrier)
        {
            Interlocked.MemoryBarrier();
        }

        // Not armed: a consumer that sleeps watches its producer.
        Readers.Ring();
    }

    private void Free(long position, long size, ulong head)
    {
        long tail = Memory.Header->Tail;
        if (position != tail)
        {
            // An older one is still held: it takes this one along.
            Volatile.Write(ref *(ulong*)AddressOf(position), head | Released);
            return;
        }

        tail += size;
        while (tail < _next && tail - position <= _capacity && HeadAt(tail) is var next && (next & (Released | Skipped)) != 0 && TrySizeOf(tail, next, out long more))
        {
            tail += more;
        }

        // SYNC POINT with HasSpace: whatever was read of it was read before.
        Volatile.Write(ref Memory.Header->Tail, tail);
        if (NeedsBarrier)
        {
            Interlocked.MemoryBarrier();
        }

        Writers.Ring();
    }

    private readonly struct MessageThere(SingleQueue queue) : ICondition
    {
        /// <summary>The end. The producer is watched.</summary>
        public SeenWords SeenNotMet => new(queue.SeenNotCompleted);

        public bool MayBeMet() => queue.HeadAt(queue._next) != 0 || queue.IsCompleted || queue.IsDisposed;

        public bool IsMet()
        {
            if (MayBeMet())
            {
                return true;
            }

            return !queue.TryWatchFor(ProducerPlace, queue._consumer!) && MayBeMet();
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

            return !queue.TryWatchFor(ConsumerPlace, queue._producer!) && MayBeMet();
        }
    }

    private bool TryWatchFor(int place, Participant self)
    {
        bool isThere = TryWatch(place);
        self.Record->WaitsFor = isThere ? place + 1 : 0;
        return isThere;
    }
}
