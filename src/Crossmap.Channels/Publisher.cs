using Crossmap.Channels.Broadcasts;

namespace Crossmap.Channels;

/// <summary>
/// The publisher's side of a <see cref="Broadcast"/>: space runs out where the slowest subscriber has not read on, or, where publishers do not wait for
/// subscribers, where another publisher holds a claim since a whole lap of the ring. Thread safe.
/// </summary>
public sealed class Publisher : MessageWriter
{
    internal Publisher(BroadcastRing ring)
        : base(ring)
    {
    }
}
