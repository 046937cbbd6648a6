namespace Crossmap.Torture;

/// <summary>
/// A thread that sleeps behind the one who is killed in his wait, for the same object. As much must be taken as was given: what he was woken
/// for and did not take must come to the one behind, and nothing to both. What else he waited for is as before.
/// </summary>
internal sealed class WaitWitness : Witness
{
    private readonly Deed _deed;
    private readonly Awaited _given;
    private readonly Awaited[] _others;
    private readonly Sleeper _behind;
    private int _gifts;
    private string? _wrong;

    public WaitWitness(Deed deed, string name, Place place)
    {
        _deed = deed;
        Awaited.Kind kind = WaitableDeeds.KindOf(deed)!.Value;
        _given = new Awaited(kind, name, place, isOwned: true);
        _others = [.. WaitableDeeds.OthersOf(deed, name).Select(other => new Awaited(other.Kind, other.Name, place, isOwned: true))];
        _behind = new Sleeper(_given.Object);
    }

    public override void VictimSleeps()
    {
        if (!_behind.IsStarted)
        {
            _behind.FallAsleep();
        }
        else if (!_behind.Comes())
        {
            _wrong ??= $"lost wake-up: two sleep for '{_given.Name}' beside what was given";
        }

        // Again, if he sleeps again: the one behind was faster.
        _given.Give();
        _gifts++;
    }

    public override string? FindWrong(bool atEnd)
    {
        if (_gifts == 0)
        {
            // Killed before he slept: to the others he was never there.
            VictimSleeps();
        }

        return _wrong ?? (_given.What switch
        {
            Awaited.Kind.Mutex => FindWrongMutex(atEnd),
            Awaited.Kind.ManualEvent => FindWrongDoor(),
            _ => FindWrongCount(atEnd),
        }) ?? _others.Select(FindChanged).FirstOrDefault(wrong => wrong is not null);
    }

    public override void Dispose()
    {
        _given.Dispose();
        Array.ForEach(_others, other => other.Dispose());
    }

    /// <summary>Who came to the end of his wait died owning it; and who dismisses the thread that slept in his place perhaps does already.</summary>
    private string? FindWrongMutex(bool atEnd) => !_behind.Comes()
        ? $"lost wake-up: the sleeper behind does not get '{_given.Name}'"
        : _given.FindWrongOwner(_behind.Reports, least: atEnd ? 1 : 0, most: atEnd || _deed == Deed.WaitAnyForSecondMutex ? 1 : 0);

    private string? FindWrongDoor() => !_behind.Comes()
        ? $"lost wake-up: one of two sleeps on before '{_given.Name}', which was set"
        : _given.Left == 1 ? null : $"'{_given.Name}' was set and is reset";

    private string? FindWrongCount(bool atEnd)
    {
        int taken = atEnd ? 1 : 0;
        if (_gifts == taken)
        {
            if (_behind.Settle())
            {
                return $"what '{_given.Name}' gave once was taken by the killed and by the one behind";
            }

            _given.Give();
            _gifts++;
        }

        return !_behind.Comes()
            ? $"lost wake-up: the sleeper behind does not get what '{_given.Name}' gave, {_given.Left} left"
            : _given.Left == _gifts - taken - 1 ? null : $"of what '{_given.Name}' gave {_given.Left} are left, and it must be {_gifts - taken - 1}";
    }

    /// <summary>What somebody slept for and was not given must be as if he had not.</summary>
    private static string? FindChanged(Awaited other)
    {
        if (other.Left != 0)
        {
            return $"'{other.Name}' gives something that nobody gave it";
        }

        var sleeper = new Sleeper(other.Object);
        sleeper.FallAsleep();
        if (sleeper.HasCome)
        {
            return $"'{other.Name}' was given to somebody, and nobody gave it";
        }

        other.Give();
        return !sleeper.Comes() ? $"lost wake-up: '{other.Name}' does not come to who sleeps for it after the killed"
            : other.What == Awaited.Kind.Mutex ? other.FindWrongOwner(sleeper.Reports, least: 0, most: 0)
            : null;
    }
}
