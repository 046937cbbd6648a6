using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Crossmap.Channels.Broadcasts;
using Crossmap.Channels.Queues;
using Crossmap.Channels.Rings;

namespace Crossmap.Channels;

/// <summary>
/// The side of a channel that writes messages, in the shape of <see cref="ChannelWriter{T}"/>: a <see cref="QueueWriter"/> or a <see cref="Publisher"/>. Thread safe
/// as the channel is.
/// </summary>
public abstract class MessageWriter
{
    /// <summary>Bytes of a message that is written in a group: the bytes of a longer one take longer than its slot's line.</summary>
    private const int LongestInGroup = 512;

    /// <summary>Messages of a group: more gain little, and whoever reads waits until all of them are claimed.</summary>
    private const int Group = 16;

    private readonly ChannelRing _ring;
    private readonly SingleProducer? _single;
    private readonly int _maximumLength;
    private readonly bool _isBroadcast;

    private protected MessageWriter(ChannelRing ring)
    {
        _ring = ring;
        _single = (ring as SingleQueue)?.Producer;
        _maximumLength = ring.MaximumLength;
        _isBroadcast = ring is BroadcastRing;
    }

    /// <summary>Bytes of the longest message.</summary>
    public int MaximumMessageLength => _maximumLength;

    /// <summary>Claims space for a message, to be written in place. False: there is none now, or the channel is complete.</summary>
    /// <param name="length">Bytes.</param>
    /// <param name="claim">The space.</param>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than the channel's longest message has (<see cref="MaximumMessageLength"/>).</exception>
    /// <exception cref="ChannelCorruptedException">Somebody wrote over the channel's memory.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe bool TryClaim(int length, out Claim claim)
    {
        if ((uint)length > (uint)_maximumLength)
        {
            ThrowLength(length);
        }

        _ring.ThrowIfDisposed();
        if (_single is null || !_single.TryClaimAhead(length, out long index, out byte* bytes))
        {
            bytes = ClaimFrom(_ring, length, out long other);
            index = other;
            if (bytes is null)
            {
                claim = default;
                return false;
            }
        }

        claim = new Claim(_ring, index, bytes, length);
        return true;
    }

    /// <summary>
    /// Claims space for as many messages of that length as there is space for now, in their order: each to be written, and committed or given up, by itself.
    /// Others' messages may come between them.
    /// </summary>
    /// <param name="length">Bytes of each.</param>
    /// <param name="claims">Is filled from its start, as far as there is space.</param>
    /// <returns>How many. In a queue of one producer and one consumer at most 1, as there is one claim at a time.</returns>
    /// <remarks>
    /// Messages come in the order of the claims: who reads waits at the first one that is not committed, whatever is committed behind it. A process that
    /// is killed loses those that it had not committed.
    /// </remarks>
    /// <inheritdoc cref="TryClaim"/>
    public int TryClaimBatch(int length, Span<Claim> claims)
    {
        int most = _single is null ? claims.Length : Math.Min(claims.Length, 1);
        int count = 0;
        while (count < most && TryClaim(length, out Claim claim))
        {
            claims[count++] = claim;
        }

        return count;
    }

