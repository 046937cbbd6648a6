namespace Crossmap.Model;

/// <summary>The way to a violation in words.</summary>
internal sealed partial class Explorer
{
    public static string Name(int who) => $"{(char)('A' + who)}";

    /// <summary>The way to a state, one line a move.</summary>
    private string Trace(int to)
    {
        var lines = new List<string>();
        for (int at = to; at >= 0; at = _ways[at].From)
        {
            (int from, Move move) = _ways[at];
            lines.Add(from < 0 ? $"start: {Words(_states[at])}" : Line(_states[from], _states[at], move));
        }

        lines.Reverse();
        return string.Join('\n', lines.Select((line, number) => $"{number,4}  {line}"));
    }

    private string Line(State before, State after, Move move)
    {
        Participant participant = before.Participants[move.Who];
        string what = move.Kind switch
        {
            MoveKind.Step or MoveKind.SpinOn => $"{OperationOf(in participant, move.Who)}: {Part(participant, move.Who)}{Describe(in before, participant, move)}",
            MoveKind.TimeOut => "its time is up",
            MoveKind.WakeForNothing => "wakes up for no reason",
            MoveKind.Cancel => "is cancelled",
            MoveKind.CancellerWakesAll => "its canceller wakes all",
            MoveKind.Drain => $"has written {_scenario.Object.At(participant.Stored - 1).Domain[participant.StoredAs]:x} to word {participant.Stored - 1} for all to see",
            MoveKind.Kill => participant.Mode == Mode.Asleep ? "is killed asleep" : $"is killed in {OperationOf(in participant, move.Who)} before {CallOf(in participant, move.Who).Kind}",
            MoveKind.LeaveQueue => "leaves the queue, dying",
            MoveKind.Die => participant.Armed != 0 ? "is dead; the kernel looks at what it was armed for" : "is dead; the kernel looks at its list",
            _ => "is dead; the kernel wakes",
        };
        string woken = string.Concat(Enumerable.Range(0, _machines.Length).Where(who => (move.Woken & (1 << who)) != 0).Select(Name));
        return $"{Name(move.Who)} {what}{(woken.Length > 0 ? $", waking {woken}" : "")}".PadRight(70) + Words(after);
    }

    private string Part(Participant participant, int who) =>
        _machines[who][participant.Operation].PartOf(participant.Local) is { } part ? $"{part}: " : "";

    private string Describe(in State before, Participant participant, Move move)
    {
        Call call = CallOf(in participant, move.Who);
        return call.Kind switch
        {
            CallKind.Read => $"reads {Word(in before, call.Word):x}",
            CallKind.Change => $"{(Word(in before, call.Word) == call.A ? "changes" : "fails to change")} {call.A:x} to {call.B:x}",
            CallKind.Spin => move.Kind == MoveKind.SpinOn ? "spins" : "has spun enough",
            CallKind.Sleep or CallKind.SleepOnValue => "goes to sleep",
            CallKind.SleepOnAll => participant.Is(Marks.Leaves) ? "leaves a queue" : "goes to sleep on several",
            CallKind.IsOver => move.Kind == MoveKind.SpinOn ? "its time is over" : "has time left",
            CallKind.Wake => $"wakes {call.A}",
            CallKind.Store => $"stores {call.A:x} in word {call.Word}",
            CallKind.MaskAndWakeAll => $"keeps {Word(in before, call.Word) & call.A:x} and wakes all",
            CallKind.Return => $"returns {(long)call.A}",
            _ => call.Kind.ToString(),
        };
    }

    private string Words(State state) => string.Join(' ', _scenario.Words.Select((_, word) => $"[{Word(in state, word):x}]"));
}
