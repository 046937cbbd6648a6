namespace Crossmap.Conformance.CInterface;

/// <summary>One of the kinds of objects that share the names: what creates one, and what opens one.</summary>
internal sealed record Kind(string Name, Func<string?, nint> Create, Func<string?, nint> Open)
{
    public static readonly Kind Mapping = new("mapping", name => CSections.CreateMemory(name: name), name => MappingCalls.OpenFileMapping(MappingRights.AllAccess, name));
    public static readonly Kind Semaphore = new("semaphore", name => SemaphoreCalls.CreateSemaphore(1, 1, name), name => SemaphoreCalls.OpenSemaphore(name));
    public static readonly Kind Mutex = new("mutex", name => MutexCalls.CreateMutex(name: name), name => MutexCalls.OpenMutex(name));
    public static readonly Kind Event = new("event", name => EventCalls.CreateEvent(manual: false, set: false, name), name => EventCalls.OpenEvent(name));

    public static readonly Kind[] All = [Mapping, Semaphore, Mutex, Event];

    public static readonly Kind[] Waitable = [Semaphore, Mutex, Event];
}
