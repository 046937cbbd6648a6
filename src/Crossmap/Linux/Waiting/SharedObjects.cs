using Crossmap.Objects;

namespace Crossmap.Linux;

/// <summary>Objects in shared memory, and the calling thread's way of waiting for several of them.</summary>
internal unsafe ref struct SharedObjects : ISeveralObjects
{
    private readonly ReadOnlySpan<Waitable> _objects;
    private readonly Span<Futex.SleptOn> _places;
    private readonly ReadOnlySpan<StandIn?> _standIns;
    private Patience _patience;
    private OwnedWord.Guard _guard;

    /// <param name="objects">Each an <see cref="IOneOfSeveral"/>.</param>
    public SharedObjects(ReadOnlySpan<Waitable> objects) => _objects = objects;

    /// <param name="objects">Each an <see cref="IOneOfSeveral"/>.</param>
    /// <param name="places">Room for one of each.</param>
    /// <param name="patience">Of the wait.</param>
    /// <param name="mutex">The first of them that is a mutex; -1 when none is, or each is slept for alone.</param>
    /// <param name="standIns">Of each further mutex, who sleeps for it in this thread's place; nothing when there is none.</param>
    public SharedObjects(
        ReadOnlySpan<Waitable> objects, Span<Futex.SleptOn> places, Patience patience, int mutex = -1, ReadOnlySpan<StandIn?> standIns = default)
    {
        _objects = objects;
        _places = places;
        _patience = patience;
        _standIns = standIns;
        Mutex = mutex;
    }

    public readonly int Mutex { get; }

    public readonly bool IsOver => _patience.IsOver;

    /// <summary>By its class: asked so, it costs less than the look itself.</summary>
    public readonly bool Look(int index, out uint arrived) => _objects[index] switch
    {
        LinuxEvent gate => gate.Look(out arrived),
        LinuxSemaphore semaphore => semaphore.Look(out arrived),
        Waitable waitable => ((LinuxMutex)waitable).Look(out arrived),
    };

    public readonly bool IsThere(int index, uint arrived) => Of(index).IsThere(arrived);

    public readonly WaitResult TryTake(int index, uint arrived) => Of(index).TryTake(arrived);

    public readonly void GiveBack(int index, WaitResult taken) => Of(index).GiveBack(taken);

    public void Arm(int index) => _guard = index >= 0 && _objects[index] is LinuxMutex mutex ? mutex.Guard() : default;

    public void HandOn() => _guard.Dispose();

    public readonly bool TryPrepareSleep(int index, uint arrived) => !_standIns.IsEmpty && _standIns[index] is { } standIn
        ? standIn.TryPrepareSleep(out _places[index])
        : Of(index).TryPrepareSleep(arrived, out _places[index]);

    public readonly SleepEnd Sleep(int index) => _patience.Sleep((uint*)_places[index].Address, (uint)_places[index].Value,
        isHandedOn: _objects[index] is LinuxMutex ? RobustList.WakesAtWaitedForWords : RobustList.WakesForTheDead);

    public readonly SleepEnd SleepOnAll() => _patience.Sleep(_places, isHandedOn: Mutex < 0 || RobustList.WakesAtWaitedForWords);

    public bool Spin() => _patience.Spin();

    public readonly void Yield() => _ = Libc.sched_yield();

    private readonly IOneOfSeveral Of(int index) => (IOneOfSeveral)_objects[index];
}
