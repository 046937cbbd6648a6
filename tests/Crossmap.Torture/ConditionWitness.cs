namespace Crossmap.Torture;

/// <summary>
/// Threads that wait for a condition beside a script's process that is killed in its wait, or that notifies them. A notification reaches all or
/// has not happened; the mutex comes to everybody, and is called abandoned exactly if it was owned by the dead.
/// </summary>
internal sealed class ConditionWitness : Witness
{
    /// <summary>More than the kernel wakes in the place of the dead.</summary>
    private const int Crowd = 4;

    private readonly bool _victimWaits;
    private readonly string _name;
    private readonly NamedMutex _mutex;
    private readonly NamedCondition _condition;
    private readonly Sleeper[] _beside;
    private int _told;
    private bool _victimSlept;

    public ConditionWitness(Deed deed, string name)
    {
        _victimWaits = deed == Deed.WaitCondition;
        _name = name;
        _mutex = NamedMutex.Create(LockDeeds.MutexOf(name));
        _condition = NamedCondition.Create(name);
        _beside = [.. Enumerable.Range(0, _victimWaits ? 1 : Crowd).Select(_ => new Sleeper(WaitBeside, _mutex.Release))];
    }

    public override void Begin()
    {
        if (!_victimWaits)
        {
            FallAsleep();
        }
    }

    public override void VictimSleeps()
    {
        _victimSlept = true;
        FallAsleep();

        // Again, if he sleeps again: for the mutex, which another had before him.
        Notify();
    }

    public override string? FindWrong(bool atEnd)
    {
        if (_victimWaits && !_victimSlept)
        {
            FallAsleep();
            Notify();
        }

        int come = _beside.Count(sleeper => sleeper.Settle());
        bool happened = _victimWaits || atEnd || come > 0;
        if (!happened)
        {
            Notify();
        }

        if (!_beside.All(sleeper => sleeper.Comes()))
        {
            return $"lost wake-up: {_beside.Count(sleeper => sleeper.HasCome)} of {_beside.Length} came through '{_name}'{(happened ? "" : ", which was notified once more")}, whose mutex is {(_mutex.IsOwned ? "owned" : "free")}";
        }

        // Who waited to the end died owning it. Who was killed in his sleep, or on his way back, did not.
        int least = _victimWaits && atEnd ? 1 : 0;
        int most = _victimWaits ? atEnd || !_victimSlept ? 1 : 0 : atEnd ? 0 : 1;
        return Awaited.FindWrongOwner(_mutex, LockDeeds.MutexOf(_name), _told, least, most);
    }

    public override void Dispose()
    {
        _condition.Dispose();
        _mutex.Dispose();
    }

    private void FallAsleep()
    {
        foreach (Sleeper sleeper in _beside)
        {
            if (!sleeper.IsStarted)
            {
                sleeper.FallAsleep();
            }
        }
    }

    private void WaitBeside()
    {
        Take(() => _mutex.Wait());
        Take(() => _condition.Wait(_mutex));
    }

    /// <summary>Owning the mutex, so that all who wake meet at it.</summary>
    private void Notify()
    {
        Take(() => _mutex.Wait());
        _condition.NotifyAll();
        _mutex.Release();
    }

    private void Take(Action wait)
    {
        try
        {
            wait();
        }
        catch (AbandonedMutexException)
        {
            _ = Interlocked.Increment(ref _told);
        }
    }
}
