using System.Diagnostics;

namespace Crossmap.Torture;

/// <summary>
/// Workers at full speed, and a killer among them. After every kill the names are looked at; now and then all is let go, or all are killed
/// at once, and then nothing may be left.
/// </summary>
internal sealed class RandomKills : IDisposable
{
    /// <summary>Milliseconds between two blows, at most.</summary>
    private const int LongestPause = 60;

    /// <summary>
    /// Powers of ten: a worker's life is between one step and this, every order of magnitude as likely. Measured in steps, not in time, so
    /// that also on a busy machine, where starting takes long, some die young and others come to work together.
    /// </summary>
    private const double LongestLifeLog = 4;

    /// <summary>One in so many is struck before its first step: while it opens, checks and sweeps the folder.</summary>
    private const int Stillborn = 8;

    /// <summary>Steps of all workers between two quiet moments, at least: there must be something to look at.</summary>
    private const int LeastSteps = 1000;

    private const int LongestStopMilliseconds = 50;

    private static readonly TimeSpan BetweenQuietMoments = TimeSpan.FromSeconds(2);

    private readonly RunFolder _folder;
    private readonly ControlBlock _control;
    private readonly ViolationLog _violations;
    private readonly Random _random;
    private readonly WorkerProcess[] _workers;
    private readonly GateAccount _gate = GateAccount.Create(Names.Gate);
    private readonly StoreInspection _inspection;
    private int _quietMoments, _massacres, _stops;

    public RandomKills(RunFolder folder, ControlBlock control, ViolationLog violations, TortureOptions options, Random random)
    {
        _folder = folder;
        _control = control;
        _violations = violations;
        _random = random;
        _inspection = new StoreInspection(folder, violations, whileBusy: ContinueStopped);
        _workers = new WorkerProcess[options.Processes];
        for (int i = 0; i < _workers.Length; i++)
        {
            _workers[i] = new WorkerProcess(folder, control, i);
        }
    }

    public int Kills { get; private set; }

    public long Operations => Sum((in WorkerSlot slot) => slot.Progress);

    public string Summary =>
        $"random kills: {Kills}, of them {_massacres} times all at once; {_stops} stops, {_quietMoments} quiet moments, " +
        $"{Sum((in WorkerSlot slot) => slot.Created)} objects made, {Sum((in WorkerSlot slot) => slot.Checks)} names checked by holders, " +
        $"{_inspection.Looks} looks by the controller, {Sum((in WorkerSlot slot) => slot.Busy)} busy answers";

    private delegate long Figure(in WorkerSlot slot);

    public void Run(Func<bool> until)
    {
        var sinceQuiet = Stopwatch.StartNew();
        long stepsAtQuiet = Operations;
        while (!until())
        {
            foreach (WorkerProcess worker in _workers)
            {
                Attend(worker);
            }

            if (sinceQuiet.Elapsed > BetweenQuietMoments && Operations - stepsAtQuiet > LeastSteps)
            {
                if (_random.Next(3) == 0)
                {
                    Massacre();
                }
                else
                {
                    MakeQuiet();
                }

                sinceQuiet.Restart();
                stepsAtQuiet = Operations;
            }

            Thread.Sleep(_random.Next(LongestPause));
            Strike(_workers[_random.Next(_workers.Length)]);
        }

        foreach (WorkerProcess worker in _workers)
        {
            Attend(worker);
        }

        MakeQuiet();
        Massacre();
        _gate.Dispose();
        _inspection.NothingIsLeft("after the end", gateIsHeld: false);
    }

    public void Dispose()
    {
        foreach (WorkerProcess worker in _workers)
        {
            worker.Process?.Kill();
        }

        _gate.Dispose();
    }

    /// <summary>Starts what is missing; notices who ended unasked or makes no progress.</summary>
    private void Attend(WorkerProcess worker)
    {
        if (worker.Process is { } process && process.HasEnded())
        {
            _violations.Add($"worker {worker.Index} ended by itself: {process.Ending}, in step {worker.Slot.Step} on name {worker.Slot.Target}");
            Bury(worker);
        }

        if (worker.Process is null)
        {
            worker.Start(_random.Next(), _random.Next(Stillborn) == 0 ? 0 : (long)Math.Pow(10, _random.NextDouble() * LongestLifeLog));
        }

        worker.ContinueIfDue();
        if (worker.FindHang(_gate.CurrentCount) is { } hang)
        {
            _violations.Add(hang);
            worker.Process!.Kill();
            Bury(worker);
        }
    }

