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
/// All that <see cref="SemaphoreProtocol"/> can do to the world. One implementation works on shared memory and the kernel; the tests'
/// model is another, which runs the same protocol step by step and kills it between any two.
/// </summary>
internal interface ISemaphoreMemory
{
    /// <summary>The state word.</summary>
    ulong Read();

    /// <summary>Compare and swap, with a full barrier.</summary>
    bool TryChange(ulong from, ulong to);

    /// <summary>Waits a moment for another processor. False: waited enough, sleep instead.</summary>
    bool Spin();

    /// <summary>From here on the kernel wakes one sleeper of this gate if the calling thread dies.</summary>
    void ArmDeathWake();

    void DisarmDeathWake();

    /// <summary>Sleeps while the gate is exactly <see cref="SemaphoreProtocol.Waiting"/>.</summary>
    SleepEnd Sleep();

    /// <summary>Wakes at most so many sleepers of the gate.</summary>
    void Wake(int count);
}
