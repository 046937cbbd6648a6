namespace Crossmap.Channels;

/// <summary>How a <see cref="Broadcast"/> is made. What exists keeps what it was made with.</summary>
public sealed record BroadcastOptions
{
    /// <summary>Bytes for messages, each rounded up to 64; made a power of two. 1 MiB if nothing else is said.</summary>
    public long Capacity { get; init; } = 1 << 20;

    /// <summary>Messages in the ring at a time, at most; made a power of two. 0 for what suits messages of some 100 bytes: the capacity by 128.</summary>
    public int MaximumMessages { get; init; }

    /// <summary>
    /// Publishers never wait for subscribers: who is too slow misses messages, and is told how many (<see cref="Subscriber.Missed"/>). If not, a full ring
    /// makes publishers wait for the slowest subscriber that lives.
    /// </summary>
    public bool Overrun { get; init; }

    /// <summary>A number for the type or the protocol of the messages: who creates or opens the broadcast with another one is refused.</summary>
    public ulong Schema { get; init; }

    /// <summary>Who may open the broadcast by its name.</summary>
    public ObjectAudience Audience { get; init; }
}
