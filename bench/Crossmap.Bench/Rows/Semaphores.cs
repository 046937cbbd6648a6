using System.Diagnostics;

namespace Crossmap.Bench.Rows;

internal sealed unsafe class UncontendedSemaphore : Row
{
    private readonly NamedSemaphore _ours = NamedSemaphore.Create("bench-semaphore", 1, int.MaxValue);
    private readonly FileMapping _page = FileMapping.CreateInMemory(4096);
    private readonly MappedView _view;
    private readonly int _count;

    public UncontendedSemaphore(BenchContext context)
    {
        _count = context.Options.Times(50_000);
        _view = _page.MapView();
        if (RawLibrary.bench_sem_size() > _view.Length || RawLibrary.bench_sem_init((void*)_view.Address) != 0)
        {
            throw new InvalidOperationException("No sem_t could be made.");
        }
    }

    public override string What => "uncontended Release and Wait, against sem_post and sem_wait of a process-shared sem_t in C";

    public override Bar Bar => new(1.5);

    public override double Subject()
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < _count; i++)
        {
            _ours.Release();
            _ours.Wait();
        }

        return (double)(Stopwatch.GetTimestamp() - start) / _count;
    }

    public override double Baseline() => (double)RawLibrary.bench_sem_cycle((void*)_view.Address, _count) / _count;

    public override void Dispose()
    {
        _view.Dispose();
        _page.Dispose();
        _ours.Dispose();
    }
}

/// <summary>A turn that goes to the other process and back: two semaphores, against one cache line.</summary>
internal sealed unsafe class HandOff : Row
{
    public const string Role = "hand-off";

    private const string There = "bench-there", Back = "bench-back", Page = "bench-hand-off";

    /// <summary>In the shared page, each on a cache line of its own.</summary>
    private const int ReadyAt = 0, LineAt = 256;

    private readonly NamedSemaphore _there = NamedSemaphore.Create(There, 0, int.MaxValue);
    private readonly NamedSemaphore _back = NamedSemaphore.Create(Back, 0, int.MaxValue);
    private readonly FileMapping _page = FileMapping.CreateInMemory(4096, Page);
    private readonly MappedView _view;
    private readonly Peer _peer;
    private readonly int _count;

    public HandOff(BenchContext context)
    {
        _count = context.Options.Times(2_000);
        _view = _page.MapView();
        _peer = Peer.Start(context, context.Ground.Store, Role);
    }

    public override string What => "there and back between two running processes by two semaphores, against one bare cache line in C";

    public override Bar Bar => new(3);

    public override double Subject() => WithPeer("semaphore", () =>
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < _count; i++)
        {
            _there.Release();
            _back.Wait();
        }

        return Stopwatch.GetTimestamp() - start;
    });

    public override double Baseline() => WithPeer("line", () => RawLibrary.bench_ping_pong((byte*)_view.Address + LineAt, 0, _count));

    public override void Dispose()
    {
        _peer.Dispose();
        _view.Dispose();
        _page.Dispose();
        _there.Dispose();
        _back.Dispose();
    }

    public static Func<string[], string> Serve(string[] arguments)
    {
        NamedSemaphore there = NamedSemaphore.Open(There), back = NamedSemaphore.Open(Back);
        MappedView view = FileMapping.Open(Page).MapView();
        return command =>
        {
            int count = Peer.Number(command[1]);
            Volatile.Write(ref view.At<int>(ReadyAt), 1);
            if (command[0] == "line")
            {
                _ = RawLibrary.bench_ping_pong((byte*)view.Address + LineAt, 1, count);
            }
            else
            {
                for (int i = 0; i < count; i++)
                {
                    there.Wait();
                    back.Release();
                }
            }

            return "done";
        };
    }

    /// <summary>Both sides run before the clock does.</summary>
    private double WithPeer(string what, Func<long> side)
    {
        _view.At<int>(LineAt) = 0;
        Volatile.Write(ref _view.At<int>(ReadyAt), 0);
        _peer.Send($"{what} {_count}");
        while (Volatile.Read(ref _view.At<int>(ReadyAt)) == 0)
        {
            Thread.SpinWait(1);
        }

        double took = side();
        _ = _peer.Receive();
        return took / _count;
    }
}

