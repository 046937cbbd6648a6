namespace Crossmap.Linux;

/// <summary>
/// The semaphore: one 64-bit word. Its low half is the gate, on which waiters sleep: 0, or <see cref="Waiting"/> when somebody may be
/// asleep. Its high half is the count.
/// </summary>
/// <remarks>
/// <para>The gate's bits 0-29 are never set: the kernel takes them for the thread that owns a robust lock, and only for an ownerless word
/// does the death of a thread that is armed for it wake one more sleeper.</para>
/// <para>What must hold: if anybody sleeps, then the gate says so, or somebody is in transit who will say so again, and whose death wakes
/// the next: a releaser between change and wake, or a woken waiter. Both are armed from before until after. So a stale gate costs one
/// needless wake; a missing one would cost a sleeper.</para>
/// <para>And: the gate never says so while there is a count. The kernel compares the gate alone before it lets anybody sleep, so a waiter
/// that saw no count, and was overtaken by a release and by another who took only part of it, must find the gate changed. Were the gate
/// set again beside the rest, he would sleep before it, after the wake-up that was meant for him.</para>
/// </remarks>
internal static class SemaphoreProtocol
{
    /// <summary>Bit 31, <c>FUTEX_WAITERS</c>: one of the two bits that the kernel does not take for an owner.</summary>
    public const uint Waiting = 0x8000_0000;

    /// <summary>The count in a state word; what a hostile neighbour wrote above <see cref="int.MaxValue"/> is negative, and no count.</summary>
    public static int CountOf(ulong state) => (int)(state >> 32);

    /// <summary>Takes one count if there is one: one atomic step, and no trace in the gate.</summary>
    public static bool TryTake<TMemory>(ref TMemory memory)
        where TMemory : struct, ISemaphoreMemory
    {
        while (true)
        {
            ulong state = memory.Read();
            int count = CountOf(state);
            if (count <= 0)
            {
                return false;
            }

            if (memory.TryChange(state, State(count - 1, (uint)state)))
            {
                return true;
            }
        }
    }

    /// <summary>Takes one count, sleeping for it. True when it was taken; else why not.</summary>
    public static bool Wait<TMemory>(ref TMemory memory, out SleepEnd end)
        where TMemory : struct, ISemaphoreMemory
    {
        end = SleepEnd.LookAgain;
        do
        {
            if (TryTake(ref memory))
            {
                return true;
            }
        }
        while (memory.Spin());

        // SYNC POINT with Release's wake, and with the kernel at this thread's death: armed before the first sleep, so that a wake-up which
        // dies with this thread is handed on; disarmed only when the gate tells of the others again.
        memory.ArmDeathWake();
        bool slept = false;
        bool taken;
        while (true)
        {
            ulong state = memory.Read();
            int count = CountOf(state);
            if (count > 0 && end != SleepEnd.Cancelled)
            {
                // Who has slept may have been woken in place of others, and the releaser cleared the gate: he puts it back with the last
                // count. Before that he does not, but wakes the next, who is then the one to do so.
                if (memory.TryChange(state, State(count - 1, slept && count == 1 ? Waiting : (uint)state)))
                {
                    taken = true;
                    if (slept && count > 1)
                    {
                        // The kernel wakes only one for a dead releaser of several, and a release that found the gate cleared woke nobody.
                        memory.Wake(1);
                    }

                    break;
                }

                continue;
            }

            if (end != SleepEnd.LookAgain)
            {
                // Leaving without a count, and with nothing that was another's: a sleep that ended so was not chosen by any waker, and whoever
                // has cleared the gate since it was set has chosen among those who are still asleep.
                taken = false;
                break;
            }

            // Exactly this value, or Sleep would never sleep: also mends what a neighbour scribbled.
            if ((uint)state != Waiting && !memory.TryChange(state, State(count, Waiting)))
            {
                continue;
            }

            slept = true;
            end = memory.Sleep();
        }

        memory.DisarmDeathWake();
        return taken;
    }

    /// <summary>Gives counts back, all or nothing. Returns the count before, or -1 when it would exceed the maximum.</summary>
    public static int Release<TMemory>(ref TMemory memory, int released, int maximum)
        where TMemory : struct, ISemaphoreMemory
    {
        while (true)
        {
            ulong state = memory.Read();
            int count = CountOf(state);
            if (count < 0 || released > maximum - count)
            {
                return -1;
            }

            if ((uint)state == 0)
            {
                // The step also compares the gate: nobody came to sleep meanwhile, so nobody is to be woken.
                if (memory.TryChange(state, State(count + released, 0)))
                {
                    return count;
                }

                continue;
            }

            // SYNC POINT with Wait: armed before the change, so that dying between change and wake wakes one all the same.
            memory.ArmDeathWake();
            bool changed = memory.TryChange(state, State(count + released, 0));
            if (changed)
            {
                memory.Wake(released);
            }

            memory.DisarmDeathWake();
            if (changed)
            {
                return count;
            }
        }
    }

    private static ulong State(int count, uint gate) => ((ulong)(uint)count << 32) | gate;
}
