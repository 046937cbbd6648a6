using System.Diagnostics;

namespace Crossmap.Torture;

/// <summary>
/// Kills among owners of mutexes and those who wait for mutexes, events and counts. Every thread notes what it takes before and after, so
/// that each death is accounted for: who surely owned what, and who perhaps. Now and then all work ends, and then everybody must get
/// through whatever he waits for, no mutex may be left owned, and the account must be even.
/// </summary>
internal sealed class SyncKills : IDisposable
{
    /// <summary>Microseconds between two blows, at most.</summary>
    private const int LongestPause = 4000;

    /// <summary>Powers of ten: deeds of its threads until a process may be struck, every order of magnitude as likely.</summary>
    private const double LongestLifeLog = 2.8;

    /// <summary>One in so many is struck before its first deed.</summary>
    private const int Stillborn = 16;

    private const int LongestStopMilliseconds = 20;

    /// <summary>Longer than a start takes, so that there is work between.</summary>
    private static readonly TimeSpan BetweenQuietMoments = TimeSpan.FromMilliseconds(700);

    /// <summary>A deed takes microseconds; this only tells a hang from a busy machine.</summary>
    private static readonly TimeSpan HangLimit = TimeSpan.FromSeconds(10), LongestLook = TimeSpan.FromMilliseconds(100);

    private readonly ControlBlock _control;
    private readonly ViolationLog _violations;
    private readonly Random _random;
    private readonly WorkerProcess[] _workers;
    private readonly GateAccount _counts = new(SyncObjects.NameOf(SyncObjects.Counts));
    private readonly SyncObjects _objects = new();
    private readonly AbandonmentAccount[] _mutexes = [.. Enumerable.Range(0, SyncObjects.Mutexes).Select(_ => new AbandonmentAccount())];
    private long _lastLife;
    private bool _turnMayBeLost;
    private int _stops, _quietMoments, _massacres, _turnsRestored;

    public SyncKills(RunFolder folder, ControlBlock control, ViolationLog violations, TortureOptions options, Random random)
    {
        _control = control;
        _violations = violations;
        _random = random;
        _workers = new WorkerProcess[options.Processes];
        for (int i = 0; i < _workers.Length; i++)
        {
            _workers[i] = new WorkerProcess(folder, control, i, SyncWorker.Verb);
        }
    }

    private delegate long Figure(in SyncSlot slot);

    public int Kills { get; private set; }

    public long Operations => Sum((in SyncSlot slot) => slot.Progress);

    public string Summary =>
        $"kills of owners and waiters: {Kills} processes of {SyncWorker.Threads} threads, {_stops} stops, {_quietMoments} quiet moments, {_massacres} times all at once; " +
        $"{Sum((in SyncSlot slot) => slot.Acquisitions)} acquisitions, {Sum((in SyncSlot slot) => slot.Recursions)} recursions, " +
        $"{Sum((in SyncSlot slot) => slot.Signals)} signals received; {_mutexes.Sum(mutex => mutex.TotalReported)} times abandonment was reported for " +
        $"{_mutexes.Sum(mutex => mutex.TotalSurely)} who surely died owning and {_mutexes.Sum(mutex => mutex.TotalPerhaps)} killed inside a call; {_turnsRestored} turns died with their owner";

    private int Slots => _workers.Length * SyncWorker.Threads;

    public void Run(Func<bool> until)
    {
        var sinceQuiet = Stopwatch.StartNew();
        while (!until())
        {
            foreach (WorkerProcess worker in _workers)
            {
                Attend(worker);
            }

            if (sinceQuiet.Elapsed > BetweenQuietMoments)
            {
                if (_random.Next(4) == 0)
                {
                    Massacre();
                }
                else
                {
                    MakeQuiet();
                }

                sinceQuiet.Restart();
            }

            WorkerProcess[] old = [.. _workers.Where(worker => worker.IsOld)];
            Pause(old.Length == 0);
            Signal();
            Strike(old);
        }

        MakeQuiet();
        Massacre();
    }