internal sealed class WaitCpu(BenchContext context) : Row
{
    private readonly NamedSemaphore _semaphore = NamedSemaphore.Create("bench-wait", 0, 1);
    private readonly TimeSpan _time = TimeSpan.FromMilliseconds(context.Options.Effort == Effort.Check ? 20 : 1000);

    public override string What => "processor time of the waiting thread in a Wait of 1 s";

    public override Bar Bar => new(1, Unit: "ms");

    public override bool HasBaseline => false;

    public override int Rounds => 11;

    public override double Subject()
    {
        long before = RawLibrary.bench_thread_cpu();
        if (_semaphore.Wait(_time))
        {
            throw new InvalidOperationException("The wait was to end by its time.");
        }

        return (RawLibrary.bench_thread_cpu() - before) / 1e6;
    }

    public override void Dispose() => _semaphore.Dispose();
}

/// <summary>From just before a release to the moment in which a waiter who slept in another process runs again.</summary>
internal sealed unsafe class WakeUp : Row
{
    public const string Role = "wake-up";

    private const string Name = "bench-wake-up", Page = "bench-wake-up-page";

    private const int WordAt = 0, WokenAt = 256, PostedAt = 512;

    /// <summary>Until the waiter sleeps for sure: it looks for some microseconds before it does.</summary>
    private static readonly TimeSpan ToFallAsleep = TimeSpan.FromMilliseconds(1);

    private readonly NamedSemaphore _semaphore = NamedSemaphore.Create(Name, 0, 1);
    private readonly FileMapping _page = FileMapping.CreateInMemory(4096, Page);
    private readonly MappedView _view;
    private readonly Peer _peer;
    private readonly int _count;

    public WakeUp(BenchContext context)
    {
        _count = context.Options.Times(20);
        _view = _page.MapView();
        _peer = Peer.Start(context, context.Ground.Store, Role);
    }

    public override string What => "from Release to the return of Wait in another process that slept, against futex wake and wait in C";

    public override Bar Bar => new(1.25);

    public override int Rounds => 51;

    public override double Subject() => Median("semaphore", () =>
    {
        _view.At<long>(PostedAt) = Stopwatch.GetTimestamp();
        _semaphore.Release();
    });

    public override double Baseline() => Median("futex", () => RawLibrary.bench_futex_wake((byte*)_view.Address + WordAt, (long*)(_view.Address + PostedAt)));

    public override void Dispose()
    {
        _peer.Dispose();
        _view.Dispose();
        _page.Dispose();
        _semaphore.Dispose();
    }

    public static Func<string[], string> Serve(string[] arguments)
    {
        NamedSemaphore semaphore = NamedSemaphore.Open(Name);
        MappedView view = FileMapping.Open(Page).MapView();
        return command =>
        {
            int count = Peer.Number(command[1]);
            for (int i = 0; i < count; i++)
            {
                if (command[0] == "futex")
                {
                    RawLibrary.bench_futex_wait((byte*)view.Address + WordAt, (long*)(view.Address + WokenAt));
                }
                else
                {
                    semaphore.Wait();
                    Volatile.Write(ref view.At<long>(WokenAt), Stopwatch.GetTimestamp());
                }
            }

            return "done";
        };
    }

    /// <summary>Of the single wake-ups: one that met a busy processor counts as one.</summary>
    private double Median(string what, Action wake)
    {
        double[] latencies = new double[_count];
        Volatile.Write(ref _view.At<long>(WokenAt), 0);
        _peer.Send($"{what} {_count}");
        for (int i = 0; i < _count; i++)
        {
            Thread.Sleep(ToFallAsleep);
            wake();
            long woken;
            while ((woken = Volatile.Read(ref _view.At<long>(WokenAt))) == 0)
            {
                Thread.Sleep(0);
            }

            latencies[i] = woken - _view.At<long>(PostedAt);
            Volatile.Write(ref _view.At<long>(WokenAt), 0);
        }

        _ = _peer.Receive();
        Array.Sort(latencies);
        return latencies[_count / 2];
    }
}
