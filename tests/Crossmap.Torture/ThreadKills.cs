using System.Diagnostics;

namespace Crossmap.Torture;

/// <summary>
/// Kills among processes of threads that own things and wait for things. Every thread notes what it takes before and after, so that each death
/// is accounted for: who surely owned what, and who perhaps. Now and then all work ends, and then everybody must get through whatever he waits
/// for, and the account must be even; or all die at once, with what they own.
/// </summary>
internal abstract class ThreadKills : IDisposable
{
    /// <summary>Microseconds between two blows, at most.</summary>
    private const int LongestPause = 4000;

    /// <summary>Powers of ten: deeds of its threads until a process may be struck, every order of magnitude as likely.</summary>
    private const double LongestLifeLog = 2.8;

    /// <summary>One in so many is struck before its first deed.</summary>
    private const int Stillborn = 16;

    private const int LongestStopMilliseconds = 20;

    /// <summary>A deed takes microseconds; this only tells a hang from a busy machine.</summary>
    private static readonly TimeSpan HangLimit = TimeSpan.FromSeconds(10), LongestLook = TimeSpan.FromMilliseconds(100);

    private readonly TimeSpan _betweenQuietMoments;
    private readonly WorkerProcess[] _workers;
    private readonly int _threads;
    private long _lastLife;
    private int _stops, _quietMoments, _massacres;

    /// <param name="folder">Of the run.</param>
    /// <param name="control">Of the run.</param>
    /// <param name="violations">Of the run.</param>
    /// <param name="options">Of the run.</param>
    /// <param name="random">Of the run.</param>
    /// <param name="verb">What the processes are started as.</param>
    /// <param name="threads">Of each process.</param>
    /// <param name="betweenQuietMoments">How long all work in between.</param>
    protected ThreadKills(
        RunFolder folder, ControlBlock control, ViolationLog violations, TortureOptions options, Random random, string verb, int threads, TimeSpan betweenQuietMoments)
    {
        Folder = folder;
        Control = control;
        Violations = violations;
        Random = random;
        _threads = threads;
        _betweenQuietMoments = betweenQuietMoments;
        _workers = new WorkerProcess[options.Processes];
        control.Shared.Slots = SyncSlot.Of(_workers.Length, 0);
        for (int i = 0; i < _workers.Length; i++)
        {
            // Lives are counted from the beginning, and none of those was killed yet.
            control.Life(i) = default;
            _workers[i] = new WorkerProcess(folder, control, i, verb);
        }
    }

    protected delegate long Figure(in SyncSlot slot);

    public int Kills { get; private set; }

    public long Operations => Sum((in SyncSlot slot) => slot.Progress);

    public abstract string Summary { get; }

    protected ControlBlock Control { get; }

    protected ViolationLog Violations { get; }

    protected Random Random { get; }

    protected RunFolder Folder { get; }

    /// <summary>What makes all park in the end; see <see cref="ControlBlock.Words.Pause"/>.</summary>
    protected virtual int LastPause => 1;

    protected string KillsSummary => $"{Kills} processes of {_threads} threads, {_stops} stops, {_quietMoments} quiet moments, {_massacres} times all at once";

    protected IEnumerable<int> Slots =>
        from process in Enumerable.Range(0, _workers.Length)
        from thread in Enumerable.Range(0, _threads)
        select SyncSlot.Of(process, thread);

