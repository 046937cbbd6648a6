using System.Runtime.CompilerServices;
using Crossmap.Channels.Memory;
using Crossmap.Objects;

namespace Crossmap.Channels.Queues;

/// <summary>
/// The consumer's side of a <see cref="SingleQueue"/>. One thread at a time. One that dies leaves its mark how far it had taken messages; those that it had
/// not released are delivered again.
/// </summary>
/// <param name="queue">Whose side it is.</param>
/// <param name="writers">Where producers sleep.</param>
internal sealed unsafe class SingleConsumer(SingleQueue queue, Doorbell writers)
{
    private readonly ChannelHeader* _header = queue.Memory.Header;
    private readonly Records _records = queue.Records;
    private readonly bool _needsBarrier = !queue.Memory.HasRemoteBarrier;
    private readonly Lock _attaching = new();
    private Participant? _participant;
    private ParticipantRecord* _record;

    /// <summary>The oldest message that is not released, and the next to take; before where they are delivered again.</summary>
    private long _tail, _next, _redeliveredBefore;

    /// <summary>Only messages shorter than this are for <see cref="TryTakeAhead"/>: none as long as there is more to look at.</summary>
    private ulong _shorterThan;
    private Lag _lag;

    /// <summary>Where it says what it waits for; nowhere before the first take.</summary>
    public Participant? Participant => _participant;

    /// <summary>Whether something lies where the next message will.</summary>
    public bool IsAnythingNext => _records.HeadAt(_next) != 0;

    /// <summary>Whether messages before that position were taken here, as far as this side is in use.</summary>
    public bool HasTaken(long position) => _participant is not null && position < _next;

    /// <summary>Takes a message that simply lies there; all else is for <see cref="Take(out long, out int, out bool)"/>.</summary>
    /// <param name="position">Of its record.</param>
    /// <param name="bytes">Of the message.</param>
    /// <param name="length">Bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTakeAhead(out long position, out byte* bytes, out int length)
    {
        position = _next;
        bytes = _records.MessageAt(position);

        // Nothing but the length is left of a head that was published and is neither skipped nor released: one comparison for all.
        ulong rest = _records.HeadAt(position) - Records.Published;
        length = (int)rest;
        long size = Records.SizeOf(length);
        if (rest >= _shorterThan || size > _records.LeftAt(position))
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
        for (long first = _next; _next - first <= _records.Capacity;)
        {
            position = _next;
            ulong head = _records.HeadAt(position);
            length = (int)(uint)head;
            isRedelivered = position < _redeliveredBefore;
            if (head == 0)
            {
                _lag.Wait(_record->Read);
                return null;
            }

            if (!_records.TrySizeOf(position, head, out long size))
            {
                throw new ChannelCorruptedException($"What lies at {position} in {queue.Memory.Target} is no message: somebody wrote over it.");
            }

            if ((head & (Records.Skipped | Records.Released)) == 0)
            {
                SetTaken(position + size);
                _shorterThan = _next >= _redeliveredBefore ? (ulong)_records.MaximumLength + 1 : 0;
                return _records.MessageAt(position);
            }

            _next += size;
            Free(position, size, head);
        }

        throw queue.EndlessMessages();
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

        _record->Read++;
        FreeUpTo(end);
    }

    /// <summary>Takes the consumer's place.</summary>
    /// <exception cref="IOException">32: somebody has it.</exception>
    public void Attach()
    {
        if (_participant is not null)
        {
            return;
        }

        lock (_attaching)
        {
            if (_participant is not null)
            {
                return;
            }

            Participant participant = queue.TakePlace(SingleQueue.ConsumerPlace, "consumer");
            try
            {
                _tail = _next = queue.ReadMark(ref _header->Tail);
            }
            catch
            {
                participant.Dispose();
                throw;
            }

            _redeliveredBefore = Volatile.Read(ref _header->Taken);
            _record = participant.Record;
            _record->Roles = ParticipantRoles.Reader;
            _participant = participant;
        }

        queue.WakeProducer();
    }

    public void Detach()
    {
        lock (_attaching)
        {
            _shorterThan = 0;
            _participant?.Dispose();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SetTaken(long next)
    {
        // Before the message is handed out: a successor must know that it may have been read.
        _next = next;
        Volatile.Write(ref _header->Taken, next);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReleaseAmongOthers(long position, int length)
    {
        ulong head = _records.HeadAt(position);
        if (position < _tail || position >= _next || (head & Records.Released) != 0 || (int)(uint)head != length)
        {
            return;
        }

        _record->Read++;
        Free(position, Records.SizeOf(length), head);
    }

    private void Free(long position, long size, ulong head)
    {
        if (position != _tail)
        {
            // An older one is still held: it takes this one along.
            Volatile.Write(ref *_records.At(position), head | Records.Released);
            return;
        }

        long tail = position + size;
        while (tail < _next && tail - position <= _records.Capacity && _records.HeadAt(tail) is var next && (next & (Records.Released | Records.Skipped)) != 0
            && _records.TrySizeOf(tail, next, out long more))
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
        Volatile.Write(ref _header->Tail, tail);
        if (_needsBarrier)
        {
            Interlocked.MemoryBarrier();
        }

        writers.Ring();
    }
}