    /// <summary>Claims space for a message, waiting until there is some.</summary>
    /// <param name="length">Bytes.</param>
    /// <param name="timeoutMilliseconds">-1 for no limit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">The time passed.</exception>
    /// <exception cref="ChannelClosedException">The channel is complete.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public Claim Claim(int length, int timeoutMilliseconds = -1, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeoutMilliseconds, -1);
        return TryClaim(length, out Claim claim) ? claim : WaitAndClaim(length, timeoutMilliseconds, cancellationToken);
    }

    /// <summary>Writes a message, if there is space now.</summary>
    public bool TryWrite(ReadOnlySpan<byte> message)
    {
        if (!TryClaim(message.Length, out Claim claim))
        {
            return false;
        }

        message.CopyTo(claim.Span);
        claim.Commit();
        return true;
    }

    /// <summary>Writes a value as a message, if there is space now.</summary>
    /// <typeparam name="T">An unmanaged type, in the layout of this machine.</typeparam>
    public bool TryWrite<T>(in T value)
        where T : unmanaged
    {
        if (!TryClaim(Unsafe.SizeOf<T>(), out Claim claim))
        {
            return false;
        }

        claim.As<T>() = value;
        claim.Commit();
        return true;
    }

    /// <summary>Writes as many of the values as there is space for now, each as a message, in their order. Others' messages may come between them.</summary>
    /// <typeparam name="T">An unmanaged type, in the layout of this machine.</typeparam>
    /// <returns>How many. Whoever sleeps is woken with the first; the others cost no more than their bytes.</returns>
    /// <remarks>In a broadcast short ones are claimed up to 16 at a time. A process that is killed meanwhile has written the first ones, and no others.</remarks>
    public int TryWriteBatch<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        if (_isBroadcast && Unsafe.SizeOf<T>() <= LongestInGroup)
        {
            return TryWriteGroups(values);
        }

        int count = 0;
        while (count < values.Length && TryWrite(in values[count]))
        {
            count++;
        }

        return count;
    }

    /// <summary>Writes a message, waiting for space.</summary>
    /// <inheritdoc cref="Claim(int, int, CancellationToken)"/>
    public void Write(ReadOnlySpan<byte> message, int timeoutMilliseconds = -1, CancellationToken cancellationToken = default)
    {
        Claim claim = Claim(message.Length, timeoutMilliseconds, cancellationToken);
        message.CopyTo(claim.Span);
        claim.Commit();
    }

    /// <summary>Writes a value as a message, waiting for space.</summary>
    /// <inheritdoc cref="Claim(int, int, CancellationToken)"/>
    public void Write<T>(in T value, int timeoutMilliseconds = -1, CancellationToken cancellationToken = default)
        where T : unmanaged
    {
        Claim claim = Claim(Unsafe.SizeOf<T>(), timeoutMilliseconds, cancellationToken);
        claim.As<T>() = value;
        claim.Commit();
    }

    /// <summary>Claims space for a message without blocking the thread.</summary>
    /// <inheritdoc cref="Claim(int, int, CancellationToken)"/>
    public async ValueTask<Claim> ClaimAsync(int length, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            long seen = _ring.SpaceMark;
            if (TryClaim(length, out Claim claim))
            {
                return claim;
            }

            if (!await _ring.WaitWritableAsync(seen, cancellationToken).ConfigureAwait(false))
            {
                throw new ChannelClosedException();
            }
        }
    }

    /// <summary>Writes a message without blocking the thread.</summary>
    /// <inheritdoc cref="Claim(int, int, CancellationToken)"/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
    {
        return TryWrite(message.Span) ? default : WaitAndWrite(message, cancellationToken);
    }

    /// <summary>Waits until there is space for a message of that length. False: the channel is complete.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public async ValueTask<bool> WaitToWriteAsync(int length = 1, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            long seen = _ring.SpaceMark;
            if (TryClaim(length, out Claim claim))
            {
                claim.Dispose();
                return true;
            }

            if (!await _ring.WaitWritableAsync(seen, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }
        }
    }

    /// <summary>Says that nothing more will be written, by anybody: consumers end when they have read what is there.</summary>
    /// <exception cref="ChannelClosedException">It was said before.</exception>
    public void Complete()
    {
        if (!TryComplete())
        {
            throw new ChannelClosedException();
        }
    }

    /// <summary>Says that nothing more will be written, by anybody. False: it was said before.</summary>
    public bool TryComplete() => _ring.TryComplete();

    /// <summary>
    /// Claims a group, then writes and commits it. A subscriber that has caught up looks at the slot that is written next, and then he and the publisher pull its line
    /// from each other for each message; behind the claims of a group he waits at the first one, and then has some to read at once. Consumers of a queue let producers
    /// get ahead by themselves (<see cref="Lag"/>): there groups gain nothing.
    /// </summary>
    [SkipLocalsInit]
    private unsafe int TryWriteGroups<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        // Not claims: what has references is cleared first, and copied slowly.
        long* indices = stackalloc long[Group];
        T** messages = stackalloc T*[Group];
        int count = 0;
        while (count < values.Length)
        {
            int claimed = 0;
            for (int wanted = Math.Min(values.Length - count, Group); claimed < wanted && TryClaim(sizeof(T), out Claim claim); claimed++)
            {
                indices[claimed] = claim.Index;
                messages[claimed] = (T*)Unsafe.AsPointer(ref claim.As<T>());
            }

            // Fewer than wanted is not the end: what is committed may be written over where publishers do not wait for subscribers.
            if (claimed == 0)
            {
                break;
            }

            for (int i = 0; i < claimed; i++)
            {
                *messages[i] = values[count++];
                _ring.Commit(indices[i], sizeof(T));
            }
        }

        return count;
    }

    private async ValueTask WaitAndWrite(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        Claim claim = await ClaimAsync(message.Length, cancellationToken).ConfigureAwait(false);
        message.Span.CopyTo(claim.Span);
        claim.Commit();
    }

    private Claim WaitAndClaim(int length, int timeoutMilliseconds, CancellationToken cancellationToken)
    {
        long deadline = timeoutMilliseconds < 0 ? -1 : Environment.TickCount64 + timeoutMilliseconds;
        for (long left = timeoutMilliseconds; ;)
        {
            // Before the try: what is freed after it ends the wait. Not before the first one: the mark is on a line that the consumers write.
            long seen = _ring.SpaceMark;
            if (TryClaim(length, out Claim claim))
            {
                return claim;
            }

            if (left == 0 && deadline < Environment.TickCount64)
            {
                // Others were faster each time.
                throw _ring.NoSpace(timeoutMilliseconds);
            }

            left = deadline < 0 ? -1 : Math.Max(0, deadline - Environment.TickCount64);
            if (!_ring.WaitWritable(seen, left, cancellationToken))
            {
                throw new ChannelClosedException();
            }
        }
    }

    /// <summary>Out of line, so that what is here for the fast way is small enough to be a part of the caller.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe byte* ClaimFrom(ChannelRing ring, int length, out long index)
    {
        index = 0;
        return ring.IsCompleted ? null : ring.Claim(length, out index);
    }

    private void ThrowLength(int length) =>
        throw new ArgumentOutOfRangeException(nameof(length), length, $"A message of {_ring.Memory.Target} has at most {_ring.MaximumLength} bytes. The capacity is chosen when it is made.");
}
