using System.Diagnostics;

namespace Crossmap.Linux;

/// <summary>A semaphore in its object's header page.</summary>
internal sealed unsafe class LinuxSemaphore : Objects.Semaphore
{
    /// <summary>
    /// Looks before sleeping: at some 40 ns each, the longest spin is some 40 µs, about what sleeping and waking cost. Between the bounds it
    /// follows what worked for this handle.
    /// </summary>
    private const int LeastSpins = 50, MostSpins = 1000;

    private static readonly bool CanSpin = Environment.ProcessorCount > 1;

    private readonly StoreHandle _handle;
    private readonly ulong* _word;
    private int _spins = MostSpins;

    /// <summary>Takes the handle over, also when it fails.</summary>
    public LinuxSemaphore(StoreHandle handle, int maximumCount)
    {
        _handle = handle;
        try
        {
            _word = (ulong*)(handle.Header + ObjectHeader.SemaphoreStateOffset);
        }
        catch
        {
            handle.Dispose();
            throw;
        }

        MaximumCount = maximumCount;
    }

    public override bool CreatedNew => _handle.CreatedNew;

    public override int MaximumCount { get; }

    public override int CurrentCount
    {
        get
        {
            int count = SemaphoreProtocol.CountOf(new SharedSemaphoreMemory(_word).Read());
            GC.KeepAlive(_handle);
            return count;
        }
    }

    public override bool Wait(long timeoutMilliseconds, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var memory = new SharedSemaphoreMemory(_word);
        bool taken = SemaphoreProtocol.TryTake(ref memory);
        if (!taken && timeoutMilliseconds != 0)
        {
            taken = WaitLong(timeoutMilliseconds, cancellation);
        }

        // The page stays mapped as long as the handle object lives, so a wait that races Dispose never faults.
        GC.KeepAlive(_handle);
        return taken;
    }

    public override int Release(int count)
    {
        var memory = new SharedSemaphoreMemory(_word);
        int previous = SemaphoreProtocol.Release(ref memory, count, MaximumCount);
        GC.KeepAlive(_handle);
        return previous;
    }

    public override void Dispose() => _handle.Dispose();

    private bool WaitLong(long timeoutMilliseconds, CancellationToken cancellation)
    {
        // Stopwatch counts nanoseconds of CLOCK_MONOTONIC, the futex's own clock.
        long deadline = timeoutMilliseconds < 0 ? -1 : Stopwatch.GetTimestamp() + (timeoutMilliseconds * 1_000_000);
        using CancelledWait? cancelled = cancellation.CanBeCanceled ? CancelledWait.Begin((uint*)_word, cancellation) : null;
        var memory = new SharedSemaphoreMemory(_word, deadline, CanSpin ? _spins : 0, cancelled);
        bool taken = SemaphoreProtocol.Wait(ref memory, out SleepEnd end);

        // A race between threads of this handle only costs a worse guess.
        _spins = memory.SpinsLeft > 0 ? Math.Min(MostSpins, _spins * 2) : Math.Max(LeastSpins, _spins / 2);
        return taken || end != SleepEnd.Cancelled ? taken : throw new OperationCanceledException(cancellation);
    }
}