    public void Run(Func<bool> until)
    {
        Begin();
        var sinceQuiet = Stopwatch.StartNew();
        while (!until())
        {
            StartMissing();
            if (sinceQuiet.Elapsed > _betweenQuietMoments)
            {
                if (Random.Next(4) == 0)
                {
                    Massacre();
                    Begin();
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

    public virtual void Dispose()
    {
        foreach (WorkerProcess worker in _workers)
        {
            worker.Process?.Kill();

            // The next ones that use the slots begin with nothing.
            worker.Slot = default;
        }

        foreach (int slot in Slots)
        {
            Control.Sync(slot) = default;
        }
    }

    /// <summary>Nobody lives, and work is about to begin.</summary>
    protected virtual void Begin()
    {
    }

    /// <summary>Before all park: waits for what must come to pass without anybody who starts anew. False: it does not.</summary>
    protected virtual bool Drain() => true;

    /// <summary>So that nobody waits forever for what everybody else waits for too.</summary>
    protected abstract void Signal();

    /// <summary>Called again and again until all have parked: gives those that sleep rightly what they sleep for.</summary>
    protected abstract void SignalLast();

    /// <summary>The thread is dead, and the kernel has done for it whatever it does for the dead.</summary>
    protected abstract void Bury(ref SyncSlot slot);

    /// <summary>As the other; with its number.</summary>
    protected virtual void Bury(ref SyncSlot slot, int number) => Bury(ref slot);

    /// <summary>The thread has parked: what it noted is taken to the account.</summary>
    protected abstract void Close(ref SyncSlot slot);

    /// <summary>All have parked, or all are dead: it must show that nothing is owned, and the account is settled.</summary>
    protected abstract void NobodyOwnsAnything(string when);

    /// <summary>What the thread waits for, for the report of a hang.</summary>
    protected abstract string DescribeWait(in SyncSlot slot);

    /// <summary>How the objects look at this moment, for the report of a hang.</summary>
    protected abstract string DescribeObjects();

    protected long Sum(Figure figure) => Slots.Sum(slot => figure(in Control.Sync(slot)));

    /// <summary>What stands in a record now that nobody owns it: it is put right.</summary>
    protected void Inspect(int number, string name, bool tellsOfDeaths, bool abandoned, string when)
    {
        if (Control.FindForeign(number, name, tellsOfDeaths, abandoned) is { } wrong)
        {
            Violations.Add($"{when}: {wrong}");
        }

        ref GuardedRecord record = ref Control.Guarded(number);
        record.Owner = 0;
        record.Second = record.First;
    }

    /// <summary>Half of them at a sharp moment, which costs a processor; but never while nobody is to be struck, who needs that processor.</summary>
    private void Pause(bool isLeisure)
    {
        int microseconds = Random.Next(LongestPause);
        if (isLeisure || microseconds > LongestPause / 2)
        {
            Thread.Sleep(isLeisure ? 1 : microseconds / 1000);
        }
        else
        {
            Thread.SpinWait(microseconds * 10);
        }
    }

    /// <summary>Whether that process is there, in its current life.</summary>
    protected bool Lives(int process) => _workers[process].Process is not null;

    /// <summary>Starts who is missing, and attends to all.</summary>
    protected void StartMissing()
    {
        foreach (WorkerProcess worker in _workers)
        {
            Notice(worker);
            if (worker.Process is null)
            {
                Control.Life(worker.Index).Current = ++_lastLife;
                worker.Start(Random.Next(), Random.Next(Stillborn) == 0 ? 0 : (long)Math.Pow(10, Random.NextDouble() * LongestLifeLog));
            }

            worker.ContinueIfDue();
        }
    }

    /// <summary>Kills so many of those who live, whatever they are at; perhaps fewer.</summary>
    protected void KillSome(int count)
    {
        WorkerProcess[] living = [.. _workers.Where(worker => worker.Process is not null)];
        Random.Shuffle(living);
        Kill(living[..Math.Min(count, living.Length)]);
    }

    /// <summary>
    /// Waits until something has come to pass. False: nobody makes any progress, and it has not; the hang is reported.
    /// </summary>
    /// <param name="there">Whether it has.</param>
    /// <param name="attend">Called again and again meanwhile.</param>
    /// <param name="isMissed">Of those who have not parked: who is to be reported.</param>
    protected bool Reach(Func<bool> there, Action attend, Func<int, bool> isMissed)
    {
        var sinceLook = Stopwatch.StartNew();
        TimeSpan sinceProgress = TimeSpan.Zero;
        long before = -1;
        while (!there())
        {
            attend();
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
                ReportHang(isMissed);
                return false;
            }
        }

        return true;
    }

    /// <summary>Lets go on who has been stopped long enough; starts nobody as long as anybody lives.</summary>
    protected void AttendLiving()
    {
        if (_workers.All(worker => worker.Process is null))
        {
            StartMissing();
        }

        foreach (WorkerProcess worker in _workers)
        {
            Notice(worker);
            worker.ContinueIfDue();
        }
    }

    /// <summary>Notices who ended unasked.</summary>
    private void Notice(WorkerProcess worker)
    {
        if (worker.Process is { } process && process.HasEnded())
        {
            Violations.Add($"worker {worker.Index} ended by itself: {process.Ending}");
            Control.Life(worker.Index).Killed = Control.Life(worker.Index).Current;
            Bury(worker);
        }
    }

    /// <summary>Strikes one or two of those who have lived as long as they were given.</summary>
    private void Strike(WorkerProcess[] old)
    {
        if (old.Length == 0)
        {
            return;
        }

        WorkerProcess worker = old[Random.Next(old.Length)];
        if (Random.Next(5) == 0)
        {
            worker.Stop(Random.Next(LongestStopMilliseconds));
            _stops++;
            return;
        }

        // Often two at a time: the owner, and whom his death wakes.
        WorkerProcess other = old[Random.Next(old.Length)];
        Kill(Random.Next(3) == 0 && other != worker ? [worker, other] : [worker]);
    }

    private void Kill(WorkerProcess[] victims)
    {
        foreach (WorkerProcess worker in victims)
        {
            // Before the blow: from now on its threads may be found dead.
            ref SyncLife life = ref Control.Life(worker.Index);
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

    private void Bury(WorkerProcess worker)
    {
        for (int thread = 0; thread < _threads; thread++)
        {
            ref SyncSlot slot = ref Control.Sync(SyncSlot.Of(worker.Index, thread));
            slot.Parked = 0;
            slot.Waits = 0;
            Bury(ref slot, SyncSlot.Of(worker.Index, thread));
        }

        worker.Forget();
    }

    /// <summary>No more work, and no more blows: everybody must get through what he is at, and own nothing then.</summary>
    private void MakeQuiet()
    {
        bool isSound = Drain();
        Volatile.Write(ref Control.Shared.Pause, LastPause);
        isSound = isSound && Reach(
            () => Slots.All(slot => Volatile.Read(ref Control.Sync(slot).Parked) != 0),
            () =>
            {
                StartMissing();
                SignalLast();
            },
            isMissed: _ => true);
        if (!isSound)
        {
            Massacre();
        }

        foreach (int slot in Slots)
        {
            Close(ref Control.Sync(slot));
        }

        if (isSound)
        {
            NobodyOwnsAnything("when all had parked");
        }
        else
        {
            Begin();
        }

        _quietMoments++;
        Volatile.Write(ref Control.Shared.Pause, 0);
    }

    /// <summary>All die with what they own.</summary>
    private void Massacre()
    {
        Kill([.. _workers.Where(worker => worker.Process is not null)]);
        NobodyOwnsAnything("when all had been killed");
        _massacres++;
    }

    private void ReportHang(Func<int, bool> isMissed)
    {
        for (int process = 0; process < _workers.Length; process++)
        {
            for (int thread = 0; thread < _threads; thread++)
            {
                ref readonly SyncSlot slot = ref Control.Sync(SyncSlot.Of(process, thread));
                if (slot.Parked == 0 && isMissed(SyncSlot.Of(process, thread)))
                {
                    Violations.Add(
                        $"lost wake-up: thread {thread} of process {process} does not get through a wait for {DescribeWait(in slot)}: {DescribeObjects()}; {_workers[process].Process?.DescribeThreads()}");
                }
            }
        }
    }
}
