using System.Runtime.CompilerServices;

namespace Crossmap.Linux;

/// <summary>
/// Waiting for a semaphore, an event or a condition: one 64-bit word. Its low half is the gate, on which waiters sleep; its high half is the object's
/// value, which an <see cref="ISignal"/> explains.
/// </summary>
/// <remarks>
/// <para>The gate's bits 0-29 are never set: the kernel takes them for the thread that owns a robust lock, and only for an ownerless word
/// does the death of a thread that is armed for it wake one more sleeper. Its two other bits give four gates: 0, nobody sleeps;
/// <see cref="Waiting"/>, somebody may sleep, and each hands on what he does not use; <see cref="Waiting"/> and <see cref="Everybody"/>,
/// and somebody of them hands nothing on; <see cref="Everybody"/> alone, the value was changed and the sleepers are still to be woken.</para>
/// <para>What must hold: if anybody sleeps, then the gate says so, or somebody is in transit who will say so again, and whose death wakes
/// the next: a giver between change and wake, or a woken waiter. Both are armed from before until after. So a stale gate costs one
/// needless wake; a missing one would cost a sleeper.</para>
/// <para>And: the gate never says <see cref="Waiting"/> while there is something to take. The kernel compares the gate alone before it lets
/// anybody sleep, so a waiter that saw nothing, and was overtaken by a giver and by another who took only part of it, must find the gate
/// changed. Were the gate set again beside the rest, he would sleep before it, after the wake-up that was meant for him.</para>
/// <para>A sleeper who waits for several objects is armed for one at most. Where he sleeps the change and the wake must be one step:
/// otherwise the one whom the kernel wakes for a dead giver may die with that wake-up. The same where sleepers sleep on the value, at
/// which the kernel finds nobody. So the giver writes the new value and <see cref="Everybody"/>; whoever meets that gate wakes all by
/// <see cref="IStateWord.OpenGate"/> before anything else, and only with it has the change happened. A giver who dies between, with nobody
/// left to meet it, has given nothing yet.</para>
/// </remarks>
internal static class WaitProtocol
{
    /// <summary>Bit 31, <c>FUTEX_WAITERS</c>: one of the two bits that the kernel does not take for an owner.</summary>
    public const uint Waiting = 0x8000_0000;

    /// <summary>Bit 30, <c>FUTEX_OWNER_DIED</c>: the other one.</summary>
    public const uint Everybody = 0x4000_0000;

    /// <summary>The gate of those who hand nothing on.</summary>
    public const uint WaitingAll = Waiting | Everybody;

    /// <summary>Of <see cref="TryGive"/>: all of them, wherever they sleep.</summary>
    public const int EverySleeper = int.MaxValue;

    public static uint ValueOf(ulong state) => (uint)(state >> 32);

    public static ulong State(uint value, uint gate) => ((ulong)value << 32) | gate;

    /// <summary>
    /// Bits of the state: where all of them are 0, a wait that begins now has nothing to take, and nothing to announce for a giver who died
    /// (<see cref="Look"/>). A gate with <see cref="Everybody"/> may only tell of sleepers: then it has to be looked at.
    /// </summary>
    public static ulong BitsOf<TSignal>(TSignal signal)
        where TSignal : struct, ISignal => State(signal.Bits, Everybody);

    /// <summary>
    /// The value, for who looks at several objects before he takes any. The kernel may have woken him for a giver who died before he announced
    /// his change: so he does it, whether he can use it or not.
    /// </summary>
    public static uint Look<TWord>(ref TWord word)
        where TWord : struct, IStateWord
    {
        while (true)
        {
            ulong state = word.Read();
            if ((uint)state != Everybody)
            {
                return ValueOf(state);
            }

            word.OpenGate();
        }
    }

    /// <summary>Takes what is there now: one atomic step, and no trace in the gate. In line with its caller, as what most waits come to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryTake<TWord, TSignal>(ref TWord word, TSignal signal)
        where TWord : struct, IStateWord
        where TSignal : struct, ISignal => TryTake(ref word, signal, ValueOf(word.Read()), waits: false);

    /// <summary>The same for somebody who waits, since the value was that; among other objects perhaps.</summary>
    public static bool TryTake<TWord, TSignal>(ref TWord word, TSignal signal, uint arrived)
        where TWord : struct, IStateWord
        where TSignal : struct, ISignal => TryTake(ref word, signal, arrived, waits: true);

    /// <summary>
    /// Readies the gate for a sleeper who hands nothing on, because he sleeps for other objects too. True: he may sleep while the gate is
    /// <see cref="WaitingAll"/>, or the value <paramref name="value"/> where the signal wakes all. False: look again.
    /// </summary>
    public static bool TryCloseGate<TWord, TSignal>(ref TWord word, TSignal signal, uint arrived, out uint value)
        where TWord : struct, IStateWord
        where TSignal : struct, ISignal
    {
        ulong state = word.Read();
        value = ValueOf(state);
        uint gate = (uint)state;
        if (gate == Everybody)
        {
            word.OpenGate();
            return false;
        }

        return !signal.IsThere(value, arrived, waits: true) && (gate == WaitingAll || word.TryChange(state, State(value, WaitingAll)));
    }

