namespace Crossmap.Torture;

/// <summary>
/// Kills among readers and writers of reader-writer locks, and among those who wait for a condition and who notify them. A notification that was
/// completed has reached all who waited before it, whoever was killed meanwhile; for those whom none has reached the controller makes one
/// when all others have parked, and one must be enough.
/// </summary>
internal sealed class LockKills : ThreadKills
{
    /// <summary>
    /// Often: the next notification makes up for one that did not reach somebody. There is work between all the same, for most processes live on.
    /// </summary>
    private static readonly TimeSpan BetweenQuietMoments = TimeSpan.FromMilliseconds(200);

    /// <summary>Blows between the crowd's coming and its going, on average.</summary>
    private const int CrowdTurn = 32;

    private readonly LockObjects _objects = LockObjects.Create();
    private readonly AbandonmentAccount[] _accounts = [.. Enumerable.Range(0, LockObjects.Exclusives).Select(_ => new AbandonmentAccount())];
    private readonly long[] _readReports = new long[LockObjects.Locks];
    private long _totalReadReports;
    private int _lastNotifications;

    public LockKills(RunFolder folder, ControlBlock control, ViolationLog violations, TortureOptions options, Random random)
        : base(folder, control, violations, options, random, SyncWorker.LockVerb, SyncWorker.LockThreads, BetweenQuietMoments)
    {
    }

    public override string Summary =>
        $"kills inside locks and monitors: {KillsSummary}; " +
        $"{Sum((in SyncSlot slot) => slot.Acquisitions)} acquisitions, at most {Slots.Max(slot => Control.Sync(slot).MostReaders)} readers at once, " +
        $"{Sum((in SyncSlot slot) => slot.Notifications)} notifications received, {_lastNotifications} given by the controller to those whom none had reached; " +
        $"{Told(0, LockObjects.FirstMutex)} writers and {_totalReadReports} readers, and {Told(LockObjects.FirstMutex, LockObjects.Exclusives)} owners of mutexes were told of the dead";

    public override void Dispose()
    {
        base.Dispose();
        _objects.Dispose();
    }

    /// <summary>A notification now and then, for all threads may sleep for one; and the crowd comes and goes.</summary>
    protected override void Signal()
    {
        if (Random.Next(CrowdTurn) == 0)
        {
            Control.Shared.Crowds ^= 1;
        }

        if (Random.Next(16) == 0)
        {
            _ = TryNotify(Random.Next(LockObjects.Monitors));
        }
    }

    protected override void SignalLast()
    {
        int waited = 0;
        foreach (int slot in Slots)
        {
            if (Volatile.Read(ref Control.Sync(slot).Parked) == 0)
            {
                int waits = FindRightfulSleep(slot);
                if (waits < 0)
                {
                    return;
                }

                waited |= 1 << waits;
            }
        }

        for (int monitor = 0; monitor < LockObjects.Monitors; monitor++)
        {
            if ((waited & (1 << monitor)) != 0 && TryNotify(monitor))
            {
                _lastNotifications++;
            }
        }
    }

    protected override void Bury(ref SyncSlot slot)
    {
        Close(ref slot);
        for (int i = 0; i < LockObjects.Locks; i++)
        {
            slot.StintOf(i) = 0;
        }

        for (int i = 0; i < LockObjects.Monitors; i++)
        {
            slot.SinceOf(i) = 0;
        }
    }

    protected override void Close(ref SyncSlot slot)
    {
        for (int number = 0; number < LockObjects.Exclusives; number++)
        {
            _accounts[number].Close(ref slot.ExclusiveOf(number));
        }

        for (int number = 0; number < LockObjects.Locks; number++)
        {
            _readReports[number] += slot.ReadReportsOf(number);
            slot.ReadReportsOf(number) = 0;
        }
    }

    protected override void NobodyOwnsAnything(string when)
    {
        for (int number = 0; number < LockObjects.Locks; number++)
        {
            if (FindWrongLock(number, when) is { } wrong)
            {
                Violations.Add($"{when} '{LockObjects.NameOf(number)}' {wrong}");
            }
        }

        for (int number = LockObjects.FirstMutex; number < LockObjects.Exclusives; number++)
        {
            int inspected = number;
            if (_accounts[number].FindWrong(
                _objects.Mutex(number - LockObjects.FirstMutex),
                LockObjects.NameOf(number),
                abandoned => Inspect(inspected, LockObjects.NameOf(inspected), tellsOfDeaths: true, abandoned, when)) is { } uneven)
            {
                Violations.Add($"{when} {uneven}");
            }
        }
    }

