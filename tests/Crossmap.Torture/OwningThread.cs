namespace Crossmap.Torture;

/// <summary>One thread of a process of <see cref="ThreadKills"/>: does one deed after the other, and writes into what it owns.</summary>
internal abstract class OwningThread
{
    private readonly ViolationLog _violations;
    private readonly int _process, _slot;

    protected OwningThread(ControlBlock control, ViolationLog violations, int process, int thread, int seed)
    {
        Control = control;
        _violations = violations;
        _process = process;
        _slot = SyncSlot.Of(process, thread);
        Life = control.Life(process).Current;
        Identity = GuardedRecord.Identity(Life, _slot);
        Random = new Random(HashCode.Combine(seed, thread));
    }

    protected ControlBlock Control { get; }

    protected Random Random { get; }

    protected long Life { get; }

    protected long Identity { get; }

    /// <summary>How far <see cref="ControlBlock.Words.Pause"/> must have come for it to park.</summary>
    protected virtual int ParksAt => 1;

    protected ref SyncSlot Slot => ref Control.Sync(_slot);

    public void Run()
    {
        try
        {
            Open();
            while (true)
            {
                if (Volatile.Read(ref Control.Shared.Pause) >= ParksAt)
                {
                    Park();
                }

                Act();
                Volatile.Write(ref Slot.Progress, Slot.Progress + 1);
                _ = Interlocked.Increment(ref Control[_process].Progress);
            }
        }
        catch (Exception e)
        {
            Violation($"unexpected {e}");
        }
    }

    /// <summary>Before the first deed.</summary>
    protected virtual void Open()
    {
    }

    /// <summary>One deed; it ends owning nothing.</summary>
    protected abstract void Act();

    /// <summary>The first look at what is guarded: who stands in it must have been killed, and that must have been said.</summary>
    protected void Begin(int number, string name, bool tellsOfDeaths, bool abandoned)
    {
        if (Control.FindForeign(number, name, tellsOfDeaths, abandoned) is { } wrong)
        {
            Violation(wrong);
        }

        ref GuardedRecord record = ref Control.Guarded(number);

        // A full barrier: who reads beside a writer, and the writer, each look for the other after they have said that they are there.
        _ = Interlocked.Exchange(ref record.Owner, Identity);
        record.First = record.Second = Math.Max(record.First, record.Second);
        Slot.Acquisitions++;
    }

    protected void ChangeRecord(int number)
    {
        ref GuardedRecord record = ref Control.Guarded(number);
        Volatile.Write(ref record.First, record.First + 1);
    }

    /// <summary>The last look, after <see cref="ChangeRecord"/>; it is given up after this.</summary>
    protected void LeaveRecord(int number, string name)
    {
        ref GuardedRecord record = ref Control.Guarded(number);
        Volatile.Write(ref record.Second, record.Second + 1);
        if (Volatile.Read(ref record.Owner) is var owner && (owner != Identity || record.First != record.Second))
        {
            Violation($"two owners of '{name}': {GuardedRecord.Describe(owner)} stands in what {GuardedRecord.Describe(Identity)} owns, counters {record.First} and {record.Second}");
        }

        Volatile.Write(ref record.Owner, 0);
    }

    /// <summary>Mostly nothing; else long enough for others to fall asleep behind.</summary>
    protected void Linger()
    {
        switch (Random.Next(32))
        {
            case 0: Thread.Sleep(1); break;
            case < 4: _ = Thread.Yield(); break;
            case < 12: Thread.SpinWait(Random.Next(2000)); break;
            default: break;
        }
    }

    protected void Violation(string what) => _violations.Add($"{GuardedRecord.Describe(Identity)}, deed {Slot.Progress}: {what}");

    private void Park()
    {
        Volatile.Write(ref Slot.Parked, 1);
        while (Volatile.Read(ref Control.Shared.Pause) >= ParksAt)
        {
            Thread.Sleep(1);
        }

        Volatile.Write(ref Slot.Parked, 0);
    }
}