    /// <summary>Takes what the object gives, sleeping for it. True when it was taken; else why not.</summary>
    public static bool Wait<TWord, TSignal>(ref TWord word, TSignal signal, out SleepEnd end)
        where TWord : struct, IAwaitedStateWord
        where TSignal : struct, ISignal => Wait(ref word, signal, ValueOf(word.Read()), out end);

    /// <summary>The same for a wait that began when the value was that.</summary>
    public static bool Wait<TWord, TSignal>(ref TWord word, TSignal signal, uint arrived, out SleepEnd end)
        where TWord : struct, IAwaitedStateWord
        where TSignal : struct, ISignal
    {
        end = SleepEnd.LookAgain;
        do
        {
            if (TryTake(ref word, signal, arrived, waits: true))
            {
                return true;
            }
        }
        while (word.Spin());

        // SYNC POINT with the giver's wake, and with the kernel at this thread's death: armed before the first sleep, so that a wake-up which
        // dies with this thread is handed on; disarmed only when the gate tells of the others again.
        word.ArmDeathWake();
        bool slept = false;
        bool taken;
        while (true)
        {
            ulong state = word.Read();
            (uint value, uint gate) = (ValueOf(state), (uint)state);
            if (gate == Everybody)
            {
                word.OpenGate();
                continue;
            }

            if (signal.IsThere(value, arrived, waits: true) && end != SleepEnd.Cancelled)
            {
                // Who has slept may have been woken in place of others, and the giver cleared the gate: he puts it back when he takes the
                // last. Before that he does not, but wakes the next, who is then the one to do so. Who hands nothing on may have come meanwhile,
                // and what the gate says of him stays.
                uint left = signal.Take(value, waits: true);
                bool isLast = !signal.IsThere(left, arrived, waits: true);
                ulong next = State(left, slept && isLast ? gate | Waiting : gate);
                if (next == state || word.TryChange(state, next))
                {
                    taken = true;
                    if (slept && !isLast && !signal.WakesAll)
                    {
                        // The kernel wakes only one for a dead giver of several, and a giver that found the gate cleared woke nobody.
                        _ = word.Wake(1);
                    }

                    break;
                }

                continue;
            }

            if (end != SleepEnd.LookAgain)
            {
                // Leaving with nothing, and with nothing that was another's: a sleep that ended so was not chosen by any waker, and whoever
                // has cleared the gate since it was set has chosen among those who are still asleep.
                taken = false;
                break;
            }

            // Exactly one of these values, or Sleep would never sleep: also mends what a neighbour scribbled.
            uint wanted = gate == WaitingAll ? WaitingAll : Waiting;
            if (gate != wanted && !word.TryChange(state, State(value, wanted)))
            {
                continue;
            }

            slept = true;
            end = signal.WakesAll ? word.SleepOnValue(value) : word.Sleep(wanted);
        }

        word.DisarmDeathWake();
        return taken;
    }

    /// <summary>Puts a larger value in place of that state, and wakes those who can use it. False when the state has changed.</summary>
    /// <param name="word">Where.</param>
    /// <param name="state">As it was read.</param>
    /// <param name="value">The new one.</param>
    /// <param name="wakes">How many of them can use it: <see cref="EverySleeper"/>, or fewer.</param>
    /// <param name="wokeNobody">The gate told of sleepers of its own, and there was none.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryGive<TWord>(ref TWord word, ulong state, uint value, int wakes, out bool wokeNobody)
        where TWord : struct, IStateWord
    {
        if ((uint)state == 0)
        {
            // The step also compares the gate: nobody came to sleep meanwhile, so nobody is to be woken.
            wokeNobody = false;
            return word.TryChange(state, State(value, 0));
        }

        return TryGiveToSleepers(ref word, state, value, wakes, out wokeNobody);
    }

    private static bool TryGiveToSleepers<TWord>(ref TWord word, ulong state, uint value, int wakes, out bool wokeNobody)
        where TWord : struct, IStateWord
    {
        wokeNobody = false;
        uint gate = (uint)state;
        if (gate == Everybody)
        {
            word.OpenGate();
            return false;
        }

        // SYNC POINT with Wait: armed before the change, so that dying between change and wake wakes one all the same.
        word.ArmDeathWake();
        bool all = (gate & Everybody) != 0 || wakes == EverySleeper;
        bool changed = word.TryChange(state, State(value, all ? Everybody : 0));
        if (changed && all)
        {
            word.OpenGate();
        }
        else if (changed)
        {
            wokeNobody = !word.Wake(wakes);
        }

        word.DisarmDeathWake();
        return changed;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryTake<TWord, TSignal>(ref TWord word, TSignal signal, uint arrived, bool waits)
        where TWord : struct, IStateWord
        where TSignal : struct, ISignal
    {
        while (true)
        {
            ulong state = word.Read();
            (uint value, uint gate) = (ValueOf(state), (uint)state);
            if (gate == Everybody)
            {
                word.OpenGate();
                continue;
            }

            if (!signal.IsThere(value, arrived, waits))
            {
                return false;
            }

            ulong next = State(signal.Take(value, waits), gate);
            if (next == state || word.TryChange(state, next))
            {
                return true;
            }
        }
    }
}
