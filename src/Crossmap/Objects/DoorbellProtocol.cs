namespace Crossmap.Objects;

/// <summary>
/// All that <see cref="DoorbellProtocol"/> can do to the world: a gate in shared memory, on which threads sleep until something that lies elsewhere
/// has changed. One implementation works on the system; the tests' model is another.
/// </summary>
internal interface IDoorbell
{
    /// <summary>Whether the gate says that somebody sleeps.</summary>
    bool IsClosed { get; }

    /// <summary>
    /// Says that somebody sleeps. With a barrier that reaches the processors of all processes: a ringer either sees it, or has changed what the
    /// sleeper looks at next.
    /// </summary>
    void Close();

    /// <summary>Takes that back and wakes all sleepers, in one step that no kill can cut in two.</summary>
    void Open();

    /// <summary>From here on the kernel wakes one sleeper if the calling thread dies.</summary>
    void ArmDeathWake();

    void DisarmDeathWake();

    /// <summary>Sleeps while the gate is closed. False when the time has passed or the wait was cancelled.</summary>
    bool Sleep();
}

/// <summary>What a sleeper waits for.</summary>
internal interface ICondition
{
    /// <summary>A quick look, for who spins. Takes nothing; may be wrong in either direction.</summary>
    bool MayBeMet();

    /// <summary>Looks properly, before a sleep; takes nothing. Also sees to it that whatever else could end the wait will ring.</summary>
    bool IsMet();
}

/// <summary>
/// Waiting for a change of memory that processes share, where changing it must cost next to nothing: the changer only looks at the gate.
/// </summary>
/// <remarks>
/// What must hold: whoever sleeps has closed the gate and then looked in vain. All sleepers of one gate wait for the same condition: it is
/// met for all or for none. A ringer wakes all. A ringer that is killed between the change and the bell was armed before the change: the kernel
/// wakes one, who finds the gate still closed, and so he wakes the others; if he is killed too, he was armed as well.
/// </remarks>
internal static class DoorbellProtocol
{
    /// <summary>
    /// After the change, which was made armed where the system wakes for the dead. SYNC POINT with <see cref="Sleep"/>: between change and look
    /// there is a full barrier, or the sleeper's reaches this processor.
    /// </summary>
    public static void Ring<TBell>(ref TBell bell)
        where TBell : struct, IDoorbell
    {
        if (bell.IsClosed)
        {
            bell.Open();
        }
    }

    /// <summary>Sleeps until the condition is met. False when the time passed first, or the wait was cancelled.</summary>
    public static bool Sleep<TBell, TCondition>(ref TBell bell, ref TCondition condition)
        where TBell : struct, IDoorbell
        where TCondition : ICondition
    {
        bool isMet, inTime = true, slept = false;
        bell.ArmDeathWake();
        while (true)
        {
            bell.Close();
            isMet = condition.IsMet();
            if (isMet || !inTime)
            {
                break;
            }

            inTime = bell.Sleep();
            slept = true;
            if (condition.MayBeMet() && condition.IsMet())
            {
                isMet = true;
                break;
            }
        }

        if (slept && isMet)
        {
            // Perhaps it was the kernel that woke this one thread, for a ringer who died. It costs nothing if not: then nobody sleeps.
            Ring(ref bell);
        }

        bell.DisarmDeathWake();
        return isMet;
    }
}
