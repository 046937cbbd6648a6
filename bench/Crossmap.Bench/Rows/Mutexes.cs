using System.Diagnostics;
using System.Globalization;

namespace Crossmap.Bench.Rows;

internal unsafe class UncontendedMutex : Row
{
    private readonly NamedMutex _ours = NamedMutex.Create("bench-mutex");
    private readonly FileMapping _page = FileMapping.CreateInMemory(4096);
    private readonly MappedView _view;

    public UncontendedMutex(BenchContext context)
    {
        Count = context.Options.Times(50_000);
        _view = _page.MapView();
        if (RawLibrary.bench_mutex_size() > _view.Length || RawLibrary.bench_mutex_init((void*)_view.Address) != 0)
        {
            throw new InvalidOperationException("No pthread_mutex_t could be made.");
        }
    }

    public override string What => "uncontended Wait and Release, against lock and unlock of a robust process-shared pthread_mutex_t in C";

    public override Bar Bar => new(1.5);

    protected int Count { get; }

    public override double Subject()
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Count; i++)
        {
            _ours.Wait();
            _ours.Release();
        }

        return (double)(Stopwatch.GetTimestamp() - start) / Count;
    }

    public override double Baseline() => (double)RawLibrary.bench_mutex_cycle((void*)_view.Address, Count) / Count;

    public override void Dispose()
    {
        _view.Dispose();
        _page.Dispose();
        _ours.Dispose();
    }
}

/// <summary>A mutex in a view, beside the one with a name: its owner's entry lies in the shared page, and there is no other difference.</summary>
internal sealed class MutexInView : Row
{
    private readonly NamedMutex _named = NamedMutex.Create("bench-mutex");
    private readonly FileMapping _page = FileMapping.CreateInMemory(WaitableObject.SizeInView);
    private readonly MappedView _view;
    private readonly NamedMutex _ours;
    private readonly int _count;

    public MutexInView(BenchContext context)
    {
        _count = context.Options.Times(50_000);
        _view = _page.MapView();
        _ours = NamedMutex.Create(_view, 0);
    }

    public override string What => "uncontended Wait and Release of a mutex in a view, against the same of a named one";

    public override Bar Bar => new(1.1);

    public override double Subject() => Cycle(_ours);

    public override double Baseline() => Cycle(_named);

    public override void Dispose()
    {
        _ours.Dispose();
        _view.Dispose();
        _page.Dispose();
        _named.Dispose();
    }

    private double Cycle(NamedMutex mutex)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < _count; i++)
        {
            mutex.Wait();
            mutex.Release();
        }

        return (double)(Stopwatch.GetTimestamp() - start) / _count;
    }
}

/// <summary>.NET's own: a named mutex of the runtime, which goes through a file and a process-shared lock of its own.</summary>
internal sealed class MutexAgainstDotNet(BenchContext context) : UncontendedMutex(context)
{
    private readonly Mutex _theirs = new(initiallyOwned: false, $"bench-mutex-{Environment.ProcessId}");

    public override string What => "uncontended Wait and Release, against WaitOne and ReleaseMutex of System.Threading.Mutex by name";

    public override Bar Bar => new(1, AtLeast: true);

    public override double Baseline()
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Count; i++)
        {
            _ = _theirs.WaitOne();
            _theirs.ReleaseMutex();
        }

        return (double)(Stopwatch.GetTimestamp() - start) / Count;
    }

    public override void Dispose()
    {
        base.Dispose();
        _theirs.Dispose();
    }
}

/// <summary>Two processes that want one lock all the time, each for one addition: how long one turn takes, over both.</summary>
internal sealed unsafe class ContendedMutex : TwoProcesses
{
    public const string Role = "contended-mutex";

    private const string Name = "bench-contended", Page = "bench-contended-page";

    private const int GuardedAt = FreeAt, MutexAt = 512, SemaphoreAt = 768;

    private readonly NamedMutex _ours = NamedMutex.Create(Name);
    private readonly TimeSpan _time;

    public ContendedMutex(BenchContext context)
        : this(context, context.Options.Effort == Effort.Check ? 2 : 10)
    {
    }

    private ContendedMutex(BenchContext context, int milliseconds)
        : base(context, Page, Role)
    {
        _time = TimeSpan.FromMilliseconds(milliseconds);
        if (RawLibrary.bench_mutex_init((byte*)View.Address + MutexAt) != 0 || RawLibrary.bench_sem_init((byte*)View.Address + SemaphoreAt) != 0)
        {
            throw new InvalidOperationException("No lock could be made in C.");
        }
    }

    public override string What => "one turn of a lock that two processes want all the time, against the faster of glibc's robust mutex and its semaphore";

    public override Bar Bar => new(1);

    public override double Subject() => Turn("ours", () => Contend(_ours, View));

    public override double Baseline() => Math.Min(
        Turn("mutex", () => RawLibrary.bench_mutex_contend((byte*)View.Address + MutexAt, (int*)(View.Address + StopAt), (long*)(View.Address + GuardedAt))),
        Turn("semaphore", () => RawLibrary.bench_sem_contend((byte*)View.Address + SemaphoreAt, (int*)(View.Address + StopAt), (long*)(View.Address + GuardedAt))));

    public override void Dispose()
    {
        base.Dispose();
        _ours.Dispose();
    }

    public static Func<string[], string> Serve(string[] arguments)
    {
        NamedMutex ours = NamedMutex.Open(Name);
        return Serve(arguments[0], (view, command) => (command[0] switch
        {
            "ours" => Contend(ours, view),
            "mutex" => RawLibrary.bench_mutex_contend((byte*)view.Address + MutexAt, (int*)(view.Address + StopAt), (long*)(view.Address + GuardedAt)),
            _ => RawLibrary.bench_sem_contend((byte*)view.Address + SemaphoreAt, (int*)(view.Address + StopAt), (long*)(view.Address + GuardedAt)),
        }).ToString(CultureInfo.InvariantCulture));
    }

    private static long Contend(NamedMutex mutex, MappedView view)
    {
        ref int stop = ref view.At<int>(StopAt);
        ref long guarded = ref view.At<long>(GuardedAt);
        long times = 0;
        for (; Volatile.Read(ref stop) == 0; times++)
        {
            mutex.Wait();
            guarded++;
            mutex.Release();
        }

        return times;
    }

    private double Turn(string what, Func<long> contend)
    {
        Volatile.Write(ref View.At<int>(StopAt), 0);
        View.At<long>(GuardedAt) = 0;
        using var clock = new Timer(_ => Volatile.Write(ref View.At<int>(StopAt), 1), null, _time, Timeout.InfiniteTimeSpan);
        long start = Stopwatch.GetTimestamp();
        (long ours, string theirs) = WithPeer(what, contend);
        long took = Stopwatch.GetTimestamp() - start;
        long turns = ours + long.Parse(theirs, CultureInfo.InvariantCulture);
        return turns == View.At<long>(GuardedAt) ? (double)took / turns : throw new InvalidOperationException("Two were in the lock at once.");
    }
}
