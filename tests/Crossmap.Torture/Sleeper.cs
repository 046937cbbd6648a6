namespace Crossmap.Torture;

/// <summary>A thread of the controller that sleeps for one object, takes it once, and gives back at once what somebody can own.</summary>
internal sealed class Sleeper
{
    /// <summary>A wake-up takes microseconds; this tells a lost one from a busy machine.</summary>
    public static readonly TimeSpan HangLimit = TimeSpan.FromSeconds(10);

    private readonly Thread _thread;
    private int _id;
    private volatile bool _hasCome;

    public Sleeper(WaitableObject awaited)
        : this(() => awaited.Wait(), () => (awaited as NamedMutex)?.Release())
    {
    }

    /// <param name="take">Takes what it sleeps for.</param>
    /// <param name="giveBack">Gives it back at once.</param>
    public Sleeper(Action take, Action giveBack) => _thread = new Thread(() =>
    {
        Volatile.Write(ref _id, Native.gettid());
        try
        {
            take();
        }
        catch (AbandonedMutexException)
        {
            Reports = 1;
        }
        catch (ObjectDisposedException)
        {
            // It was given up on: who comes into a reader-writer lock may find that its handle is closed.
            return;
        }

        try
        {
            giveBack();
        }
        catch (ObjectDisposedException)
        {
            // It was given up on, or was needed no more.
        }

        _hasCome = true;
    }) { IsBackground = true };

    public bool IsStarted => Volatile.Read(ref _id) != 0;

    /// <summary>It got what it slept for.</summary>
    public bool HasCome => _hasCome;

    /// <summary>1: it was told that it had been abandoned.</summary>
    public int Reports { get; private set; }

    public void FallAsleep()
    {
        _thread.Start();
        while (!_hasCome && !Sleepers.IsAsleep(Environment.ProcessId, Volatile.Read(ref _id)))
        {
            _ = Thread.Yield();
        }
    }

    /// <summary>Waits until it gets what it sleeps for. False: it sleeps on, after so long a time.</summary>
    public bool Comes() => SpinWait.SpinUntil(() => _hasCome, HangLimit);

    /// <summary>Waits until a wake-up that is under way to it has come. True when it got what it slept for, false when it is asleep.</summary>
    public bool Settle()
    {
        while (!_hasCome && !Sleepers.IsAsleep(Environment.ProcessId, Volatile.Read(ref _id)))
        {
            _ = Thread.Yield();
        }

        return _hasCome;
    }
}
