using Crossmap.Linux;
using Crossmap.Objects;

namespace Crossmap.Model;

/// <summary>The mutex for the explorer: the library's own protocol, over a memory that asks the explorer.</summary>
internal static class MutexModel
{
    public static ObjectModel Object { get; } = new Owned();

    /// <summary>All that an owner word can be.</summary>
    public static IEnumerable<ulong> Words => Owned.Words();

    /// <summary>The operations of one participant: its thread's number is in what it writes.</summary>
    /// <param name="who">The participant.</param>
    /// <param name="fault">What is wrong with them.</param>
    public static MutexOperations Of(int who, MutexFault fault = MutexFault.None)
    {
        uint self = Explorer.ThreadOf(who);
        return new MutexOperations(
            new(Act.Wait, "Wait", answers =>
            {
                var memory = new MutexMemory(answers, self, fault);
                return (ulong)MutexProtocol.Wait(ref memory, out _);
            }),
            new(Act.Try, "TryWait", answers =>
            {
                var memory = new MutexMemory(answers, self, fault);
                return (ulong)MutexProtocol.TryTake(ref memory);
            }),
            new(Act.Release, "Release", answers =>
            {
                var memory = new MutexMemory(answers, self, fault) { IsReleasing = true };
                MutexProtocol.Release(ref memory);
                return 0;
            }));
    }

    /// <summary>What a mutex promises.</summary>
    private sealed class Owned() : ObjectModel(Words())
    {
        /// <summary>Of a participant: it was told that the mutex is its own, and has not freed it.</summary>
        private const byte Owns = 1;

        /// <summary>Of a participant: it has made itself the owner after one that died, and has not yet told.</summary>
        private const byte MustReport = 2;

        /// <summary>Of the mutex: the last owner died, and none has come after him.</summary>
        private const byte Abandoned = 1;

        public override string? Changed(ref State state, int who, int word, Operation operation, ulong from, ulong to)
        {
            uint before = MutexProtocol.OwnerOf((uint)from), after = MutexProtocol.OwnerOf((uint)to), self = Explorer.ThreadOf(who);
            ref Participant participant = ref state.Participants[who];
            if (before == after)
            {
                return MutexProtocol.IsAbandoned((uint)(from ^ to)) ? $"{Explorer.Name(who)} takes the mark of abandonment away, or invents it" : null;
            }

            if (before == self && after == 0 && operation.Act == Act.Release)
            {
                if (MutexProtocol.IsAbandoned((uint)to) != participant.Remembers(MustReport))
                {
                    return $"{Explorer.Name(who)} frees it and {(participant.Remembers(MustReport) ? "nobody will hear that an owner died" : "says that an owner died")}";
                }

                state.Memory = participant.Remembers(MustReport) ? Abandoned : (byte)0;
                participant.Memory = 0;
                return null;
            }

            if (before != 0 || after != self)
            {
                return $"{Explorer.Name(who)} makes {after} the owner in place of {before}";
            }

            participant.Memory = state.Memory == Abandoned ? MustReport : (byte)0;
            state.Memory = 0;
            return null;
        }

        public override void OwnerDied(ref State state, int word) => state.Memory = Abandoned;

        public override string? Returned(ref State state, int who, Operation operation, ulong result)
        {
            ref Participant participant = ref state.Participants[who];
            bool isOwner = MutexProtocol.OwnerOf((uint)Domain[state[0]]) == Explorer.ThreadOf(who), isEntered = participant.HasEntered(0);
            bool taken = operation.Act != Act.Release && (WaitResult)result != WaitResult.TimedOut;
            if (isOwner != taken || isEntered != taken)
            {
                return $"{operation} returned {result}: owner {isOwner}, in its list {isEntered}";
            }

            if (taken && participant.Remembers(MustReport) != ((WaitResult)result == WaitResult.Abandoned))
            {
                return $"{operation} returned {(WaitResult)result}, {(participant.Remembers(MustReport) ? "after an owner that died" : "and nobody died")}";
            }

            for (int other = 0; other < Explorer.MostParticipants; other++)
            {
                if (taken && other != who && state.Participants[other].Remembers(Owns))
                {
                    return $"{operation} returned {(WaitResult)result}, and {Explorer.Name(other)} owns it too";
                }
            }

            participant.Memory = taken ? Owns : (byte)0;
            return null;
        }

        public override bool LeavesOut(in State state, int who, Operation operation) =>
            operation.Act == Act.Release && !state.Participants[who].Remembers(Owns);

        public override bool IsThere(in State state) => MutexProtocol.OwnerOf((uint)Domain[state[0]]) == 0;

        public override ulong ResultOf(WaitResult result) => (ulong)result;

        public override string? AtRest(in State state)
        {
            uint word = (uint)Domain[state[0]];
            int owner = (int)MutexProtocol.OwnerOf(word) - 1;
            if (owner >= 0)
            {
                return state.Participants[owner].IsAlive ? null : $"{Explorer.Name(owner)} is gone and owns it for ever";
            }

            if (MutexProtocol.IsAbandoned(word) != (state.Memory == Abandoned))
            {
                return state.Memory == Abandoned ? "An owner died, and nobody will hear of it" : "It is marked as abandoned, and was not";
            }

            for (int who = 0; who < Explorer.MostParticipants; who++)
            {
                if (state.Participants[who].Mode == Mode.Asleep)
                {
                    return $"Lost wake-up: {Explorer.Name(who)} sleeps, nobody owns it, and nobody is on the way";
                }
            }

            return null;
        }

        /// <summary>No owner, waited for or not, the last one dead or not; or one of the participants.</summary>
        public static IEnumerable<ulong> Words() =>
            from owner in Enumerable.Range(0, Explorer.MostParticipants)
            from bits in owner == 0 ? new uint[] { 0, MutexProtocol.Waiting, MutexProtocol.OwnerDied, MutexProtocol.Waiting | MutexProtocol.OwnerDied } : [0, MutexProtocol.Waiting]
            select (ulong)(bits | (uint)owner);
    }
}

/// <summary>What one participant can do with a mutex.</summary>
internal sealed record MutexOperations(Operation Wait, Operation TryWait, Operation Release);
