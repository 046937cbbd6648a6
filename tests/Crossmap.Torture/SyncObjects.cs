namespace Crossmap.Torture;

/// <summary>What the workers of <see cref="SyncKills"/> wait for, by number: by name, or in a view. The controller holds all of it open for as long as they live.</summary>
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

    /// <summary>The mapping whose view has them.</summary>
    private const string ViewName = "torture-sync-view";

    private readonly WaitableObject[] _objects = new WaitableObject[Number];
    private readonly FileMapping? _mapping;
    private readonly MappedView? _view;

    private SyncObjects(Func<int, WaitableObject> objectOf, FileMapping? mapping = null, MappedView? view = null)
    {
        (_mapping, _view) = (mapping, view);
        for (int i = 0; i < Number; i++)
        {
            _objects[i] = objectOf(i);
        }
    }

    /// <summary>Opened, or created when they do not exist.</summary>
    public static SyncObjects Named() => new(number => number switch
    {
        Turn or Bell => NamedEvent.Create(NameOf(number), EventResetMode.AutoReset, initialState: number == Turn),
        Door => NamedEvent.Create(NameOf(number), EventResetMode.ManualReset),
        Counts => NamedSemaphore.Create(NameOf(number), GateAccount.Full, GateAccount.Maximum),
        _ => NamedMutex.Create(NameOf(number)),
    });

    public static SyncObjects CreateInView()
    {
        FileMapping mapping = FileMapping.CreateInMemory(Number * WaitableObject.SizeInView, ViewName);
        MappedView view = mapping.MapView();
        return new SyncObjects(
            number => number switch
            {
                Turn or Bell => NamedEvent.Create(view, OffsetOf(number), EventResetMode.AutoReset, initialState: number == Turn),
                Door => NamedEvent.Create(view, OffsetOf(number), EventResetMode.ManualReset),
                Counts => NamedSemaphore.Create(view, OffsetOf(number), GateAccount.Full, GateAccount.Maximum),
                _ => NamedMutex.Create(view, OffsetOf(number)),
            },
            mapping,
            view);
    }

    /// <param name="keepsView">False: the view is unmapped and the mapping closed, which is nothing to the objects.</param>
    public static SyncObjects OpenInView(bool keepsView)
    {
        FileMapping mapping = FileMapping.Open(ViewName);
        MappedView view = mapping.MapView();
        var objects = new SyncObjects(
            number => number switch
            {
                Turn or Bell or Door => NamedEvent.Open(view, OffsetOf(number)),
                Counts => NamedSemaphore.Open(view, OffsetOf(number)),
                _ => NamedMutex.Open(view, OffsetOf(number)),
            },
            mapping,
            view);
        if (!keepsView)
        {
            view.Dispose();
            mapping.Dispose();
        }

        return objects;
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

        _view?.Dispose();
        _mapping?.Dispose();
    }

    /// <summary>Side by side: mutexes of different owners lie in one line of the cache.</summary>
    private static long OffsetOf(int number) => number * WaitableObject.SizeInView;
}