    private void ContinueStopped()
    {
        foreach (WorkerProcess worker in _workers)
        {
            worker.ContinueIfDue();
        }
    }

    private void Strike(WorkerProcess worker)
    {
        if (!worker.IsOld)
        {
            return;
        }

        if (_random.Next(4) == 0)
        {
            worker.Stop(_random.Next(LongestStopMilliseconds));
            _stops++;
            return;
        }

        Kill(worker);
        AfterKill();
    }

    private void Kill(WorkerProcess worker)
    {
        worker.Process!.Kill();
        Kills++;
        Bury(worker);
        _inspection.NameIsFree(Names.PrivateOf(worker.Index), $"its only user, worker {worker.Index}, was killed in step {worker.Slot.Step}");
    }

    private void Bury(WorkerProcess worker)
    {
        _gate.Lose(worker.Slot.Gate);
        worker.Forget();
    }

    /// <summary>What is surely held must be found, and what surely nobody holds must not, as far as nothing moved meanwhile.</summary>
    private void AfterKill()
    {
        for (int name = 0; name < Names.Count; name++)
        {
            if (!Names.IsUsable(name))
            {
                continue;
            }

            WorkerSlot.Hold[] before = Holds(name);
            long? found = _inspection.IdentityOf(name);
            WorkerSlot.Hold[] after = Holds(name);
            bool allFree = true;
            for (int i = 0; i < before.Length; i++)
            {
                bool still = before[i].Epoch == after[i].Epoch && before[i].Identity == after[i].Identity;
                allFree &= still && before[i].Identity == WorkerSlot.Hold.NotHeld;
                if (still && before[i].Identity > 0 && found != before[i].Identity)
                {
                    _violations.Add($"'{Names.Of(name)}' leads to {(found is null ? "nothing" : $"object {found}")} while worker {i} holds object {before[i].Identity} under it");
                }
            }

            if (allFree && found is not null)
            {
                _violations.Add($"'{Names.Of(name)}' leads to object {found} while nobody holds it");
            }
        }
    }

    private WorkerSlot.Hold[] Holds(int name)
    {
        var holds = new WorkerSlot.Hold[_workers.Length];
        for (int i = 0; i < holds.Length; i++)
        {
            ref WorkerSlot.Hold hold = ref _workers[i].Slot.HoldOf(name);
            holds[i] = new WorkerSlot.Hold { Epoch = Volatile.Read(ref hold.Epoch), Identity = Volatile.Read(ref hold.Identity) };
        }

        return holds;
    }

    /// <summary>All let go of everything: no name may lead anywhere, no count be missing, no file be left.</summary>
    private void MakeQuiet()
    {
        Volatile.Write(ref _control.Shared.Pause, 1);
        while (!_workers.All(worker => worker.IsParked))
        {
            Thread.Sleep(1);
            foreach (WorkerProcess worker in _workers)
            {
                Attend(worker);
            }
        }

        NothingIsHeld("when all workers had let go");
        Volatile.Write(ref _control.Shared.Pause, 0);
        _quietMoments++;
    }

    /// <summary>All die holding what they hold.</summary>
    private void Massacre()
    {
        foreach (WorkerProcess worker in _workers)
        {
            if (worker.Process is not null)
            {
                Kill(worker);
            }
        }

        NothingIsHeld("when all workers had been killed");
        _massacres++;
    }

    private void NothingIsHeld(string when)
    {
        if (_gate.Settle() is { } wrong)
        {
            _violations.Add($"{when} {wrong}");
        }

        _inspection.NothingIsLeft(when, gateIsHeld: true);
    }

    private long Sum(Figure figure)
    {
        long sum = 0;
        foreach (WorkerProcess worker in _workers)
        {
            sum += figure(in worker.Slot);
        }

        return sum;
    }
}
