namespace Crossmap.Linux;

/// <summary>What the value in a state word means to those who wait: the one thing in which semaphores and events differ.</summary>
internal interface ISignal
{
    /// <summary>
    /// Whether the value satisfies more than one waiter, and each change is a value that there was not before: then they sleep on the value,
    /// and each change wakes all of them.
    /// </summary>
    bool WakesAll { get; }

    /// <summary>Bits of the value: where all of them are 0, there is nothing to take for a wait that begins now.</summary>
    uint Bits { get; }

    /// <summary>Whether there is something to take.</summary>
    /// <param name="value">Now.</param>
    /// <param name="arrived">When the wait began.</param>
    /// <param name="waits">Whether the taker waits, rather than only tries.</param>
    bool IsThere(uint value, uint arrived, bool waits);

    /// <summary>The value when one has taken it.</summary>
    uint Take(uint value, bool waits);
}
