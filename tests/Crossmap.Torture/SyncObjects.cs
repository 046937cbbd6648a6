namespace Crossmap.Torture;

/// <summary>What the workers of <see cref="SyncKills"/> wait for, by number. The controller holds all of it open for as long as they live.</summary>
internal sealed class SyncObjects : IDisposable
{
    public const int Mutexes = 3;

    /// <summary>An auto-reset event that is set once and passed on: who has it is alone, as the owner of a mutex is. It can be lost with him.</summary>
    public const int Turn = Mutexes;

    /// <summary>What only one may have at a time.</summary>
    public const int Exclusives = Turn + 1;

    /// <summary>An auto-reset event that anybody sets at any time.</summary>
    public const int Bell = Exclusives;

    /// <summary>A manual-reset event that anybody sets, resets or pulses at any time.</summary>
    public const int Door = Bell + 1;

    /// <summary>A semaphore whose counts are kept account of.</summary>
    public const int Counts = Door + 1;

    public const int Number = Counts + 1;

    private readonly WaitableObject[] _objects = new WaitableObject[Number];

    /// <summary>Opened, or created when they do not exist.</summary>
    public SyncObjects()
    {
        for (int i = 0; i < Mutexes; i++)
        {
            _objects[i] = NamedMutex.Create(NameOf(i));
        }

        _objects[Turn] = NamedEvent.Create(NameOf(Turn), EventResetMode.AutoReset, initialState: true);
        _objects[Bell] = NamedEvent.Create(NameOf(Bell), EventResetMode.AutoReset);
        _objects[Door] = NamedEvent.Create(NameOf(Door), EventResetMode.ManualReset);
        _objects[Counts] = NamedSemaphore.Create(NameOf(Counts), 0, GateAccount.Maximum);
    }

    public WaitableObject this[int number] => _objects[number];

    public static string NameOf(int number) => number switch
    {
        Turn => "torture-turn",
        Bell => "torture-bell",
        Door => "torture-door",
        Counts => "torture-counts",
        _ => $"torture-mutex-{number}",
    };

    public NamedMutex Mutex(int number) => (NamedMutex)_objects[number];

    public NamedEvent Event(int number) => (NamedEvent)_objects[number];

    /// <summary>How the objects look at this moment, for the report of a hang.</summary>
    public string Describe() => string.Join(", ", _objects.Select((waitable, number) => NameOf(number) + waitable switch
    {
        NamedMutex mutex => mutex.IsOwned ? " owned" : mutex.IsAbandoned ? " abandoned" : " free",
        NamedEvent @event => @event.IsSet ? " set" : " reset",
        _ => $" {((NamedSemaphore)waitable).CurrentCount}",
    }));

    public void Dispose()
    {
        foreach (WaitableObject waitable in _objects)
        {
            waitable.Dispose();
        }
    }
}
