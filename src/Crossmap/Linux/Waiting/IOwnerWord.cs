namespace Crossmap.Linux;

/// <summary>All that <see cref="MutexProtocol"/> can do to the world, as <see cref="IStateWord"/> is for <see cref="WaitProtocol"/>.</summary>
internal interface IOwnerWord
{
    /// <summary>The calling thread, as the kernel writes it into owner words.</summary>
    uint Self { get; }

    uint Read();

    /// <summary>Compare and swap, with a full barrier.</summary>
    bool TryChange(uint from, uint to);

    /// <summary>
    /// From here on, if the calling thread dies, the kernel looks at the word: owned by it, it is marked and one sleeper is woken; owned by
    /// nobody, one sleeper is woken.
    /// </summary>
    void Arm();

    void Disarm();

    /// <summary>Enters the word, owned by the calling thread and armed, among those that the kernel looks at when it dies.</summary>
    void Enter();

    /// <summary>Takes it out again.</summary>
    void Remove();

    /// <summary>Wakes one sleeper. False: there was none.</summary>
    bool WakeOne();

    /// <summary>Takes <see cref="MutexProtocol.Waiting"/> out of the word and wakes all sleepers, in one step.</summary>
    void ClearWaitingAndWakeAll();
}

/// <summary>What a wait does besides.</summary>
internal interface IAwaitedOwnerWord : IOwnerWord
{
    /// <summary>Waits a moment for another processor. False: waited enough, sleep instead.</summary>
    bool Spin();

    /// <summary>Sleeps while the word is exactly that.</summary>
    SleepEnd Sleep(uint value);
}
