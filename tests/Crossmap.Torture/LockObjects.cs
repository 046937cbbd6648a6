namespace Crossmap.Torture;

/// <summary>
/// What the workers of <see cref="LockKills"/> share: reader-writer locks, and monitors of a mutex and a condition. The controller holds all of
/// it open for as long as they live.
/// </summary>
internal sealed class LockObjects : IDisposable
{
    public const int Locks = 2, Monitors = 2;

    /// <summary>What only one may have at a time: a lock for writing by the lock's number, and from here on the monitors' mutexes.</summary>
    public const int FirstMutex = Locks;

    public const int Exclusives = Locks + Monitors;

    /// <summary>The mapping whose view has the second monitor's mutex.</summary>
    private const string ViewName = "torture-monitor-view";

    private readonly FileMapping _mapping;
    private readonly MappedView _view;
    private readonly NamedReaderWriterLock[] _locks;
    private readonly NamedMutex[] _mutexes;
    private readonly NamedCondition[] _conditions;

    private LockObjects(FileMapping mapping, Func<MappedView, NamedMutex> mutexInView)
    {
        _mapping = mapping;
        _view = mapping.MapView();
        _locks = [.. Enumerable.Range(0, Locks).Select(number => NamedReaderWriterLock.Create(NameOf(number)))];
        _mutexes = [NamedMutex.Create(NameOf(FirstMutex)), mutexInView(_view)];
        _conditions = [.. Enumerable.Range(0, Monitors).Select(monitor => NamedCondition.Create($"torture-condition-{monitor}"))];
    }

    public static LockObjects Create() => new(FileMapping.CreateInMemory(WaitableObject.SizeInView, ViewName), view => NamedMutex.Create(view, 0));

    public static LockObjects Open() => new(FileMapping.Open(ViewName), view => NamedMutex.Open(view, 0));

    public static string NameOf(int number) => number < FirstMutex ? $"torture-lock-{number}" : $"torture-monitor-{number - FirstMutex}";

    public NamedReaderWriterLock Lock(int number) => _locks[number];

    public NamedMutex Mutex(int monitor) => _mutexes[monitor];

    public NamedCondition Condition(int monitor) => _conditions[monitor];

    /// <summary>How the objects look at this moment, for the report of a hang.</summary>
    public string Describe() => string.Join(
        ", ",
        _locks.Select((@lock, number) => $"{NameOf(number)} has {(@lock.IsWriting ? "a writer" : @lock.IsAbandoned ? "a dead writer" : "no writer")} and {@lock.CurrentReadCount} readers")
            .Concat(_mutexes.Select((mutex, monitor) => $"{NameOf(FirstMutex + monitor)} {(mutex.IsOwned ? "owned" : mutex.IsAbandoned ? "abandoned" : "free")}")));

    public void Dispose()
    {
        Array.ForEach(_locks, one => one.Dispose());
        Array.ForEach(_mutexes, one => one.Dispose());
        Array.ForEach(_conditions, one => one.Dispose());
        _view.Dispose();
        _mapping.Dispose();
    }
}
