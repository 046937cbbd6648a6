using Crossmap.Linux;

namespace Crossmap.Model;

/// <summary>A fault put into the reader-writer lock's protocol, to see that the explorer finds it.</summary>
internal enum ReaderWriterFault
{
    None,
    ReaderOverlooksWriter,
    ReaderLooksForWriterBeforeItTakesSlot,
    ReaderKeepsSlotWhileItSleeps,
    ReaderHandsNothingOn,
    ReaderHandsOnDisarmed,
    ReaderSleepsUnarmed,
    ReaderSleepsUnseen,
    ReaderOverlooksMark,
    ReaderTakesMarkAway,
    ReaderLeavesSilently,
    ReaderLeavesUnarmed,
    ReaderNeverEntersSlot,
    WriterOverlooksReaders,
    WriterOverlooksOneReader,
    WriterLooksForReadersBeforeItTakes,
    WriterSleepsUnarmedForReader,
    WriterSleepsUnseenForReader,
    WriterHandsNothingOn,
    WriterWhoseTimeIsUpStays,
    WriterWhoseTimeIsUpTakesMarkAway,
    WriterNeverMarks,
    WriterMarksBeforeItIsAlone,
    WriterNeverTakesMarkAway,
    WriterTakesMarkAwayWhenItIsToldOfIt,
    WriterTakesMarkAwayAfterwards,
    WriterLeavesSilently,
}

/// <summary>One word of a lock for the explorer.</summary>
internal struct ReaderWriterMemory(Answers ask, int word, uint self, Act act, ReaderWriterFault fault, Queue<uint>? seenBefore) : IAwaitedOwnerWord
{
    private readonly bool IsWritersWord => word == ReaderWriterModel.WriterWord;

    /// <summary>The word of the others: on it one sleeps and takes nothing.</summary>
    private readonly bool IsOthers => IsWritersWord == (act == Act.EnterRead);

    public readonly uint Self => self;

    public readonly uint Read()
    {
        if (seenBefore is not null && seenBefore.TryDequeue(out uint before))
        {
            return before;
        }

        bool overlooks = fault switch
        {
            ReaderWriterFault.ReaderOverlooksWriter => act == Act.EnterRead && IsWritersWord,
            ReaderWriterFault.WriterOverlooksReaders => act == Act.EnterWrite && !IsWritersWord,
            ReaderWriterFault.WriterOverlooksOneReader => act == Act.EnterWrite && word == ReaderWriterModel.FirstSlotWord,
            _ => false,
        };
        return overlooks ? 0 : (uint)ask(new Call(CallKind.Read, word));
    }

    public readonly bool TryChange(uint from, uint to)
    {
        bool gates = MutexProtocol.OwnerOf(from) == MutexProtocol.OwnerOf(to) && MutexProtocol.OwnerOf(from) != 0;
        bool unseen = fault switch
        {
            ReaderWriterFault.ReaderSleepsUnseen => act == Act.EnterRead,
            ReaderWriterFault.WriterSleepsUnseenForReader => act == Act.EnterWrite,
            _ => false,
        };
        bool releases = MutexProtocol.OwnerOf(from) == self && MutexProtocol.OwnerOf(to) == 0;
        if (fault == ReaderWriterFault.WriterWhoseTimeIsUpTakesMarkAway && act == Act.EnterWrite && releases && IsWritersWord)
        {
            _ = ask(new Call(CallKind.Change, ReaderWriterModel.MarkWord, 1, 0));
        }

        bool stays = fault switch
        {
            ReaderWriterFault.ReaderKeepsSlotWhileItSleeps => act == Act.EnterRead && releases,
            ReaderWriterFault.WriterWhoseTimeIsUpStays => act == Act.EnterWrite && releases,
            _ => false,
        };
        return stays || (unseen && gates && IsOthers) || ask(new Call(CallKind.Change, word, from, to)) != 0;
    }

    public readonly bool Spin() => ask(new Call(CallKind.Spin, word)) != 0;

    public readonly void Arm()
    {
        bool leftOut = fault switch
        {
            ReaderWriterFault.ReaderSleepsUnarmed => act == Act.EnterRead && IsOthers,
            ReaderWriterFault.WriterSleepsUnarmedForReader => act == Act.EnterWrite && IsOthers,
            ReaderWriterFault.ReaderLeavesUnarmed => act == Act.ExitRead,
            _ => false,
        };
        if (!leftOut)
        {
            _ = ask(new Call(CallKind.Arm, word));
        }
    }

    public readonly void Disarm() => _ = ask(new Call(CallKind.Disarm, word));

    public readonly void Enter()
    {
        if (!(fault == ReaderWriterFault.ReaderNeverEntersSlot && !IsWritersWord))
        {
            _ = ask(new Call(CallKind.Enter, word));
        }
    }

    public readonly void Remove() => _ = ask(new Call(CallKind.Remove, word));

