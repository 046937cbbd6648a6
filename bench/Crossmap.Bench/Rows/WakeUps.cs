using System.Diagnostics;

namespace Crossmap.Bench.Rows;

/// <summary>From just before a wake-up to the moment in which a waiter who slept in another process runs again.</summary>
internal abstract unsafe class WakeUp : TwoProcesses
{
    protected const int WordAt = FreeAt, WokenAt = 512, PostedAt = 768;

    /// <summary>Until the waiter sleeps for sure: it looks for some microseconds before it does.</summary>
    private static readonly TimeSpan ToFallAsleep = TimeSpan.FromMilliseconds(1);

    private readonly int _count;

    protected WakeUp(BenchContext context, string role)
        : base(context, "bench-page-" + role, role) => _count = context.Options.Times(20);

    public override int Rounds => 51;

    /// <summary>What a peer answers with: it runs each wait as often as it is told, and the wait notes when it went on.</summary>
    protected static Func<string[], string> Serve(string page, Action<MappedView, string> wait) => Serve(page, (view, command) =>
    {
        for (int i = Peer.Number(command[1]); i > 0; i--)
        {
            wait(view, command[0]);
        }

        return "done";
    });

    protected static void NoteWoken(MappedView view) => Volatile.Write(ref view.At<long>(WokenAt), Stopwatch.GetTimestamp());

    /// <summary>Of the single wake-ups: one that met a busy processor counts as one.</summary>
    protected double Median(string what, Action wake)
    {
        double[] latencies = new double[_count];
        Volatile.Write(ref View.At<long>(WokenAt), 0);
        _ = WithPeer($"{what} {_count}", () =>
        {
            for (int i = 0; i < _count; i++)
            {
                Thread.Sleep(ToFallAsleep);
                View.At<long>(PostedAt) = Stopwatch.GetTimestamp();
                wake();
                long woken;
                while ((woken = Volatile.Read(ref View.At<long>(WokenAt))) == 0)
                {
                    Thread.Sleep(0);
                }

                latencies[i] = woken - View.At<long>(PostedAt);
                Volatile.Write(ref View.At<long>(WokenAt), 0);
            }

            return 0;
        });
        Array.Sort(latencies);
        return latencies[_count / 2];
    }
}

internal sealed unsafe class SemaphoreWakeUp(BenchContext context) : WakeUp(context, Role)
{
    public const string Role = "wake-up";

    private const string Name = "bench-wake-up";

    private readonly NamedSemaphore _semaphore = NamedSemaphore.Create(Name, 0, 1);

    public override string What => "from Release to the return of Wait in another process that slept, against futex wake and wait in C";

    public override Bar Bar => new(1.25);

    public override double Subject() => Median("semaphore", () => _semaphore.Release());

    public override double Baseline() => Median("futex", () => RawLibrary.bench_futex_wake((byte*)View.Address + WordAt, (long*)(View.Address + PostedAt)));

    public override void Dispose()
    {
        base.Dispose();
        _semaphore.Dispose();
    }

    public static Func<string[], string> Serve(string[] arguments)
    {
        NamedSemaphore semaphore = NamedSemaphore.Open(Name);
        return Serve(arguments[0], (view, what) =>
        {
            if (what == "futex")
            {
                RawLibrary.bench_futex_wait((byte*)view.Address + WordAt, (long*)(view.Address + WokenAt));
            }
            else
            {
                semaphore.Wait();
                NoteWoken(view);
            }
        });
    }
}

internal sealed class WakeUpOfAny(BenchContext context) : WakeUp(context, Role)
{
    public const string Role = "wake-up-of-any";

    private readonly NamedEvent[] _events = [.. Enumerable.Range(0, WaitableObject.MaximumWaitObjects).Select(i => NamedEvent.Create(Name(i), EventResetMode.AutoReset))];

    public override string What => "from Set of one of 64 events to the return of WaitAny over them in another process that slept, against Wait for one";

    public override Bar Bar => new(3);

    public override double Subject() => Median("any", Middle.Set);

    public override double Baseline() => Median("one", Middle.Set);

    public override void Dispose()
    {
        base.Dispose();
        Array.ForEach(_events, gate => gate.Dispose());
    }

    public static Func<string[], string> Serve(string[] arguments)
    {
        NamedEvent[] events = [.. Enumerable.Range(0, WaitableObject.MaximumWaitObjects).Select(i => NamedEvent.Open(Name(i)))];
        return Serve(arguments[0], (view, what) =>
        {
            if (what == "one")
            {
                events[events.Length / 2].Wait();
            }
            else
            {
                _ = WaitableObject.WaitAny(events);
            }

            NoteWoken(view);
        });
    }

    private NamedEvent Middle => _events[_events.Length / 2];

    private static string Name(int i) => $"bench-wake-any-{i}";
}
