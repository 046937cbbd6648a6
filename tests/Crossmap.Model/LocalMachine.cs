namespace Crossmap.Model;

/// <summary>
/// An operation as a finite machine, learned from the real code by running it. A running method cannot be copied or compared, so a
/// participant's state would be all that it was ever answered, and that grows without end in every loop. The learner tells which of these
/// histories come to the same: two are one state when the code asks the same, whatever it is answered, as far as <see cref="Depth"/> calls.
/// </summary>
/// <remarks>
/// The depth grows until looking one call further tells no two states apart that looked the same. That is no proof: two states could differ
/// further on still. So a test walks the code and the machine side by side at random.
/// </remarks>
internal sealed class LocalMachine
{
    private const int MostDepth = 12;

    /// <summary>A wait for several objects tells only behind one round over all of them how its last sleep ended.</summary>
    private const int LeastDepthOverParts = 8;

    /// <summary>A limit for code that does not come back to where it was: its machine would have no end.</summary>
    private const int MostStates = 4000;

    private readonly Operation _operation;
    private readonly ObjectModel _object;
    private readonly Func<Operation, LocalMachine> _machineOf;
    private readonly Dictionary<(int Level, string Behaviour), int> _behaviours = [];
    private readonly List<Call> _calls = [];
    private readonly List<int[]> _next = [];

    /// <summary>Beside <see cref="_calls"/>.</summary>
    private readonly List<Operation?> _parts = [];
    private ulong[]? _results;

    private LocalMachine(Operation operation, ObjectModel model, Func<Operation, LocalMachine> machineOf)
    {
        _operation = operation;
        _object = model;
        _machineOf = machineOf;
        var root = new History(null, 0, CallAfter(null));
        for (Depth = operation.Act is Act.WaitAny or Act.WaitAll ? LeastDepthOverParts : operation.LeastDepth; !TryLearn(root); Depth++)
        {
            if (Depth == MostDepth)
            {
                throw new InvalidOperationException($"'{operation.Name}' has no machine of depth {MostDepth}: it keeps something that grows.");
            }
        }

        PutPartsInPlace();
    }

    /// <summary>Calls that had to be looked ahead to tell the states apart.</summary>
    public int Depth { get; }

    public int States => _calls.Count;

    /// <summary>What the operation asks in that state. State 0 is its start.</summary>
    public Call CallOf(int state) => _calls[state];

    public int After(int state, int answer) => _next[state][answer];

    /// <summary>Of which of its parts the call is, if it is made of parts.</summary>
    public Operation? PartOf(int state) => _parts[state];

    /// <param name="operation">What to learn.</param>
    /// <param name="model">What its words can be.</param>
    /// <param name="machineOf">The machines of what it is made of.</param>
    public static LocalMachine Learn(Operation operation, ObjectModel model, Func<Operation, LocalMachine> machineOf) => new(operation, model, machineOf);

    /// <summary>How many answers there are; they are numbered from 0.</summary>
    public static int AnswersTo(Call call, ObjectModel model) => call.Kind switch
    {
        CallKind.Read => model.At(call.Word).Domain.Length,
        CallKind.Change or CallKind.Spin or CallKind.IsOver or CallKind.Wake => 2,
        CallKind.Sleep or CallKind.SleepOnValue or CallKind.SleepOnAll => 3,
        CallKind.Return => 0,
        _ => 1,
    };

    /// <summary>What the code sees for an answer by number.</summary>
    public static ulong ValueOf(Call call, int answer, ObjectModel model) =>
        call.Kind == CallKind.Read ? model.At(call.Word).Domain[answer] : (ulong)answer;

    /// <summary>All results that it can have.</summary>
    private ulong[] Results => _results ??= [.. _calls.Where(call => call.Kind == CallKind.Return).Select(call => call.A).Distinct()];

    private int AnswersTo(Call call) => call.Part is { } part ? _machineOf(part).Results.Length : AnswersTo(call, _object);