    public void Dispose()
    {
        foreach (WorkerProcess worker in _workers)
        {
            worker.Process?.Kill();

            // The next ones that use the slot begin with nothing.
            worker.Slot = default;
        }

        _objects.Dispose();
        _counts.Dispose();
    }

    /// <summary>Half of them at a sharp moment, which costs a processor; but never while nobody is to be struck, who needs that processor.</summary>
    private void Pause(bool isLeisure)
    {
        int microseconds = _random.Next(LongestPause);
        if (isLeisure || microseconds > LongestPause / 2)
        {
            Thread.Sleep(isLeisure ? 1 : microseconds / 1000);
        }
        else
        {
            Thread.SpinWait(microseconds * 10);
        }
    }

    /// <summary>So that nobody waits forever for what everybody else waits for too.</summary>
    private void Signal()
    {
        _objects.Event(_random.Next(SyncObjects.Bell, SyncObjects.Door + 1)).Set();
        if (_random.Next(2) == 0)
        {
            _objects.Event(SyncObjects.Door).Reset();
        }
    }

    /// <summary>Starts what is missing, lets go on who has been stopped long enough; notices who ended unasked.</summary>
    private void Attend(WorkerProcess worker)
    {
        if (worker.Process is { } process && process.HasEnded())
        {
            _violations.Add($"sync worker {worker.Index} ended by itself: {process.Ending}");
            _control.Life(worker.Index).Killed = _control.Life(worker.Index).Current;
            Bury(worker);
        }

        if (worker.Process is null)
        {
            _control.Life(worker.Index).Current = ++_lastLife;
            worker.Start(_random.Next(), _random.Next(Stillborn) == 0 ? 0 : (long)Math.Pow(10, _random.NextDouble() * LongestLifeLog));
        }

        worker.ContinueIfDue();
    }

    /// <summary>Strikes one or two of those who have lived as long as they were given.</summary>
    private void Strike(WorkerProcess[] old)
    {
        if (old.Length == 0)
        {
            return;
        }

        WorkerProcess worker = old[_random.Next(old.Length)];
        if (_random.Next(5) == 0)
        {
            worker.Stop(_random.Next(LongestStopMilliseconds));
            _stops++;
            return;
        }

        // Often two at a time: the owner, and whom his death wakes.
        WorkerProcess other = old[_random.Next(old.Length)];
        Kill(_random.Next(3) == 0 && other != worker ? [worker, other] : [worker]);
    }

    private void Kill(WorkerProcess[] victims)
    {
        foreach (WorkerProcess worker in victims)
        {
            // Before the blow: from now on its threads may be found dead.
            ref SyncLife life = ref _control.Life(worker.Index);
            Volatile.Write(ref life.Killed, life.Current);
            worker.Process!.Signal(Native.SIGKILL);
        }

        foreach (WorkerProcess worker in victims)
        {
            worker.Process!.Kill();
            Kills++;
            Bury(worker);
        }
    }

