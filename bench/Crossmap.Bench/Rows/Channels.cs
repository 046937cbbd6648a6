using Crossmap.Channels;

namespace Crossmap.Bench.Rows;

/// <summary>The rows of <see cref="SharedQueue"/>: against rings of C, against itself with longer messages, and against what else carries messages.</summary>
internal static class Channels
{
    private static readonly string[] Rings = ["ring_index", "ring_sequence"];

    public static (string Name, Func<BenchContext, Row> Open)[] Rows { get; } =
    [
        ("channel-single", c => new OneWay(c, "one producer and one consumer that try, against the faster ring of C; how many times faster", new Bar(0.8, AtLeast: true), "single", Rings)),
        ("channel-single-wait", c => new OneWay(c, "the same by the calls that wait", Bar.None, "single-wait", Rings)),
        ("channel-queue", c => new OneWay(c, "many producers and consumers (one of each) that try, against the faster ring of C; how many times faster", new Bar(0.4, AtLeast: true), "queue", Rings)),
        ("channel-queue-wait", c => new OneWay(c, "the same by the calls that wait", Bar.None, "queue-wait", Rings)),
        ("channel-back", c => new RoundTrip(c, "one producer and one consumer that try, against one message that both sides write", new Bar(1.3), "single", "carrier")),
        ("channel-back-line", c => new RoundTrip(c, "the same, against one bare cache line", new Bar(1.3), "single", "line")),
        ("channel-back-wait", c => new RoundTrip(c, "one producer and one consumer that wait, against one bare cache line", Bar.None, "single-wait", "line")),
        ("channel-back-queue", c => new RoundTrip(c, "many producers and consumers (one of each) that try, against one bare cache line", Bar.None, "queue", "line")),
        .. Sizes("single"),
        .. Sizes("queue"),
        .. new[] { "packet", "stream", "pipe", "mq", "boost", "netmq" }.SelectMany(way => ((string, Func<BenchContext, Row>)[])
        [
            ($"channel-{way}", c => new OneWay(c, $"one producer and one consumer that wait, against {way}; how many times faster", new Bar(10, AtLeast: true), "single-wait", way)),
            ($"channel-{way}-back", c => new RoundTrip(c, $"one producer and one consumer that wait, against {way}; how many times faster", new Bar(1, AtLeast: true), "single-wait", way)),
        ]),
        ("channel-queue-boost", c => new OneWay(c, "many producers and consumers (one of each) that wait, against boost; how many times faster", new Bar(10, AtLeast: true), "queue-wait", "boost")),
        ("channel-threads", c => new OneWay(c, "one producer and one consumer that try, against .NET's channels in one process; how many times faster", new Bar(1, AtLeast: true), "single", "threads")),
        ("channel-threads-back", c => new RoundTrip(c, "one producer and one consumer that try, against .NET's channels in one process; how many times faster", new Bar(1, AtLeast: true), "single", "threads")),
        ("channel-wake-up", c => new ChannelWakeUp(c)),
        ("allocated-channel", c => new AllocatedByChannel()),
        ("allocated-channel-wait", c => new AllocatedByChannelWait(c)),
    ];

    /// <summary>Each length against the shortest, both in queues of the same size.</summary>
    private static IEnumerable<(string, Func<BenchContext, Row>)> Sizes(string kind) => new[] { "64k", "1m", "6m" }.Select(size => ((string, Func<BenchContext, Row>))
        ($"channel-{kind}-{size}", c => new RoundTrip(c, $"{kind}, messages of {size} that nobody touches, against such of 64 bytes", new Bar(2), $"{kind}-{size}", $"{kind}-64")));
}

internal sealed unsafe class ChannelWakeUp(BenchContext context) : WakeUp(context, Role)
{
    public const string Role = "channel-wake-up";

    private const string Name = "bench-channel-wake-up";

    private static readonly SharedQueueOptions Single = new() { Capacity = 4096, SingleProducerSingleConsumer = true };

    private readonly SharedQueue _queue = SharedQueue.CreateOrOpen(Name, Single);

    public override string What => "from Write to the return of Read in another process that slept, against futex wake and wait in C";

    public override Bar Bar => new(1.25);

    public override double Subject() => Median("channel", () => _queue.Writer.Write(1L));

    public override double Baseline() => Median("futex", () => RawLibrary.bench_futex_wake((byte*)View.Address + WordAt, (long*)(View.Address + PostedAt)));

    public override void Dispose()
    {
        base.Dispose();
        _queue.Dispose();
    }

    public static Func<string[], string> Serve(string[] arguments)
    {
        SharedQueue queue = SharedQueue.CreateOrOpen(Name, Single);
        return Serve(arguments[0], (view, what) =>
        {
            if (what == "futex")
            {
                RawLibrary.bench_futex_wait((byte*)view.Address + WordAt, (long*)(view.Address + WokenAt));
            }
            else
            {
                using Message message = queue.Reader.Read();
                NoteWoken(view);
            }
        });
    }
}

internal sealed class AllocatedByChannel : AllocationRow
{
    private readonly SharedQueue[] _queues =
    [
        SharedQueue.Create("bench-allocated-single", new SharedQueueOptions { SingleProducerSingleConsumer = true }),
        SharedQueue.Create("bench-allocated-queue"),
    ];

    public override string What => "allocated by TryClaim, Commit, TryWrite, Write, TryRead, Read and Dispose of messages, in queues of both kinds";

    public override void Dispose() => Array.ForEach(_queues, queue => queue.Dispose());

    protected override void Operate()
    {
        foreach (SharedQueue queue in _queues)
        {
            if (!queue.Writer.TryClaim(64, out Claim claim))
            {
                throw new InvalidOperationException("There is no space.");
            }

            claim.Commit();
            if (!queue.Writer.TryWrite(1L))
            {
                throw new InvalidOperationException("There is no space.");
            }

            queue.Writer.Write(2L);
            queue.Reader.Read().Dispose();
            queue.Reader.Read().Dispose();
            if (!queue.Reader.TryRead(out Message last))
            {
                throw new InvalidOperationException("There is no message.");
            }

            last.Dispose();
        }
    }
}

/// <summary>Another thread answers each message, and takes its time: the reader sleeps, with a time and a token that could end that.</summary>
internal sealed class AllocatedByChannelWait : AllocationRow
{
    private readonly SharedQueue _there = Make("there"), _back = Make("back");
    private readonly CancellationTokenSource _cancellation = new();
    private readonly BenchContext _context;
    private readonly Thread _other;

    public AllocatedByChannelWait(BenchContext context)
    {
        _context = context;
        _other = new Thread(() =>
        {
            while (true)
            {
                using Message message = _there.Reader.Read();
                if (message.Length == 0)
                {
                    return;
                }

                Thread.Sleep(1);
                _back.Writer.Write(message.Span);
            }
        });
        _other.Start();
    }

    public override string What => "allocated by a Read that sleeps, with a time and with a token that could cancel it";

    protected override int Operations => _context.Options.Times(50);

    public override void Dispose()
    {
        _there.Writer.Write([]);
        _other.Join();
        _cancellation.Dispose();
        _there.Dispose();
        _back.Dispose();
    }

    protected override void Operate()
    {
        _there.Writer.Write(1L);
        _back.Reader.Read(60_000, _cancellation.Token).Dispose();
    }

    private static SharedQueue Make(string name) =>
        SharedQueue.Create("bench-allocated-" + name, new SharedQueueOptions { Capacity = 4096, SingleProducerSingleConsumer = true });
}
