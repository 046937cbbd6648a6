using System.Diagnostics;
using System.Runtime.Intrinsics.X86;

namespace Crossmap.Linux;

/// <summary>How long one wait spins, how long it sleeps, and what ends it.</summary>
internal unsafe struct Patience
{
    /// <summary>How long to sleep at most before looking again, where the kernel does not wake for the dead: a wake-up may be late, not lost.</summary>
    private const long LongestBlindSleepNanoseconds = 100_000_000;

    /// <summary>
    /// Looks before sleeping: at some 40 ns each, the longest spin is some 40 µs, about what sleeping and waking cost. Between the bounds it
    /// follows what worked for this handle.
    /// </summary>
    public const int LeastSpins = 50, MostSpins = 1000;

    private static readonly bool CanSpin = Environment.ProcessorCount > 1;

    /// <summary>
    /// Pauses between two looks at a lock, at first and at most: some 1 µs, in which a short turn is over, and some 5 µs, as long as it takes to
    /// sleep. Who looks sooner pays with the owner's time and wins a turn or two; measured with two processes that want it all the time.
    /// </summary>
    private const int FirstAway = 31, MostAway = 127;

    private readonly long _deadline;
    private readonly CancelledWait? _cancellation;
    private readonly CancellationToken _token;
    private int _away;

    /// <param name="timeoutMilliseconds">-1 for no limit.</param>
    /// <param name="spins">How often to look again before sleeping.</param>
    /// <param name="cancellation">What tells of cancellation; null when there is none.</param>
    public Patience(long timeoutMilliseconds, int spins, CancelledWait? cancellation)
    {
        _deadline = DeadlineIn(timeoutMilliseconds);
        SpinsLeft = CanSpin ? spins : 0;
        _cancellation = cancellation;
    }

    /// <summary>For a wait that sleeps on one word after another.</summary>
    /// <param name="deadline">As <see cref="DeadlineIn"/> gives it.</param>
    /// <param name="spins">How often to look again before sleeping.</param>
    /// <param name="token">Cancels each sleep.</param>
    public Patience(long deadline, int spins, CancellationToken token)
    {
        _deadline = deadline;
        SpinsLeft = CanSpin ? spins : 0;
        _token = token;
    }

    /// <summary>Nanoseconds of CLOCK_MONOTONIC, the futex's own clock, which Stopwatch counts; negative for no limit.</summary>
    public static long DeadlineIn(long timeoutMilliseconds) => timeoutMilliseconds < 0 ? -1 : Stopwatch.GetTimestamp() + (timeoutMilliseconds * 1_000_000);

    /// <summary>Looks that are left; 0 when the wait had to sleep.</summary>
    public int SpinsLeft { get; private set; }

    /// <summary>Whether the time has passed; asks the clock.</summary>
    public readonly bool IsOver => _deadline >= 0 && Stopwatch.GetTimestamp() >= _deadline;

    /// <summary>Sets the next wait's spins by what this one came to. A race between threads of a handle only costs a worse guess.</summary>
    public readonly void Teach(ref int spins) => spins = SpinsLeft > 0 ? Math.Min(MostSpins, spins * 2) : Math.Max(LeastSpins, spins / 2);

    public bool Spin()
    {
        if (SpinsLeft <= 0)
        {
            return false;
        }

        SpinsLeft--;
        X86Base.Pause();
        return true;
    }

    /// <summary>
    /// The same for a lock, longer each time: each look takes the word's cache line from the owner, who would pay for it at every turn while he
    /// could take many at once.
    /// </summary>
    public bool SpinAway()
    {
        _away = Math.Min(MostAway, (_away * 2) + FirstAway);
        for (int i = 0; i < _away; i++)
        {
            if (!Spin())
            {
                return false;
            }
        }

        return SpinsLeft > 0;
    }

    /// <param name="word">In shared memory.</param>
    /// <param name="value">What it must still be.</param>
    /// <param name="isHandedOn">Whether the kernel wakes another in place of a sleeper of this word who dies woken.</param>
    public readonly SleepEnd Sleep(uint* word, uint value, bool isHandedOn)
    {
        using CancelledWait? own = _token.CanBeCanceled ? CancelledWait.Begin(word, _token) : null;
        if ((own ?? _cancellation) is { IsRequested: true })
        {
            return SleepEnd.Cancelled;
        }

        return Ended(Futex.Wait(word, value, UntilWhen(isHandedOn, out bool isBlind)), isBlind);
    }

    /// <summary>The same on several words, where the kernel can do that.</summary>
    public readonly SleepEnd Sleep(ReadOnlySpan<Futex.SleptOn> places, bool isHandedOn) =>
        _cancellation is { IsRequested: true } ? SleepEnd.Cancelled : Ended(Futex.Wait(places, UntilWhen(isHandedOn, out bool isBlind)), isBlind);

    /// <summary>The same with the token; a canceller wakes who sleeps at the gate, which is one of them.</summary>
    public readonly SleepEnd SleepAt(uint* gate, ReadOnlySpan<Futex.SleptOn> places)
    {
        using CancelledWait? own = _token.CanBeCanceled ? CancelledWait.Begin(gate, _token) : null;
        return own is { IsRequested: true } ? SleepEnd.Cancelled : Ended(Futex.Wait(places, _deadline), isBlind: false);
    }

    private readonly long UntilWhen(bool isHandedOn, out bool isBlind)
    {
        long blindly = isHandedOn ? 0 : Stopwatch.GetTimestamp() + LongestBlindSleepNanoseconds;
        isBlind = !isHandedOn && (_deadline < 0 || blindly < _deadline);
        return isBlind ? blindly : _deadline;
    }

    /// <summary>The end of a sleep that was shorter than the wait tells nothing.</summary>
    private static SleepEnd Ended(bool inTime, bool isBlind) => inTime || isBlind ? SleepEnd.LookAgain : SleepEnd.TimedOut;
}
