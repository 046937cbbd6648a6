using System.Numerics;
using Crossmap.Linux;

namespace Crossmap.Model;

/// <summary>What the kernel does: sleeps and what ends them, whom a wake-up chooses, and what it sees to when a thread dies.</summary>
internal sealed partial class Explorer
{
    private const uint OwnerBits = 0x3FFF_FFFF, WaitersBit = 0x8000_0000, OwnerDiedBit = 0x4000_0000;

    /// <summary>All sets of so many out of a queue, or of all when there are fewer.</summary>
    private static readonly byte[][] ChoicesFrom =
    [
        .. from queue in Enumerable.Range(0, 1 << MostParticipants)
           from count in Enumerable.Range(0, MostParticipants + 1)
           let chosen = Math.Min(count, BitOperations.PopCount((uint)queue))
           select Enumerable.Range(0, queue + 1).Where(set => (set & ~queue) == 0 && BitOperations.PopCount((uint)set) == chosen).Select(set => (byte)set).ToArray(),
    ];

    /// <summary>The number by which the kernel knows a participant's thread.</summary>
    public static uint ThreadOf(int who) => (uint)who + 1;

    private void FallAsleep(ref State state, int who, Call call)
    {
        ref Participant participant = ref state.Participants[who];
        if (LooksBeforeSleep(ref participant, who))
        {
            return;
        }

        // One step: the kernel compares and queues under one lock, which a waker needs too.
        ulong word = Word(in state, call.Word);
        if ((uint)(call.Kind == CallKind.Sleep ? word : word >> 32) == (uint)call.A)
        {
            participant.Mode = Mode.Asleep;
        }
        else
        {
            Answer(ref participant, who, (int)SleepEnd.LookAgain);
        }
    }

    /// <summary>Two steps: the canceller may come just between the look and the sleep.</summary>
    private bool LooksBeforeSleep(ref Participant participant, int who)
    {
        if (!ActingOf(in participant, who).CanBeCancelled || participant.Is(Marks.LookedBeforeSleep))
        {
            return false;
        }

        if (participant.Is(Marks.Cancelled))
        {
            Answer(ref participant, who, (int)SleepEnd.Cancelled);
        }
        else
        {
            participant.Marks |= Marks.LookedBeforeSleep;
        }

        return true;
    }

    /// <summary>
    /// The kernel's <c>futex_wait_multiple</c>: it compares and queues one word after the other, each under its own lock, and leaves the queues
    /// the same way. A waker of one may choose whom a waker of the other has chosen before.
    /// </summary>
    private void SleepOnAll(ref State state, int who, Call call)
    {
        ref Participant participant = ref state.Participants[who];
        if (participant.Is(Marks.Leaves))
        {
            LeaveOneQueue(ref participant);
        }
        else if (LooksBeforeSleep(ref participant, who))
        {
            return;
        }
        else
        {
            int word = participant.Is(Marks.Queued | Marks.Chosen) || call.A == Place.None ? 1 : 0;
            bool isSame = Place.Is(word == 0 ? call.A : call.B, Word(in state, word));
            bool isLast = word == 1 || call.B == Place.None;
            participant.Marks |= isSame ? QueueOf(word) : Marks.Leaves;
            if (isSame && isLast && !participant.Is(Marks.Chosen))
            {
                participant.Mode = Mode.Asleep;
            }
            else if (isLast)
            {
                participant.Marks |= Marks.Leaves;
            }
        }

        if (participant.Is(Marks.Leaves) && !participant.Is(Marks.Queues))
        {
            Answer(ref participant, who, (int)(participant.Is(Marks.TimeIsUp) && !participant.Is(Marks.Chosen) ? SleepEnd.TimedOut : SleepEnd.LookAgain));
        }
    }

    public static Marks QueueOf(int word) => word == 0 ? Marks.Queued : Marks.QueuedNext;

    private static void LeaveOneQueue(ref Participant participant) =>
        participant.Marks &= participant.Is(Marks.Queued) ? ~Marks.Queued : ~Marks.QueuedNext;

    private static void LeaveQueue(ref Participant participant)
    {
        LeaveOneQueue(ref participant);
        participant = participant.Is(Marks.Queues) ? participant with { Mode = Mode.DyingAsleep } : Dying(in participant);
    }

    private void EndSleep(int at, in State state, int who, MoveKind kind, SleepEnd end)
    {
        State next = state;
        ref Participant participant = ref next.Participants[who];
        if (participant.Is(Marks.Queues))
        {
            participant.Mode = Mode.Running;
            participant.Marks |= Marks.Leaves | (end == SleepEnd.TimedOut ? Marks.TimeIsUp : Marks.None);
        }
        else
        {
            Answer(ref participant, who, (int)end);
        }

        Reach(in next, at, new Move(kind, (byte)who));
    }

    private void Cancel(int at, in State state, int who, ref bool atRest)
    {
        State next = state;
        if (!state.Participants[who].Is(Marks.Cancelled))
        {
            next.Participants[who].Marks |= Marks.Cancelled;
            Reach(in next, at, new Move(MoveKind.Cancel, (byte)who));
            return;
        }

        // CancelledWait wakes all again and again until the wait has returned.
        int word = OperationOf(in state.Participants[who], who).Word;
        word = word < 0 ? CallOf(in state.Participants[who], who).Word : word;
        byte woken = Queue(in state, word, -1, onEither: true);
        if (woken != 0)
        {
            atRest = false;
            WakeThem(ref next, word, woken);
            Reach(in next, at, new Move(MoveKind.CancellerWakesAll, (byte)who, woken));
        }
    }

