namespace Crossmap.Linux;

/// <summary>A state word in shared memory, and the calling thread's way of waiting for it.</summary>
/// <param name="word">8-aligned.</param>
/// <param name="patience">Of the wait.</param>
internal unsafe struct AwaitedStateWord(ulong* word, Patience patience) : IAwaitedStateWord
{
    private SharedStateWord _shared = new(word);
    private Patience _patience = patience;

    public readonly Patience Patience => _patience;

    public readonly ulong Read() => _shared.Read();

    public readonly bool TryChange(ulong from, ulong to) => _shared.TryChange(from, to);

    public bool Spin() => _patience.Spin();

    public void ArmDeathWake() => _shared.ArmDeathWake();

    public readonly void DisarmDeathWake() => _shared.DisarmDeathWake();

    public readonly SleepEnd Sleep(uint gate) => _patience.Sleep(_shared.Gate, gate, RobustList.WakesForTheDead);

    public readonly SleepEnd SleepOnValue(uint value) => _patience.Sleep(_shared.Gate + 1, value, RobustList.WakesForTheDead);

    public readonly bool Wake(int count) => _shared.Wake(count);

    public readonly void OpenGate() => _shared.OpenGate();
}
