using System.Diagnostics;
using System.Runtime.CompilerServices;
using Framework = System.IO.MemoryMappedFiles;

namespace Crossmap.Bench.Rows;

using MemoryMappedFile = Crossmap.Compatibility.MemoryMappedFile;
using MemoryMappedViewAccessor = Crossmap.Compatibility.MemoryMappedViewAccessor;
using MemoryMappedViewStream = Crossmap.Compatibility.MemoryMappedViewStream;

/// <summary>The drop-in types against the framework's own, each over a file of its own without a name.</summary>
internal abstract class DropInRow : Row
{
    protected const int Bytes = 1 << 20;

    private readonly MemoryMappedFile _map;
    private readonly Framework.MemoryMappedFile _frameworkMap;

    protected DropInRow(BenchContext context)
    {
        _map = MemoryMappedFile.CreateFromFile(FileOf(context, "ours"), FileMode.Open);
        _frameworkMap = Framework.MemoryMappedFile.CreateFromFile(FileOf(context, "framework"), FileMode.Open);
        Ours = _map.CreateViewAccessor();
        Theirs = _frameworkMap.CreateViewAccessor();
        OurStream = _map.CreateViewStream();
        TheirStream = _frameworkMap.CreateViewStream();
    }

    protected MemoryMappedViewAccessor Ours { get; }

    protected Framework.MemoryMappedViewAccessor Theirs { get; }

    protected MemoryMappedViewStream OurStream { get; }

    protected Framework.MemoryMappedViewStream TheirStream { get; }

    public override void Dispose()
    {
        OurStream.Dispose();
        TheirStream.Dispose();
        Ours.Dispose();
        Theirs.Dispose();
        _map.Dispose();
        _frameworkMap.Dispose();
    }

    protected static double Measure(int count, Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return (double)(Stopwatch.GetTimestamp() - start) / count;
    }

    private static string FileOf(BenchContext context, string whose)
    {
        // In memory, so that no disk is in it.
        string path = Path.Combine(context.Ground.Store, "drop-in-" + whose);
        byte[] content = new byte[Bytes];
        new Random(3).NextBytes(content);
        File.WriteAllBytes(path, content);
        return path;
    }
}

/// <summary>What a program keeps in a map: three numbers.</summary>
internal record struct Sample(long Time, double Value, int Number);

internal sealed class DropInRead(BenchContext context) : DropInRow(context)
{
    private readonly int _count = context.Options.Times(20_000);

    public override string What => "Read<T> of a structure of 24 bytes, against the framework's";

    public override Bar Bar => new(3, AtLeast: true);

    public override double Subject() => Measure(_count, () => ReadOurs(Ours, _count));

