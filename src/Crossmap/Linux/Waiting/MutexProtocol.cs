using Crossmap.Objects;

namespace Crossmap.Linux;

/// <summary>
/// The mutex: one 32-bit word in the kernel's own layout of a robust lock. The owner's thread id, 0 for none; whether somebody may be
/// asleep; whether the last owner died.
/// </summary>
/// <remarks>
/// <para>Its owner is in his thread's robust list: when he dies the kernel takes his id out, sets <see cref="OwnerDied"/> and wakes one
/// sleeper. The next owner learns of it once, for he takes the mark away with the same step that makes him the owner; if he dies before
/// he can tell anybody, he is a dead owner himself.</para>
/// <para>Sleepers are armed. The kernel hands a wake-up of the dead on only while nobody owns the word: so <see cref="Waiting"/> outlives
/// release and acquisition. Were it taken away with the release, then somebody who was not asleep could take the free word without it,
/// and if the one woken died now, the others would sleep on with nobody to know of them. It goes only when a wake found nobody, and then
/// in one step with waking all: who came to sleep meanwhile looks again.</para>
/// <para>Whether the calling thread owns it already is not asked here: other processes can write this word.</para>
/// </remarks>
internal static class MutexProtocol
{
    /// <summary>FUTEX_WAITERS.</summary>
    public const uint Waiting = 0x8000_0000;

    /// <summary>FUTEX_OWNER_DIED.</summary>
    public const uint OwnerDied = 0x4000_0000;

    /// <summary>FUTEX_TID_MASK.</summary>
    private const uint OwnerMask = 0x3FFF_FFFF;

    public static uint OwnerOf(uint word) => word & OwnerMask;

    public static bool IsAbandoned(uint word) => (word & OwnerDied) != 0;

    /// <summary>Takes it if nobody owns it now.</summary>
    public static WaitResult TryTake<TWord>(ref TWord word)
        where TWord : struct, IOwnerWord
    {
        word.Arm();
        WaitResult result = TryTakeArmed(ref word);
        word.Disarm();
        return result;
    }

    /// <summary>Takes it, sleeping for it. <see cref="WaitResult.TimedOut"/>: not taken, and <paramref name="end"/> tells why.</summary>
    public static WaitResult Wait<TWord>(ref TWord word, out SleepEnd end)
        where TWord : struct, IAwaitedOwnerWord
    {
        // SYNC POINT with Release, and with the kernel at this thread's death: armed before the word can be ours, so that dying between the
        // change and the entry in the list is seen, and before the first sleep, so that a wake-up which dies with this thread is handed on.
        word.Arm();
        end = SleepEnd.LookAgain;
        WaitResult result;
        do
        {
            result = TryTakeArmed(ref word);
        }
        while (result == WaitResult.TimedOut && word.Spin());

        while (result == WaitResult.TimedOut)
        {
            uint seen = word.Read();
            if (OwnerOf(seen) == 0 && end != SleepEnd.Cancelled)
            {
                result = TryTakeArmed(ref word);
                continue;
            }

            if (end != SleepEnd.LookAgain)
            {
                // Not chosen by any waker: a sleep that ended so leaves nothing to hand on.
                break;
            }

            if ((seen & Waiting) == 0 && !word.TryChange(seen, seen | Waiting))
            {
                continue;
            }

            end = word.Sleep(seen | Waiting);
        }

        word.Disarm();
        return result;
    }

    /// <summary>
    /// Readies the word for a sleeper who sleeps for other objects too. True: he may sleep on <paramref name="value"/>. False: look again. He is
    /// armed from before, and before he is not any more he says so (<see cref="HandOn"/>).
    /// </summary>
    public static bool TryCloseGate<TWord>(ref TWord word, out uint value)
        where TWord : struct, IOwnerWord
    {
        uint seen = word.Read();
        value = seen | Waiting;
        return OwnerOf(seen) != 0 && (seen == value || word.TryChange(seen, value));
    }

    /// <summary>Disarms who slept for other objects too: a wake-up that came to him, and that he did not use, is another's now.</summary>
    public static void HandOn<TWord>(ref TWord word)
        where TWord : struct, IOwnerWord
    {
        uint seen = word.Read();
        if (OwnerOf(seen) == 0 && (seen & Waiting) != 0)
        {
            _ = word.WakeOne();
        }

        word.Disarm();
    }

    /// <summary>Gives up what the calling thread owns; with the mark of a dead owner when he had it only for a moment and tells nobody of it.</summary>
    public static void Release<TWord>(ref TWord word, bool markAbandoned = false)
        where TWord : struct, IOwnerWord
    {
        // SYNC POINT with Wait: armed until the sleeper is woken. Dying before the change leaves a dead owner; after it, a free word, and the
        // kernel wakes in our place.
        word.Arm();
        word.Remove();
        uint seen;
        do
        {
            seen = word.Read();
        }
        while (!word.TryChange(seen, (seen & Waiting) | (markAbandoned ? OwnerDied : 0)));

        if ((seen & Waiting) != 0 && !word.WakeOne())
        {
            word.ClearWaitingAndWakeAll();
        }

        word.Disarm();
    }

    private static WaitResult TryTakeArmed<TWord>(ref TWord word)
        where TWord : struct, IOwnerWord
    {
        while (true)
        {
            uint seen = word.Read();
            if (OwnerOf(seen) != 0)
            {
                return WaitResult.TimedOut;
            }

            if (word.TryChange(seen, word.Self | (seen & Waiting)))
            {
                word.Enter();
                return IsAbandoned(seen) ? WaitResult.Abandoned : WaitResult.Signaled;
            }
        }
    }
}
