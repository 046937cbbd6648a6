namespace Crossmap.Torture;

/// <summary>The controller's own handle to an object that somebody sleeps for. Nobody can take it until it is given.</summary>
internal sealed class Awaited : IDisposable
{
    private const int MaximumCount = 4;

    private readonly SemaphoreSlim? _release;
    private readonly Thread? _owner;

    /// <param name="kind">Of object.</param>
    /// <param name="name">Of its own.</param>
    /// <param name="isOwned">A mutex belongs to a thread of its own until it is given; else to nobody.</param>
    public Awaited(Kind kind, string name, bool isOwned)
    {
        What = kind;
        Object = kind switch
        {
            Kind.Semaphore => NamedSemaphore.Create(name, 0, MaximumCount),
            Kind.Event => NamedEvent.Create(name, EventResetMode.AutoReset),
            Kind.ManualEvent => NamedEvent.Create(name, EventResetMode.ManualReset),
            _ => NamedMutex.Create(name),
        };
        if (isOwned && Object is NamedMutex mutex)
        {
            using var owned = new ManualResetEventSlim();
            _release = new SemaphoreSlim(0);
            _owner = new Thread(() =>
            {
                mutex.Wait();
                owned.Set();
                _release.Wait();
                mutex.Release();
            }) { IsBackground = true };
            _owner.Start();
            owned.Wait();
        }
    }

    public enum Kind
    {
        Semaphore,
        Event,
        ManualEvent,
        Mutex,
    }

    public Kind What { get; }

    public WaitableObject Object { get; }

    /// <summary>Counts of a semaphore; 1 for an event that is set.</summary>
    public int Left => Object switch
    {
        NamedSemaphore semaphore => semaphore.CurrentCount,
        NamedEvent @event => @event.IsSet ? 1 : 0,
        _ => 0,
    };

    /// <summary>A count, a signal; or the mutex, which is given once and then passed on by those who get it.</summary>
    public void Give()
    {
        switch (Object)
        {
            case NamedSemaphore semaphore:
                _ = semaphore.Release();
                break;
            case NamedEvent @event:
                @event.Set();
                break;
            default:
                if (_owner is { IsAlive: true })
                {
                    _ = _release!.Release();
                    _owner.Join();
                }

                break;
        }
    }

    /// <summary>Nobody is under way with the mutex any more: it must be free, and abandonment have been reported so often in all.</summary>
    /// <param name="reported">So often others were told.</param>
    /// <param name="least">So often it must be.</param>
    /// <param name="most">So often it may be.</param>
    public string? FindWrongOwner(int reported, int least, int most)
    {
        var mutex = (NamedMutex)Object;

        // Twice: the second time nothing may be reported again.
        for (int i = 0; i < 2; i++)
        {
            try
            {
                if (!mutex.TryWait())
                {
                    return $"'{mutex.Name}' is still owned";
                }
            }
            catch (AbandonedMutexException)
            {
                reported++;
            }

            mutex.Release();
        }

        return reported >= least && reported <= most ? null : $"'{mutex.Name}' was reported abandoned {reported} times, and it must be {least} to {most}";
    }

    public void Dispose()
    {
        if (_owner is { IsAlive: true })
        {
            Give();
        }

        Object.Dispose();
    }
}
