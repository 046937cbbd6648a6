using System.Diagnostics;

namespace Crossmap.Bench.Rows;

/// <summary>A turn that goes to the other process and back: two objects, against one cache line.</summary>
internal abstract unsafe class HandOff : TwoProcesses
{
    private readonly WaitableObject _there, _back;
    private readonly Action _give;
    private readonly int _count;

    protected HandOff(BenchContext context, string kind, Func<string, WaitableObject> create)
        : this(context, kind, create("bench-there-" + kind), create("bench-back-" + kind))
    {
    }

    private HandOff(BenchContext context, string kind, WaitableObject there, WaitableObject back)
        : base(context, "bench-hand-off-" + kind, kind + "-hand-off", kind)
    {
        (_there, _back, _give) = (there, back, GiverOf(there));
        _count = context.Options.Times(2_000);
    }

    public override Bar Bar => new(3);

    public override double Subject() => WithPeer($"objects {_count}", () =>
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < _count; i++)
        {
            _give();
            _back.Wait();
        }

        return Stopwatch.GetTimestamp() - start;
    }).Ours / (double)_count;

    public override double Baseline()
    {
        View.At<int>(FreeAt) = 0;
        return WithPeer($"line {_count}", () => RawLibrary.bench_ping_pong((byte*)View.Address + FreeAt, 0, _count)).Ours / (double)_count;
    }

    public override void Dispose()
    {
        base.Dispose();
        _there.Dispose();
        _back.Dispose();
    }

    protected static Func<string[], string> Serve(string[] arguments, Func<string, WaitableObject> open)
    {
        WaitableObject there = open("bench-there-" + arguments[1]), back = open("bench-back-" + arguments[1]);
        Action give = GiverOf(back);
        return Serve(arguments[0], (view, command) =>
        {
            int count = Peer.Number(command[1]);
            if (command[0] == "line")
            {
                _ = RawLibrary.bench_ping_pong((byte*)view.Address + FreeAt, 1, count);
            }
            else
            {
                for (int i = 0; i < count; i++)
                {
                    there.Wait();
                    give();
                }
            }

            return "done";
        });
    }

    private static Action GiverOf(WaitableObject waitable) => waitable is NamedEvent gate ? gate.Set : () => ((NamedSemaphore)waitable).Release();
}

internal sealed class SemaphoreHandOff(BenchContext context) : HandOff(context, "semaphore", name => NamedSemaphore.Create(name, 0, int.MaxValue))
{
    public const string Role = "semaphore-hand-off";

    public override string What => "there and back between two running processes by two semaphores, against one bare cache line in C";

    public static Func<string[], string> Serve(string[] arguments) => Serve(arguments, NamedSemaphore.Open);
}

internal sealed class EventHandOff(BenchContext context) : HandOff(context, "event", name => NamedEvent.Create(name, EventResetMode.AutoReset))
{
    public const string Role = "event-hand-off";

    public override string What => "there and back between two running processes by two auto-reset events, against one bare cache line in C";

    public static Func<string[], string> Serve(string[] arguments) => Serve(arguments, NamedEvent.Open);
}
