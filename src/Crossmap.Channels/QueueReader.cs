using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Crossmap.Channels.Queues;

namespace Crossmap.Channels;

/// <summary>The consumer's side of a <see cref="SharedQueue"/>, in the shape of <see cref="ChannelReader{T}"/>. Thread safe as the queue is.</summary>
public sealed class QueueReader
{
    private readonly QueueRing _ring;
    private readonly SingleConsumer? _single;

    internal QueueReader(QueueRing ring)
    {
        _ring = ring;
        _single = (ring as SingleQueue)?.Consumer;
    }

    /// <summary>Messages that wait to be read, as far as can be seen from here.</summary>
    public long Count
    {
        get
        {
            _ring.ThrowIfDisposed();
            return _ring.Count;
        }
    }

    /// <summary>Whether <see cref="MessageWriter.Complete"/> was called, by anybody. Messages may still wait.</summary>
    public bool IsCompleted
    {
        get
        {
            _ring.ThrowIfDisposed();
            return _ring.IsCompleted;
        }
    }

    /// <summary>Takes the next message. False: there is none now.</summary>
    /// <param name="message">To be disposed when it was read.</param>
    /// <exception cref="ChannelCorruptedException">Somebody wrote over the queue's memory.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe bool TryRead(out Message message)
    {
        _ring.ThrowIfDisposed();
        if (_single is not null && _single.TryTakeAhead(out long index, out byte* bytes, out int length))
        {
            message = new Message(_ring, index, bytes, length);
            return true;
        }

        bytes = _ring.Take(out long otherIndex, out int otherLength, out bool isRedelivered);
        message = bytes is null ? default : new Message(_ring, otherIndex, bytes, isRedelivered ? otherLength | int.MinValue : otherLength);
        return bytes is not null;
    }

    /// <summary>Takes as many messages as there are now and have room.</summary>
    /// <returns>How many; each is to be disposed.</returns>
    public int TryReadBatch(Span<Message> messages)
    {
        int count = 0;
        while (count < messages.Length && TryRead(out messages[count]))
        {
            count++;
        }

        return count;
    }

    /// <summary>Takes the next message, waiting until there is one.</summary>
    /// <param name="timeoutMilliseconds">-1 for no limit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">The time passed.</exception>
    /// <exception cref="ChannelClosedException">The queue is complete, and no message is left.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public Message Read(int timeoutMilliseconds = -1, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeoutMilliseconds, -1);
        return TryRead(out Message message) ? message : WaitAndRead(timeoutMilliseconds, cancellationToken);
    }

    /// <summary>Takes the next message without blocking the thread.</summary>
    /// <inheritdoc cref="Read"/>
    public ValueTask<Message> ReadAsync(CancellationToken cancellationToken = default)
    {
        return TryRead(out Message message) ? new ValueTask<Message>(message) : WaitAndRead(cancellationToken);
    }

    /// <summary>Waits until there may be a message. False: the queue is complete, and no message is left.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default)
    {
        _ring.ThrowIfDisposed();
        return new ValueTask<bool>(_ring.WaitReadableAsync(cancellationToken));
    }

    /// <summary>All messages from now on, until the queue is complete. Each is to be disposed when it was read.</summary>
    public async IAsyncEnumerable<Message> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        do
        {
            while (TryRead(out Message message))
            {
                yield return message;
            }
        }
        while (await WaitToReadAsync(cancellationToken).ConfigureAwait(false));
    }

    private Message WaitAndRead(int timeoutMilliseconds, CancellationToken cancellationToken)
    {
        long deadline = timeoutMilliseconds < 0 ? -1 : Environment.TickCount64 + timeoutMilliseconds;
        for (long left = timeoutMilliseconds; ;)
        {
            if (TryRead(out Message message))
            {
                return message;
            }

            if (left == 0 && deadline < Environment.TickCount64)
            {
                // Others were faster each time.
                throw _ring.NoMessage(timeoutMilliseconds);
            }

            left = deadline < 0 ? -1 : Math.Max(0, deadline - Environment.TickCount64);
            if (!_ring.WaitReadable(left, cancellationToken))
            {
                throw new ChannelClosedException();
            }
        }
    }

    private async ValueTask<Message> WaitAndRead(CancellationToken cancellationToken)
    {
        while (await WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (TryRead(out Message message))
            {
                return message;
            }
        }

        throw new ChannelClosedException();
    }
}
