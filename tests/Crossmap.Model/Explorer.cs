using Crossmap.Linux;

namespace Crossmap.Model;

/// <summary>
/// Tries all that can happen: every interleaving of the participants' steps, a kill between any two, every choice of whom the kernel wakes,
/// and sleeps that end for no reason, by the clock or by cancellation. Breadth first, so that the way to a violation is the shortest.
/// </summary>
internal sealed partial class Explorer
{
    public const int MostParticipants = 4;

    private const uint OwnerBits = 0x3FFF_FFFF;

    /// <summary>Steps in which a participant that nobody disturbs must come to its end or to sleep.</summary>
    private const int MostStepsAlone = 100;

    /// <summary>A limit: a scenario beyond it is to be made smaller.</summary>
    private const int MostStates = 20_000_000;

    private readonly Scenario _scenario;
    private readonly LocalMachine[][] _machines;
    private readonly Dictionary<State, int> _known = [];
    private readonly List<(int From, Move Move)> _ways = [];
    private readonly List<State> _states = [];
    private readonly HashSet<(ulong Words, int Who, Participant)> _endsAlone = [];
    private string? _violation;
    private int _moves;

    private Explorer(Scenario scenario, Func<Operation, LocalMachine> machines)
    {
        _scenario = scenario;
        _machines = [.. scenario.Programs.Select(program => program.Select(machines).ToArray())];
    }

    private enum MoveKind : byte
    {
        Start,
        Step,
        SpinOn,
        TimeOut,
        WakeForNothing,
        Cancel,
        CancellerWakesAll,
        Kill,
        LeaveQueue,
        Die,
    }

    /// <param name="Kind">What happens.</param>
    /// <param name="Who">To which participant.</param>
    /// <param name="Woken">Which participants are woken by it, as bits.</param>
    private readonly record struct Move(MoveKind Kind, byte Who, byte Woken = 0);

    /// <summary>What an exploration found: the violation with its trace, or null when there is none.</summary>
    public readonly record struct Finding(int States, long Moves, string? Violation);

    public static Finding Run(Scenario scenario, Func<Operation, LocalMachine> machines) => new Explorer(scenario, machines).Run();

    private Finding Run()
    {
        State start = default;
        for (int word = 0; word < _scenario.Words.Length; word++)
        {
            start.Set(word, _scenario.Object.IndexOf(_scenario.Words[word]));
        }

        for (int who = 0; who < MostParticipants; who++)
        {
            start.Participants[who].Mode = who < _machines.Length && _machines[who].Length > 0 ? Mode.Running : Mode.Finished;
        }

        long moves = 0;
        Reach(in start, -1, default);
        for (int at = 0; at < _states.Count && _violation is null; at++)
        {
            if (_states.Count > MostStates)
            {
                throw new InvalidOperationException($"More than {MostStates} states: {_scenario}");
            }

            moves += Continue(at);
        }

        return new Finding(_states.Count, moves, _violation is null ? null : $"{_violation}\n{Trace(_states.Count - 1)}");
    }

    /// <summary>All moves from a known state. Returns how many there were.</summary>
    private int Continue(int at)
    {
        int before = _moves;
        State state = _states[at];
        bool atRest = true;
        for (int who = 0; who < _machines.Length && _violation is null; who++)
        {
            ref Participant participant = ref state.Participants[who];
            switch (participant.Mode)
            {
                case Mode.Running:
                    atRest &= participant is { Local: 0, Delta: 0, Armed: 0 };
                    MustEndAlone(in state, who);
                    Step(at, in state, who);
                    Kill(at, in state, who);
                    break;
                case Mode.Asleep:
                    EndSleep(at, in state, who, MoveKind.WakeForNothing, SleepEnd.LookAgain);
                    if (OperationOf(in participant, who).CanTimeOut)
                    {
                        EndSleep(at, in state, who, MoveKind.TimeOut, SleepEnd.TimedOut);
                    }

                    Kill(at, in state, who);
                    break;
                case Mode.DyingAsleep:
                    atRest = false;
                    State left = state;
                    left.Participants[who].Mode = Mode.Dying;
                    Reach(in left, at, new Move(MoveKind.LeaveQueue, (byte)who));
                    break;
                case Mode.Dying:
                    atRest = false;
                    Die(at, in state, who);
                    break;
            }

            if (participant.IsAlive && OperationOf(in participant, who).CanBeCancelled)
            {
                Cancel(at, in state, who, ref atRest);
            }
        }

        // Whoever is between two operations may stay there for ever, stopped or busy elsewhere: nobody may depend on him.
        if (atRest && _violation is null)
        {
            MustNotSleepForNothing(at, in state);
        }

        return _moves - before;
    }

