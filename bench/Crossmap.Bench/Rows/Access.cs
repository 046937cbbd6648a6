using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;

namespace Crossmap.Bench.Rows;

/// <summary>A view in memory, small enough to stay in the second-level cache: what an access costs, not what memory costs.</summary>
internal abstract unsafe class AccessRow : Row
{
    protected const int Bytes = 256 * 1024;

    private readonly FileMapping _mapping = FileMapping.CreateInMemory(Bytes);

    protected AccessRow(BenchContext context, int repeats)
    {
        View = _mapping.MapView();
        Repeats = context.Options.Times(repeats);
        var random = new Random(1);
        foreach (ref long value in View.AsSpan<long>())
        {
            value = random.Next();
        }
    }

    protected MappedView View { get; }

    protected int Repeats { get; }

    protected byte* Start => (byte*)View.Address;

    public override void Dispose()
    {
        View.Dispose();
        _mapping.Dispose();
    }

    /// <summary>Both sides read the same, or they are not to be compared.</summary>
    protected static void Same(long ours, long raw)
    {
        if (ours != raw)
        {
            throw new InvalidOperationException($"The two sides read different numbers: {ours} and {raw}.");
        }
    }
}

internal sealed unsafe class SumSpan(BenchContext context) : AccessRow(context, 30)
{
    private long _sum;

    public override string What => "summing 256 KiB of long through AsSpan<long>, against a raw pointer in C";

    public override Bar Bar => new(1.05);

    public override double Subject()
    {
        long total = 0;
        long start = Stopwatch.GetTimestamp();
        for (int r = 0; r < Repeats; r++)
        {
            total += Sum(View);
        }

        double took = Stopwatch.GetTimestamp() - start;
        _sum = total;
        return took / Repeats;
    }

    public override double Baseline()
    {
        long sum;
        double took = RawLibrary.bench_sum((long*)Start, Bytes / sizeof(long), Repeats, &sum);
        Same(_sum == 0 ? sum : _sum, sum);
        return took / Repeats;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long Sum(MappedView view)
    {
        long total = 0;
        foreach (long value in view.AsSpan<long>())
        {
            total += value;
        }

        return total;
    }
}

/// <summary>Aligned offsets all over the view, in an order that no prefetcher guesses.</summary>
internal abstract unsafe class RandomAccessRow : AccessRow
{
    private const int Count = 16 * 1024;

    protected RandomAccessRow(BenchContext context, int repeats)
        : base(context, repeats)
    {
        var random = new Random(2);
        Offsets = GC.AllocateUninitializedArray<long>(Count, pinned: true);
        foreach (ref long offset in Offsets.AsSpan())
        {
            offset = random.Next(Bytes / sizeof(long)) * sizeof(long);
        }
    }

    protected long[] Offsets { get; }

    protected long LastSum { get; private set; }

    public override double Subject()
    {
        long total = 0;
        long start = Stopwatch.GetTimestamp();
        for (int r = 0; r < Repeats; r++)
        {
            total += Sum(View, Offsets);
        }

        double took = Stopwatch.GetTimestamp() - start;
        LastSum = total;
        return took / Repeats / Count;
    }

    protected double PerRead(double took) => took / Repeats / Count;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long Sum(MappedView view, long[] offsets)
    {
        long total = 0;
        foreach (long offset in offsets)
        {
            total += view.At<long>(offset);
        }

        return total;
    }
}

internal sealed unsafe class AtRandom(BenchContext context) : RandomAccessRow(context, 100)
{
    public override string What => "At<long>(offset) at random offsets, against a raw pointer in C";

    public override Bar Bar => new(1.5);

    public override double Baseline()
    {
        fixed (long* offsets = Offsets)
        {
            long sum;
            double took = RawLibrary.bench_random(Start, offsets, Offsets.Length, Repeats, &sum);
            Same(LastSum == 0 ? sum : LastSum, sum);
            return PerRead(took);
        }
    }
}

internal sealed unsafe class AtAgainstAccessor : RandomAccessRow
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _accessor;

    public AtAgainstAccessor(BenchContext context)
        : base(context, 5)
    {
        _file = MemoryMappedFile.CreateNew(null, Bytes);
        _accessor = _file.CreateViewAccessor();
        _accessor.SafeMemoryMappedViewHandle.WriteSpan(0, View.AsSpan());
    }

    public override string What => "At<long>(offset) at random offsets, against MemoryMappedViewAccessor.ReadInt64";

    public override Bar Bar => new(8, AtLeast: true);

    public override double Baseline()
    {
        long total = 0;
        long start = Stopwatch.GetTimestamp();
        for (int r = 0; r < Repeats; r++)
        {
            total += Sum(_accessor, Offsets);
        }

        double took = Stopwatch.GetTimestamp() - start;
        Same(LastSum == 0 ? total : LastSum, total);
        return PerRead(took);
    }

    public override void Dispose()
    {
        _accessor.Dispose();
        _file.Dispose();
        base.Dispose();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long Sum(MemoryMappedViewAccessor accessor, long[] offsets)
    {
        long total = 0;
        foreach (long offset in offsets)
        {
            total += accessor.ReadInt64(offset);
        }

        return total;
    }
}
