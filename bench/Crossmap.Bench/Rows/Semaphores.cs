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
