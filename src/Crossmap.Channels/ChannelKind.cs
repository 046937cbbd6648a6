namespace Crossmap.Channels;

/// <summary>What a channel is, as its header says it.</summary>
public enum ChannelKind
{
    /// <summary>Nothing that this version knows.</summary>
    None = 0,

    /// <summary>A queue of any number of producers and consumers.</summary>
    Queue = 1,

    /// <summary>A queue of one producer and one consumer at a time.</summary>
    SingleQueue = 2,

    /// <summary>Messages that every subscriber reads.</summary>
    Broadcast = 3,

    /// <summary>A value of which the latest counts.</summary>
    Value = 4,

    /// <summary>Requests with replies.</summary>
    RequestReply = 5,
}
