namespace Crossmap.Channels;

/// <summary>How a <see cref="SharedQueue"/> is made. What exists keeps what it was made with.</summary>
public sealed record SharedQueueOptions
{
    /// <summary>Bytes for messages that are under way, each rounded up to 64; made a power of two. 1 MiB if nothing else is said.</summary>
    public long Capacity { get; init; } = 1 << 20;

    /// <summary>
    /// Messages under way at a time, at most; made a power of two. 0 for what suits messages of some 100 bytes: the capacity by 128. Of no meaning with
    /// one producer and one consumer.
    /// </summary>
    public int MaximumMessages { get; init; }

    /// <summary>
    /// One producer and one consumer at a time, in any processes and one after another: faster, and refused to a second one
    /// (32, <c>ERROR_SHARING_VIOLATION</c>).
    /// </summary>
    public bool SingleProducerSingleConsumer { get; init; }

    /// <summary>A number for the type or the protocol of the messages: who opens the queue with another one is refused.</summary>
    public ulong Schema { get; init; }

    /// <summary>Who may open the queue by its name.</summary>
    public ObjectAudience Audience { get; init; }
}
