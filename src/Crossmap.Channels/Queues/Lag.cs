namespace Crossmap.Channels.Queues;

/// <summary>
/// How one side of a ring keeps behind the other while messages stream. A side that is the faster one catches up after each message, and from then on
/// the two pull the same line of the cache from each other for each message. So it lets the other get some messages ahead, and then has them all at
/// once. Where there was only one message since it last found nothing, nothing streams, and it looks again at once.
/// </summary>
internal struct Lag
{
    /// <summary>Turns of a spin, of some 40 ns each: short beside what a sleep costs, long enough for some fifty messages.</summary>
    private const int Longest = 32;

    private int _turns;
    private long _doneBefore;

    /// <summary>When nothing was found.</summary>
    /// <param name="done">Messages up to now.</param>
    public void Wait(long done)
    {
        long since = done - _doneBefore;
        _doneBefore = done;
        if (since != 0)
        {
            _turns = since == 1 ? _turns / 2 : Math.Min((2 * _turns) + 1, Longest);
        }

        if (_turns > 0)
        {
            Thread.SpinWait(_turns);
        }
    }
}
