namespace Crossmap.Linux;

/// <summary>An owner word in shared memory, and the calling thread's way of waiting for it.</summary>
internal unsafe struct AwaitedOwnerWord : IAwaitedOwnerWord
{
    private SharedOwnerWord _shared;
    private Patience _patience;

    /// <param name="owned">The word, which stays reachable meanwhile.</param>
    /// <param name="thread">The calling one.</param>
    /// <param name="patience">Of the wait.</param>
    public AwaitedOwnerWord(OwnedWord owned, RobustList thread, Patience patience)
    {
        _shared = new SharedOwnerWord(owned, thread);
        _patience = patience;
    }

    /// <param name="word">One that this thread looks at and sleeps on, and does not take.</param>
    /// <param name="thread">The calling one.</param>
    /// <param name="patience">Of the wait.</param>
    public AwaitedOwnerWord(uint* word, RobustList thread, Patience patience)
    {
        _shared = new SharedOwnerWord(word, thread);
        _patience = patience;
    }

    public readonly Patience Patience => _patience;

    public readonly uint Self => _shared.Self;

    public readonly uint Read() => _shared.Read();

    public readonly bool TryChange(uint from, uint to) => _shared.TryChange(from, to);

    public bool Spin() => _patience.SpinAway();

    public void Arm() => _shared.Arm();

    public readonly void Disarm() => _shared.Disarm();

    public readonly void Enter() => _shared.Enter();

    public readonly void Remove() => _shared.Remove();

    public readonly SleepEnd Sleep(uint value) => _patience.Sleep(_shared.Word, value, RobustList.WakesAtWaitedForWords);

    public readonly bool WakeOne() => _shared.WakeOne();

    public readonly void ClearWaitingAndWakeAll() => _shared.ClearWaitingAndWakeAll();
}
