using Crossmap.Objects;

namespace Crossmap.Torture;

/// <summary>
/// One process that creates, opens, maps, writes, flushes, waits, releases and closes over the few <see cref="Names"/>, and checks all the
/// while that nothing of its own is touched. It ends only by being killed.
/// </summary>
internal sealed partial class Worker
{
    public const string Verb = "worker";

    private const int HandlesPerName = 2, MaximumOrphans = 4;

    private readonly RunFolder _folder;
    private readonly ControlBlock _control;
    private readonly ViolationLog _violations;
    private readonly int _index;
    private readonly Random _random;

    /// <summary>Handles by name; the last list belongs to the worker's own name.</summary>
    private readonly List<HeldObject>[] _held = new List<HeldObject>[Names.Count + 1];

    /// <summary>Views whose mappings are closed: they keep the memory, whoever gets the name.</summary>
    private readonly List<HeldMapping> _orphans = [];

    /// <summary>The number in this worker's stamp, by object. Forgotten when a process ends: its successor knows nothing of it.</summary>
    private readonly Dictionary<long, long> _stamps = [];

    private long _nextStamp;
    private bool _mayAskForMappedFiles = true;

    private Worker(RunFolder folder, int index, int seed)
    {
        _folder = folder;
        _control = ControlBlock.Open(folder);
        _violations = new ViolationLog(folder, _control);
        _index = index;
        _random = new Random(seed);
        for (int i = 0; i < _held.Length; i++)
        {
            _held[i] = [];
        }
    }

    public static int Run(RunFolder folder, int index, int seed)
    {
        ChildProcess.DieWithParent();
        var worker = new Worker(folder, index, seed);
        try
        {
            worker.Loop();
        }
        catch (Exception e)
        {
            worker.Violation($"unexpected {e}");
        }

        return 1;
    }

    private ref WorkerSlot Slot => ref _control[_index];

    private void Loop()
    {
        while (true)
        {
            if (Volatile.Read(ref _control.Shared.Pause) != 0)
            {
                Park();
            }

            try
            {
                Act();
                Slot.BusyInARow = 0;
            }
            catch (IOException e) when (Errors.CodeOf(e) == Win32Error.ERROR_LOCK_VIOLATION)
            {
                // Somebody is stopped in the middle of a burial. He is alive, so nobody takes it from him; the caller may try again.
                Slot.Busy++;
                Slot.BusyInARow++;
            }
        }
    }

    private void Act()
    {
        int name = _random.Next(Names.Count + 1);
        if (name < Names.Count && !Names.IsUsable(name))
        {
            return;
        }

        switch (_random.Next(100))
        {
            case < 30: Acquire(name); break;
            case < 50: Check(name); break;
            case < 60: Write(name); break;
            case < 62: Flush(name); break;
            case < 70: UseSemaphore(); break;
            case < 80: UseGate(); break;
            case < 84: DropOrphan(); break;
            default: Release(name); break;
        }

        VerifyStamps(_held[name].OfType<HeldMapping>());
        VerifyStamps(_orphans);
    }

    /// <summary>Lets go of everything and waits until the others have been looked at.</summary>
    private void Park()
    {
        for (int name = 0; name < _held.Length; name++)
        {
            while (_held[name].Count > 0)
            {
                Close(name, keepView: false);
            }
        }

        while (_orphans.Count > 0)
        {
            DropOrphan();
        }

        LeaveGate();
        Enter(Step.Parked, 0);
        Volatile.Write(ref Slot.Parked, 1);
        while (Volatile.Read(ref _control.Shared.Pause) != 0)
        {
            Thread.Sleep(1);
        }

        Volatile.Write(ref Slot.Parked, 0);
    }

    private string NameOf(int name) => name == Names.Count ? Names.PrivateOf(_index) : Names.Of(name);

    private void Enter(Step step, int target)
    {
        ref WorkerSlot slot = ref Slot;
        slot.Step = step;
        slot.Target = target;
        Volatile.Write(ref slot.Progress, slot.Progress + 1);
    }

    private void Violation(string what) => _violations.Add($"worker {_index} (process {Environment.ProcessId}, step {Slot.Progress}, {Slot.Step}): {what}");
}
