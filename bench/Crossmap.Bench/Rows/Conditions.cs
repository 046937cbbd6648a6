using System.Diagnostics;

namespace Crossmap.Bench.Rows;

/// <summary>A turn that goes to the other process and back through one monitor, whose other side sleeps or is about to.</summary>
internal sealed unsafe class ConditionHandOff : TwoProcesses
{
    public const string Role = "condition-hand-off";

    private const string MutexName = "bench-monitor", ConditionName = "bench-condition", Page = "bench-monitor-page";

    /// <summary>In the page: whose turn it is, and C's mutex and condition.</summary>
    private const int TurnAt = FreeAt, TheirMutexAt = 512, TheirConditionAt = 768;

    private readonly NamedMutex _mutex = NamedMutex.Create(MutexName);
    private readonly NamedCondition _condition = NamedCondition.Create(ConditionName);
    private readonly int _count;

    public ConditionHandOff(BenchContext context)
        : base(context, Page, Role)
    {
        _count = context.Options.Times(500);
        if (RawLibrary.bench_mutex_init((byte*)View.Address + TheirMutexAt) != 0 || RawLibrary.bench_cond_init((byte*)View.Address + TheirConditionAt) != 0)
        {
            throw new InvalidOperationException("No pthread_cond_t could be made.");
        }
    }

    public override string What => "there and back between two processes by a mutex and a condition, against a robust process-shared pthread_mutex_t and a pthread_cond_t in C";

    public override Bar Bar => new(1.5);

    public override double Subject() => HandOff("ours", () => PingPong(_mutex, _condition, View, side: 0, _count));

    public override double Baseline() => HandOff("theirs", () => TheirPingPong(View, side: 0, _count));

    public override void Dispose()
    {
        base.Dispose();
        _condition.Dispose();
        _mutex.Dispose();
    }

    public static Func<string[], string> Serve(string[] arguments)
    {
        NamedMutex mutex = NamedMutex.Open(MutexName);
        NamedCondition condition = NamedCondition.Open(ConditionName);
        return Serve(arguments[0], (view, command) =>
        {
            int count = Peer.Number(command[1]);
            _ = command[0] == "ours" ? PingPong(mutex, condition, view, side: 1, count) : TheirPingPong(view, side: 1, count);
            return "done";
        });
    }

    private static long PingPong(NamedMutex mutex, NamedCondition condition, MappedView view, int side, int count)
    {
        ref int turn = ref view.At<int>(TurnAt);
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            int mine = (2 * i) + side;
            mutex.Wait();
            while (turn != mine)
            {
                condition.Wait(mutex);
            }

            turn = mine + 1;
            condition.NotifyAll();
            mutex.Release();
        }

        return Stopwatch.GetTimestamp() - start;
    }

    private static long TheirPingPong(MappedView view, int side, int count) => RawLibrary.bench_cond_ping_pong(
        (byte*)view.Address + TheirMutexAt, (byte*)view.Address + TheirConditionAt, (int*)(view.Address + TurnAt), side, count);

    private double HandOff(string whose, Func<long> pingPong)
    {
        View.At<int>(TurnAt) = 0;
        return WithPeer($"{whose} {_count}", pingPong).Ours / (double)_count;
    }
}
