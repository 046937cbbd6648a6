namespace Crossmap.Torture;

/// <summary>
/// The controller's account of one mutex: how many surely died owning it, how many may have (they were killed inside the call), and how
/// often abandonment was reported. Who dies with an abandoned mutex before it could be noted that he was told leaves it abandoned: his
/// report does not count, nor does a second death.
/// </summary>
internal sealed class AbandonmentAccount
{
    private long _surely, _perhaps, _reported;

    /// <summary>Since it was settled.</summary>
    public bool NobodyDied => _surely + _perhaps == 0;

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

    /// <summary>Nobody owns it and nobody is under way, so it can be taken at once, which takes the last mark away; and the account must be even.</summary>
    /// <param name="mutex">The controller's.</param>
    /// <param name="name">For the report.</param>
    /// <param name="inspect">Called when it is owned, with whether it was abandoned.</param>
    public string? FindWrong(NamedMutex mutex, string name, Action<bool> inspect)
    {
        bool abandoned = false;
        try
        {
            if (!mutex.TryWait())
            {
                return $"'{name}' is still owned";
            }
        }
        catch (AbandonedMutexException)
        {
            abandoned = true;
            Report(1);
        }

        inspect(abandoned);
        mutex.Release();
        return Settle() is { } uneven ? $"'{name}' {uneven}" : null;
    }

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
