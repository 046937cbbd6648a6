namespace Crossmap.Torture;

/// <summary>
/// The controller's account of one mutex: how many surely died owning it, how many may have (they were killed inside the call), and how
/// often abandonment was reported. Who dies with an abandoned mutex before it could be noted that he was told leaves it abandoned: his
/// report does not count, nor does a second death.
/// </summary>
internal sealed class AbandonmentAccount
{
    private long _surely, _perhaps, _reported;

    public long TotalSurely { get; private set; }

    public long TotalPerhaps { get; private set; }

    public long TotalReported { get; private set; }

    /// <summary>A thread is dead, or parked: its word is closed.</summary>
    public void Close(ref long word)
    {
        int state = SyncSlot.StateOf(word);
        Report(SyncSlot.ReportsOf(word));
        word = SyncSlot.NotOwned;
        _surely += state == SyncSlot.Owned ? 1 : 0;
        _perhaps += state is SyncSlot.Taking or SyncSlot.Releasing ? 1 : 0;
    }

    public void Report(long reports) => _reported += reports;

    /// <summary>Nobody owns it, nobody is under way, and the last mark has been taken away.</summary>
    public string? Settle()
    {
        string? wrong = _reported < _surely || _reported > _surely + _perhaps
            ? $"was reported abandoned {_reported} times, and {_surely} surely died owning it, {_perhaps} more perhaps"
            : null;
        TotalSurely += _surely;
        TotalPerhaps += _perhaps;
        TotalReported += _reported;
        _surely = _perhaps = _reported = 0;
        return wrong;
    }
}
