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
        if (OperationOf(in participant, who).CanBeCancelled && !participant.Is(Marks.LookedBeforeSleep))
        {
            // Two steps: the canceller may come just between the look and the sleep.
            if (participant.Is(Marks.Cancelled))
            {
                Answer(ref participant, who, (int)SleepEnd.Cancelled);
            }
            else
            {
                participant.Marks |= Marks.LookedBeforeSleep;
            }

            return;
        }

        // One step: the kernel compares and queues under one lock, which a waker needs too.
        ulong word = _scenario.Object.Domain[state[call.Word]];
        if ((uint)(call.Kind == CallKind.Sleep ? word : word >> 32) == (uint)call.A)
        {
            participant.Mode = Mode.Asleep;
        }
        else
        {
            Answer(ref participant, who, (int)SleepEnd.LookAgain);
        }
    }

    private void EndSleep(int at, in State state, int who, MoveKind kind, SleepEnd end)
    {
        State next = state;
        Answer(ref next.Participants[who], who, (int)end);
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
        byte woken = Queue(in state, OperationOf(in state.Participants[who], who).Word, -1, onEither: true);
        if (woken != 0)
        {
            atRest = false;
            WakeThem(ref next, woken);
            Reach(in next, at, new Move(MoveKind.CancellerWakesAll, (byte)who, woken));
        }
    }

    private void Kill(int at, in State state, int who)
    {
        State next = state;
        ref Participant participant = ref next.Participants[who];
        participant.Marks &= Marks.Entered;
        participant.Memory = 0;
        participant.Mode = participant.Mode == Mode.Asleep ? Mode.DyingAsleep : Mode.Dying;
        if (participant is { Mode: Mode.Dying, Armed: 0, Marks: Marks.None })
        {
            // The kernel will find nothing to do.
            participant = new Participant { Mode = Mode.Dead };
        }

        Reach(in next, at, new Move(MoveKind.Kill, (byte)who));
    }

    /// <summary>
    /// The kernel's <c>exit_robust_list</c>, for a thread that has to do with one word: it stands in the list, the slot for the operation
    /// under way points at it, or both. In both it is looked at once, as what the slot points at. First <c>handle_futex_death</c> looks at
    /// the word and, if the dead thread owns it, marks it; waking is another step, whatever has become of the word meanwhile.
    /// </summary>
    private void Die(int at, in State state, int who)
    {
        State next = state;
        ref Participant participant = ref next.Participants[who];
        bool isPending = participant.Armed != 0;
        int word = isPending ? participant.Armed - 1 : 0;
        uint seen = isPending || participant.Is(Marks.Entered) ? (uint)_scenario.Object.Domain[state[word]] : OwnerBits;
        bool wakes = isPending && _scenario.Kernel switch
        {
            DeathWake.OwnerlessWord => (seen & OwnerBits) == 0,
            DeathWake.ZeroWord => seen == 0,
            _ => false,
        };
        if (!wakes && (seen & OwnerBits) == ThreadOf(who))
        {
            next.Set(word, _scenario.Object.IndexOf((seen & WaitersBit) | OwnerDiedBit));
            _scenario.Object.OwnerDied(ref next);
            wakes = (seen & WaitersBit) != 0;
        }

        participant = wakes ? new Participant { Mode = Mode.DyingWaking, Armed = (byte)(word + 1) } : new Participant { Mode = Mode.Dead };
        Reach(in next, at, new Move(MoveKind.Die, (byte)who));
    }

    private void WakeInDying(int at, in State state, int who)
    {
        foreach (byte woken in Choices(in state, state.Participants[who].Armed - 1, 1, who))
        {
            State next = state;
            WakeThem(ref next, woken);
            next.Participants[who] = new Participant { Mode = Mode.Dead };
            Reach(in next, at, new Move(MoveKind.WakeInDying, (byte)who, woken));
        }
    }

    /// <summary>Who sleeps on a word's low half, or on either, as bits.</summary>
    private byte Queue(in State state, int word, int except, bool onEither = false)
    {
        int queue = 0;
        for (int who = 0; who < _machines.Length; who++)
        {
            if (who != except && state.Participants[who].IsQueued)
            {
                Call call = CallOf(in state.Participants[who], who);
                if (call.Word == word && (onEither || call.Kind == CallKind.Sleep))
                {
                    queue |= 1 << who;
                }
            }
        }

        return (byte)queue;
    }

    private byte[] Choices(in State state, int word, int count, int except) =>
        ChoicesFrom[(Queue(in state, word, except) * (MostParticipants + 1)) + Math.Min(count, MostParticipants)];

    private void WakeThem(ref State state, byte woken)
    {
        for (int who = 0; who < _machines.Length; who++)
        {
            if ((woken & (1 << who)) == 0)
            {
                continue;
            }

            ref Participant participant = ref state.Participants[who];
            if (participant.Mode == Mode.Asleep)
            {
                Answer(ref participant, who, (int)SleepEnd.LookAgain);
            }
            else
            {
                participant.Mode = Mode.Dying;
            }
        }
    }
}
