namespace Crossmap.Linux;

/// <summary>A state word in shared memory.</summary>
/// <param name="word">8-aligned.</param>
internal unsafe struct SharedStateWord(ulong* word) : IStateWord
{
    private readonly ulong* _word = word;
    private nint _armedBefore;

    /// <summary>The low half, on a little-endian machine; the value lies behind it.</summary>
    public readonly uint* Gate => (uint*)_word;

    public readonly ulong Read() => Volatile.Read(ref *_word);

    public readonly bool TryChange(ulong from, ulong to) => Interlocked.CompareExchange(ref *_word, to, from) == from;

    public void ArmDeathWake() => _armedBefore = RobustList.Current.Arm(Gate);

    public readonly void DisarmDeathWake() => RobustList.Current.Restore(_armedBefore);

    public readonly bool Wake(int count) => Futex.Wake(Gate, count) > 0;

    public readonly void OpenGate() => Futex.ClearBit30AndWakeAll(Gate, Gate + 1);
}
