namespace Crossmap.Channels;

/// <summary>How a <see cref="RequestReply"/> is made. What exists keeps what it was made with.</summary>
public sealed record RequestReplyOptions
{
    /// <summary>Bytes for requests and replies that are under way, each rounded up to 64; made a power of two. 1 MiB if nothing else is said.</summary>
    public long Capacity { get; init; } = 1 << 20;

    /// <summary>Requests under way at a time, at most; made a power of two. 0 for the capacity by 128.</summary>
    public int MaximumRequests { get; init; }

    /// <summary>A number for the protocol of the messages: who opens the channel with another one is refused.</summary>
    public ulong Schema { get; init; }

    /// <summary>Who may open the channel by its name.</summary>
    public ObjectAudience Audience { get; init; }
}
