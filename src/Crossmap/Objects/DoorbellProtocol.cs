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

    /// <summary>
    /// Sleeps while the gate is closed, if the words are as they were seen. SYNC POINT with a ringer who is killed before the bell: where the system
    /// wakes for him it compares them when it has queued the sleeper at the gate already. So it was either changed before, and this ends at once; or
    /// after, and then his death wakes who is queued. False when the time has passed or the wait was cancelled.</summary>
    bool Sleep(SeenWords notMet);
}

/// <summary>A word in shared memory that says for which mark somebody has come to sleep; see <see cref="DoorbellProtocol.Overtake"/>.</summary>
internal interface ISleepersMark
{
    long Value { get; set; }
}

/// <summary>What a sleeper waits for.</summary>
internal interface ICondition
{
    /// <summary>A quick look, for who spins. Takes nothing; may be wrong in either direction.</summary>
    bool MayBeMet();

    /// <summary>Looks properly, before a sleep; takes nothing. Also sees to it that whatever else could end the wait will ring.</summary>
    bool IsMet();

    /// <summary>
    /// As the last <see cref="IsMet"/> saw them when it was not: of those words one is changed by whoever makes it be met, or before, unless he is
    /// watched by the sleeper's process.
    /// </summary>
    SeenWords SeenNotMet { get; }
}

/// <summary>A word of shared memory and what was seen there.</summary>
internal readonly unsafe struct SeenWord
{
    public SeenWord(void* at, uint value)
    {
        At = (nint)at;
        Value = value;
    }

    /// <summary>0 for none.</summary>
    public nint At { get; }

    public uint Value { get; }

    public bool IsUnchanged => At == 0 || Volatile.Read(ref *(uint*)At) == Value;
}

/// <summary>Up to three words; each may be none.</summary>
internal readonly record struct SeenWords(SeenWord First, SeenWord Second = default, SeenWord Third = default)
{
    /// <summary>Whether all of them are as they were seen.</summary>
    public bool AreUnchanged => First.IsUnchanged && Second.IsUnchanged && Third.IsUnchanged;
}

/// <summary>
/// Waiting for a change of memory that processes share, where changing it must cost next to nothing: the changer only looks at the gate.
/// </summary>
/// <remarks>
/// What must hold: whoever sleeps has closed the gate and then looked in vain. All sleepers of one gate wait for the same condition: it is
/// met for all or for none; or each for a mark to move on from where he saw it, and then see <see cref="Overtake"/>. A ringer wakes all. A ringer that is killed between the change and the bell was armed before the change: the kernel
/// wakes one, who finds the gate still closed, and so he wakes the others; if he is killed too, he was armed as well. And if nobody was asleep yet,
/// because the one sleeper was between his look and his sleep, that sleep does not begin: the change is seen in <see cref="ICondition.SeenNotMet"/>.
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

    /// <summary>
    /// Before a sleep until a mark moves on from there, where sleepers may have seen it at different places. If who moved it last was killed before
    /// the bell, the kernel wakes one sleeper, who may be one that came later and has nothing to hear. So whoever comes later wakes the earlier
    /// ones, whose wait is over.
    /// </summary>
    /// <param name="bell">Of the gate.</param>
    /// <param name="last">The gate's own word.</param>
    /// <param name="seen">Where the mark was.</param>
    public static void Overtake<TBell, TMark>(ref TBell bell, ref TMark last, long seen)
        where TBell : struct, IDoorbell
        where TMark : struct, ISleepersMark
    {
        if (last.Value != seen)
        {
            Ring(ref bell);

            // SYNC POINT with who comes next: he may trust that those before are awake. So it is written after the bell.
            last.Value = seen;
        }
    }

    /// <summary>Sleeps until the condition is met. False when the time passed first, or the wait was cancelled.</summary>
    public static bool Sleep<TBell, TCondition>(ref TBell bell, ref TCondition condition)
        where TBell : struct, IDoorbell
        where TCondition : ICondition
    {
        bell.ArmDeathWake();
        try
        {
            return SleepArmed(ref bell, ref condition);
        }
        finally
        {
            // A condition may throw: that the memory is corrupt, or that somebody cannot be watched.
            bell.DisarmDeathWake();
        }
    }

    private static bool SleepArmed<TBell, TCondition>(ref TBell bell, ref TCondition condition)
        where TBell : struct, IDoorbell
        where TCondition : ICondition
    {
        bool isMet, inTime = true;
        while (true)
        {
            bell.Close();
            isMet = condition.IsMet();
            if (isMet || !inTime)
            {
                break;
            }

            inTime = bell.Sleep(condition.SeenNotMet);
            if (condition.MayBeMet() && condition.IsMet())
            {
                isMet = true;
                break;
            }
        }

        if (isMet)
        {
            // Perhaps it was the kernel that woke this one thread, for a ringer who died. Or somebody just went to sleep who found the gate closed by
            // this thread, after a look of his that was before a ringer's and who found it open. It costs nothing if not: then the gate is open.
            Ring(ref bell);
        }

        return isMet;
    }
}
