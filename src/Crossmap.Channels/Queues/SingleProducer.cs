using System.Runtime.CompilerServices;
using Crossmap.Objects;

namespace Crossmap.Channels.Queues;

/// <summary>The producer's side. Its claim is nowhere in shared memory before it is published: a producer that dies leaves nothing.</summary>
/// <param name="queue">Whose side it is.</param>
/// <param name="readers">Where consumers sleep.</param>
internal sealed unsafe class SingleProducer(SingleQueue queue, Doorbell readers) : SingleSide(queue, SingleQueue.ProducerPlace, ParticipantRoles.Writer)
{
    private const long Claimed = 1;

    /// <summary>
    /// Where the next record begins, and one more while it is claimed: records begin at even positions. One word, as each store waits behind all before it
    /// for the lines that come from the consumer's processor, and there is room for so many only.
    /// </summary>
    private long _head;

    /// <summary>How far the consumer was known to be, and up to where there is known to be space without a look at anything.</summary>
    private long _tailSeen, _spaceEnd;
    private Lag _lag;

    /// <summary>Claims space that is known to be there, in one piece; all else is for <see cref="Claim"/>.</summary>
    /// <param name="length">Not longer than the longest message.</param>
    /// <param name="position">Of the record.</param>
    /// <param name="bytes">Of the message.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryClaimAhead(int length, out long position, out byte* bytes)
    {
        position = _head;
        bytes = Records.MessageAt(position);

        // The next record's head as well: it must be 0 before this one is published.
        if (position + Records.SizeOf(length) + Records.HeadSize > _spaceEnd || (position & Claimed) != 0 || Header->IsCompleted != 0)
        {
            return false;
        }

        _head = position | Claimed;
        return true;
    }

    /// <summary>Claims space, after a look at how far the consumer is. Null: there is none.</summary>
    /// <exception cref="InvalidOperationException">There is a claim already.</exception>
    /// <exception cref="IOException">32: there is a producer already.</exception>
    public byte* Claim(int length, out long position)
    {
        Attach();
        if ((_head & Claimed) != 0)
        {
            throw new InvalidOperationException("With one producer there is one claim at a time: commit or dispose the one before.");
        }

        long size = Records.SizeOf(length);
        long left = Records.LeftAt(_head);
        bool isSkipped = size > left;
        if (!HasSpace((isSkipped ? left : 0) + size + Records.HeadSize))
        {
            position = 0;
            _lag.Wait(Record->Written);
            return null;
        }

        if (isSkipped)
        {
            Publish(_head, left, Records.Published | Records.Skipped);
        }

        position = _head;
        _spaceEnd = Math.Min(_tailSeen + Records.Capacity, position + Records.LeftAt(position));
        _head = position | Claimed;
        return Records.MessageAt(position);
    }

    /// <summary>Publishes the message that begins there.</summary>
    /// <exception cref="InvalidOperationException">It is no claim any more.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Commit(long position, int length)
    {
        if ((position | Claimed) != _head)
        {
            ThrowNoClaim();
        }

        Record->Written++;
        Publish(position, Records.SizeOf(length), Records.Published | (uint)length);
    }

    /// <summary>Gives a claim up, if it is still one.</summary>
    public void Abandon(long position)
    {
        if ((position | Claimed) == _head)
        {
            _head = position;
        }
    }

    protected override void Begin()
    {
        _head = FindHead();
        _tailSeen = Volatile.Read(ref Header->Tail);
    }

    protected override void End()
    {
        _spaceEnd = long.MinValue;
        _head &= ~Claimed;
    }

    private long FindHead()
    {
        // Nobody but a producer makes another record of what lies here; consumers only go on over it meanwhile.
        long first = Queue.ReadMark(ref Header->Tail), position = first;
        for (ulong head = Records.HeadAt(position); head != 0 && Records.TrySizeOf(position, head, out long size); head = Records.HeadAt(position))
        {
            position += size;
            if (position - first > Records.Capacity)
            {
                throw Queue.EndlessMessages();
            }
        }

        return position;
    }

    private bool HasSpace(long size)
    {
        if (Records.Capacity - (_head - _tailSeen) >= size)
        {
            return true;
        }

        _tailSeen = Volatile.Read(ref Header->Tail);
        return (ulong)(_head - _tailSeen) <= (ulong)Records.Capacity
            ? Records.Capacity - (_head - _tailSeen) >= size
            : throw new ChannelCorruptedException($"The marks of {Queue.Memory.Target} contradict one another: somebody wrote over them.");
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Publish(long position, long size, ulong head)
    {
        *Records.At(position + size) = 0;

        // SYNC POINT with the consumer: the message and the next head before it.
        Volatile.Write(ref *Records.At(position), head);
        _head = position + size;
        Announce(readers);
    }

    private void ThrowNoClaim()
    {
        Queue.ThrowIfDisposed();
        throw new InvalidOperationException("The message was committed or given up already.");
    }
}
