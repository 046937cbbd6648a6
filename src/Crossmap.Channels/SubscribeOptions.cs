namespace Crossmap.Channels;

/// <summary>Where a <see cref="Subscriber"/> begins.</summary>
[Flags]
public enum SubscribeOptions
{
    /// <summary>From now on: with the first message that nobody could have read yet.</summary>
    None = 0,

    /// <summary>With the oldest message that is still in the ring. Messages stay there until their space is needed, also those that everybody has read.</summary>
    FromOldest = 1,
}
