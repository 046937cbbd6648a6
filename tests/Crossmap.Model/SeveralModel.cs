using Crossmap.Objects;

namespace Crossmap.Model;

/// <summary>
/// Two objects, each of which promises what it promises alone; and of who waits for several, that he has taken one or none, or all or none.
/// What each object must remember of the world and of a participant has half of a byte, of which it sees a whole one.
/// </summary>
internal class SeveralModel(ObjectModel first, ObjectModel second) : ObjectModel([])
{
    public const int Words = 2;

    private const int HalfByte = 4, HalfMask = 0xF;

    /// <summary>What a wait for several is to one of its objects: if that was all, or if it may see it there and not take it.</summary>
    private static readonly Operation Wait = new(Act.Wait, "Wait", _ => 0), Leave = Wait with { MayLeave = true };

    private readonly ObjectModel[] _objects = [first, second];

    public override ObjectModel At(int word) => _objects[word];

    public override void Looked(ref Participant participant, int word, Operation operation, ulong seen)
    {
        Participant view = ViewOf(participant, word);
        _objects[word].Looked(ref view, word, operation, seen);
        PutBack(ref participant, view, word);
    }

    public override string? Changed(ref State state, int who, int word, Operation operation, ulong from, ulong to)
    {
        State view = ViewOf(state, word);
        string? wrong = _objects[word].Changed(ref view, who, word, operation, from, to);
        PutBack(ref state, view, word);
        for (int other = 0; other < Explorer.MostParticipants; other++)
        {
            if (state.Participants[other].Is(Explorer.QueueOf(word)) && _objects[word].ForgetsSeveral(to))
            {
                wrong ??= $"Gate forgets {Explorer.Name(other)}, who sleeps on it for several objects";
            }
        }

        return wrong;
    }

    public override void Woke(ref State state, int who, int word, byte woken)
    {
        State view = ViewOf(state, word);
        _objects[word].Woke(ref view, who, word, woken);
        PutBack(ref state, view, word);
    }

    public override void OwnerDied(ref State state, int word)
    {
        State view = ViewOf(state, word);
        _objects[word].OwnerDied(ref view, word);
        PutBack(ref state, view, word);
    }

    public override string? Returned(ref State state, int who, Operation operation, ulong result)
    {
        if (operation.Act is not (Act.WaitAny or Act.WaitAll))
        {
            return Returned(ref state, who, operation.Word, operation, result);
        }

        (int taken, WaitResult how) = SeveralOperations.Decode(result);
        string? wrong = null;
        for (int word = 0; word < Words; word++)
        {
            bool isTaken = taken == SeveralOperations.Both || taken == word;
            bool isOther = taken >= 0 && !isTaken;
            WaitResult one = !isTaken ? WaitResult.TimedOut : how == WaitResult.Abandoned && _objects[word].ResultOf(how) == ulong.MaxValue ? WaitResult.Signaled : how;
            wrong ??= Returned(ref state, who, word, operation.Act == Act.WaitAll || isOther ? Leave : Wait, _objects[word].ResultOf(one)) is { } of
                ? $"{operation} returned {how} of {taken}; of {word}: {of}" : null;
        }

        return wrong;
    }

    public override bool LeavesOut(in State state, int who, Operation operation) =>
        operation.Act is not (Act.WaitAny or Act.WaitAll) && _objects[operation.Word].LeavesOut(ViewOf(state, operation.Word), who, operation);

    public override string? AtRest(in State state) => throw new NotSupportedException("Who sleeps for what?");

    public override string? AtRest(in State state, Scenario scenario)
    {
        string? wrong = null;
        bool allThere = true;
        for (int word = 0; word < Words; word++)
        {
            State view = ViewOf(state, word);
            allThere &= _objects[word].IsThere(in view);
            for (int who = 0; who < scenario.Programs.Length; who++)
            {
                ref Participant participant = ref view.Participants[who];
                Operation operation = scenario.Programs[who][participant.Operation];
                if (participant.Mode == Mode.Asleep && operation.Act != Act.WaitAny && (operation.Act == Act.WaitAll || operation.Word != word))
                {
                    participant.Mode = Mode.Running;
                }
            }

            wrong ??= _objects[word].AtRest(in view) is { } of ? $"{word}: {of}" : null;
        }

        for (int who = 0; who < scenario.Programs.Length && allThere; who++)
        {
            Participant participant = state.Participants[who];
            if (participant.Mode == Mode.Asleep && scenario.Programs[who][participant.Operation].Act == Act.WaitAll)
            {
                wrong ??= $"Lost wake-up: {Explorer.Name(who)} sleeps, all is there that it waits for, and nobody is on the way";
            }
        }

        return wrong;
    }

    /// <summary>Of one object: what is wrong if all stays like this for ever, and of those that sleep only that one does, or none.</summary>
    protected string? AtRest(in State state, int word, int who)
    {
        State view = ViewOf(state, word);
        for (int other = 0; other < Explorer.MostParticipants; other++)
        {
            ref Participant participant = ref view.Participants[other];
            participant.Mode = participant.Mode == Mode.Asleep && other != who ? Mode.Running : participant.Mode;
        }

        return _objects[word].AtRest(in view);
    }

    protected ulong[] Domains(int word) => _objects[word].Domain;

    /// <summary>As <see cref="Looked"/>, though he has not.</summary>
    protected void SeesAt(ref Participant participant, int word, Operation operation, ulong seen) => Looked(ref participant, word, operation, seen);

    /// <summary>What the object remembers of him is nothing.</summary>
    protected static void Forget(ref Participant participant, int word) => participant.Memory = With(participant.Memory, 0, word);

    protected string? Returned(ref State state, int who, int word, Operation operation, ulong result)
    {
        State view = ViewOf(state, word);
        string? wrong = _objects[word].Returned(ref view, who, operation, result);
        PutBack(ref state, view, word);
        return wrong;
    }

    private static State ViewOf(State state, int word)
    {
        state.Set(0, state[word]);
        state.Memory = (byte)((state.Memory >> (word * HalfByte)) & HalfMask);
        for (int who = 0; who < Explorer.MostParticipants; who++)
        {
            state.Participants[who] = ViewOf(state.Participants[who], word);
        }

        return state;
    }

    private static Participant ViewOf(Participant participant, int word)
    {
        participant.Memory = (byte)((participant.Memory >> (word * HalfByte)) & HalfMask);
        participant.Delta = (sbyte)((sbyte)(participant.Delta << ((1 - word) * HalfByte)) >> HalfByte);
        return participant;
    }

    private static void PutBack(ref State state, State view, int word)
    {
        state.Memory = With(state.Memory, view.Memory, word);
        for (int who = 0; who < Explorer.MostParticipants; who++)
        {
            PutBack(ref state.Participants[who], view.Participants[who], word);
        }
    }

    private static void PutBack(ref Participant participant, Participant view, int word)
    {
        participant.Memory = With(participant.Memory, view.Memory, word);
        participant.Delta = unchecked((sbyte)With((byte)participant.Delta, (byte)(view.Delta & HalfMask), word));
        if (view.Delta is < -8 or > 7)
        {
            throw new InvalidOperationException("One operation changed an object by more than half of a byte can tell.");
        }
    }

    private static byte With(byte halves, byte half, int word) =>
        half > HalfMask ? throw new InvalidOperationException("An object remembers more than half of a byte.")
        : (byte)((halves & ~(HalfMask << (word * HalfByte))) | (half << (word * HalfByte)));
}
