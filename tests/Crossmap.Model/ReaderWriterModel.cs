using Crossmap.Linux;
using Crossmap.Objects;

namespace Crossmap.Model;

/// <summary>The reader-writer lock for the explorer: the library's own protocol, over words that ask the explorer.</summary>
internal static class ReaderWriterModel
{
    public const int WriterWord = 0, FirstSlotWord = 1, MostSlots = 2, MarkWord = FirstSlotWord + MostSlots;

    public static ObjectModel Object { get; } = new Locked();

    /// <summary>All words of a lock in which nobody is, and nobody died.</summary>
    public static ulong[] Free { get; } = new ulong[MarkWord + 1];

    /// <summary>The operations of one participant: its thread's number is in what it writes.</summary>
    /// <param name="who">The participant.</param>
    /// <param name="slots">How many the lock has.</param>
    /// <param name="fault">What is wrong with them.</param>
    public static ReaderWriterOperations Of(int who, int slots, ReaderWriterFault fault = ReaderWriterFault.None)
    {
        uint self = Explorer.ThreadOf(who);
        int first = who % slots;
        Operation EnterRead(bool waits) => new(Act.EnterRead, waits ? "EnterRead" : "TryEnterRead", answers =>
        {
            var words = new ReaderWriterWords(answers, self, Act.EnterRead, fault, first, slots);
            return (ulong)ReaderWriterProtocol.EnterRead<ReaderWriterWords, ReaderWriterMemory>(ref words, waits, out _, out _);
        }) { Word = -1 };
        Operation EnterWrite(bool waits) => new(Act.EnterWrite, waits ? "EnterWrite" : "TryEnterWrite", answers =>
        {
            var words = new ReaderWriterWords(answers, self, Act.EnterWrite, fault, first, slots);
            return (ulong)ReaderWriterProtocol.EnterWrite<ReaderWriterWords, ReaderWriterMemory>(ref words, waits, out _);
        }) { Word = -1 };
        Operation ExitRead(int slot) => new(Act.ExitRead, $"ExitRead{slot}", answers =>
        {
            var words = new ReaderWriterWords(answers, self, Act.ExitRead, fault, first, slots);
            ReaderWriterProtocol.ExitRead<ReaderWriterWords, ReaderWriterMemory>(ref words, slot);
            return 0;
        }) { Word = FirstSlotWord + slot };
        return new ReaderWriterOperations(EnterRead(true), EnterRead(false), [.. Enumerable.Range(0, slots).Select(ExitRead)], EnterWrite(true), EnterWrite(false),
            new(Act.ExitWrite, "ExitWrite", answers =>
            {
                var words = new ReaderWriterWords(answers, self, Act.ExitWrite, fault, first, slots);
                ReaderWriterProtocol.ExitWrite<ReaderWriterWords, ReaderWriterMemory>(ref words);
                words.CatchUp();
                return 0;
            }));
    }

    /// <summary>What a reader-writer lock promises.</summary>
    private sealed class Locked() : ObjectModel(MutexModel.Words)
    {
        /// <summary>Of a participant: it was told that it is inside, and has not left.</summary>
        private const byte Writes = 1, Reads = 2;

        /// <summary>Of a participant: it set the mark, so nobody had died inside before it.</summary>
        private const byte Marked = 4;

        /// <summary>Of a participant: which slot it reads in, as the bit of the first one and those above.</summary>
        private const byte InFirstSlot = 16;

        /// <summary>Of the lock: a writer has been inside and has not left, so he is there or he died there.</summary>
        private const byte Dirty = 1;

        public override string? Changed(ref State state, int who, int word, Operation operation, ulong from, ulong to)
        {
            ref Participant participant = ref state.Participants[who];
            if (word == MarkWord)
            {
                return Marks(ref state, who, operation, to != 0);
            }

            uint before = MutexProtocol.OwnerOf((uint)from), after = MutexProtocol.OwnerOf((uint)to), self = Explorer.ThreadOf(who);
            if (before != after && !(before == 0 && after == self) && !(before == self && after == 0))
            {
                return $"{Explorer.Name(who)} makes {after} the owner of word {word} in place of {before}";
            }

            if (before == self && after == 0 && operation.Act is Act.ExitRead or Act.ExitWrite)
            {
                if (operation.Act == Act.ExitWrite && Domain[state[MarkWord]] != 0)
                {
                    return $"{Explorer.Name(who)} leaves, and leaves the mark of a writer who is inside";
                }

                participant.Memory = 0;
            }

            return null;
        }

