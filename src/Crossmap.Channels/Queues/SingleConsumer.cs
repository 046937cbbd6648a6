using System.Runtime.CompilerServices;
using Crossmap.Objects;

namespace Crossmap.Channels.Queues;

/// <summary>
/// The consumer's side. One that dies leaves its mark how far it had taken messages; those that it had
/// not released are delivered again.
/// </summary>
/// <param name="queue">Whose side it is.</param>
/// <param name="writers">Where producers sleep.</param>
internal sealed unsafe class SingleConsumer(SingleQueue queue, Doorbell writers) : SingleSide(queue, SingleQueue.ConsumerPlace, ParticipantRoles.Reader)
{
    /// <summary>The oldest message that is not released, and the next to take; before where they are delivered again.</summary>
    private long _tail, _next, _redeliveredBefore;

    /// <summary>Only messages shorter than this are for <see cref="TryTakeAhead"/>: none as long as there is more to look at.</summary>
    private ulong _shorterThan;
    private Lag _lag;

    /// <summary>Whether something lies where the next message will.</summary>
    public bool IsAnythingNext => Records.HeadAt(_next) != 0;

    /// <summary>Whether messages before that position were taken here, as far as this side is in use.</summary>
    public bool HasTaken(long position) => Participant is not null && position < _next;

    /// <summary>Takes a message that simply lies there; all else is for <see cref="Take(out long, out int, out bool)"/>.</summary>
    /// <param name="position">Of its record.</param>
    /// <param name="bytes">Of the message.</param>
    /// <param name="length">Bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTakeAhead(out long position, out byte* bytes, out int length)
    {
        position = _next;
        bytes = Records.MessageAt(position);

        // Nothing but the length is left of a head that was published and is neither skipped nor released: one comparison for all.
        ulong rest = Records.HeadAt(position) - Records.Published;
        length = (int)rest;
        long size = Records.SizeOf(length);
        if (rest >= _shorterThan || size > Records.LeftAt(position))
        {
            return false;
        }

        SetTaken(position + size);
        return true;
    }

    /// <summary>Takes the next message, over what is nobody's. Null: there is none.</summary>
    /// <param name="position">Of its record.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="isRedelivered">Whether another consumer had taken it.</param>
    /// <exception cref="IOException">32: there is a consumer already.</exception>
    public byte* Take(out long position, out int length, out bool isRedelivered)
    {
        Attach();
        for (long first = _next; _next - first <= Records.Capacity;)
        {
            position = _next;
            ulong head = Records.HeadAt(position);
            length = (int)(uint)head;
            isRedelivered = position < _redeliveredBefore;
            if (head == 0)
            {
                _lag.Wait(Record->Read);
                return null;
            }

            if (!Records.TrySizeOf(position, head, out long size))
            {
                throw new ChannelCorruptedException($"What lies at {position} in {Queue.Memory.Target} is no message: somebody wrote over it.");
            }

            if ((head & (Records.Skipped | Records.Released)) == 0)
            {
                SetTaken(position + size);
                _shorterThan = _next >= _redeliveredBefore ? (ulong)Records.MaximumLength + 1 : 0;
                return Records.MessageAt(position);
            }

            _next += size;
            Free(position, size, head);
        }

        throw Queue.EndlessMessages();
    }

    /// <summary>Lets go of a message that begins there, if it is still held.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Release(long position, int length)
    {
        long end = position + Records.SizeOf(length);
        if (position != _tail || end != _next)
        {
            ReleaseAmongOthers(position, length);
            return;
        }

        Record->Read++;
        FreeUpTo(end);
    }

    protected override void Begin()
    {
        _tail = _next = Queue.ReadMark(ref Header->Tail);
        _redeliveredBefore = Volatile.Read(ref Header->Taken);
    }

    protected override void End() => _shorterThan = 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SetTaken(long next)
    {
        // Before the message is handed out: a successor must know that it may have been read.
        _next = next;
        Volatile.Write(ref Header->Taken, next);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReleaseAmongOthers(long position, int length)
    {
        ulong head = Records.HeadAt(position);
        if (position < _tail || position >= _next || (head & Records.Released) != 0 || (int)(uint)head != length)
        {
            return;
        }

        Record->Read++;
        Free(position, Records.SizeOf(length), head);
    }

    private void Free(long position, long size, ulong head)
    {
        if (position != _tail)
        {
            // An older one is still held: it takes this one along.
            Volatile.Write(ref *Records.At(position), head | Records.Released);
            return;
        }

        long tail = position + size;
        while (tail < _next && tail - position <= Records.Capacity && Records.HeadAt(tail) is var next && (next & (Records.Released | Records.Skipped)) != 0
            && Records.TrySizeOf(tail, next, out long more))
        {
            tail += more;
        }

        FreeUpTo(tail);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void FreeUpTo(long tail)
    {
        // SYNC POINT with the producer: whatever was read of it was read before.
        _tail = tail;
        Volatile.Write(ref Header->Tail, tail);
        Announce(writers);
    }
}
