namespace Crossmap.Channels;

/// <summary>What a participant of a channel does.</summary>
[Flags]
public enum ParticipantRoles
{
    /// <summary>Nothing so far.</summary>
    None = 0,

    /// <summary>It writes: a producer, a publisher, a client of requests.</summary>
    Writer = 1,

    /// <summary>It reads: a consumer, a subscriber, a server of requests.</summary>
    Reader = 2,
}
