using System.Diagnostics;

namespace Crossmap.Bench.Rows;

/// <summary>A reader-writer lock that nobody else wants, against glibc's.</summary>
internal abstract unsafe class UncontendedLock : Row
{
    private readonly FileMapping _page = FileMapping.CreateInMemory(4096);
    private readonly MappedView _view;

    protected UncontendedLock(BenchContext context)
    {
        Count = context.Options.Times(50_000);
        _view = _page.MapView();
        if (RawLibrary.bench_rwlock_size() > _view.Length || RawLibrary.bench_rwlock_init((void*)_view.Address) != 0)
        {
            throw new InvalidOperationException("No pthread_rwlock_t could be made.");
        }
    }

    protected NamedReaderWriterLock Ours { get; } = NamedReaderWriterLock.Create("bench-lock");

    protected int Count { get; }

    protected void* Theirs => (void*)_view.Address;

    public override void Dispose()
    {
        _view.Dispose();
        _page.Dispose();
        Ours.Dispose();
    }
}

internal sealed unsafe class UncontendedRead(BenchContext context) : UncontendedLock(context)
{
    public override string What => "uncontended EnterReadLock and ExitReadLock, against rdlock and unlock of a process-shared pthread_rwlock_t in C";

    public override Bar Bar => new(3);

    public override double Subject()
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Count; i++)
        {
            Ours.EnterReadLock();
            Ours.ExitReadLock();
        }

        return (double)(Stopwatch.GetTimestamp() - start) / Count;
    }

    public override double Baseline() => (double)RawLibrary.bench_rwlock_read_cycle(Theirs, Count) / Count;
}

internal sealed unsafe class UncontendedWrite(BenchContext context) : UncontendedLock(context)
{
    public override string What => "uncontended EnterWriteLock and ExitWriteLock, against wrlock and unlock of a process-shared pthread_rwlock_t in C";

    /// <summary>A writer looks at 32 readers' words, each on a cache line of its own; that nobody who dies can leave anything behind costs so much.</summary>
    public override Bar Bar => new(8);

    public override double Subject()
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Count; i++)
        {
            Ours.EnterWriteLock();
            Ours.ExitWriteLock();
        }

        return (double)(Stopwatch.GetTimestamp() - start) / Count;
    }

    public override double Baseline() => (double)RawLibrary.bench_rwlock_write_cycle(Theirs, Count) / Count;
}
