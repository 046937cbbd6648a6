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
    private const int LeastDepth = 3, MostDepth = 12;

    /// <summary>A limit for code that does not come back to where it was: its machine would have no end.</summary>
    private const int MostStates = 4000;

    private readonly Operation _operation;
    private readonly ulong[] _domain;
    private readonly Dictionary<(int Level, string Behaviour), int> _behaviours = [];
    private readonly List<Call> _calls = [];
    private readonly List<int[]> _next = [];

    private LocalMachine(Operation operation, ulong[] domain)
    {
        _operation = operation;
        _domain = domain;
        var root = new History(null, 0, CallAfter(null));
        for (Depth = LeastDepth; !TryLearn(root); Depth++)
        {
            if (Depth == MostDepth)
            {
                throw new InvalidOperationException($"'{operation.Name}' has no machine of depth {MostDepth}: it keeps something that grows.");
            }
        }
    }

    /// <summary>Calls that had to be looked ahead to tell the states apart.</summary>
    public int Depth { get; }

    public int States => _calls.Count;

    /// <summary>What the operation asks in that state. State 0 is its start.</summary>
    public Call CallOf(int state) => _calls[state];

    public int After(int state, int answer) => _next[state][answer];

    public static LocalMachine Learn(Operation operation, ulong[] domain) => new(operation, domain);

    /// <summary>How many answers there are; they are numbered from 0.</summary>
    public static int AnswersTo(Call call, ulong[] domain) => call.Kind switch
    {
        CallKind.Read => domain.Length,
        CallKind.Change or CallKind.Spin or CallKind.Wake => 2,
        CallKind.Sleep or CallKind.SleepOnValue => 3,
        CallKind.Return => 0,
        _ => 1,
    };

    /// <summary>What the code sees for an answer by number.</summary>
    public static ulong ValueOf(Call call, int answer, ulong[] domain) => call.Kind == CallKind.Read ? domain[answer] : (ulong)answer;

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
            int[] next = new int[AnswersTo(history.Call, _domain)];
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
            for (int answer = 0; answer < AnswersTo(history.Call, _domain); answer++)
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

        try
        {
            return new Call(CallKind.Return, A: _operation.Body(call =>
                answers.TryPop(out int answer) ? ValueOf(call, answer, _domain) : throw new Suspended(call)));
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
