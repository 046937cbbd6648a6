namespace Crossmap.Torture;

/// <summary>
/// A process that does one thing to one name between two marks, so that a tracer can kill it at every system call in between. It has done
/// the same to other names before: no compiler and no loader is in the way.
/// </summary>
internal sealed record SyscallScript(SyscallScript.Deed What, Ground Ground, bool IsGlobal)
{
    public const string Verb = "script";

    /// <summary>A call that the library never makes marks where the deed begins and ends.</summary>
    public const long MarkNumber = 110; // getppid

    private const int WarmUps = 3;

    public enum Deed
    {
        Create,
        Open,
        Close,
        MapFile,
        UseSemaphore,

        /// <summary>A wait that sleeps until a release, while another sleeps behind it.</summary>
        Wait,

        /// <summary>A release while somebody sleeps.</summary>
        Release,
        Sweep,

        /// <summary>A create as the first thing a process does: the folder is opened, checked and swept. Not done before, so only calls that touch files count.</summary>
        FirstUse,
    }

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
            new(Deed.Wait, Ground.Awaited, false),
            new(Deed.Release, Ground.Awaited, false),
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
            new(Deed.Wait, Ground.Awaited, true),
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
            using IDisposable? holder = Ground switch
            {
                Ground.Held => Holder.Make(folder, What, name),
                Ground.Awaited => new Waiter(name),
                _ => null,
            };
            if (Ground == Ground.Leftover)
            {
                Leftover.Lay(folder, name);
            }

            // Also here the wait sleeps and the release wakes, or the calls of the compiler would be among those of the deed.
            if (holder is Waiter waiter)
            {
                if (What == Deed.Release)
                {
                    waiter.FallAsleep();
                }
                else
                {
                    waiter.ReleaseWhenAsleep(Environment.ProcessId, Native.gettid());
                }
            }

            using IDisposable? prepared = Prepare(name);
            using IDisposable? made = Act(folder, name, prepared);
        }
    }

    /// <summary>What the deed needs and is not itself under the tracer's knife.</summary>
    private IDisposable? Prepare(string name) => What switch
    {
        Deed.Close => FileMapping.CreateInMemory(Names.MemorySize, name),
        Deed.Wait or Deed.Release => NamedSemaphore.Open(name),
        _ => null,
    };

    private FileMapping? Act(RunFolder folder, string name, IDisposable? prepared)
    {
        switch (What)
        {
            case Deed.Wait:
                ((NamedSemaphore)prepared!).Wait();
                return null;
            case Deed.Release:
                _ = ((NamedSemaphore)prepared!).Release();
                return null;
            case Deed.Create or Deed.FirstUse:
                return FileMapping.CreateInMemory(Names.MemorySize, name);
            case Deed.Open:
                return FileMapping.TryOpen(name, out FileMapping? opened) ? opened : null;
            case Deed.Close:
                prepared!.Dispose();
                return null;
            case Deed.MapFile:
                using (FileMapping mapping = FileMapping.Create(folder.DataFile(0), name))
                using (MappedView view = mapping.MapView())
                {
                    view.At<long>(Names.MemorySize - sizeof(long))++;
                    view.Flush();
                }

                return null;
            case Deed.UseSemaphore:
                using (NamedSemaphore semaphore = NamedSemaphore.Create(name, 1, 1))
                {
                    semaphore.Wait();
                    _ = semaphore.Release();
                }

                return null;
            default:
                _ = NamedObjects.Sweep();
                return null;
        }
    }
}
