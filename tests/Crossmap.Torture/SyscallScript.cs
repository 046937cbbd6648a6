namespace Crossmap.Torture;

/// <summary>
/// A process that does one thing to one name between two marks, so that a tracer can kill it at every system call in between. It has done
/// the same to other names before: no compiler and no loader is in the way.
/// </summary>
internal sealed record SyscallScript(Deed What, Ground Ground, Place Place = Place.Local)
{
    public const string Verb = "script";

    /// <summary>A call that the library never makes marks where the deed begins and ends.</summary>
    public const long MarkNumber = 110; // getppid

    private const int WarmUps = 3;

    public static IEnumerable<SyscallScript> All =>
        from script in new SyscallScript[]
        {
            new(Deed.Create, Ground.Free),
            new(Deed.Create, Ground.Leftover),
            new(Deed.Create, Ground.Held),
            new(Deed.Open, Ground.Leftover),
            new(Deed.Open, Ground.Held),
            new(Deed.Close, Ground.Free),
            new(Deed.Close, Ground.Held),
            new(Deed.MapFile, Ground.Free),
            new(Deed.MapFile, Ground.Leftover),
            new(Deed.MapFile, Ground.Held),
            new(Deed.UseSemaphore, Ground.Free),
            new(Deed.UseSemaphore, Ground.Leftover),
            new(Deed.WaitSemaphore, Ground.Awaited),
            new(Deed.ReleaseSemaphore, Ground.Awaited),
            new(Deed.CreateMutex, Ground.Free),
            new(Deed.CreateMutex, Ground.Leftover),
            new(Deed.CreateMutex, Ground.Held),
            new(Deed.CreateOwnedMutex, Ground.Free),
            new(Deed.CreateOwnedMutex, Ground.Leftover),
            new(Deed.CreateOwnedMutex, Ground.Held),
            new(Deed.OpenMutex, Ground.Leftover),
            new(Deed.OpenMutex, Ground.Held),
            new(Deed.WaitMutex, Ground.Awaited),
            new(Deed.ReleaseMutex, Ground.Awaited),
            new(Deed.CloseOwnedMutex, Ground.Free),
            new(Deed.CloseOwnedMutex, Ground.Awaited),
            new(Deed.CreateEvent, Ground.Free),
            new(Deed.CreateEvent, Ground.Leftover),
            new(Deed.CreateEvent, Ground.Held),
            new(Deed.OpenEvent, Ground.Held),
            new(Deed.WaitEvent, Ground.Awaited),
            new(Deed.WaitManualEvent, Ground.Awaited),
            new(Deed.SetEvent, Ground.Awaited),
            new(Deed.PulseEvent, Ground.Awaited),
            new(Deed.SetManualEvent, Ground.Awaited),
            new(Deed.PulseManualEvent, Ground.Awaited),
            new(Deed.WaitAnyForEvent, Ground.Awaited),
            new(Deed.WaitAnyForSemaphore, Ground.Awaited),
            new(Deed.WaitAnyForMutex, Ground.Awaited),
            new(Deed.WaitAnyForSecondMutex, Ground.Awaited),
            new(Deed.Sweep, Ground.Leftover),
            new(Deed.Sweep, Ground.Held),
            new(Deed.FirstUse, Ground.Leftover),
            new(Deed.Create, Ground.Free, Place.Global),
            new(Deed.Create, Ground.Leftover, Place.Global),
            new(Deed.Open, Ground.Leftover, Place.Global),
            new(Deed.Open, Ground.Held, Place.Global),
            new(Deed.Create, Ground.Held, Place.Global),
            new(Deed.Close, Ground.Free, Place.Global),
            new(Deed.Close, Ground.Held, Place.Global),
            new(Deed.WaitSemaphore, Ground.Awaited, Place.Global),
            new(Deed.CreateOwnedMutex, Ground.Free, Place.Global),
            new(Deed.CreateOwnedMutex, Ground.Leftover, Place.Global),
            new(Deed.CloseOwnedMutex, Ground.Awaited, Place.Global),
            new(Deed.CreateEvent, Ground.Leftover, Place.Global),
            new(Deed.Sweep, Ground.Leftover, Place.Global),
            new(Deed.WaitSemaphore, Ground.Awaited, Place.View),
            new(Deed.ReleaseSemaphore, Ground.Awaited, Place.View),
            new(Deed.CreateMutex, Ground.Held, Place.View),
            new(Deed.CreateOwnedMutex, Ground.Held, Place.View),
            new(Deed.OpenMutex, Ground.Held, Place.View),
            new(Deed.WaitMutex, Ground.Awaited, Place.View),
            new(Deed.ReleaseMutex, Ground.Awaited, Place.View),
            new(Deed.CloseOwnedMutex, Ground.Awaited, Place.View),
            new(Deed.CreateEvent, Ground.Held, Place.View),
            new(Deed.OpenEvent, Ground.Held, Place.View),
            new(Deed.WaitEvent, Ground.Awaited, Place.View),
            new(Deed.SetEvent, Ground.Awaited, Place.View),
            new(Deed.SetManualEvent, Ground.Awaited, Place.View),
            new(Deed.WaitAnyForMutex, Ground.Awaited, Place.View),
            new(Deed.CreateLock, Ground.Free),
            new(Deed.CreateLock, Ground.Leftover),
            new(Deed.CreateLock, Ground.Held),
            new(Deed.OpenLock, Ground.Leftover),
            new(Deed.OpenLock, Ground.Held),
            new(Deed.ReadBehindWriter, Ground.Awaited),
            new(Deed.WriteBehindReader, Ground.Awaited),
            new(Deed.WriteBehindWriter, Ground.Awaited),
            new(Deed.LeaveRead, Ground.Awaited),
            new(Deed.LeaveWrite, Ground.Awaited),
            new(Deed.CreateCondition, Ground.Free),
            new(Deed.CreateCondition, Ground.Leftover),
            new(Deed.WaitCondition, Ground.Awaited),
            new(Deed.NotifyCondition, Ground.Awaited),
        }
        where script.Place != Place.Global || Environment.IsPrivilegedProcess
        select script;

