using System.Globalization;
using Crossmap.Channels;

namespace Crossmap.Tool.Messages;

/// <summary>A subscriber that says at its end, however that comes about, how many messages it missed.</summary>
/// <param name="broadcast">Becomes this one's, and ends with it.</param>
/// <param name="options">Where to begin.</param>
internal sealed class ToldSubscription(Broadcast broadcast, SubscribeOptions options) : IDisposable
{
    private byte[] _copy = [];
    private long _writtenOver;
    private int _isDisposed;

    public Subscriber Subscriber { get; } = broadcast.Subscribe(options);

    /// <summary>Messages that were written over before they were got, or while they were.</summary>
    public long Missed => Subscriber.Missed + _writtenOver;

    /// <summary>Adds a message and lets go of it. False: it was written over meanwhile, and is among those that are missed.</summary>
    public bool TryAdd(BroadcastMessage message, MessageOutput output)
    {
        if (!broadcast.IsOverrun)
        {
            output.Add(message.Span);
            message.Release();
            return true;
        }

        // Whether it is whole shows only when all of it was copied, and from then on the output may have to write.
        if (_copy.Length < message.Length)
        {
            _copy = new byte[Math.Max(message.Length, (int)Math.Min(broadcast.MaximumMessageLength, 2L * _copy.Length))];
        }

        Span<byte> copy = _copy.AsSpan(0, message.Length);
        message.Span.CopyTo(copy);
        if (!message.Release())
        {
            _writtenOver++;
            return false;
        }

        output.Add(copy);
        return true;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        long missed = Missed;
        broadcast.Dispose();
        if (missed > 0)
        {
            CrossmapCommand.Say(string.Create(CultureInfo.InvariantCulture, $"missed {missed} message{(missed == 1 ? "" : "s")}, which {(missed == 1 ? "was" : "were")} written over before {(missed == 1 ? "it was" : "they were")} read"));
        }
    }
}