    protected override string DescribeWait(in SyncSlot slot)
    {
        for (int number = 0; number < LockObjects.Locks; number++)
        {
            string? what =
                (slot.Waits & (1 << (LockThread.ReadsShift + number))) != 0 ? $"{LockObjects.NameOf(number)} to read"
                : (slot.Waits & (1 << (LockThread.WritesShift + number))) != 0 ? $"{LockObjects.NameOf(number)} to write"
                : (slot.Waits & (1 << (LockThread.MutexShift + number))) != 0 ? LockObjects.NameOf(LockObjects.FirstMutex + number)
                : (slot.Waits & (1 << (LockThread.ConditionShift + number))) != 0
                    ? $"the condition of {LockObjects.NameOf(LockObjects.FirstMutex + number)}, to see the end of generation {slot.AwaitedGeneration(number)}, where {Control.Guarded(LockObjects.FirstMutex + number).Notified} was notified"
                    : null;
            if (what is not null)
            {
                return what;
            }
        }

        return "nothing";
    }

    protected override string DescribeObjects() => _objects.Describe();

    /// <summary>The monitor for whose condition the thread sleeps, not notified by anybody yet; -1 when it does not.</summary>
    private int FindRightfulSleep(int slot)
    {
        for (int monitor = 0; monitor < LockObjects.Monitors; monitor++)
        {
            // What was notified first: it only grows.
            long notified = Volatile.Read(ref Control.Guarded(LockObjects.FirstMutex + monitor).Notified);
            long since = Volatile.Read(ref Control.Sync(slot).SinceOf(monitor));
            if (since != 0 && notified < since)
            {
                return monitor;
            }
        }

        return -1;
    }

    /// <summary>A new generation made by the controller; false when the mutex was not to be had at once: its owner may have been stopped.</summary>
    private bool TryNotify(int monitor)
    {
        int number = LockObjects.FirstMutex + monitor;
        NamedMutex mutex = _objects.Mutex(monitor);
        bool abandoned = false;
        try
        {
            if (!mutex.TryWait())
            {
                return false;
            }
        }
        catch (AbandonedMutexException)
        {
            abandoned = true;
            _accounts[number].Report(1);
        }

        Inspect(number, LockObjects.NameOf(number), tellsOfDeaths: true, abandoned, "to the controller");
        long generation = ++Control.Guarded(number).Generation;
        mutex.Release();
        _objects.Condition(monitor).NotifyAll();
        Control.NoteNotified(number, generation);
        return true;
    }

    /// <summary>Nobody is inside: all places are free, and it can be written and then read by the first who tries.</summary>
    private string? FindWrongLock(int number, string when)
    {
        NamedReaderWriterLock @lock = _objects.Lock(number);
        if (@lock.CurrentReadCount is not 0 and var readers)
        {
            return $"still has {readers} readers";
        }

        bool abandoned = false;
        try
        {
            if (!@lock.TryEnterWriteLock(TimeSpan.Zero))
            {
                return "cannot be written";
            }
        }
        catch (AbandonedMutexException)
        {
            abandoned = true;
            _accounts[number].Report(1);
        }

        Inspect(number, LockObjects.NameOf(number), tellsOfDeaths: true, abandoned, when);
        @lock.ExitWriteLock();
        try
        {
            if (!@lock.TryEnterReadLock(TimeSpan.Zero))
            {
                return "cannot be read";
            }
        }
        catch (AbandonedMutexException)
        {
            return "is called abandoned by a reader after a writer has put it right";
        }

        @lock.ExitReadLock();
        long readReports = _readReports[number];
        _totalReadReports += readReports;
        _readReports[number] = 0;
        bool nobodyDied = _accounts[number].NobodyDied;
        return _accounts[number].Settle() ?? (readReports != 0 && nobodyDied ? $"was called abandoned {readReports} times by readers, and no writer died inside" : null);
    }

    private string Told(int from, int to) =>
        $"{_accounts[from..to].Sum(account => account.TotalReported)} (for {_accounts[from..to].Sum(account => account.TotalSurely)} surely, {_accounts[from..to].Sum(account => account.TotalPerhaps)} perhaps)";
}