    private Operation OperationOf(in Participant participant, int who) => _scenario.Programs[who][participant.Operation];

    private Call CallOf(in Participant participant, int who) => _machines[who][participant.Operation].CallOf(participant.Local);

    private void Reach(in State state, int from, Move move)
    {
        _moves++;
        if (_known.TryAdd(state, _states.Count))
        {
            _states.Add(state);
            _ways.Add((from, move));
        }
    }

    private void Violate(int from, in State state, Move move, string what)
    {
        _violation ??= $"{what}: {_scenario}";
        _states.Add(state);
        _ways.Add((from, move));
    }

    private void Step(int at, in State state, int who)
    {
        Call call = CallOf(in state.Participants[who], who);
        if (call.Kind == CallKind.Wake)
        {
            foreach (byte woken in Choices(in state, call.Word, (int)Math.Min(call.A, int.MaxValue), who))
            {
                State next = state;
                WakeThem(ref next, woken);
                Answer(ref next.Participants[who], who, 0);
                Reach(in next, at, new Move(MoveKind.Step, (byte)who, woken));
            }

            return;
        }

        State after = state;
        var move = new Move(MoveKind.Step, (byte)who);
        if (Take(ref after, who, call) is { } wrong)
        {
            Violate(at, in after, move, wrong);
            return;
        }

        Reach(in after, at, move);
        if (call.Kind == CallKind.Spin)
        {
            after = state;
            Answer(ref after.Participants[who], who, 1);
            Reach(in after, at, new Move(MoveKind.SpinOn, (byte)who));
        }
    }

    /// <summary>One step of a participant that wakes nobody. What is wrong with it, or null.</summary>
    private string? Take(ref State state, int who, Call call)
    {
        ref Participant participant = ref state.Participants[who];
        ObjectModel model = _scenario.Object;
        switch (call.Kind)
        {
            case CallKind.Read:
                Answer(ref participant, who, state[call.Word]);
                return null;
            case CallKind.Change:
                ulong now = model.Domain[state[call.Word]];
                if (now != call.A)
                {
                    Answer(ref participant, who, 0);
                    return null;
                }

                int index = model.IndexOf(call.B);
                if (index < 0)
                {
                    return $"{Name(who)} writes {call.B:x}, which no word may be";
                }

                state.Set(call.Word, index);
                participant.Delta += (sbyte)(model.CountOf(call.B) - model.CountOf(now));
                Answer(ref participant, who, 1);
                return null;
            case CallKind.Arm:
                participant.Armed = (byte)(call.Word + 1);
                Answer(ref participant, who, 0);
                return null;
            case CallKind.Disarm:
                participant.Armed = 0;
                Answer(ref participant, who, 0);
                return null;
            case CallKind.Sleep:
                FallAsleep(ref state, who, call);
                return null;
            case CallKind.Return:
                return Return(ref participant, who, call.A);
            default:
                Answer(ref participant, who, 0);
                return null;
        }
    }

    private void FallAsleep(ref State state, int who, Call call)
    {
        ref Participant participant = ref state.Participants[who];
        if (OperationOf(in participant, who).CanBeCancelled && !participant.LookedBeforeSleep)
        {
            // Two steps: the canceller may come just between the look and the sleep.
            if (participant.Cancelled)
            {
                Answer(ref participant, who, (int)SleepEnd.Cancelled);
            }
            else
            {
                participant.LookedBeforeSleep = true;
            }

            return;
        }

        // One step: the kernel compares and queues under one lock, which a waker needs too.
        if ((uint)_scenario.Object.Domain[state[call.Word]] == (uint)call.A)
        {
            participant.Mode = Mode.Asleep;
        }
        else
        {
            Answer(ref participant, who, (int)SleepEnd.LookAgain);
        }
    }

    private string? Return(ref Participant participant, int who, ulong result)
    {
        Operation operation = OperationOf(in participant, who);
        if (participant.Armed != 0)
        {
            return $"{Name(who)} returns from {operation} with its death wake still armed";
        }

        if (_scenario.Object.WrongResult(operation, result, participant.Delta) is { } wrong)
        {
            return $"{Name(who)}: {wrong}";
        }

        participant = participant.Operation + 1 < _machines[who].Length
            ? new Participant { Operation = (byte)(participant.Operation + 1) }
            : new Participant { Mode = Mode.Finished };
        return null;
    }