    public string Name => NameIn("torture-script");

    /// <summary>Whether it sleeps until something is given.</summary>
    public bool Sleeps => WaitableDeeds.Sleeps(What) || LockDeeds.Sleeps(What);

    /// <summary>All names that it has to do with.</summary>
    public IEnumerable<string> AllNames => LockDeeds.Is(What) ? LockDeeds.IsOfCondition(What) ? [Name, LockDeeds.MutexOf(Name)] : [Name] : WaitableDeeds.NamesOf(What, Name);

    public static SyscallScript Parse(string text)
    {
        string[] parts = text.Split(' ');
        return new SyscallScript(Enum.Parse<Deed>(parts[0]), Enum.Parse<Ground>(parts[1]), parts.Length > 2 ? Enum.Parse<Place>(parts[2]) : Place.Local);
    }

    public override string ToString() => $"{What} {Ground}{(Place == Place.Local ? "" : $" {Place}")}";

    public static int Run(RunFolder folder, int index, SyscallScript script)
    {
        ChildProcess.DieWithParent();
        using ControlBlock control = ControlBlock.Open(folder);
        if (script.What != Deed.FirstUse)
        {
            script.WarmUp(folder, script.NameIn($"torture-warm-up-{index}"));
        }

        Mark();
        ref WorkerSlot slot = ref control[index];
        Volatile.Write(ref slot.ScriptReady, 1);
        while (Volatile.Read(ref slot.ScriptGo) == 0)
        {
            Thread.Sleep(1);
        }

        IDisposable? before = script.Prepare(script.Name);
        Mark();
        IDisposable? made = script.Act(folder, script.Name, before);
        Mark();
        GC.KeepAlive(made);
        Thread.Sleep(Timeout.Infinite);
        return 1;
    }

    private static void Mark() => _ = Native.getppid();

    private void WarmUp(RunFolder folder, string name)
    {
        for (int i = 0; i < WarmUps; i++)
        {
            using Witness? witness = Witness.For(folder, this, name);
            if (Ground == Ground.Leftover)
            {
                Leftover.Lay(folder, name);
            }

            using IDisposable? prepared = Prepare(name);
            witness?.Begin();

            // Also here the wait sleeps and the release wakes, or the calls of the compiler would be among those of the deed.
            bool done = false, given = false;

            // A mutex is passed on by who gets it, so it is given once; what is counted is given again when another was faster.
            bool isGivenOnce = WaitableDeeds.KindOf(What) == Awaited.Kind.Mutex;
            int self = Native.gettid();
            var giver = new Thread(() =>
            {
                while (!Volatile.Read(ref done))
                {
                    if (!(given && isGivenOnce) && Sleepers.IsAsleep(Environment.ProcessId, self))
                    {
                        given = true;
                        witness!.VictimSleeps();
                    }

                    _ = Thread.Yield();
                }
            });
            if (Sleeps)
            {
                giver.Start();
            }

            IDisposable? made = Act(folder, name, prepared);
            Volatile.Write(ref done, true);

            // Before the giver is waited for: he may give once more, for which he needs what the deed has taken.
            made?.Dispose();
            if (Sleeps)
            {
                giver.Join();
            }
        }
    }

    private string NameIn(string name) => (Place == Place.Global ? @"Global\" : "") + name;

    /// <summary>What the deed needs and is not itself under the tracer's knife.</summary>
    private IDisposable? Prepare(string name) =>
        LockDeeds.Is(What) ? LockDeeds.Prepare(What, name)
        : WaitableDeeds.KindOf(What) is null ? SectionDeeds.Prepare(What, name)
        : WaitableDeeds.Prepare(What, name, Place);

    private IDisposable? Act(RunFolder folder, string name, IDisposable? prepared) =>
        LockDeeds.Is(What) ? LockDeeds.Act(What, name, prepared)
        : WaitableDeeds.KindOf(What) is null ? SectionDeeds.Act(What, folder, name, prepared)
        : WaitableDeeds.Act(What, name, prepared);
}
