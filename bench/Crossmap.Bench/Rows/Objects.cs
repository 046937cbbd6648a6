using System.Diagnostics;

namespace Crossmap.Bench.Rows;

/// <summary>Making named memory, touching every page of it, and taking it down again.</summary>
internal sealed class CreateInMemory(BenchContext context, int size, string called, Bar bar, int count) : Row
{
    private const string Name = "bench-created";

    private readonly int _count = context.Options.Times(count);
    private readonly string _file = Path.Combine(context.Ground.Store, Name);

    public override string What => $"{called} in memory: create by name, map, touch, unmap, close, against open, fallocate, mmap, touch, munmap, close, unlink in C";

    public override Bar Bar => bar;

    public override double Subject()
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < _count; i++)
        {
            using var mapping = FileMapping.CreateInMemory(size, Name);
            using MappedView view = mapping.MapView();
            for (int at = 0; at < size; at += 4096)
            {
                view.At<byte>(at) = 1;
            }
        }

        return (double)(Stopwatch.GetTimestamp() - start) / _count;
    }

    public override double Baseline() => RawLibrary.Took(RawLibrary.bench_create(_file, size, _count)) / _count;

    public override void Dispose()
    {
        // Every operation took down what it made.
    }
}

/// <summary>An object that lives all the while, opened by its name again and again.</summary>
internal abstract class OpenRow : Row
{
    protected const string Name = "bench-open";

    protected const int Size = 64 * 1024;

    private readonly FileMapping _mapping = FileMapping.CreateInMemory(Size, Name);

    protected OpenRow(BenchContext context)
    {
        Count = context.Options.Times(40);
        Folder = Directory.EnumerateDirectories(context.Ground.Store).Single();
    }

    protected int Count { get; }

    /// <summary>The library's own.</summary>
    protected string Folder { get; }

    public override double Subject() => (double)OpenAndMap(Name, Count) / Count;

    public override void Dispose() => _mapping.Dispose();

    /// <summary>Nanoseconds for all.</summary>
    public static long OpenAndMap(string name, int count)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            using var mapping = FileMapping.Open(name);
            using MappedView view = mapping.MapView();
        }

        return Stopwatch.GetTimestamp() - start;
    }
}

internal sealed class OpenByName(BenchContext context) : OpenRow(context)
{
    public override string What => "open by name, map, unmap, close, against open, mmap, munmap, close in C";

    public override Bar Bar => new(3);

    public override double Baseline() => RawLibrary.Took(RawLibrary.bench_open(Path.Combine(Folder, Name), Size, Count)) / Count;
}

internal sealed class OpenAgainstSameCalls(BenchContext context) : OpenRow(context)
{
    public override string What => "open by name, map, unmap, close, against the library's own system calls from C";

    public override Bar Bar => new(1.5);

    public override double Baseline() => RawLibrary.Took(RawLibrary.bench_open_same_calls(Folder, Name, Size, Count)) / Count;
}

/// <summary>One name opened among ten thousand and among ten, each in a process and a store of its own that hold them.</summary>
internal sealed class OpenFlat : Row
{
    public const string Role = "open-flat";

    private const int Few = 10, Many = 10_000;

    private readonly int _count;
    private readonly Peer _few, _many;

    public OpenFlat(BenchContext context)
    {
        _count = context.Options.Times(40);
        _few = Among(context, Few);
        _many = Among(context, context.Options.Effort == Effort.Check ? Many / 100 : Many);
    }

    public override string What => "open by name, map, unmap, close among 10,000 names, against among 10";

    public override Bar Bar => new(1.2);

    public override double Subject() => Ask(_many);

    public override double Baseline() => Ask(_few);

    public override void Dispose()
    {
        _few.Dispose();
        _many.Dispose();
    }

    /// <summary>In the peer: holds so many objects, and times the opening of one in their midst.</summary>
    public static Func<string[], string> Serve(string[] arguments)
    {
        int names = Peer.Number(arguments[0]);
        FileMapping[] held = [.. Enumerable.Range(0, names).Select(i => FileMapping.CreateInMemory(4096, $"among-{i}"))];
        return command =>
        {
            long took = OpenRow.OpenAndMap($"among-{names / 2}", Peer.Number(command[0]));
            GC.KeepAlive(held);
            return took.ToString(System.Globalization.CultureInfo.InvariantCulture);
        };
    }

    private static Peer Among(BenchContext context, int names)
    {
        string root = Path.Combine(context.Ground.Store, $"among-{names}");
        Directory.CreateDirectory(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return Peer.Start(context, root, Role, names.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private double Ask(Peer peer)
    {
        peer.Send($"{_count}");
        return double.Parse(peer.Receive(), System.Globalization.CultureInfo.InvariantCulture) / _count;
    }
}
