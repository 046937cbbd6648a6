namespace Crossmap.Linux;

/// <summary>A state word in shared memory, and the calling thread's way of waiting for it.</summary>
internal unsafe struct SharedStateWord : IStateWord
{
    private readonly ulong* _word;
    private Patience _patience;
    private nint _armedBefore;

    /// <param name="word">8-aligned.</param>
    /// <param name="patience">For a wait; nothing for what never sleeps.</param>
    public SharedStateWord(ulong* word, Patience patience = default)
    {
        _word = word;
        _patience = patience;
    }

    public readonly Patience Patience => _patience;

    /// <summary>The low half, on a little-endian machine.</summary>
    private readonly uint* Gate => (uint*)_word;

    public readonly ulong Read() => Volatile.Read(ref *_word);

    public readonly bool TryChange(ulong from, ulong to) => Interlocked.CompareExchange(ref *_word, to, from) == from;

    public bool Spin() => _patience.Spin();

    public void ArmDeathWake() => _armedBefore = RobustList.Current.Arm(Gate);

    public readonly void DisarmDeathWake() => RobustList.Current.Restore(_armedBefore);

    public readonly SleepEnd Sleep(uint gate) => _patience.Sleep(Gate, gate, RobustList.WakesForTheDead);

    public readonly SleepEnd SleepOnValue(uint value) => _patience.Sleep(Gate + 1, value, RobustList.WakesForTheDead);

    public readonly bool Wake(int count) => Futex.Wake(Gate, count) > 0;

    public readonly void OpenGate() => Futex.ClearBit30AndWakeAll(Gate, Gate + 1);
}
