namespace Crossmap.Torture;

/// <summary>The controller's own semaphore under the name that a script uses, and a thread that sleeps on it, which no kill may leave asleep beside a count.</summary>
internal sealed class Waiter : IDisposable
{
    public const int MaximumCount = 4;

    /// <summary>A wake-up takes microseconds; this tells a lost one from a busy machine.</summary>
    private static readonly TimeSpan HangLimit = TimeSpan.FromSeconds(10);

    private readonly string _name;
    private readonly NamedSemaphore _semaphore;
    private readonly Thread _sleeper;
    private int _thread;

    public Waiter(string name)
    {
        _name = name;
        _semaphore = NamedSemaphore.Create(name, 0, MaximumCount);
        _sleeper = new Thread(() =>
        {
            Volatile.Write(ref _thread, Native.gettid());
            _semaphore.Wait();
        }) { IsBackground = true };
    }

    public void FallAsleep()
    {
        _sleeper.Start();
        AwaitSleep(Environment.ProcessId, () => Volatile.Read(ref _thread));
    }

    public void Release() => _ = _semaphore.Release();

    /// <summary>Releases, on a thread of its own, when that thread sleeps.</summary>
    public void ReleaseWhenAsleep(int process, int thread) => new Thread(() =>
    {
        AwaitSleep(process, () => thread);
        Release();
    }).Start();

    private static void AwaitSleep(int process, Func<int> thread)
    {
        while (!Sleepers.IsAsleep(process, thread()))
        {
            _ = Thread.Yield();
        }
    }

    /// <summary>The script's process is dead: a count that is there must come to the sleeper, and so must a new one.</summary>
    public string? FindWrong()
    {
        if (!_sleeper.ThreadState.HasFlag(ThreadState.Unstarted))
        {
            if (!SpinWait.SpinUntil(() => _semaphore.CurrentCount == 0 || !_sleeper.IsAlive, HangLimit))
            {
                return $"lost wake-up: the waiter of '{_name}' sleeps beside a count of {_semaphore.CurrentCount}";
            }

            // The count died with the victim, or was never given: another one.
            if (_sleeper.IsAlive && !_sleeper.Join(1))
            {
                Release();
            }

            if (!_sleeper.Join(HangLimit))
            {
                return $"lost wake-up: the waiter of '{_name}' sleeps after another release";
            }
        }

        return _semaphore.CurrentCount <= 1 ? null : $"'{_name}' has {_semaphore.CurrentCount} counts, and at most one can be left";
    }

    public void Dispose() => _semaphore.Dispose();
}
