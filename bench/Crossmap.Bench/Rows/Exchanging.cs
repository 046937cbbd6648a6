using System.Diagnostics;
using System.Runtime.InteropServices;
using Crossmap.Bench.Exchanges;

namespace Crossmap.Bench.Rows;

/// <summary>Messages of 64 bytes between two processes, by one way against another, or against the fastest of others.</summary>
internal abstract unsafe class Exchanging : TwoProcesses
{
    public const string Role = "exchange";

    /// <summary>In the page: the other side has received all.</summary>
    private const int DoneAt = FreeAt;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static int s_places;

    private readonly BenchContext _context;
    private readonly string _subject;
    private readonly string[] _baselines;
    private readonly Dictionary<string, Exchange> _ways;

    protected Exchanging(BenchContext context, string what, Bar bar, string subject, string[] baselines)
        : this(context, what, bar, subject, baselines, $"{context.Ground.Store}/crossmap-bench-{Environment.ProcessId}-{++s_places}")
    {
    }

    private Exchanging(BenchContext context, string what, Bar bar, string subject, string[] baselines, string place)
        : base(context, "bench-exchange-page", Role, [place, .. All(subject, baselines).Where(way => !Exchange.IsInProcess(way))])
    {
        (_context, What, Bar, _subject, _baselines) = (context, what, bar, subject, baselines);
        _ways = Open(All(subject, baselines), place, side: 0);
    }

    public override string What { get; }

    public override Bar Bar { get; }

    public override (Percentiles Subject, Percentiles Baseline)? Singles { get; } = (new Percentiles(), new Percentiles());

    public override double Subject()
    {
        double took = Measure(_subject, out long[] singles);
        Singles!.Value.Subject.Add(singles, SingleIs);
        return took;
    }

    /// <summary>Of several, the one that is the fastest in this round.</summary>
    public override double Baseline()
    {
        double least = double.PositiveInfinity;
        long[] ofLeast = [];
        foreach (string way in _baselines)
        {
            double took = Measure(way, out long[] singles);
            if (took < least)
            {
                (least, ofLeast) = (took, singles);
            }
        }

        Singles!.Value.Baseline.Add(ofLeast, SingleIs);
        return least;
    }

    public override void Dispose()
    {
        base.Dispose();
        RawLibrary.bench_run_on(-1);
        foreach (Exchange way in _ways.Values)
        {
            way.Dispose();
        }
    }

    /// <summary>What the other process answers with: the other side of every way.</summary>
    public static Func<string[], string> Serve(string[] arguments)
    {
        Dictionary<string, Exchange> ways = Open(arguments[2..], arguments[1], side: 1);
        return Serve(
            arguments[0],
            (view, command) => Answer(view, ways[command[1]], command[0], Peer.Number(command[2])),
            command => Place(command[1], side: 1));
    }

    /// <summary>How many operations a single one of <see cref="Singles"/> is.</summary>
    protected abstract int SingleIs { get; }

    /// <summary>Nanoseconds a message or a round trip.</summary>
    protected abstract double Measure(string way, out long[] singles);

    protected int Times(int normally) => Math.Max(Exchange.Slice, _context.Options.Times(normally));

    /// <summary>This side does its deed while the other does its own; the time is this side's, until the other has all.</summary>
    protected long Run(string way, string deed, int count, Func<Exchange, long> side)
    {
        Volatile.Write(ref View.At<int>(DoneAt), 0);
        Exchange exchange = _ways[way];
        Place(way, side: 0);
        (long took, string answer) = Exchange.IsInProcess(way)
            ? WithThread(() => Place(way, side: 1), () => Answer(View, Exchange.Open(way, string.Empty, side: 1), deed, count), () => UntilDone(exchange, side))
            : WithPeer($"{deed} {way} {count}", () => UntilDone(exchange, side));
        return answer == "done" && took >= 0 ? took : throw new InvalidOperationException($"{way}: a call failed, or a message was lost or torn.");
    }

    private long UntilDone(Exchange exchange, Func<Exchange, long> side)
    {
        long start = Stopwatch.GetTimestamp();
        long took = side(exchange);
        ref int done = ref View.At<int>(DoneAt);
        while (Volatile.Read(ref done) == 0)
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
            {
                throw new InvalidOperationException("The bench's other process ended or hangs.");
            }
        }

        return took < 0 ? took : Stopwatch.GetTimestamp() - start;
    }

    /// <summary>
    /// Two that spin need a processor each, or one of them waits for the other's time to end. Where the kernel wakes one, its scheduler
    /// knows best: some of its ways are faster on one processor.
    /// </summary>
    private static void Place(string way, int side) => RawLibrary.bench_run_on(Exchange.Spins(way) ? side : -1);

    private static string Answer(MappedView view, Exchange way, string deed, int count)
    {
        long took = -1;
        try
        {
            took = deed == "one-way" ? way.Receive(count) : way.Pong(count);
        }
        finally
        {
            Volatile.Write(ref view.At<int>(DoneAt), 1);
        }

        return took >= 0 ? "done" : "failed";
    }

    private static Dictionary<string, Exchange> Open(IEnumerable<string> ways, string place, int side) =>
        ways.ToDictionary(way => way, way => Exchange.Open(way, $"{place}-{way}", side));

    /// <summary>Before anything is started: all that the row needs is there.</summary>
    private static string[] All(string subject, string[] baselines)
    {
        string[] all = [subject, .. baselines];
        foreach (string way in all)
        {
            if (!Exchange.IsThere(way, out string? complaint))
            {
                throw new RowVoidException(complaint);
            }
        }

        return all;
    }
}

/// <summary>One side sends, the other receives: what a message takes, until the last has come.</summary>
internal sealed unsafe class OneWay(BenchContext context, string what, Bar bar, string subject, params string[] baselines)
    : Exchanging(context, $"a message of 64 bytes, one way, {what}", bar, subject, baselines)
{
    protected override int SingleIs => Exchange.Slice;

    protected override double Measure(string way, out long[] singles)
    {
        int count = Times(Exchange.Messages(way));
        long[] slices = GC.AllocateUninitializedArray<long>(count / Exchange.Slice, pinned: true);
        singles = slices;
        return (double)Run(way, "one-way", count, exchange => exchange.Send(count, (long*)Marshal.UnsafeAddrOfPinnedArrayElement(slices, 0))) / count;
    }
}

/// <summary>There and back.</summary>
internal sealed unsafe class RoundTrip(BenchContext context, string what, Bar bar, string subject, params string[] baselines)
    : Exchanging(context, $"64 bytes there and back between two running processes, {what}", bar, subject, baselines)
{
    protected override int SingleIs => 1;

    /// <summary>First without looks at the clock in between: they would be a part of what is compared.</summary>
    protected override double Measure(string way, out long[] singles)
    {
        int count = Times(Exchange.RoundTrips(way));
        double took = (double)Run(way, "round-trip", count, exchange => exchange.Ping(count, null)) / count;
        long[] each = GC.AllocateUninitializedArray<long>(count, pinned: true);
        _ = Run(way, "round-trip", count, exchange => exchange.Ping(count, (long*)Marshal.UnsafeAddrOfPinnedArrayElement(each, 0)));
        singles = each;
        return took;
    }
}
