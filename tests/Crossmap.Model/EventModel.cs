using Crossmap.Linux;

namespace Crossmap.Model;

/// <summary>The two kinds of events for the explorer: the library's own protocol, over a memory that asks the explorer.</summary>
internal static class EventModel
{
    private const uint SetBit = 1, HandedBit = 2;

    /// <summary>An auto-reset event that is set or pulsed so many times at most.</summary>
    /// <param name="gives">How often.</param>
    /// <param name="ofSeveral">Whether a gate may say that somebody waits for several objects.</param>
    /// <param name="besideHanded">Whether such a gate may stand beside something to take, which only a fault makes it do.</param>
    public static ObjectModel Auto(int gives, bool ofSeveral = false, bool besideHanded = false) => new AutoReset(gives, ofSeveral, besideHanded);

    /// <summary>A manual-reset event that is set or pulsed so many times at most.</summary>
    public static ObjectModel Manual(int gives, bool ofSeveral = false) => new ManualReset(gives, ofSeveral);

    /// <summary>A condition: an event that is only pulsed, so many times at most.</summary>
    public static ObjectModel Condition(int notifications) => new ManualReset(notifications, ofSeveral: false, isOnlyPulsed: true);

    public static ulong Word(bool isSet) => WaitProtocol.State(EventProtocol.Initial(isSet), 0);

    public static EventOperations Of(bool manual, EventFault fault = EventFault.None)
    {
        ulong Run<TSignal>(Answers answers, TSignal signal, Act act)
            where TSignal : struct, ISignal
        {
            var memory = new EventMemory(answers, fault, act, manual);
            switch (act)
            {
                case Act.Wait: return WaitProtocol.Wait(ref memory, signal, out _) ? 1UL : 0;
                case Act.Try: return WaitProtocol.TryTake(ref memory, signal) ? 1UL : 0;
                case Act.Set: EventProtocol.Set(ref memory, manual); break;
                case Act.Reset: EventProtocol.Reset(ref memory); break;
                default: EventProtocol.Pulse(ref memory, manual); break;
            }

            // Whether it was set when last looked at: who changes nothing must have seen that there is nothing to do.
            return memory.Seen & SetBit;
        }

        Operation Of(Act act, string name) => new(act, name, manual
            ? answers => Run(answers, default(EventProtocol.Manual), act)
            : answers => Run(answers, default(EventProtocol.Auto), act));

        return new EventOperations(Of(Act.Wait, "Wait"), Of(Act.Try, "TryWait"), Of(Act.Set, "Set"), Of(Act.Reset, "Reset"), Of(Act.Pulse, "Pulse"));
    }

    private static string? LeftSet(Operation operation, ulong to) =>
        operation.Act == Act.Pulse && EventProtocol.IsSet(to) ? $"{operation} leaves the event set" : null;

    private static IEnumerable<ulong> Words(int values, int step, params uint[] gates) =>
        from value in Enumerable.Range(0, values) where value % step == 0 from gate in gates select WaitProtocol.State((uint)value, gate);

    /// <summary>
    /// Each wait that is satisfied takes one set or one pulse, and nothing else takes what was meant for a sleeper; an event beside which
    /// everybody sleeps though there is something to take is a lost wake-up, and so is a set or a pulse that woke somebody and satisfied
    /// nobody, whatever was done since; and nothing stays with a sleeper that there is not, unless somebody died.
    /// </summary>
    private sealed class AutoReset(int gives, bool ofSeveral, bool besideHanded) : ObjectModel(AllWords(gives, ofSeveral, besideHanded))
    {
        /// <summary>Of a participant: it was woken by who had handed it something, and neither it nor another was satisfied since.</summary>
        private const byte IsOwed = 1;

        /// <summary>Of a participant: it has handed something to a sleeper. Beside that, which time it was.</summary>
        private const byte HasHanded = 2;

        /// <summary>What is handed to a sleeper in the measure of <see cref="Participant.Delta"/>, beside a set event, which is one.</summary>
        private const int Handed = 4;