    /// <summary>The process is dead and reaped: the kernel has done for it whatever it does for the dead.</summary>
    private void Bury(WorkerProcess worker)
    {
        for (int thread = 0; thread < SyncWorker.Threads; thread++)
        {
            ref SyncSlot slot = ref _control.Sync((worker.Index * SyncWorker.Threads) + thread);
            _counts.Lose(slot.Counts);
            slot.Counts = 0;
            slot.Parked = 0;
            slot.Waits = 0;
            CloseMutexes(ref slot);
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

        worker.Forget();
    }

    private void CloseMutexes(ref SyncSlot slot)
    {
        for (int mutex = 0; mutex < SyncObjects.Mutexes; mutex++)
        {
            _mutexes[mutex].Close(ref slot.ExclusiveOf(mutex));
        }
    }

    /// <summary>
    /// No more work, and no more blows: everybody must get through what he is at, and own nothing then. The controller sets an event only
    /// when it is not set, so who sleeps beside a set one, beside a count or beside a free mutex sleeps on.
    /// </summary>
    private void MakeQuiet()
    {
        Volatile.Write(ref _control.Shared.Pause, 1);
        var sinceLook = Stopwatch.StartNew();
        TimeSpan sinceProgress = TimeSpan.Zero;
        long before = -1;
        while (!AllParked())
        {
            foreach (WorkerProcess worker in _workers)
            {
                Attend(worker);
            }

            SetIfReset(SyncObjects.Bell);
            SetIfReset(SyncObjects.Door);
            Thread.Sleep(1);
            long progress = Operations + Sum((in SyncSlot slot) => slot.Parked);

            // A virtual machine may stand still as a whole: what passed between two looks counts no more than what a busy one takes.
            sinceProgress += TimeSpan.FromTicks(Math.Min(sinceLook.Elapsed.Ticks, LongestLook.Ticks));
            sinceLook.Restart();
            if (progress != before || _workers.Any(worker => worker.IsStopped))
            {
                before = progress;
                sinceProgress = TimeSpan.Zero;
            }
            else if (sinceProgress > HangLimit)
            {
                ReportHang();
                Massacre();
                break;
            }
        }

        for (int slot = 0; slot < Slots; slot++)
        {
            CloseMutexes(ref _control.Sync(slot));
        }

        NobodyOwnsAnything("when all had parked");
        _quietMoments++;
        Volatile.Write(ref _control.Shared.Pause, 0);
    }

    /// <summary>All die with what they own.</summary>
    private void Massacre()
    {
        Kill([.. _workers.Where(worker => worker.Process is not null)]);
        NobodyOwnsAnything("when all had been killed");
        _massacres++;
    }

    private void NobodyOwnsAnything(string when)
    {
        for (int number = 0; number < SyncObjects.Mutexes; number++)
        {
            NamedMutex mutex = _objects.Mutex(number);
            bool abandoned = false;
            try
            {
                if (!mutex.TryWait())
                {
                    _violations.Add($"{when} '{mutex.Name}' is still owned");
                    continue;
                }
            }
            catch (AbandonedMutexException)
            {
                abandoned = true;
                _mutexes[number].Report(1);
            }

            Inspect(number, abandoned, when);
            mutex.Release();
            if (_mutexes[number].Settle() is { } uneven)
            {
                _violations.Add($"{when} '{mutex.Name}' {uneven}");
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
            _violations.Add($"{when} the turn is lost, and nobody died taking or setting it");
        }

        _turnMayBeLost = false;
        turn.Set();
        if (_counts.Settle() is { } wrong)
        {
            _violations.Add($"{when} {wrong}");
        }
    }

    private void Inspect(int number, bool abandoned, string when)
    {
        if (_control.FindForeign(number, abandoned) is { } wrong)
        {
            _violations.Add($"{when}: {wrong}");
        }

        ref GuardedRecord record = ref _control.Guarded(number);
        record = new GuardedRecord { First = record.First, Second = record.First };
    }

    private bool AllParked()
    {
        for (int slot = 0; slot < Slots; slot++)
        {
            if (Volatile.Read(ref _control.Sync(slot).Parked) == 0)
            {
                return false;
            }
        }

        return true;
    }

    private void SetIfReset(int number)
    {
        if (!_objects.Event(number).IsSet)
        {
            _objects.Event(number).Set();
        }
    }

    private void ReportHang()
    {
        for (int slot = 0; slot < Slots; slot++)
        {
            if (_control.Sync(slot) is { Parked: 0, Waits: var waits })
            {
                string what = string.Join(" and ", Enumerable.Range(0, SyncObjects.Number).Where(number => (waits & (1 << number)) != 0).Select(SyncObjects.NameOf));
                _violations.Add(
                    $"lost wake-up: thread {slot % SyncWorker.Threads} of process {slot / SyncWorker.Threads} does not get through a wait for {(what.Length == 0 ? "nothing" : what)}: {_objects.Describe()}; {_workers[slot / SyncWorker.Threads].Process?.DescribeThreads()}");
            }
        }
    }

    private long Sum(Figure figure)
    {
        long sum = 0;
        for (int slot = 0; slot < Slots; slot++)
        {
            sum += figure(in _control.Sync(slot));
        }

        return sum;
    }
}
