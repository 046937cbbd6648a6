using Crossmap.Objects;

namespace Crossmap.Linux;

/// <summary>One thread's wait for a semaphore, an event or a condition.</summary>
internal static unsafe class StateWait
{
    /// <param name="word">The state word.</param>
    /// <param name="signal">What its value means.</param>
    /// <param name="spins">How often this handle's waits look before they sleep; learns.</param>
    /// <param name="timeoutMilliseconds">-1 for no limit, 0 to try only.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static WaitResult Run<TSignal>(ulong* word, TSignal signal, ref int spins, long timeoutMilliseconds, CancellationToken cancellation)
        where TSignal : struct, ISignal
    {
        cancellation.ThrowIfCancellationRequested();
        var tried = new SharedStateWord(word);
        return WaitProtocol.TryTake(ref tried, signal) ? WaitResult.Signaled
            : timeoutMilliseconds == 0 ? WaitResult.TimedOut
            : Sleep(word, signal, Arrive(word), ref spins, timeoutMilliseconds, cancellation);
    }

    /// <summary>The same for a wait that began earlier, when the value was <paramref name="arrived"/>.</summary>
    public static WaitResult Since<TSignal>(ulong* word, TSignal signal, uint arrived, ref int spins, long timeoutMilliseconds, CancellationToken cancellation)
        where TSignal : struct, ISignal =>
        TryTake(word, signal, arrived) == WaitResult.Signaled ? WaitResult.Signaled
        : timeoutMilliseconds == 0 ? WaitResult.TimedOut
        : Sleep(word, signal, arrived, ref spins, timeoutMilliseconds, cancellation);

    private static WaitResult Sleep<TSignal>(
        ulong* word, TSignal signal, uint arrived, ref int spins, long timeoutMilliseconds, CancellationToken cancellation)
        where TSignal : struct, ISignal
    {
        using CancelledWait? cancelled = cancellation.CanBeCanceled ? CancelledWait.Begin((uint*)word + (signal.WakesAll ? 1 : 0), cancellation) : null;
        var shared = new AwaitedStateWord(word, new Patience(timeoutMilliseconds, spins, cancelled));
        bool taken = WaitProtocol.Wait(ref shared, signal, arrived, out SleepEnd end);
        shared.Patience.Teach(ref spins);
        return taken ? WaitResult.Signaled : end == SleepEnd.Cancelled ? throw new OperationCanceledException(cancellation) : WaitResult.TimedOut;
    }

    /// <summary>The value that a wait among several objects, or one that begins before it sleeps, begins with.</summary>
    public static uint Arrive(ulong* word)
    {
        var shared = new SharedStateWord(word);
        return WaitProtocol.Look(ref shared);
    }

    public static bool IsThere<TSignal>(ulong* word, TSignal signal, uint arrived)
        where TSignal : struct, ISignal => signal.IsThere(Arrive(word), arrived, waits: true);

    public static WaitResult TryTake<TSignal>(ulong* word, TSignal signal, uint arrived)
        where TSignal : struct, ISignal
    {
        var shared = new SharedStateWord(word);
        return WaitProtocol.TryTake(ref shared, signal, arrived) ? WaitResult.Signaled : WaitResult.TimedOut;
    }

    public static bool TryPrepareSleep<TSignal>(ulong* word, TSignal signal, uint arrived, out Futex.SleptOn place)
        where TSignal : struct, ISignal
    {
        var shared = new SharedStateWord(word);
        bool ready = WaitProtocol.TryCloseGate(ref shared, signal, arrived, out uint value);
        place = signal.WakesAll ? new Futex.SleptOn((uint*)word + 1, value) : new Futex.SleptOn((uint*)word, WaitProtocol.WaitingAll);
        return ready;
    }
}