        public override string? Changed(ref State state, int who, int word, Operation operation, ulong from, ulong to)
        {
            int before = Worth(from), after = Worth(to);
            ref Participant participant = ref state.Participants[who];
            participant.Delta += (sbyte)(operation.MayLeave ? Signals(to) - Signals(from) : after - before);
            Looked(ref participant, word, operation, to);
            if (operation.Act is Act.Wait or Act.Try && before != after)
            {
                for (int other = 0; other < Explorer.MostParticipants; other++)
                {
                    state.Participants[other].Memory &= unchecked((byte)~IsOwed);
                }
            }
            else if (before < Handed && after >= Handed)
            {
                state.Participants[who].Memory = HandedAt(to);
            }

            return before < Handed ? LeftSet(operation, to) : null;
        }

        /// <summary>Who gives back what he took finds the event set, or leaves it set by another: two that follow each other may be one.</summary>
        public override void Looked(ref Participant participant, int word, Operation operation, ulong seen)
        {
            if (operation is { MayLeave: true, Act: Act.Set } && EventProtocol.IsSet(seen))
            {
                participant.Delta = Math.Max(participant.Delta, (sbyte)0);
            }
        }

        public override void Woke(ref State state, int who, int word, byte woken)
        {
            ulong now = Domain[state[0]];
            if (Worth(now) < Handed || state.Participants[who].Memory != HandedAt(now))
            {
                return;
            }

            for (int other = 0; other < Explorer.MostParticipants; other++)
            {
                if ((woken & (1 << other)) != 0 && state.Participants[other].Mode == Mode.Running)
                {
                    state.Participants[other].Memory = IsOwed;
                }
            }
        }

        public override string? Returned(ref State state, int who, Operation operation, ulong result)
        {
            ref Participant participant = ref state.Participants[who];
            int delta = participant.Delta;
            participant.Memory = 0;
            bool isRight = operation.Act switch
            {
                Act.Try => delta == -(int)result,
                Act.Wait => result == 0 ? delta == 0 : delta is -1 or -Handed,
                Act.Set => delta is 1 or Handed || (delta == 0 && result == 1),
                Act.Reset => delta == -1 || (delta == 0 && result == 0),
                _ => delta is 0 or -1 or Handed,
            };
            return isRight ? null : $"{operation} returned {result}, and changed the event by {delta}";
        }

        public override string? AtRest(in State state)
        {
            int worth = Worth(Domain[state[0]]);
            if ((uint)Domain[state[0]] == WaitProtocol.Everybody)
            {
                return Unannounced(in state);
            }

            bool somebodyDied = false;
            for (int who = 0; who < Explorer.MostParticipants; who++)
            {
                ref readonly Participant participant = ref state.Participants[who];
                somebodyDied |= participant.Mode == Mode.Dead;
                if (participant.Mode == Mode.Asleep && (worth != 0 || participant.Remembers(IsOwed)))
                {
                    return worth != 0 ? $"Lost wake-up: {Explorer.Name(who)} sleeps, there is something to take, and nobody is on the way"
                        : $"Lost signal: {Explorer.Name(who)} was woken for it, it satisfied nobody, and {Explorer.Name(who)} sleeps";
                }
            }

            return worth >= Handed && !somebodyDied ? "It was handed to a sleeper that there is not" : null;
        }

        public override bool ForgetsSeveral(ulong word) => ((uint)word & WaitProtocol.Everybody) == 0;

        public override bool IsThere(in State state) => Worth(Domain[state[0]]) != 0 && (uint)Domain[state[0]] != WaitProtocol.Everybody;

        private static int Signals(ulong word) => Worth(word) / Handed + (Worth(word) % Handed);

        private static byte HandedAt(ulong word) => (byte)(HasHanded | (WaitProtocol.ValueOf(word) & ~(SetBit | HandedBit)));

        private static int Worth(ulong word) =>
            (int)(WaitProtocol.ValueOf(word) & SetBit) + ((WaitProtocol.ValueOf(word) & HandedBit) != 0 ? Handed : 0);

        /// <summary>Somebody may sleep only beside an event that has nothing to take.</summary>
        private static IEnumerable<ulong> AllWords(int gives, bool ofSeveral, bool besideHanded) =>
            from value in Enumerable.Range(0, (gives + 1) * 4)
            from gate in value % 4 == 0 ? ofSeveral ? new uint[] { 0, WaitProtocol.Waiting, WaitProtocol.WaitingAll } : [0, WaitProtocol.Waiting]
                : ofSeveral ? besideHanded ? [0, WaitProtocol.Everybody, WaitProtocol.Waiting, WaitProtocol.WaitingAll] : [0, WaitProtocol.Everybody] : [0U]
            select WaitProtocol.State((uint)value, gate);
    }

