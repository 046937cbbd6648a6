using Crossmap.Channels.Memory;
using Crossmap.Objects;

namespace Crossmap.Channels.Broadcasts;

/// <summary>So many subscribers are there, or nothing will be published any more.</summary>
internal unsafe struct EnoughSubscribers(BroadcastRing channel, int count) : ICondition
{
    private SeenWord _joins;

    /// <summary>
    /// SYNC POINT with whoever subscribes: he shows himself, then counts the joins up, then rings. If he is killed before the bell he is no
    /// subscriber, and nothing was missed.
    /// </summary>
    public readonly SeenWords SeenNotMet => new(_joins, channel.SeenEnd);

    /// <summary>The kernel is only asked when there are enough with the dead among them.</summary>
    public readonly bool MayBeMet()
    {
        int there = 0;
        for (int place = 0, end = channel.Subscribers.End; place < end && there < count; place++)
        {
            there += channel.Subscribers.IsThere(place) ? 1 : 0;
        }

        return (there >= count && channel.Subscribers.CountAlive() >= count) || channel.IsCompleted || channel.IsDisposed;
    }

    public bool IsMet()
    {
        // Before the count: who comes after it changes it.
        ChannelHeader* header = channel.Memory.Header;
        _joins = new SeenWord(&header->Joins, (uint)Volatile.Read(ref header->Joins));

        // As all who sleep at this gate: one who has looked, and does not sleep yet, when a new publisher rings may find the gate closed by this one.
        channel.WatchPublishers();
        return channel.Subscribers.CountAlive() >= count || channel.IsCompleted || channel.IsDisposed;
    }
}
