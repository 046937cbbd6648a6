namespace Crossmap.Linux;

/// <summary>An owner word in shared memory, and the calling thread's way of waiting for it.</summary>
internal unsafe struct SharedOwnerWord : IOwnerWord
{
    private readonly uint* _word;
    private readonly RobustList _thread;
    private Patience _patience;
    private nint _armedBefore;

    /// <param name="word">8-aligned, with the room behind it that <see cref="RobustList.Enter"/> needs.</param>
    /// <param name="thread">The calling one.</param>
    /// <param name="patience">For a wait; nothing for what never sleeps.</param>
    public SharedOwnerWord(uint* word, RobustList thread, Patience patience = default)
    {
        _word = word;
        _thread = thread;
        _patience = patience;
    }

    public readonly Patience Patience => _patience;

    public readonly uint Self => _thread.ThreadId;

    public readonly uint Read() => Volatile.Read(ref *_word);

    public readonly bool TryChange(uint from, uint to) => Interlocked.CompareExchange(ref *_word, to, from) == from;

    public bool Spin() => _patience.SpinAway();

    public void Arm() => _armedBefore = _thread.Arm(_word);

    public readonly void Disarm() => _thread.Restore(_armedBefore);

    public readonly void Enter() => _thread.Enter(_word);

    public readonly void Remove() => _thread.Remove(_word);

    public readonly SleepEnd Sleep(uint value) => _patience.Sleep(_word, value, RobustList.WakesAtWaitedForWords);

    public readonly bool WakeOne() => Futex.Wake(_word, 1) > 0;

    public readonly void ClearWaitingAndWakeAll() => Futex.ClearWaitersAndWakeAll(_word);
}