    /// <summary>
    /// Whoever began to wait before a set or a pulse is satisfied by it, whatever was done since, and nobody is satisfied by anything else
    /// than that or an event that he saw set. Of a giver that died before it opened the gate nobody has heard yet.
    /// </summary>
    private sealed class ManualReset(int gives, bool ofSeveral, bool isOnlyPulsed = false)
        : ObjectModel(Words((gives + 1) * 2, isOnlyPulsed ? 2 : 1, [0, WaitProtocol.Waiting, WaitProtocol.Everybody, .. ofSeveral ? [WaitProtocol.WaitingAll] : Array.Empty<uint>()]))
    {
        /// <summary>Of a participant: it has begun to wait; since then the event was set or pulsed; it has looked, and could know.</summary>
        private const byte HasArrived = 1, IsOwed = 2, CanKnow = 4;

        public override void Looked(ref Participant participant, int word, Operation operation, ulong seen)
        {
            if (operation.Act is not (Act.Wait or Act.Try))
            {
                return;
            }

            bool satisfies = participant.Remembers(IsOwed) || (WaitProtocol.ValueOf(seen) & SetBit) != 0;
            if (participant.Remembers(HasArrived) && satisfies && (uint)seen != WaitProtocol.Everybody)
            {
                participant.Memory |= CanKnow;
            }

            participant.Memory |= HasArrived;
        }

        public override string? Changed(ref State state, int who, int word, Operation operation, ulong from, ulong to)
        {
            state.Participants[who].Delta += (sbyte)((int)WaitProtocol.ValueOf(to) - (int)WaitProtocol.ValueOf(from));
            if (operation.Act is Act.Set or Act.Pulse && WaitProtocol.ValueOf(to) != WaitProtocol.ValueOf(from))
            {
                for (int other = 0; other < Explorer.MostParticipants; other++)
                {
                    ref Participant participant = ref state.Participants[other];
                    if (participant.Remembers(HasArrived))
                    {
                        participant.Memory |= IsOwed;
                    }
                }
            }

            return LeftSet(operation, to);
        }

        public override string? Returned(ref State state, int who, Operation operation, ulong result)
        {
            ref Participant participant = ref state.Participants[who];
            int delta = participant.Delta;
            bool couldKnow = participant.Remembers(CanKnow);
            participant.Memory = 0;
            if (operation.Act is Act.Wait or Act.Try)
            {
                return delta != 0 ? $"{operation} changed the event by {delta}"
                    : result == 1 && !couldKnow ? $"{operation} was satisfied by nothing"
                    : result == 0 && couldKnow && !operation.MayLeave && !participant.Is(Marks.Cancelled) ? $"{operation} was satisfied, looked again, and says that it was not"
                    : null;
            }

            bool isRight = operation.Act switch
            {
                Act.Set => delta == 3 || (delta == 0 && result == 1),
                Act.Reset => delta == -1 || (delta == 0 && result == 0),
                _ => delta is 1 or 2,
            };
            return isRight ? null : $"{operation} saw {result}, and changed the event by {delta}";
        }

        public override bool IsThere(in State state) => EventProtocol.IsSet(Domain[state[0]]);

        public override string? AtRest(in State state)
        {
            if ((uint)Domain[state[0]] == WaitProtocol.Everybody)
            {
                // The giver died, and it has not happened yet: whoever comes makes it happen first.
                return null;
            }

            bool isSet = (WaitProtocol.ValueOf(Domain[state[0]]) & SetBit) != 0;
            for (int who = 0; who < Explorer.MostParticipants; who++)
            {
                ref readonly Participant participant = ref state.Participants[who];
                if (participant.Mode == Mode.Asleep && (isSet || participant.Remembers(IsOwed)))
                {
                    return $"Lost wake-up: {Explorer.Name(who)} sleeps, {(isSet ? "the event is set" : "it waited when it was set")}, and nobody is on the way";
                }
            }

            return null;
        }
    }
}

/// <summary>What one can do with an event.</summary>
internal sealed record EventOperations(Operation Wait, Operation TryWait, Operation Set, Operation Reset, Operation Pulse);
