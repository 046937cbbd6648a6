using System.Diagnostics.CodeAnalysis;

namespace Crossmap.Bench.Exchanges;

/// <summary>
/// One side of a way that messages of 64 bytes take from one process to another and back. Each deed runs so many messages, checks what
/// came, and answers nanoseconds, or less than zero when a call failed or a message was not the one that was due.
/// </summary>
internal abstract unsafe class Exchange : IDisposable
{
    /// <summary>The clock costs as much as some messages, so it is read once in so many. The same as in <c>bench/raw/exchange.h</c>.</summary>
    public const int Slice = 128;

    /// <summary>The ways that a row can name, and how many messages a round sends and how many go there and back: some milliseconds of each.</summary>
    private static readonly Dictionary<string, Way> Ways = new()
    {
        ["single"] = Queue(queues => new TryingEnd(queues), isSingle: true),
        ["single-wait"] = Queue(queues => new WaitingEnd(queues), isSingle: true),
        ["queue"] = Queue(queues => new TryingEnd(queues), isSingle: false),
        ["queue-wait"] = Queue(queues => new WaitingEnd(queues), isSingle: false),
        ["single-64"] = Untouched(64, isSingle: true),
        ["single-64k"] = Untouched(64 << 10, isSingle: true),
        ["single-1m"] = Untouched(1 << 20, isSingle: true),
        ["single-6m"] = Untouched(6 << 20, isSingle: true),
        ["queue-64"] = Untouched(64, isSingle: false),
        ["queue-64k"] = Untouched(64 << 10, isSingle: false),
        ["queue-1m"] = Untouched(1 << 20, isSingle: false),
        ["queue-6m"] = Untouched(6 << 20, isSingle: false),
        ["line"] = new((place, side) => new RawExchange("line", place, side), 0, 2_000, Spins: true),
        ["carrier"] = new((place, side) => new RawExchange("carrier", place, side), 0, 2_000, Spins: true),
        ["ring_index"] = new((place, side) => new RawExchange("ring_index", place, side), 50_000, 2_000, Spins: true),
        ["ring_sequence"] = new((place, side) => new RawExchange("ring_sequence", place, side), 50_000, 2_000, Spins: true),
        ["packet"] = new((place, side) => new RawExchange("packet", place, side), 2_000, 200),
        ["stream"] = new((place, side) => new RawExchange("stream", place, side), 2_000, 200),
        ["pipe"] = new((place, side) => new RawExchange("pipe", place, side), 2_000, 200),
        ["mq"] = new((place, side) => new RawExchange("mq", place, side), 2_000, 200),
        ["boost"] = new((place, side) => new RawExchange("boost", place, side), 2_000, 200),
        ["netmq"] = new((place, side) => new ManagedExchange<NetMQEnd>(new NetMQEnd(place, side)), 5_000, 100),
        ["threads"] = new((_, side) => new ManagedExchange<ThreadsEnd>(new ThreadsEnd(side)), 20_000, 2_000, Spins: true, IsInProcess: true),
    };

    private sealed record Way(Func<string, int, Exchange> Open, int Messages, int RoundTrips, bool Spins = false, bool IsInProcess = false);

    /// <param name="way">How.</param>
    /// <param name="place">A path, and its last part a name, that nobody else has.</param>
    /// <param name="side">1 is opened first and makes what both share; 0 begins.</param>
    public static Exchange Open(string way, string place, int side) => Ways[way].Open(place, side);

    /// <summary>How many messages are worth a round.</summary>
    public static int Messages(string way) => Ways[way].Messages;

    /// <summary>How many round trips are.</summary>
    public static int RoundTrips(string way) => Ways[way].RoundTrips;

    /// <summary>Whether neither side sleeps, as long as the other runs.</summary>
    public static bool Spins(string way) => Ways[way].Spins;

    /// <summary>Whether the other side is a thread of this process.</summary>
    public static bool IsInProcess(string way) => Ways[way].IsInProcess;

    /// <summary>Whether this machine has what the way needs.</summary>
    public static bool IsThere(string way, [NotNullWhen(false)] out string? complaint)
    {
        complaint = way == "boost" ? RawLibrary.BoostComplaint : null;
        return complaint is null;
    }

    /// <param name="count">How many.</param>
    /// <param name="slices">Where to put what each whole <see cref="Slice"/> of them took.</param>
    public abstract long Send(int count, long* slices);

    public abstract long Receive(int count);

    /// <param name="count">How many go there and back.</param>
    /// <param name="singles">Where to put what each of them took; null for nowhere, since it costs a look at the clock each.</param>
    public abstract long Ping(int count, long* singles);

    public abstract long Pong(int count);

    public abstract void Dispose();

    private static Way Queue<TEnd>(Func<Queues, TEnd> end, bool isSingle)
        where TEnd : struct, IEnd => new((place, side) => new ManagedExchange<TEnd>(end(new Queues(place, side, isSingle))), 50_000, 2_000, Spins: true);

    private static Way Untouched(int length, bool isSingle) =>
        new((place, side) => new ManagedExchange<UntouchedEnd>(new UntouchedEnd(new Queues(place, side, isSingle, isLong: true), length)), 0, 2_000, Spins: true);
}
