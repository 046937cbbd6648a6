namespace Crossmap.Torture;

/// <summary>
/// Kills waiters who were just woken. On each of many semaphores a victim sleeps first and a survivor second; a release wakes the victim,
/// and at once his process is killed. Whatever he has not taken must come to the survivor, who sleeps and can only be woken by the kernel,
/// on behalf of the dead.
/// </summary>
internal sealed class WakeKills : IDisposable
{
    /// <summary>A hand-on takes microseconds; this tells a lost wake-up from a busy machine.</summary>
    private static readonly TimeSpan HangLimit = TimeSpan.FromSeconds(10);

    private readonly RunFolder _folder;
    private readonly ControlBlock _control;
    private readonly ViolationLog _violations;
    private readonly Random _random;
    private readonly Survivor[] _survivors = new Survivor[Sleepers.Count];
    private int _handedOn;

    public WakeKills(RunFolder folder, ControlBlock control, ViolationLog violations, Random random)
    {
        _folder = folder;
        _control = control;
        _violations = violations;
        _random = random;
    }

    public int Kills { get; private set; }

    public int Rounds { get; private set; }

    public string Summary => $"kills of the woken: {Kills}, {Rounds} wake-ups, {_handedOn} of them handed on by the dead";

    public void Run(Func<bool> until)
    {
        for (int i = 0; i < _survivors.Length; i++)
        {
            _survivors[i] = new Survivor(i);
        }

        while (!until() && Burst())
        {
        }
    }

    public void Dispose()
    {
        foreach (Survivor survivor in _survivors)
        {
            survivor?.Dispose();
        }
    }

    /// <summary>One process of victims. False: a survivor hangs, and nothing can be done with him any more.</summary>
    private bool Burst()
    {
        for (int i = 0; i < Sleepers.Count; i++)
        {
            _control.Sleeper(i) = default;
        }

        ChildProcess victims = ChildProcess.Start(_folder, Sleepers.Verb, _folder.Path);
        int[] order = [.. Enumerable.Range(0, Sleepers.Count)];
        _random.Shuffle(order);
        if (!Reaches("all victims sleep", order, i => Sleepers.IsAsleep(victims.Id, Volatile.Read(ref _control.Sleeper(i).Thread))))
        {
            victims.Kill();
            return false;
        }

        foreach (Survivor survivor in _survivors)
        {
            survivor.Go();
        }

        if (!Reaches("all survivors sleep", order, i => Sleepers.IsAsleep(Environment.ProcessId, _survivors[i].Thread)))
        {
            victims.Kill();
            return false;
        }

        // Somewhere in the row of releases, often at its end: those released last are woken and have not run yet.
        int killAt = _random.Next(2) == 0 ? Sleepers.Count - 1 : _random.Next(Sleepers.Count);
        for (int i = 0; i < order.Length; i++)
        {
            _ = _survivors[order[i]].Semaphore.Release();
            if (i == killAt)
            {
                victims.Signal(Native.SIGKILL);
            }
        }

        victims.Kill();
        Kills++;
        Rounds += Sleepers.Count;
        bool sound = Reaches("somebody takes each count: lost wake-up", order, i => _survivors[i].Semaphore.CurrentCount == 0);
        foreach (int i in order)
        {
            // Count 0 and the survivor asleep: the victim died with it, noted or not. The dead have left the semaphore in order, so one more
            // release is enough.
            if (!_survivors[i].IsDone && !Sleepers.IsAsleep(Environment.ProcessId, _survivors[i].Thread))
            {
                _ = Reaches("the survivor is done or asleep", [i], j => _survivors[j].IsDone || Sleepers.IsAsleep(Environment.ProcessId, _survivors[j].Thread));
            }

            bool victimTook = Volatile.Read(ref _control.Sleeper(i).Taken) != 0;
            if (_survivors[i].IsDone)
            {
                _handedOn++;
                if (victimTook)
                {
                    _violations.Add($"one release of '{Sleepers.NameOf(i)}' was taken by a victim and by the survivor");
                }
            }
            else
            {
                _ = _survivors[i].Semaphore.Release();
            }
        }

        return Reaches("a release wakes the survivor after the death of the other waiter: lost wake-up", order, i => _survivors[i].IsDone)
            && Reaches("no count is left over", order, i => _survivors[i].Semaphore.CurrentCount == 0) && sound;
    }

    /// <summary>Waits until all of them have come so far; a violation when they do not.</summary>
    private bool Reaches(string what, int[] indexes, Func<int, bool> there)
    {
        long limit = Environment.TickCount64 + (long)HangLimit.TotalMilliseconds;
        foreach (int i in indexes)
        {
            while (!there(i))
            {
                if (Environment.TickCount64 > limit)
                {
                    _violations.Add($"it did not come to pass that {what} ('{Sleepers.NameOf(i)}', count {_survivors[i].Semaphore.CurrentCount})");
                    return false;
                }

                _ = Thread.Yield();
            }
        }

        return true;
    }

    /// <summary>A thread of the controller that takes one count of its semaphore in each burst.</summary>
    private sealed class Survivor : IDisposable
    {
        private readonly SemaphoreSlim _go = new(0);
        private int _thread;
        private volatile bool _done = true, _ends;

        public Survivor(int index)
        {
            Semaphore = NamedSemaphore.Create(Sleepers.NameOf(index), 0, 2);
            new Thread(Loop, 128 * 1024) { IsBackground = true }.Start();
        }

        public NamedSemaphore Semaphore { get; }

        public bool IsDone => _done;

        /// <summary>0 while it does not wait.</summary>
        public int Thread => Volatile.Read(ref _thread);

        public void Go()
        {
            Volatile.Write(ref _thread, 0);
            _done = false;
            _ = _go.Release();
        }

        public void Dispose()
        {
            _ends = true;
            _ = _go.Release();
            Semaphore.Dispose();
        }

        private void Loop()
        {
            while (true)
            {
                _go.Wait();
                if (_ends)
                {
                    return;
                }

                Volatile.Write(ref _thread, Native.gettid());
                Semaphore.Wait();
                _done = true;
            }
        }
    }
}
