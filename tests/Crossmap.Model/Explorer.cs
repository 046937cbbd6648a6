using Crossmap.Linux;

namespace Crossmap.Model;

/// <summary>
/// Tries all that can happen: every interleaving of the participants' steps, a kill between any two, every choice of whom the kernel wakes,
/// and sleeps that end for no reason, by the clock or by cancellation. Breadth first, so that the way to a violation is the shortest.
/// </summary>
internal sealed partial class Explorer
{
    public const int MostParticipants = 4;

    /// <summary>Steps in which a participant that nobody disturbs must come to its end or to sleep.</summary>
    private const int MostStepsAlone = 200;

    /// <summary>A limit: a scenario beyond it is to be made smaller.</summary>
    private const int MostStates = 20_000_000;

    private readonly Scenario _scenario;
    private readonly LocalMachine[][] _machines;
    private readonly Dictionary<State, int> _known = [];
    private readonly List<(int From, Move Move)> _ways = [];
    private readonly List<State> _states = [];
    private readonly HashSet<(ulong Words, byte Queue, int Who, Participant)> _endsAlone = [];
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
        Drain,
        Kill,
        LeaveQueue,
        Die,
        WakeInDying,
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
            start.Set(word, _scenario.Object.At(word).IndexOf(_scenario.Words[word]));
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
        int first = 0, behind = _machines.Length;
        if (_scenario.IsReduced && AtStepOfItsOwn(in state) is >= 0 and var alone)
        {
            (first, behind) = (alone, alone + 1);
        }

        for (int who = first; who < behind && _violation is null; who++)
        {
            ref Participant participant = ref state.Participants[who];
            if (participant.Stored != 0)
            {
                State drained = state;
                drained.Drain(who);
                Reach(in drained, at, new Move(MoveKind.Drain, (byte)who));
            }

            switch (participant.Mode)
            {
                case Mode.Running:
                    atRest &= participant is { Local: 0, Delta: 0, Armed: 0, Stored: 0 };
                    MustEndAlone(in state, who);
                    Step(at, in state, who);
                    Kill(at, in state, who);
                    break;
                case Mode.Asleep:
                    EndSleep(at, in state, who, MoveKind.WakeForNothing, SleepEnd.LookAgain);
                    if (ActingOf(in participant, who).CanTimeOut)
                    {
                        EndSleep(at, in state, who, MoveKind.TimeOut, SleepEnd.TimedOut);
                    }

                    Kill(at, in state, who);
                    break;
                case Mode.DyingAsleep:
                    atRest = false;
                    State left = state;
                    LeaveQueue(ref left.Participants[who]);
                    Reach(in left, at, new Move(MoveKind.LeaveQueue, (byte)who));
                    break;
                case Mode.Dying:
                    atRest = false;
                    Die(at, in state, who);
                    break;
                case Mode.DyingWaking:
                    atRest = false;
                    WakeInDying(at, in state, who);
                    break;
            }

            if (participant.IsAlive && (OperationOf(in participant, who).CanBeCancelled || ActingOf(in participant, who).CanBeCancelled))
            {
                Cancel(at, in state, who, ref atRest);
            }
        }

        // Whoever is between two operations may stay there for ever, stopped or busy elsewhere: nobody may depend on him.
        if (atRest && _violation is null && (SleepsInVain(in state) ?? _scenario.Object.AtRest(in state, _scenario)) is { } wrong)
        {
            (int from, Move move) = _ways[at];
            Violate(from, in state, move, wrong);
        }