    /// <summary>Each call that is an operation of its own gives place to that one's calls.</summary>
    private void PutPartsInPlace()
    {
        (Call[] calls, int[][] next) = ([.. _calls], [.. _next]);
        _calls.Clear();
        _next.Clear();
        var numbers = new Dictionary<(int Outer, int Inner), int>();
        var found = new List<(int Outer, int Inner)>();
        int NumberOf(int outer, int inner)
        {
            // What ends at once, or has come to its end, is no step.
            while (calls[outer].Part is { } part && _machineOf(part) is var machine && machine.CallOf(inner) is { Kind: CallKind.Return, A: ulong result })
            {
                (outer, inner) = (next[outer][Array.IndexOf(machine.Results, result)], 0);
            }

            if (!numbers.TryGetValue((outer, inner), out int number))
            {
                numbers.Add((outer, inner), number = found.Count);
                found.Add((outer, inner));
            }

            return number;
        }

        _ = NumberOf(0, 0);
        for (int state = 0; state < found.Count; state++)
        {
            (int outer, int inner) = found[state];
            Operation? part = calls[outer].Part;
            _parts.Add(part);
            _calls.Add(part is null ? calls[outer] : _machineOf(part).CallOf(inner));
            _next.Add(part is null
                ? [.. next[outer].Select(after => NumberOf(after, 0))]
                : [.. _machineOf(part)._next[inner].Select(after => NumberOf(outer, after))]);
        }
    }

    private bool TryLearn(History root)
    {
        _calls.Clear();
        _next.Clear();
        var numbers = new Dictionary<int, int>();
        var representatives = new List<History>();
        int NumberOf(History history)
        {
            int behaviour = BehaviourOf(history, Depth);
            if (!numbers.TryGetValue(behaviour, out int number))
            {
                numbers.Add(behaviour, number = representatives.Count);
                representatives.Add(history);
            }

            return number;
        }

        _ = NumberOf(root);
        for (int state = 0; state < representatives.Count; state++)
        {
            History history = representatives[state];
            _calls.Add(history.Call);
            int[] next = new int[AnswersTo(history.Call)];
            for (int answer = 0; answer < next.Length; answer++)
            {
                History after = After(history, answer);
                next[answer] = NumberOf(after);
                if (BehaviourOf(after, Depth + 1) != BehaviourOf(representatives[next[answer]], Depth + 1) || representatives.Count > MostStates)
                {
                    return false;
                }
            }

            _next.Add(next);
        }

        return true;
    }

    /// <summary>Numbers what the code asks after that history, and after every answer to it, so many calls deep.</summary>
    private int BehaviourOf(History history, int depth)
    {
        if (history.Behaviours.TryGetValue(depth, out int known))
        {
            return known;
        }

        string behaviour = history.Call.ToString();
        if (depth > 1)
        {
            for (int answer = 0; answer < AnswersTo(history.Call); answer++)
            {
                behaviour += $" {BehaviourOf(After(history, answer), depth - 1)}";
            }
        }

        if (!_behaviours.TryGetValue((depth, behaviour), out int number))
        {
            _behaviours.Add((depth, behaviour), number = _behaviours.Count);
        }

        history.Behaviours.Add(depth, number);
        return number;
    }

    private History After(History history, int answer)
    {
        if (!history.After.TryGetValue(answer, out History? after))
        {
            after = new History(history, answer, default);
            after.Call = CallAfter(after);
            history.After.Add(answer, after);
        }

        return after;
    }

    /// <summary>Runs the code from its start with all these answers, up to the first call that has none.</summary>
    private Call CallAfter(History? history)
    {
        var answers = new Stack<int>();
        for (History? at = history; at?.Before is not null; at = at.Before)
        {
            answers.Push(at.Answer);
        }

        // What the code does on its way out, having no answer, is not what it does next.
        Suspended? left = null;
        ulong Ask(Call call)
        {
            if (left is null && answers.TryPop(out int answer))
            {
                return call.Part is { } part ? _machineOf(part).Results[answer] : ValueOf(call, answer, _object);
            }

            left ??= new Suspended(call);
            throw left;
        }

        try
        {
            return new Call(CallKind.Return, A: _operation.Body(Ask));
        }
        catch (Suspended suspended)
        {
            return suspended.Call;
        }
    }

    /// <summary>All answers so far, and what the code asks next.</summary>
    private sealed class History(History? before, int answer, Call call)
    {
        public History? Before => before;

        public int Answer => answer;

        public Call Call { get; set; } = call;

        public Dictionary<int, History> After { get; } = [];

        public Dictionary<int, int> Behaviours { get; } = [];
    }

    /// <summary>Leaves the code under test where it has no answer yet.</summary>
    private sealed class Suspended(Call call) : Exception
    {
        public Call Call => call;
    }
}
