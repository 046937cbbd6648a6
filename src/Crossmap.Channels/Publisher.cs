using Crossmap.Channels.Broadcasts;

namespace Crossmap.Channels;

/// <summary>
/// The publisher's side of a <see cref="Broadcast"/>: space runs out where the slowest subscriber has not read on, or, where publishers do not wait for
/// subscribers, where another publisher holds a claim since a whole lap of the ring. Thread safe.
/// </summary>
public sealed class Publisher : MessageWriter
{
    private readonly BroadcastRing _ring;

    internal Publisher(BroadcastRing ring)
        : base(ring) => _ring = ring;

    /// <summary>Subscribers that live at this moment, in all processes. Each costs a question to the kernel.</summary>
    public int SubscriberCount => _ring.SubscriberCount;

    /// <summary>
    /// Waits until so many subscribers are there, in all processes: what is published before somebody subscribes he does not get, but for
    /// <see cref="SubscribeOptions.FromOldest"/>. False: the channel was completed meanwhile.
    /// </summary>
    /// <param name="count">At least; more than 0.</param>
    /// <param name="timeoutMilliseconds">-1 for no limit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">The time passed.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public bool WaitForSubscribers(int count, int timeoutMilliseconds = -1, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(timeoutMilliseconds, -1);
        return _ring.WaitForSubscribers(count, timeoutMilliseconds, cancellationToken);
    }
}
