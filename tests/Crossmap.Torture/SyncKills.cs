namespace Crossmap.Torture;

/// <summary>Kills among owners of mutexes and those who wait for mutexes, events and counts, of the objects by name or of those in a view.</summary>
internal sealed class SyncKills : ThreadKills
{
    /// <summary>Longer than a start takes, so that there is work between.</summary>
    private static readonly TimeSpan BetweenQuietMoments = TimeSpan.FromMilliseconds(700);

    private readonly bool _inView;
    private readonly SyncObjects _objects;
    private readonly GateAccount _counts;
    private readonly AbandonmentAccount[] _mutexes = [.. Enumerable.Range(0, SyncObjects.Mutexes).Select(_ => new AbandonmentAccount())];
    private bool _turnMayBeLost;
    private int _turnsRestored;

    public SyncKills(RunFolder folder, ControlBlock control, ViolationLog violations, TortureOptions options, Random random, bool inView)
        : base(folder, control, violations, options, random, inView ? SyncWorker.ViewVerb : SyncWorker.Verb, SyncWorker.Threads, BetweenQuietMoments)
    {
        _inView = inView;
        _objects = inView ? SyncObjects.CreateInView() : SyncObjects.Named();
        _counts = new GateAccount((NamedSemaphore)_objects[SyncObjects.Counts], SyncObjects.NameOf(SyncObjects.Counts));
    }

    public override string Summary =>
        $"kills of owners and waiters{(_inView ? " in a view" : "")}: {KillsSummary}; " +
        $"{Sum((in SyncSlot slot) => slot.Acquisitions)} acquisitions, {Sum((in SyncSlot slot) => slot.Recursions)} recursions, " +
        $"{Sum((in SyncSlot slot) => slot.Signals)} signals received; {_mutexes.Sum(mutex => mutex.TotalReported)} times abandonment was reported for " +
        $"{_mutexes.Sum(mutex => mutex.TotalSurely)} who surely died owning and {_mutexes.Sum(mutex => mutex.TotalPerhaps)} killed inside a call; {_turnsRestored} turns died with their owner";

    public override void Dispose()
    {
        base.Dispose();
        _objects.Dispose();
    }

    protected override void Signal()
    {
        _objects.Event(Random.Next(SyncObjects.Bell, SyncObjects.Door + 1)).Set();
        if (Random.Next(2) == 0)
        {
            _objects.Event(SyncObjects.Door).Reset();
        }
    }

    /// <summary>An event is set only when it is not set, so who sleeps beside a set one, beside a count or beside a free mutex sleeps on.</summary>
    protected override void SignalLast()
    {
        SetIfReset(SyncObjects.Bell);
        SetIfReset(SyncObjects.Door);
    }

    protected override void Bury(ref SyncSlot slot)
    {
        _counts.Lose(slot.Counts);
        slot.Counts = 0;
        Close(ref slot);
        ref long turn = ref slot.ExclusiveOf(SyncObjects.Turn);
        int state = SyncSlot.StateOf(turn);
        turn = SyncSlot.NotOwned;
        if (state == SyncSlot.Owned)
        {
            // Nobody but the dead had it, so nobody has it now.
            _objects.Event(SyncObjects.Turn).Set();
            _turnsRestored++;
        }

        _turnMayBeLost |= state is SyncSlot.Taking or SyncSlot.Releasing;
    }

    protected override void Close(ref SyncSlot slot)
    {
        for (int mutex = 0; mutex < SyncObjects.Mutexes; mutex++)
        {
            _mutexes[mutex].Close(ref slot.ExclusiveOf(mutex));
        }
    }

    protected override void NobodyOwnsAnything(string when)
    {
        for (int number = 0; number < SyncObjects.Mutexes; number++)
        {
            if (_mutexes[number].FindWrong(_objects.Mutex(number), SyncObjects.NameOf(number), abandoned => Inspect(number, abandoned, when)) is { } uneven)
            {
                Violations.Add($"{when} {uneven}");
            }
        }

        NamedEvent turn = _objects.Event(SyncObjects.Turn);
        // A wait and no try: who was killed handing it over left it to those who wait.
        if (turn.Wait(TimeSpan.FromMilliseconds(1)))
        {
            Inspect(SyncObjects.Turn, abandoned: false, when);
        }
        else if (!_turnMayBeLost)
        {
            Violations.Add($"{when} the turn is lost, and nobody died taking or setting it");
        }

        _turnMayBeLost = false;
        turn.Set();
        if (_counts.Settle() is { } wrong)
        {
            Violations.Add($"{when} {wrong}");
        }
    }

    protected override string DescribeWait(in SyncSlot slot)
    {
        int waits = slot.Waits;
        return waits == 0 ? "nothing" : string.Join(" and ", Enumerable.Range(0, SyncObjects.Number).Where(number => (waits & (1 << number)) != 0).Select(SyncObjects.NameOf));
    }

    protected override string DescribeObjects() => _objects.Describe();

    private void Inspect(int number, bool abandoned, string when) =>
        Inspect(number, SyncObjects.NameOf(number), tellsOfDeaths: number < SyncObjects.Mutexes, abandoned, when);

    private void SetIfReset(int number)
    {
        if (!_objects.Event(number).IsSet)
        {
            _objects.Event(number).Set();
        }
    }
}
