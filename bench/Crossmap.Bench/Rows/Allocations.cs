namespace Crossmap.Bench.Rows;

/// <summary>Bytes of managed memory that one operation takes: none, or the collector would come for them at somebody's worst moment.</summary>
internal abstract class AllocationRow : Row
{
    public override Bar Bar => new(0, Unit: "bytes");

    public override bool HasBaseline => false;

    public override int Rounds => 11;

    public override double Subject()
    {
        // The first time makes what a thread makes once.
        Operate();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Operations; i++)
        {
            Operate();
        }

        return (double)(GC.GetAllocatedBytesForCurrentThread() - before) / Operations;
    }

    protected virtual int Operations => 1000;

    protected abstract void Operate();
}

internal sealed class AllocatedByAccess : AllocationRow
{
    private readonly FileMapping _mapping = FileMapping.CreateInMemory(4096);
    private readonly MappedView _view;

    public AllocatedByAccess(BenchContext context) => _view = _mapping.MapView();

    public override string What => "allocated by At, AsSpan and AsSpan<T>";

    protected override void Operate()
    {
        _view.At<long>(8) += _view.AsSpan(16, 64)[3];
        _view.AsSpan<long>(128, 8)[1]++;
        _view.AsSpan()[0]++;
    }

    public override void Dispose()
    {
        _view.Dispose();
        _mapping.Dispose();
    }
}

internal class AllocatedBySemaphore(BenchContext context) : AllocationRow
{
    protected NamedSemaphore Semaphore { get; } = NamedSemaphore.Create(null, 1, 1);

    protected BenchContext Context { get; } = context;

    public override string What => "allocated by Wait, TryWait and Release";

    protected override void Operate()
    {
        Semaphore.Wait();
        Semaphore.Release();
        Semaphore.TryWait();
        Semaphore.Release();
    }

    public override void Dispose() => Semaphore.Dispose();
}

internal sealed class AllocatedByWait : AllocatedBySemaphore
{
    private readonly CancellationTokenSource _cancellation = new();

    public AllocatedByWait(BenchContext context)
        : base(context) => Semaphore.Wait();

    public override string What => "allocated by a Wait that sleeps, with a time and with a token that could cancel it";

    protected override int Operations => Context.Options.Times(50);

    protected override void Operate()
    {
        Semaphore.Wait(TimeSpan.FromMilliseconds(1));
        Semaphore.Wait(TimeSpan.FromMilliseconds(1), _cancellation.Token);
    }

    public override void Dispose()
    {
        _cancellation.Dispose();
        base.Dispose();
    }
}

internal sealed class AllocatedByMutex(BenchContext context) : AllocationRow
{
    private readonly NamedMutex _mutex = NamedMutex.Create(null);

    /// <summary>What the row belongs to.</summary>
    public BenchContext Context { get; } = context;

    public override string What => "allocated by Wait, again, TryWait and Release of a mutex";

    public override void Dispose() => _mutex.Dispose();

    protected override void Operate()
    {
        _mutex.Wait();
        _mutex.Wait();
        _mutex.TryWait();
        _mutex.Release();
        _mutex.Release();
        _mutex.Release();
    }
}

internal sealed class AllocatedByWaitForSeveral(BenchContext context) : AllocationRow
{
    private readonly WaitableObject[] _objects = [NamedSemaphore.Create(null, 0, 1), NamedEvent.Create(null, EventResetMode.AutoReset), NamedMutex.Create(null)];
    private readonly TimeSpan _moment = context.Options.Effort == Effort.Check ? TimeSpan.Zero : TimeSpan.FromMilliseconds(1);

    public override string What => "allocated by WaitAny that takes and that sleeps, and by WaitAll";

    protected override int Operations => 50;

    public override void Dispose() => Array.ForEach(_objects, waitable => waitable.Dispose());

    protected override void Operate()
    {
        ((NamedEvent)_objects[1]).Set();
        _ = WaitableObject.WaitAny(_objects);
        _ = WaitableObject.WaitAny(_objects.AsSpan(0, 2), _moment);
        ((NamedEvent)_objects[1]).Set();
        ((NamedSemaphore)_objects[0]).Release();
        WaitableObject.WaitAll(_objects);
        ((NamedMutex)_objects[2]).Release();
    }
}

internal sealed class AllocatedByFlush(BenchContext context) : AllocationRow
{
    private readonly FlushRange _file = new(context);

    public override string What => "allocated by a Flush of a range";

    protected override int Operations => 3;

    protected override void Operate() => _file.Touch();

    public override void Dispose() => _file.Dispose();
}
