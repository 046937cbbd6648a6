namespace Crossmap.Linux;

/// <summary>How a sleep ended.</summary>
internal enum SleepEnd
{
    /// <summary>Woken, or the gate had changed, or for no reason: look again.</summary>
    LookAgain,
    TimedOut,
    Cancelled,
}

/// <summary>
/// All that <see cref="WaitProtocol"/> can do to the world. One implementation works on shared memory and the kernel; the tests' model is
/// another, which runs the same protocol step by step and kills it between any two.
/// </summary>
internal interface IStateWord
{
    /// <summary>The state: the gate in its low half, what the object is worth in its high one.</summary>
    ulong Read();

    /// <summary>Compare and swap, with a full barrier.</summary>
    bool TryChange(ulong from, ulong to);

    /// <summary>From here on the kernel wakes one sleeper of this gate if the calling thread dies.</summary>
    void ArmDeathWake();

    void DisarmDeathWake();

    /// <summary>Wakes at most so many sleepers of the gate. False: there was none.</summary>
    bool Wake(int count);

    /// <summary>
    /// Takes <see cref="WaitProtocol.Everybody"/> out of the gate and wakes all sleepers, of the gate and of the value, in one step that no
    /// kill can cut in two. Right at any time: whoever still has a reason to sleep looks, sets the gate and sleeps again.
    /// </summary>
    void OpenGate();
}

/// <summary>What a wait does besides. Apart, because who finds what he wants carries nothing that only a sleeper needs.</summary>
internal interface IAwaitedStateWord : IStateWord
{
    /// <summary>Waits a moment for another processor. False: waited enough, sleep instead.</summary>
    bool Spin();

    /// <summary>Sleeps while the gate is exactly that.</summary>
    SleepEnd Sleep(uint gate);

    /// <summary>Sleeps while the value is exactly that.</summary>
    SleepEnd SleepOnValue(uint value);
}
