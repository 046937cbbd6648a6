namespace Crossmap.Torture;

/// <summary>
/// Threads that sleep for what a script's process gives when it is killed. It has happened or it has not: if it has, all come through for
/// whom it was; if it has not, they are there for the next one who gives. A mutex has only this owner, so its sleeper always comes through.
/// </summary>
internal sealed class GiveWitness : Witness
{
    /// <summary>Sleepers of a manual-reset event: more than the kernel wakes in the place of the dead.</summary>
    private const int Crowd = 4;

    private readonly Deed _deed;
    private readonly Awaited _given;
    private readonly Sleeper[] _sleepers;

    public GiveWitness(Deed deed, string name, Place place)
    {
        _deed = deed;
        Awaited.Kind kind = WaitableDeeds.KindOf(deed)!.Value;
        _given = new Awaited(kind, name, place, isOwned: false);
        int count = kind switch
        {
            Awaited.Kind.Mutex => 1,
            Awaited.Kind.ManualEvent => Crowd,
            _ => 2,
        };
        _sleepers = [.. Enumerable.Range(0, count).Select(_ => new Sleeper(_given.Object))];
    }

    public override void Begin() => Array.ForEach(_sleepers, sleeper => sleeper.FallAsleep());

    public override string? FindWrong(bool atEnd) => _sleepers.Any(sleeper => !sleeper.IsStarted) ? null : _given.What switch
    {
        Awaited.Kind.Mutex => FindWrongMutex(atEnd),
        Awaited.Kind.ManualEvent => FindWrongDoor(atEnd),
        _ => FindWrongCount(atEnd),
    };

    public override void Dispose() => _given.Dispose();

    private string? FindWrongMutex(bool atEnd)
    {
        // A close releases nothing. A release that was not done leaves a dead owner.
        bool closed = _deed == Deed.CloseOwnedMutex;
        return !_sleepers[0].Comes()
            ? $"lost wake-up: the sleeper does not get '{_given.Name}' after its owner"
            : _given.FindWrongOwner(_sleepers[0].Reports, least: closed ? 1 : 0, most: atEnd && !closed ? 0 : 1);
    }

    private string? FindWrongDoor(bool atEnd)
    {
        int come = _sleepers.Count(sleeper => sleeper.Settle());
        bool happened = atEnd || come > 0;
        bool mustBeSet = happened && _deed == Deed.SetManualEvent;
        if (_given.Left != (mustBeSet ? 1 : 0))
        {
            return $"'{_given.Name}' is {(mustBeSet ? "reset" : "set")}, and {come} of {Crowd} sleepers have come through";
        }

        if (!happened)
        {
            _given.Give();
        }

        return _sleepers.All(sleeper => sleeper.Comes())
            ? null
            : $"lost wake-up: {come} of {Crowd} sleepers came through '{_given.Name}'{(happened ? "" : ", which was set once more")}";
    }

    private string? FindWrongCount(bool atEnd)
    {
        int come = _sleepers.Count(sleeper => sleeper.Settle());
        if (come > 1 || (come == 0 && (atEnd || _given.Left != 0)))
        {
            return $"{(come == 0 ? "lost wake-up: " : "")}{come} of {_sleepers.Length} sleepers came through '{_given.Name}', which was given to one, {_given.Left} left";
        }

        // The others need one each.
        for (int more = come; more < _sleepers.Length; more++)
        {
            _given.Give();
            if (!SpinWait.SpinUntil(() => _sleepers.Count(sleeper => sleeper.HasCome) > more, Sleeper.HangLimit))
            {
                return $"lost wake-up: {more} of {_sleepers.Length} sleepers came through '{_given.Name}', which was given once more";
            }
        }

        return _given.Left == 0 ? null : $"'{_given.Name}' has {_given.Left} left when all have come through";
    }
}
