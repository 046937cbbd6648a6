namespace Crossmap.Torture;

/// <summary>
/// A process that does one thing to one name between two marks, so that a tracer can kill it at every system call in between. It has done
/// the same to other names before: no compiler and no loader is in the way.
/// </summary>
internal sealed record SyscallScript(Deed What, Ground Ground, bool IsGlobal)
{
    public const string Verb = "script";

    /// <summary>A call that the library never makes marks where the deed begins and ends.</summary>
    public const long MarkNumber = 110; // getppid

    private const int WarmUps = 3;

    public static IEnumerable<SyscallScript> All =>
        from script in new SyscallScript[]
        {
            new(Deed.Create, Ground.Free, false),
            new(Deed.Create, Ground.Leftover, false),
            new(Deed.Create, Ground.Held, false),
            new(Deed.Open, Ground.Leftover, false),
            new(Deed.Open, Ground.Held, false),
            new(Deed.Close, Ground.Free, false),
            new(Deed.Close, Ground.Held, false),
            new(Deed.MapFile, Ground.Free, false),
            new(Deed.MapFile, Ground.Leftover, false),
            new(Deed.MapFile, Ground.Held, false),
            new(Deed.UseSemaphore, Ground.Free, false),
            new(Deed.UseSemaphore, Ground.Leftover, false),
            new(Deed.WaitSemaphore, Ground.Awaited, false),
            new(Deed.ReleaseSemaphore, Ground.Awaited, false),
            new(Deed.CreateMutex, Ground.Free, false),
            new(Deed.CreateMutex, Ground.Leftover, false),
            new(Deed.CreateMutex, Ground.Held, false),
            new(Deed.CreateOwnedMutex, Ground.Free, false),
            new(Deed.CreateOwnedMutex, Ground.Leftover, false),
            new(Deed.CreateOwnedMutex, Ground.Held, false),
            new(Deed.OpenMutex, Ground.Leftover, false),
            new(Deed.OpenMutex, Ground.Held, false),
            new(Deed.WaitMutex, Ground.Awaited, false),
            new(Deed.ReleaseMutex, Ground.Awaited, false),
            new(Deed.CloseOwnedMutex, Ground.Free, false),
            new(Deed.CloseOwnedMutex, Ground.Awaited, false),
            new(Deed.CreateEvent, Ground.Free, false),
            new(Deed.CreateEvent, Ground.Leftover, false),
            new(Deed.CreateEvent, Ground.Held, false),
            new(Deed.OpenEvent, Ground.Held, false),
            new(Deed.WaitEvent, Ground.Awaited, false),
            new(Deed.WaitManualEvent, Ground.Awaited, false),
            new(Deed.SetEvent, Ground.Awaited, false),
            new(Deed.PulseEvent, Ground.Awaited, false),
            new(Deed.SetManualEvent, Ground.Awaited, false),
            new(Deed.PulseManualEvent, Ground.Awaited, false),
            new(Deed.WaitAnyForEvent, Ground.Awaited, false),
            new(Deed.WaitAnyForSemaphore, Ground.Awaited, false),
            new(Deed.WaitAnyForMutex, Ground.Awaited, false),
            new(Deed.Sweep, Ground.Leftover, false),
            new(Deed.Sweep, Ground.Held, false),
            new(Deed.FirstUse, Ground.Leftover, false),
            new(Deed.Create, Ground.Free, true),
            new(Deed.Create, Ground.Leftover, true),
            new(Deed.Open, Ground.Leftover, true),
            new(Deed.Open, Ground.Held, true),
            new(Deed.Create, Ground.Held, true),
            new(Deed.Close, Ground.Free, true),
            new(Deed.Close, Ground.Held, true),
            new(Deed.WaitSemaphore, Ground.Awaited, true),
            new(Deed.CreateOwnedMutex, Ground.Free, true),
            new(Deed.CreateOwnedMutex, Ground.Leftover, true),
            new(Deed.CloseOwnedMutex, Ground.Awaited, true),
            new(Deed.CreateEvent, Ground.Leftover, true),
            new(Deed.Sweep, Ground.Leftover, true),
        }
        where !script.IsGlobal || Environment.IsPrivilegedProcess
        select script;

    public string Name => (IsGlobal ? @"Global\" : "") + "torture-script";

    public static SyscallScript Parse(string text)
    {
        string[] parts = text.Split(' ');
        return new SyscallScript(Enum.Parse<Deed>(parts[0]), Enum.Parse<Ground>(parts[1]), parts.Length > 2);
    }

    public override string ToString() => $"{What} {Ground}{(IsGlobal ? " Global" : "")}";

    public static int Run(RunFolder folder, int index, SyscallScript script)
    {
        ChildProcess.DieWithParent();
        using ControlBlock control = ControlBlock.Open(folder);
        if (script.What != Deed.FirstUse)
        {
            script.WarmUp(folder, $"{(script.IsGlobal ? @"Global\" : "")}torture-warm-up-{index}");
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
            bool done = false;
            int self = Native.gettid();
            var giver = new Thread(() =>
            {
                while (!Volatile.Read(ref done))
                {
                    if (Sleepers.IsAsleep(Environment.ProcessId, self))
                    {
                        witness!.VictimSleeps();
                    }

                    _ = Thread.Yield();
                }
            });
            if (WaitableDeeds.Sleeps(What))
            {
                giver.Start();
            }

            using IDisposable? made = Act(folder, name, prepared);
            Volatile.Write(ref done, true);
            if (WaitableDeeds.Sleeps(What))
            {
                giver.Join();
            }
        }
    }

    /// <summary>What the deed needs and is not itself under the tracer's knife.</summary>
    private IDisposable? Prepare(string name) => WaitableDeeds.KindOf(What) is null ? SectionDeeds.Prepare(What, name) : WaitableDeeds.Prepare(What, name);

    private IDisposable? Act(RunFolder folder, string name, IDisposable? prepared) => WaitableDeeds.KindOf(What) is null
        ? SectionDeeds.Act(What, folder, name, prepared)
        : WaitableDeeds.Act(What, name, prepared);
}
