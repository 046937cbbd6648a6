using System.Diagnostics;
using System.Runtime.Intrinsics.X86;

namespace Crossmap.Linux;

/// <summary>A semaphore's word in shared memory, and the calling thread's way of waiting for it.</summary>
internal unsafe struct SharedSemaphoreMemory : ISemaphoreMemory
{
    /// <summary>How long to sleep at most before looking again, where the kernel does not wake for the dead: a wake-up may be late, not lost.</summary>
    private const long LongestBlindSleepNanoseconds = 100_000_000;

    private readonly ulong* _word;
    private readonly long _deadline;
    private readonly CancelledWait? _cancellation;
    private int _spins;
    private nint _armedBefore;

    /// <param name="word">8-aligned.</param>
    /// <param name="deadline">Nanoseconds of the monotonic clock; negative for none.</param>
    /// <param name="spins">How often to look again before sleeping.</param>
    /// <param name="cancellation">What tells of cancellation; null when there is none.</param>
    public SharedSemaphoreMemory(ulong* word, long deadline = -1, int spins = 0, CancelledWait? cancellation = null)
    {
        _word = word;
        _deadline = deadline;
        _spins = spins;
        _cancellation = cancellation;
    }

    /// <summary>Looks that were left when the wait ended; 0 when it had to sleep.</summary>
    public readonly int SpinsLeft => _spins;

    /// <summary>The low half, on a little-endian machine.</summary>
    private readonly uint* Gate => (uint*)_word;

    public readonly ulong Read() => Volatile.Read(ref *_word);

    public readonly bool TryChange(ulong from, ulong to) => Interlocked.CompareExchange(ref *_word, to, from) == from;

    public bool Spin()
    {
        if (_spins <= 0)
        {
            return false;
        }

        _spins--;
        X86Base.Pause();
        return true;
    }

    public void ArmDeathWake() => _armedBefore = RobustList.Arm(Gate);

    public readonly void DisarmDeathWake() => RobustList.Restore(_armedBefore);

    public readonly SleepEnd Sleep()
    {
        if (_cancellation is { IsRequested: true })
        {
            return SleepEnd.Cancelled;
        }

        if (!RobustList.WakesForTheDead)
        {
            long until = Stopwatch.GetTimestamp() + LongestBlindSleepNanoseconds;
            if (_deadline < 0 || until < _deadline)
            {
                _ = Futex.Wait(Gate, SemaphoreProtocol.Waiting, until);
                return SleepEnd.LookAgain;
            }
        }

        return Futex.Wait(Gate, SemaphoreProtocol.Waiting, _deadline) ? SleepEnd.LookAgain : SleepEnd.TimedOut;
    }

    public readonly void Wake(int count) => Futex.Wake(Gate, count);
}
