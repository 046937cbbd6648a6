using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Crossmap.Channels.Broadcasts;

namespace Crossmap.Channels;

/// <summary>
/// One that gets every message of a <see cref="Broadcast"/> in order, from when it subscribed until it is disposed, in the shape of
/// <see cref="ChannelReader{T}"/>. One thread at a time uses it and its messages; any may dispose it.
/// </summary>
public sealed class Subscriber : IDisposable
{
    private readonly Subscription _subscription;

    internal Subscriber(Subscription subscription) => _subscription = subscription;

    /// <summary>
    /// Exactly how many messages were written over before this subscriber got them; it counts on when the next read finds that some were. Always 0 where
    /// publishers wait for subscribers. A message that was got and then found not to be intact is not among them.
    /// </summary>
    public long Missed => _subscription.Missed;

    /// <summary>Whether <see cref="MessageWriter.Complete"/> was called, by anybody. Messages may still wait.</summary>
    public bool IsCompleted
    {
        get
        {
            _subscription.ThrowIfDisposed();
            return _subscription.IsCompleted;
        }
    }

    /// <summary>Gets the next message. False: there is none now.</summary>
    /// <param name="message">To be disposed when it was read. Several may be held, and disposed in any order; publishers wait for the oldest.</param>
    /// <exception cref="ChannelCorruptedException">Somebody wrote over the channel's memory.</exception>
    public bool TryRead(out BroadcastMessage message) => _subscription.TryTake(out message);

    /// <summary>Gets as many messages as there are now and have room.</summary>
    /// <returns>How many; each is to be disposed.</returns>
    public int TryReadBatch(Span<BroadcastMessage> messages)
    {
        int count = 0;
        while (count < messages.Length && TryRead(out messages[count]))
        {
            count++;
        }

        return count;
    }

    /// <summary>Gets the next message, waiting until there is one.</summary>
    /// <param name="timeoutMilliseconds">-1 for no limit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">The time passed.</exception>
    /// <exception cref="ChannelClosedException">The channel is complete, and no message is left.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public BroadcastMessage Read(int timeoutMilliseconds = -1, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeoutMilliseconds, -1);
        long deadline = timeoutMilliseconds < 0 ? -1 : Environment.TickCount64 + timeoutMilliseconds;
        while (true)
        {
            if (TryRead(out BroadcastMessage message))
            {
                return message;
            }

            if (!_subscription.WaitReadable(deadline < 0 ? -1 : Math.Max(0, deadline - Environment.TickCount64), cancellationToken))
            {
                throw new ChannelClosedException();
            }
        }
    }

    /// <summary>Gets the next message without blocking the thread.</summary>
    /// <inheritdoc cref="Read"/>
    public ValueTask<BroadcastMessage> ReadAsync(CancellationToken cancellationToken = default)
    {
        return TryRead(out BroadcastMessage message) ? new ValueTask<BroadcastMessage>(message) : WaitAndRead(cancellationToken);
    }

    /// <summary>Waits until there may be a message. False: the channel is complete, and no message is left.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default)
    {
        _subscription.ThrowIfDisposed();
        return new ValueTask<bool>(_subscription.WaitReadableAsync(cancellationToken));
    }

    /// <summary>All messages from now on, until the channel is complete. Each is to be disposed when it was read.</summary>
    public async IAsyncEnumerable<BroadcastMessage> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        do
        {
            while (TryRead(out BroadcastMessage message))
            {
                yield return message;
            }
        }
        while (await WaitToReadAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Leaves: publishers wait for it no longer, and its messages are not to be touched any more. What waits in it ends with <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose() => _subscription.Dispose();

    private async ValueTask<BroadcastMessage> WaitAndRead(CancellationToken cancellationToken)
    {
        while (await WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (TryRead(out BroadcastMessage message))
            {
                return message;
            }
        }

        throw new ChannelClosedException();
    }
}
