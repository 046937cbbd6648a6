namespace Crossmap.Torture;

/// <summary>The controller's own handle to an object that somebody sleeps for. Nobody can take it until it is given.</summary>
internal sealed class Awaited : IDisposable
{
    private readonly PlacedObject _placed;
    private readonly OwnerThread? _owner;

    /// <param name="kind">Of object.</param>
    /// <param name="name">Of its own.</param>
    /// <param name="place">Where it lies.</param>
    /// <param name="isOwned">A mutex belongs to a thread of its own until it is given; else to nobody.</param>
    public Awaited(Kind kind, string name, Place place, bool isOwned)
    {
        What = kind;
        Name = name;
        _placed = PlacedObject.Create(kind, name, place);
        _owner = isOwned && Object is NamedMutex mutex ? new OwnerThread(() => mutex.Wait(), mutex.Release) : null;
    }

    public enum Kind
    {
        Semaphore,
        Event,
        ManualEvent,
        Mutex,
    }

    public Kind What { get; }

    public string Name { get; }

    public WaitableObject Object => _placed.Object;

    /// <summary>Counts of a semaphore; 1 for an event that is set.</summary>
    public int Left => Object switch
    {
        NamedSemaphore semaphore => semaphore.CurrentCount,
        NamedEvent @event => @event.IsSet ? 1 : 0,
        _ => 0,
    };

    /// <summary>Nobody is under way with the mutex any more: it must be free, and abandonment have been reported so often in all.</summary>
    /// <param name="mutex">The controller's.</param>
    /// <param name="name">For the report.</param>
    /// <param name="reported">So often others were told.</param>
    /// <param name="least">So often it must be.</param>
    /// <param name="most">So often it may be.</param>
    public static string? FindWrongOwner(NamedMutex mutex, string name, int reported, int least, int most)
    {
        // Twice: the second time nothing may be reported again.
        for (int i = 0; i < 2; i++)
        {
            try
            {
                if (!mutex.TryWait())
                {
                    return $"'{name}' is still owned";
                }
            }
            catch (AbandonedMutexException)
            {
                reported++;
            }

            mutex.Release();
        }

        return reported >= least && reported <= most ? null : $"'{name}' was reported abandoned {reported} times, and it must be {least} to {most}";
    }

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
                _owner?.Give();
                break;
        }
    }

    public string? FindWrongOwner(int reported, int least, int most) => FindWrongOwner((NamedMutex)Object, Name, reported, least, most);

    public void Dispose()
    {
        _owner?.Give();
        _placed.Dispose();
    }
}