        public override string? Returned(ref State state, int who, Operation operation, ulong result)
        {
            ref Participant participant = ref state.Participants[who];
            bool enters = operation.Act is Act.EnterRead or Act.EnterWrite, inside = enters && (WaitResult)result != WaitResult.TimedOut;
            bool told = (WaitResult)result == WaitResult.Abandoned, writes = operation.Act == Act.EnterWrite, mark = Domain[state[MarkWord]] != 0;
            int held = 0;
            for (int word = 0; word < MarkWord; word++)
            {
                bool isOwner = MutexProtocol.OwnerOf((uint)Domain[state[word]]) == Explorer.ThreadOf(who);
                if (isOwner != participant.HasEntered(word))
                {
                    return $"{operation} returned {result}: owner of word {word} {isOwner}, in its list {participant.HasEntered(word)}";
                }

                held |= isOwner ? 1 << word : 0;
            }

            bool isRight = !inside ? held == 0 : writes ? held == 1 << WriterWord : held is 1 << FirstSlotWord or 1 << (FirstSlotWord + 1);
            if (!isRight)
            {
                return $"{operation} returned {result} and owns the words {held:b}";
            }

            if (!inside)
            {
                return null;
            }

            bool mustTell = writes ? !participant.Remembers(Marked) : mark;
            if (told != mustTell || (state.Memory == Dirty && !told) || (writes && !mark))
            {
                return $"{operation} returned {(WaitResult)result}: {(state.Memory == Dirty ? "a writer died inside" : "no writer that was told to be inside died")}, marked {mark}";
            }

            for (int other = 0; other < Explorer.MostParticipants; other++)
            {
                if (other != who && (state.Participants[other].Remembers(Writes) || (writes && state.Participants[other].Remembers(Reads))))
                {
                    return $"{operation} returned {(WaitResult)result}, and {Explorer.Name(other)} is inside too";
                }
            }

            participant.Memory = writes ? Writes : (byte)(Reads | (InFirstSlot * held >> FirstSlotWord));
            state.Memory = writes ? Dirty : state.Memory;
            return null;
        }

        public override bool LeavesOut(in State state, int who, Operation operation) => operation.Act switch
        {
            Act.ExitWrite => !state.Participants[who].Remembers(Writes),
            Act.ExitRead => !state.Participants[who].Remembers((byte)(InFirstSlot << (operation.Word - FirstSlotWord))),
            _ => false,
        };

        public override string? AtRest(in State state)
        {
            for (int word = 0; word < MarkWord; word++)
            {
                int owner = (int)MutexProtocol.OwnerOf((uint)Domain[state[word]]) - 1;
                if (owner >= 0 && !state.Participants[owner].IsAlive)
                {
                    return $"{Explorer.Name(owner)} is gone and owns word {word} for ever";
                }
            }

            return null;
        }

        /// <summary>Who sleeps may sleep while somebody owns what he sleeps on.</summary>
        public override string? SleepsInVain(in State state, int who, int word) => MutexProtocol.OwnerOf((uint)Domain[state[word]]) != 0 ? null
            : $"Lost wake-up: {Explorer.Name(who)} sleeps on word {word}, nobody owns it, and nobody is on the way";

        private string? Marks(ref State state, int who, Operation operation, bool mark)
        {
            ref Participant participant = ref state.Participants[who];
            if (MutexProtocol.OwnerOf((uint)Domain[state[WriterWord]]) != Explorer.ThreadOf(who) || (!mark && operation.Act != Act.ExitWrite))
            {
                return $"{Explorer.Name(who)} {(mark ? "sets" : "clears")} the mark in {operation}, and is no writer who {(mark ? "enters" : "leaves")}";
            }

            for (int other = 0; other < Explorer.MostParticipants; other++)
            {
                if (other != who && state.Participants[other].Memory != 0 && (state.Participants[other].Memory & (Reads | Writes)) != 0)
                {
                    return $"{Explorer.Name(who)} {(mark ? "sets" : "clears")} the mark while {Explorer.Name(other)} is inside";
                }
            }

            participant.Memory = mark ? Marked : participant.Memory;
            state.Memory = mark ? state.Memory : (byte)0;
            return null;
        }
    }
}

/// <summary>What one participant can do with a reader-writer lock. It leaves by the slot that it got.</summary>
internal sealed record ReaderWriterOperations(Operation EnterRead, Operation TryEnterRead, Operation[] ExitRead, Operation EnterWrite, Operation TryEnterWrite, Operation ExitWrite);
