namespace Crossmap.Channels.Requests;

/// <summary>Who asked: a place, and which of its holders.</summary>
internal readonly record struct RequestTag(long Value)
{
    public RequestTag(int place, ulong incarnation)
        : this((long)((incarnation << 8) | (byte)place))
    {
    }

    public int Place => (byte)Value;

    public ulong Incarnation => (ulong)Value >> 8;

    /// <summary>Nobody's: no incarnation is 0.</summary>
    public static RequestTag GivenUp => default;
}
