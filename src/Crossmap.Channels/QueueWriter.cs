using Crossmap.Channels.Queues;

namespace Crossmap.Channels;

/// <summary>The producer's side of a <see cref="SharedQueue"/>. Thread safe as the queue is.</summary>
public sealed class QueueWriter : MessageWriter
{
    private readonly QueueRing _ring;

    internal QueueWriter(QueueRing ring)
        : base(ring) => _ring = ring;

    /// <summary>
    /// Waits until all messages are released, whoever wrote them: a queue in memory ends with the last process that has it open, and what is in it then is
    /// gone. False: the queue was completed meanwhile, and there are messages left.
    /// </summary>
    /// <param name="timeoutMilliseconds">-1 for no limit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">The time passed.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public bool WaitUntilEmpty(int timeoutMilliseconds = -1, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeoutMilliseconds, -1);
        return _ring.WaitEmpty(timeoutMilliseconds, cancellationToken);
    }
}