    private void Kill(int at, in State state, int who)
    {
        if (!_scenario.Kills)
        {
            return;
        }

        // Whatever ends it passes through the kernel: all that it wrote is seen by then.
        State next = state;
        next.Drain(who);
        ref Participant participant = ref next.Participants[who];
        participant.Marks &= Marks.Queues;
        participant.Memory = 0;
        participant.Mode = participant.Mode == Mode.Asleep || participant.Is(Marks.Queues) ? Mode.DyingAsleep : Mode.Dying;
        if (participant.Mode == Mode.Dying)
        {
            participant = Dying(in participant);
        }

        Reach(in next, at, new Move(MoveKind.Kill, (byte)who));
    }

    /// <summary>Somebody who will run no more; dead, if the kernel has nothing to do for him.</summary>
    private static Participant Dying(in Participant participant) => participant is { Armed: 0, Listed: 0 }
        ? new Participant { Mode = Mode.Dead }
        : new Participant { Mode = Mode.Dying, Armed = participant.Armed, Listed = participant.Listed };

    /// <summary>
    /// The kernel's <c>exit_robust_list</c>: first the words in the list, then the one that the slot for the operation under way points at. A
    /// word in both is looked at once, as what the slot points at. For each <c>handle_futex_death</c> looks at the word and, if the dead thread
    /// owns it, marks it; waking is another step, whatever has become of the word meanwhile.
    /// </summary>
    private void Die(int at, in State state, int who)
    {
        // No processor keeps a store to itself for as long as a death takes.
        State next = state;
        for (int other = 0; other < _machines.Length; other++)
        {
            next.Drain(other);
        }

        ref Participant participant = ref next.Participants[who];
        int pending = participant.Armed - 1;
        if (pending >= 0)
        {
            participant.MarkEntered(pending, false);
        }

        bool isPending = participant.Listed == 0;
        int word = isPending ? pending : BitOperations.TrailingZeroCount(participant.Listed);
        if (isPending)
        {
            participant.Armed = 0;
        }
        else
        {
            participant.MarkEntered(word, false);
        }

        uint seen = (uint)Word(in state, word);
        bool wakes = isPending && _scenario.Kernel switch
        {
            DeathWake.OwnerlessWord => (seen & OwnerBits) == 0,
            DeathWake.ZeroWord => seen == 0,
            _ => false,
        };
        if (!wakes && (seen & OwnerBits) == ThreadOf(who))
        {
            next.Set(word, _scenario.Object.At(word).IndexOf((seen & WaitersBit) | OwnerDiedBit));
            _scenario.Object.OwnerDied(ref next, word);
            wakes = (seen & WaitersBit) != 0;
        }

        participant = Dying(in participant);
        if (wakes)
        {
            // What is left comes after it.
            participant.Mode = Mode.DyingWaking;
            participant.Operation = (byte)word;
        }

        Reach(in next, at, new Move(MoveKind.Die, (byte)who));
    }

    private void WakeInDying(int at, in State state, int who)
    {
        int word = state.Participants[who].Operation;
        foreach (byte woken in Choices(in state, word, 1, who))
        {
            State next = state;
            WakeThem(ref next, word, woken);
            next.Participants[who] = Dying(in next.Participants[who]);
            Reach(in next, at, new Move(MoveKind.WakeInDying, (byte)who, woken));
        }
    }

    /// <summary>Who sleeps on a word's low half, or on either, as bits.</summary>
    private byte Queue(in State state, int word, int except, bool onEither = false)
    {
        int queue = 0;
        for (int who = 0; who < _machines.Length; who++)
        {
            ref readonly Participant participant = ref state.Participants[who];
            if (who == except || !(participant.IsQueued || participant.Is(Marks.Queues)))
            {
                continue;
            }

            Call call = CallOf(in participant, who);
            bool isThere = call.Kind == CallKind.SleepOnAll
                ? participant.Is(QueueOf(word)) && (onEither || !Place.IsOnValue(word == 0 ? call.A : call.B))
                : call.Word == word && (onEither || call.Kind == CallKind.Sleep);
            queue |= isThere ? 1 << who : 0;
        }

        return (byte)queue;
    }

    private byte[] Choices(in State state, int word, int count, int except) =>
        ChoicesFrom[(Queue(in state, word, except) * (MostParticipants + 1)) + Math.Min(count, MostParticipants)];

    private void WakeThem(ref State state, int word, byte woken)
    {
        for (int who = 0; who < _machines.Length; who++)
        {
            if ((woken & (1 << who)) == 0)
            {
                continue;
            }

            ref Participant participant = ref state.Participants[who];
            if (participant.Is(Marks.Queues))
            {
                // Among others: it has still to leave their queues. If it is dying it does that anyway.
                bool isAsleep = participant.Mode == Mode.Asleep;
                participant.Marks = (participant.Marks & ~QueueOf(word)) | (participant.Mode == Mode.DyingAsleep ? Marks.None : Marks.Chosen) | (isAsleep ? Marks.Leaves : Marks.None);
                participant.Mode = isAsleep ? Mode.Running : participant.Mode;
            }
            else if (participant.Mode == Mode.Asleep)
            {
                Answer(ref participant, who, (int)SleepEnd.LookAgain);
            }
            else
            {
                participant = Dying(in participant);
            }
        }
    }
}