    public readonly SleepEnd Sleep(uint value)
    {
        bool unseen = IsOthers && fault switch
        {
            ReaderWriterFault.ReaderSleepsUnseen => act == Act.EnterRead,
            ReaderWriterFault.WriterSleepsUnseenForReader => act == Act.EnterWrite,
            _ => false,
        };
        return (SleepEnd)ask(new Call(CallKind.Sleep, word, A: unseen ? value & ~MutexProtocol.Waiting : value));
    }

    public readonly bool WakeOne()
    {
        switch (fault)
        {
            case ReaderWriterFault.ReaderHandsNothingOn when act == Act.EnterRead && IsOthers:
            case ReaderWriterFault.WriterHandsNothingOn when act == Act.EnterWrite && IsOthers:
            case ReaderWriterFault.ReaderLeavesSilently when act == Act.ExitRead:
            case ReaderWriterFault.WriterLeavesSilently when act == Act.ExitWrite:
                return true;
            case ReaderWriterFault.ReaderHandsOnDisarmed when act == Act.EnterRead && IsOthers:
                Disarm();
                break;
        }

        return ask(new Call(CallKind.Wake, word, A: 1)) != 0;
    }

    public readonly void ClearWaitingAndWakeAll() => _ = ask(new Call(CallKind.MaskAndWakeAll, word, A: ~(ulong)MutexProtocol.Waiting));
}

/// <summary>The lock's words for the explorer.</summary>
internal struct ReaderWriterWords(Answers ask, uint self, Act act, ReaderWriterFault fault, int first, int slots) : IReaderWriterWords<ReaderWriterMemory>
{
    private Queue<uint>? _writerBefore;
    private Queue<uint>? _readersBefore;

    /// <summary>The mark is there before its time.</summary>
    private bool _found;

    public readonly int Slots => slots;

    public int FirstSlot
    {
        get
        {
            if (fault == ReaderWriterFault.ReaderLooksForWriterBeforeItTakesSlot)
            {
                _writerBefore = new Queue<uint>([(uint)ask(new Call(CallKind.Read, ReaderWriterModel.WriterWord))]);
            }

            return first;
        }
    }

    public ReaderWriterMemory Writer
    {
        get
        {
            if (act == Act.EnterWrite)
            {
                switch (fault)
                {
                    case ReaderWriterFault.WriterLooksForReadersBeforeItTakes:
                        _readersBefore = new Queue<uint>(Enumerable.Range(ReaderWriterModel.FirstSlotWord, Slots).Select(Look));
                        break;
                    case ReaderWriterFault.WriterMarksBeforeItIsAlone:
                        _found = IsWriting;
                        break;
                }
            }

            return new ReaderWriterMemory(ask, ReaderWriterModel.WriterWord, self, act, fault, _writerBefore);
        }
    }

    public bool IsWriting
    {
        readonly get => ask(new Call(CallKind.Read, ReaderWriterModel.MarkWord)) != 0 && fault switch
        {
            ReaderWriterFault.ReaderOverlooksMark => act != Act.EnterRead,
            ReaderWriterFault.ReaderTakesMarkAway when act == Act.EnterRead => SetMark(false),
            ReaderWriterFault.WriterTakesMarkAwayWhenItIsToldOfIt when act == Act.EnterWrite => SetMark(false),
            _ => true,
        };

        set
        {
            bool leftOut = fault switch
            {
                ReaderWriterFault.WriterNeverMarks => value,
                ReaderWriterFault.WriterNeverTakesMarkAway => !value,
                ReaderWriterFault.WriterTakesMarkAwayAfterwards => !value,
                ReaderWriterFault.WriterMarksBeforeItIsAlone => value && _found,
                _ => false,
            };
            if (!leftOut)
            {
                _ = SetMark(value);
            }
        }
    }

    public readonly ReaderWriterMemory Slot(int index) => new(ask, ReaderWriterModel.FirstSlotWord + index, self, act, fault, null);

    public ReaderWriterMemory Seen(int index)
    {
        if (fault == ReaderWriterFault.WriterMarksBeforeItIsAlone && act == Act.EnterWrite && index == 0 && !_found)
        {
            _found = SetMark(true);
        }

        return new ReaderWriterMemory(ask, ReaderWriterModel.FirstSlotWord + index, self, act, fault, _readersBefore);
    }

    /// <summary>What a fault has forgotten, at the end.</summary>
    public readonly void CatchUp()
    {
        if (fault == ReaderWriterFault.WriterTakesMarkAwayAfterwards && act == Act.ExitWrite)
        {
            _ = SetMark(false);
        }
    }

    private readonly uint Look(int word) => (uint)ask(new Call(CallKind.Read, word));

    private readonly bool SetMark(bool mark)
    {
        _ = ask(new Call(CallKind.Change, ReaderWriterModel.MarkWord, mark ? 0u : 1u, mark ? 1u : 0u));
        return true;
    }
}
