namespace Crossmap.Objects;

/// <summary>
/// Numbered places of a section. Each is held by at most one taker in any process, and empty again the moment the kernel drops its lock: by
/// Dispose, or at the holder's death, however it came. Thread safe.
/// </summary>
internal abstract class Places : IDisposable
{
    /// <summary>They are numbered from 0.</summary>
    public const int Count = 256;

    /// <summary>Takes a place until the result is disposed. Null: somebody has it, perhaps this very process.</summary>
    public abstract IDisposable? TryTake(int place);

    /// <summary>Whether anybody has it, this process included.</summary>
    public abstract bool IsTaken(int place);

    /// <summary>
    /// Blocks the calling thread in the kernel until the place is empty; it should be a background thread that does nothing else. When this
    /// returns somebody may have taken the place anew; and if somebody does so at the very moment it becomes empty, the wait may go on and be
    /// one for him. So who takes a place must himself finish what its last holder left.
    /// </summary>
    /// <returns>True; false when this object is disposed first, where the system can end the wait then.</returns>
    public abstract bool WaitUntilEmpty(int place);

    /// <summary>A gate in the section's memory, for who is there.</summary>
    /// <param name="gate">In a view, on a cache line of its own. 0 at first.</param>
    /// <param name="number">Tells it from the section's other gates.</param>
    public abstract unsafe Doorbell OpenDoorbell(uint* gate, int number);

    /// <summary>What was taken stays taken until it is disposed itself.</summary>
    public abstract void Dispose();

    protected static void Check(int place)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(place);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(place, Count);
    }
}