    public override double Baseline() => Measure(_count, () => ReadTheirs(Theirs, _count));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long ReadOurs(MemoryMappedViewAccessor accessor, int count)
    {
        long sum = 0;
        for (int i = 0; i < count; i++)
        {
            accessor.Read(i % 1024 * 24, out Sample sample);
            sum += sample.Time + sample.Number;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long ReadTheirs(Framework.MemoryMappedViewAccessor accessor, int count)
    {
        long sum = 0;
        for (int i = 0; i < count; i++)
        {
            accessor.Read(i % 1024 * 24, out Sample sample);
            sum += sample.Time + sample.Number;
        }

        return sum;
    }
}

internal sealed class DropInWrite(BenchContext context) : DropInRow(context)
{
    private readonly int _count = context.Options.Times(20_000);

    public override string What => "Write<T> of a structure of 24 bytes, against the framework's";

    public override Bar Bar => new(3, AtLeast: true);

    public override double Subject() => Measure(_count, () => WriteOurs(Ours, _count));

    public override double Baseline() => Measure(_count, () => WriteTheirs(Theirs, _count));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WriteOurs(MemoryMappedViewAccessor accessor, int count)
    {
        var sample = new Sample(1, 2, 3);
        for (int i = 0; i < count; i++)
        {
            sample.Time = i;
            accessor.Write(i % 1024 * 24, ref sample);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WriteTheirs(Framework.MemoryMappedViewAccessor accessor, int count)
    {
        var sample = new Sample(1, 2, 3);
        for (int i = 0; i < count; i++)
        {
            sample.Time = i;
            accessor.Write(i % 1024 * 24, ref sample);
        }
    }
}

/// <summary>Values of four bytes, of which an array is moved as one piece of memory.</summary>
internal abstract class DropInArray : DropInRow
{
    protected DropInArray(BenchContext context, int bytes)
        : base(context)
    {
        Values = new int[bytes / sizeof(int)];
        Count = context.Options.Times(Math.Max(20, (4 << 20) / bytes));
        Size = bytes >= 1 << 20 ? $"{bytes >> 20} MiB" : $"{bytes >> 10} KiB";
    }

    protected int[] Values { get; }

    protected int Count { get; }

    protected string Size { get; }

    protected double Repeat(Action action) => Measure(Count, () =>
    {
        for (int i = 0; i < Count; i++)
        {
            action();
        }
    });
}

internal sealed class DropInReadArray(BenchContext context) : DropInArray(context, 64 * 1024)
{
    public override string What => $"ReadArray of {Size} of int, against the framework's";

    public override Bar Bar => new(5, AtLeast: true);

    public override double Subject() => Repeat(() => Ours.ReadArray(0, Values, 0, Values.Length));

    public override double Baseline() => Repeat(() => Theirs.ReadArray(0, Values, 0, Values.Length));
}

internal sealed class DropInWriteArray(BenchContext context) : DropInArray(context, 64 * 1024)
{
    public override string What => $"WriteArray of {Size} of int, against the framework's";

    public override Bar Bar => new(5, AtLeast: true);

    public override double Subject() => Repeat(() => Ours.WriteArray(0, Values, 0, Values.Length));

    public override double Baseline() => Repeat(() => Theirs.WriteArray(0, Values, 0, Values.Length));
}

internal sealed unsafe class DropInReadCopy(BenchContext context, int bytes) : DropInArray(context, bytes)
{
    public override string What => $"ReadArray of {Size} of int, against a copy of the same memory";

    public override Bar Bar => new(1.1);

    public override double Subject() => Repeat(() => Ours.ReadArray(0, Values, 0, Values.Length));

    public override double Baseline() => Repeat(() => new ReadOnlySpan<int>((void*)Ours.SafeMemoryMappedViewHandle.DangerousGetHandle(), Values.Length).CopyTo(Values));
}

internal sealed unsafe class DropInWriteCopy(BenchContext context, int bytes) : DropInArray(context, bytes)
{
    public override string What => $"WriteArray of {Size} of int, against a copy of the same memory";

    public override Bar Bar => new(1.1);

    public override double Subject() => Repeat(() => Ours.WriteArray(0, Values, 0, Values.Length));

    public override double Baseline() => Repeat(() => Values.CopyTo(new Span<int>((void*)Ours.SafeMemoryMappedViewHandle.DangerousGetHandle(), Values.Length)));
}

/// <summary>Through a stream in pieces of some size.</summary>
internal sealed class DropInStream(BenchContext context, int piece, bool isWriting) : DropInRow(context)
{
    private const int Cached = 64 << 10;

    private readonly byte[] _piece = new byte[piece];
    private readonly int _count = context.Options.Times(8192);

    public override string What => $"{(isWriting ? "Write" : "Read")} of {(piece == 1 ? "single bytes" : $"{piece} bytes")} of a view stream, against the framework's";

    public override Bar Bar => new(1, AtLeast: true);

    public override double Subject() => Measure(_count, () => Run(OurStream));

    public override double Baseline() => Measure(_count, () => Run(TheirStream));

    private void Run(Stream stream)
    {
        for (int i = 0; i < _count; i++)
        {
            // Of the view so much as stays in the cache: what a call costs, not what memory costs.
            if (i % (Cached / piece) == 0)
            {
                stream.Position = 0;
            }

            if (isWriting)
            {
                stream.Write(_piece, 0, _piece.Length);
            }
            else
            {
                stream.ReadExactly(_piece, 0, _piece.Length);
            }
        }
    }
}

/// <summary>Named, as the framework's own is on Linux.</summary>
internal sealed class DropInMutex(BenchContext context) : Row
{
    private readonly Compatibility.Mutex _ours = new(initiallyOwned: false, "bench-drop-in");
    private readonly System.Threading.Mutex _theirs = new(initiallyOwned: false, $"bench-drop-in-{Environment.ProcessId}");
    private readonly int _count = context.Options.Times(10_000);

    public override string What => "WaitOne and ReleaseMutex of a named mutex, against the framework's";

    public override Bar Bar => new(1, AtLeast: true);

    public override double Subject() => Cycle(_ours, _ours.ReleaseMutex);

    public override double Baseline() => Cycle(_theirs, _theirs.ReleaseMutex);

    public override void Dispose()
    {
        _ours.Dispose();
        _theirs.Dispose();
    }

    private double Cycle(WaitHandle mutex, Action release)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < _count; i++)
        {
            _ = mutex.WaitOne();
            release();
        }

        return (double)(Stopwatch.GetTimestamp() - start) / _count;
    }
}
