using System.Diagnostics;

namespace Crossmap.Torture;

/// <summary>A place among the workers: the process that fills it now, and the killer's hand on it.</summary>
internal sealed class WorkerProcess(RunFolder folder, ControlBlock control, int index, string verb = Worker.Verb)
{
    /// <summary>A step takes microseconds. This only tells a hang from a busy machine, and is not held against a stopped process.</summary>
    private static readonly TimeSpan HangLimit = TimeSpan.FromSeconds(20);

    private readonly Stopwatch _sinceProgress = new();
    private long _progress, _oldAt;
    private long _continueAt;

    public int Index => index;

    public ChildProcess? Process { get; private set; }

    public ref WorkerSlot Slot => ref control[index];

    public bool IsStopped { get; private set; }

    /// <summary>It has done as many steps as it was given to live.</summary>
    public bool IsOld => Process is not null && Volatile.Read(ref Slot.Progress) >= _oldAt;

    public bool IsParked => Process is not null && !IsStopped && Volatile.Read(ref Slot.Parked) == 1;

    public void Start(int seed, long life)
    {
        _progress = Slot.Progress;
        _oldAt = _progress + life;
        Process = ChildProcess.Start(folder, verb, folder.Path, $"{index}", $"{seed}");
        _sinceProgress.Restart();
    }

    public void Stop(int milliseconds)
    {
        if (!IsStopped)
        {
            Process!.Signal(Native.SIGSTOP);
            IsStopped = true;
            _continueAt = Environment.TickCount64 + milliseconds;
        }
    }

    public void ContinueIfDue()
    {
        if (IsStopped && Environment.TickCount64 >= _continueAt)
        {
            Process!.Signal(Native.SIGCONT);
            IsStopped = false;
            _sinceProgress.Restart();
        }
    }

    /// <summary>What does not go on, or null.</summary>
    public string? FindHang(int gateCount)
    {
        long progress = Volatile.Read(ref Slot.Progress);
        bool isBusyLoop = Slot.BusyInARow > 100;
        if (IsStopped || (progress != _progress && !isBusyLoop) || Slot.Parked == 1)
        {
            _progress = progress;
            _sinceProgress.Restart();
            return null;
        }

        if (_sinceProgress.Elapsed < HangLimit)
        {
            return null;
        }

        string where = $"worker {index} (process {Process!.Id}) in step {Slot.Step} on name {Slot.Target}";
        return Slot.Step == Step.GateWait && gateCount > 0
            ? $"lost wake-up: {where} sleeps while the gate has {gateCount} counts"
            : isBusyLoop ? $"{where} gets nothing but busy answers" : $"hang: {where} makes no progress";
    }

    /// <summary>The process is dead and reaped: it holds nothing any more.</summary>
    public void Forget()
    {
        Process = null;
        IsStopped = false;
        ref WorkerSlot slot = ref Slot;
        slot.Gate = 0;
        slot.Parked = 0;
        slot.BusyInARow = 0;
        for (int name = 0; name < Names.Count; name++)
        {
            slot.HoldOf(name).Epoch++;
            slot.HoldOf(name).Identity = WorkerSlot.Hold.NotHeld;
        }
    }
}