        return _moves - before;
    }

    private string? SleepsInVain(in State state)
    {
        for (int who = 0; who < _machines.Length; who++)
        {
            if (state.Participants[who].Mode == Mode.Asleep && _scenario.Object.SleepsInVain(in state, who, CallOf(in state.Participants[who], who).Word) is { } wrong)
            {
                return wrong;
            }
        }

        return null;
    }

    /// <summary>
    /// Somebody whose next step nobody else can see or disturb, or -1. What the others do before it they can just as well do after it, or
    /// after his death in its place: so only he goes on here. Nobody who is between two operations: he may stay there for ever.
    /// </summary>
    private int AtStepOfItsOwn(in State state)
    {
        for (int who = 0; who < _machines.Length; who++)
        {
            ref readonly Participant participant = ref state.Participants[who];
            if (participant is { Mode: Mode.Running, Local: > 0 } && (CallOf(in participant, who).Kind is CallKind.Arm or CallKind.Disarm or CallKind.Enter or CallKind.Remove or CallKind.Spin
                || (participant.Stored == 0 && CallOf(in participant, who).Kind == CallKind.Store)))
            {
                return who;
            }
        }

        return -1;
    }

    private Operation OperationOf(in Participant participant, int who) => _scenario.Programs[who][participant.Operation];

    /// <summary>The same; of a wait for several objects, what it is doing with one of them.</summary>
    private Operation ActingOf(in Participant participant, int who) =>
        _machines[who][participant.Operation].PartOf(participant.Local) ?? OperationOf(in participant, who);

    private ulong Word(in State state, int word) => _scenario.Object.At(word).Domain[state[word]];

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
        State after = state;
        switch (call.Kind)
        {
            case CallKind.Wake:
                foreach (byte woken in Choices(in state, call.Word, (int)Math.Min(call.A, int.MaxValue), who))
                {
                    after = state;
                    WakeThem(ref after, call.Word, woken);
                    _scenario.Object.Woke(ref after, who, call.Word, woken);
                    Answer(ref after.Participants[who], who, woken != 0 ? 1 : 0);
                    Reach(in after, at, new Move(MoveKind.Step, (byte)who, woken));
                }

                return;
            case CallKind.MaskAndWakeAll:
                byte all = call.B != 0 ? (byte)0 : Queue(in state, call.Word, who, onEither: true);
                WakeThem(ref after, call.Word, all);
                TakeStep(at, ref after, who, call, all);
                return;
            case CallKind.Spin:
            case CallKind.IsOver when OperationOf(in state.Participants[who], who).CanTimeOut:
                Answer(ref after.Participants[who], who, 1);
                Reach(in after, at, new Move(MoveKind.SpinOn, (byte)who));
                after = state;
                break;
        }

        TakeStep(at, ref after, who, call, 0);
    }

    private void TakeStep(int at, ref State state, int who, Call call, byte woken)
    {
        var move = new Move(MoveKind.Step, (byte)who, woken);
        if (Take(ref state, who, call) is { } wrong)
        {
            Violate(at, in state, move, wrong);
        }
        else
        {
            Reach(in state, at, move);
        }
    }

    /// <summary>What one step of a participant does to all but those whom it wakes. What is wrong with it, or null.</summary>
    private string? Take(ref State state, int who, Call call)
    {
        ref Participant participant = ref state.Participants[who];
        Operation operation = ActingOf(in participant, who);
        ObjectModel model = _scenario.Object;
        if (call.Kind is not (CallKind.Read or CallKind.Arm or CallKind.Disarm or CallKind.Spin or CallKind.IsOver))
        {
            state.Drain(who);
        }

        ulong now = Word(in state, call.Word);
        switch (call.Kind)
        {
            case CallKind.Read when participant.Stored == call.Word + 1:
                // What one has written oneself one sees at once.
                Answer(ref participant, who, participant.StoredAs);
                return null;
            case CallKind.Read:
                model.Looked(ref participant, call.Word, operation, now);
                Answer(ref participant, who, state[call.Word]);
                return null;
            case CallKind.Store:
                (participant.Stored, participant.StoredAs) = ((byte)(call.Word + 1), (byte)_scenario.Object.At(call.Word).IndexOf(call.A));
                break;
            case CallKind.Barrier:
                for (int other = 0; other < _machines.Length && call.A != 0; other++)
                {
                    state.Drain(other);
                }

                break;
            case CallKind.Change when now != call.A:
                Answer(ref participant, who, 0);
                return null;
            case CallKind.Change:
                Answer(ref participant, who, 1);
                return Write(ref state, who, call.Word, call.B) ?? model.Changed(ref state, who, call.Word, operation, now, call.B);
            case CallKind.MaskAndWakeAll:
                Answer(ref participant, who, 0);
                return Write(ref state, who, call.Word, now & call.A);
            case CallKind.Wake:
                Answer(ref participant, who, Queue(in state, call.Word, who) != 0 ? 1 : 0);
                return null;
            case CallKind.Arm:
                participant.Armed = (byte)(call.Word + 1);
                break;
            case CallKind.Disarm:
                participant.Armed = (byte)call.A;
                break;
            case CallKind.Enter:
                participant.MarkEntered(call.Word, true);
                break;
            case CallKind.Remove:
                participant.MarkEntered(call.Word, false);
                break;
            case CallKind.Sleep or CallKind.SleepOnValue:
                FallAsleep(ref state, who, call);
                return null;
            case CallKind.SleepOnAll:
                SleepOnAll(ref state, who, call);
                return null;
            case CallKind.Return:
                return Return(ref state, who, call.A);
        }

        Answer(ref participant, who, 0);
        return null;
    }

    private string? Write(ref State state, int who, int word, ulong value)
    {
        int index = _scenario.Object.At(word).IndexOf(value);
        if (index < 0)
        {
            return $"{Name(who)} writes {value:x}, which no word may be";
        }

        state.Set(word, index);
        return null;
    }

    private string? Return(ref State state, int who, ulong result)
    {
        ref Participant participant = ref state.Participants[who];
        Operation operation = OperationOf(in participant, who);
        if (participant.Armed != 0)
        {
            return $"{Name(who)} returns from {operation} and is still armed";
        }

        if (_scenario.Object.Returned(ref state, who, operation, result) is { } wrong)
        {
            return $"{Name(who)}: {wrong}";
        }

        int next = participant.Operation + 1;
        while (next < _machines[who].Length && _scenario.Object.LeavesOut(in state, who, _scenario.Programs[who][next]))
        {
            next++;
        }

        // A thread that ends is looked at by the kernel just as one that is killed.
        ushort listed = participant.Listed;
        participant = next < _machines[who].Length ? new Participant { Operation = (byte)next, Listed = listed, Memory = participant.Memory }
            : listed != 0 ? new Participant { Mode = Mode.Dying, Listed = listed }
            : new Participant { Mode = Mode.Finished };
        return null;
    }

    private void Answer(ref Participant participant, int who, int answer)
    {
        participant.Local = (ushort)_machines[who][participant.Operation].After(participant.Local, answer);
        participant.Mode = Mode.Running;
        participant.Marks &= ~(Marks.LookedBeforeSleep | Marks.SleepOnSeveral);
    }

    /// <summary>No hang: whoever runs undisturbed comes to the end of his operation, or sleeps.</summary>
    private void MustEndAlone(in State state, int who)
    {
        State alone = state;
        ref Participant participant = ref alone.Participants[who];
        byte operation = participant.Operation;
        for (int step = 0; participant.Mode == Mode.Running && participant.Operation == operation; step++)
        {
            Call call = CallOf(in participant, who);
            if (!_endsAlone.Add((alone.Words, Queue(in state, call.Word, who), who, participant)))
            {
                return;
            }

            if (step == MostStepsAlone)
            {
                Violate(0, in state, default, $"{Name(who)} runs for ever in {OperationOf(in participant, who)}");
                return;
            }

            if (Take(ref alone, who, call) is not null)
            {
                // Found on the way there as well.
                return;
            }
        }
    }
}