    private void Answer(ref Participant participant, int who, int answer)
    {
        participant.Local = (ushort)_machines[who][participant.Operation].After(participant.Local, answer);
        participant.Mode = Mode.Running;
        participant.LookedBeforeSleep = false;
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
        if (!state.Participants[who].Cancelled)
        {
            next.Participants[who].Cancelled = true;
            Reach(in next, at, new Move(MoveKind.Cancel, (byte)who));
            return;
        }

        // CancelledWait wakes all again and again until the wait has returned.
        byte woken = Queue(in state, OperationOf(in state.Participants[who], who).Word, -1);
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
        participant.Cancelled = false;
        participant.LookedBeforeSleep = false;
        participant.Mode = participant.Mode == Mode.Asleep ? Mode.DyingAsleep : Mode.Dying;
        if (participant is { Mode: Mode.Dying, Armed: 0 })
        {
            // The kernel will find nothing to do.
            participant = new Participant { Mode = Mode.Dead };
        }

        Reach(in next, at, new Move(MoveKind.Kill, (byte)who));
    }

    /// <summary>The kernel's <c>exit_robust_list</c> for the operation that was under way.</summary>
    private void Die(int at, in State state, int who)
    {
        int armed = state.Participants[who].Armed - 1;
        uint word = armed < 0 ? 0 : (uint)_scenario.Object.Domain[state[armed]];
        bool wakes = armed >= 0 && _scenario.Kernel switch
        {
            DeathWake.OwnerlessWord => (word & OwnerBits) == 0,
            DeathWake.ZeroWord => word == 0,
            _ => false,
        };
        foreach (byte woken in wakes ? Choices(in state, armed, 1, who) : [0])
        {
            State next = state;
            WakeThem(ref next, woken);
            next.Participants[who] = new Participant { Mode = Mode.Dead };
            Reach(in next, at, new Move(MoveKind.Die, (byte)who, woken));
        }
    }

    /// <summary>Who sleeps on the word, as bits.</summary>
    private byte Queue(in State state, int word, int except)
    {
        int queue = 0;
        for (int who = 0; who < _machines.Length; who++)
        {
            if (who != except && state.Participants[who].IsQueued && CallOf(in state.Participants[who], who).Word == word)
            {
                queue |= 1 << who;
            }
        }

        return (byte)queue;
    }

    /// <summary>All sets of so many sleepers, or of all when there are fewer.</summary>
    private IEnumerable<byte> Choices(in State state, int word, int count, int except)
    {
        byte queue = Queue(in state, word, except);
        int chosen = Math.Min(count, System.Numerics.BitOperations.PopCount(queue));
        return Enumerable.Range(0, queue + 1).Where(set => (set & ~queue) == 0 && System.Numerics.BitOperations.PopCount((uint)set) == chosen).Select(set => (byte)set);
    }

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

    /// <summary>No hang: whoever runs undisturbed comes to the end of his operation, or sleeps.</summary>
    private void MustEndAlone(in State state, int who)
    {
        State alone = state;
        ref Participant participant = ref alone.Participants[who];
        byte operation = participant.Operation;
        for (int step = 0; participant.Mode == Mode.Running && participant.Operation == operation; step++)
        {
            if (!_endsAlone.Add((alone.Words, who, participant)))
            {
                return;
            }

            if (step == MostStepsAlone)
            {
                Violate(0, in state, default, $"{Name(who)} runs for ever in {OperationOf(in participant, who)}");
                return;
            }

            Call call = CallOf(in participant, who);
            if (Take(ref alone, who, call) is not null)
            {
                // Found on the way there as well.
                return;
            }
        }
    }

    private void MustNotSleepForNothing(int at, in State state)
    {
        for (int who = 0; who < _machines.Length; who++)
        {
            ref readonly Participant participant = ref state.Participants[who];
            if (participant.Mode == Mode.Asleep && _scenario.Object.CountOf(_scenario.Object.Domain[state[CallOf(in participant, who).Word]]) > 0)
            {
                (int from, Move move) = _ways[at];
                Violate(from, in state, move, $"Lost wake-up: {Name(who)} sleeps, there is something to take, and nobody is on the way");
                return;
            }
        }
    }
}
