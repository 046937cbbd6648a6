using Crossmap.Objects;
using static Crossmap.Linux.Libc;

namespace Crossmap.Linux;

/// <summary>A reader-writer lock: the writer's word at the end of its object's header, and the readers' behind it (docs/format.md).</summary>
/// <remarks>
/// Each word that a thread may own needs a private page behind its own for the owner's list entry. So the file has two readers' words at the
/// end of each page, and a process maps those that its threads use, each page with a private one behind. What others own is looked at through
/// a mapping of all of them.
/// </remarks>
internal sealed unsafe class LinuxReaderWriterLock : Objects.ReaderWriterLock
{
    /// <summary>Bytes of the pages behind the header.</summary>
    public const int SlotsLength = SlotPages * PageSize;

    /// <summary>Words of one page: their entries lie 8 and 24 bytes behind its end, each with the back link before it.</summary>
    private const int WordsInPage = 2, FirstWordFromEnd = 24, SecondWordFromEnd = 8;

    private const int SlotPages = MaximumReaders / WordsInPage;

    private readonly StoreHandle _handle;
    private readonly OwnedWord _writer;
    private readonly WordPage _seen;
    private readonly long _slotsAt;

    /// <summary>Those that this process has used; the array is its own lock, for the handle maps one at a time.</summary>
    private readonly OwnedWord?[] _slots = new OwnedWord?[MaximumReaders];

    /// <summary>Takes the handle over, also when it fails.</summary>
    public LinuxReaderWriterLock(StoreHandle handle)
    {
        _handle = handle;
        try
        {
            _slotsAt = handle.Contents?.Header.DataOffset ?? (handle.Length - SlotsLength);
            _writer = handle.OwnedWord(_slotsAt - ObjectHeader.OwnerWordFromEnd);
            _seen = handle.MapWords(_slotsAt, SlotsLength);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public override bool CreatedNew => _handle.CreatedNew;

    /// <summary>The writer's word.</summary>
    public OwnedWord Writer => _writer;

    /// <summary>Right behind the writer's word: 1 while a writer is inside, or when he died there.</summary>
    public ref uint Mark => ref _writer.Word[1];

    public override ReaderWriterState State
    {
        get
        {
            Span<uint> readers = stackalloc uint[MaximumReaders];
            for (int slot = 0; slot < readers.Length; slot++)
            {
                readers[slot] = Volatile.Read(ref *Seen(slot));
            }

            ReaderWriterState state = StateOf(_writer.State, Volatile.Read(ref Mark), readers);
            GC.KeepAlive(this);
            return state;
        }
    }

    public override Inside OfThisThread => Held(RobustList.Current) switch
    {
        null => Inside.Not,
        { } word => ReferenceEquals(word, _writer) ? Inside.Writing : Inside.Reading,
    };

    /// <summary>What a lock's words tell.</summary>
    public static ReaderWriterState StateOf(uint writer, uint mark, ReadOnlySpan<uint> readers)
    {
        uint owner = MutexProtocol.OwnerOf(writer);
        bool hasWaiters = (writer & MutexProtocol.Waiting) != 0;
        int count = 0;
        foreach (uint reader in readers)
        {
            count += MutexProtocol.OwnerOf(reader) != 0 ? 1 : 0;
            hasWaiters |= (reader & MutexProtocol.Waiting) != 0;
        }

        bool isWriting = owner != 0 && mark != 0;
        return new ReaderWriterState(isWriting, mark != 0 && owner == 0, isWriting ? LinuxMutex.StateOf(writer).Owner : 0, count, hasWaiters);
    }

    /// <summary>Where a reader's word lies behind the header: neighbours in number in different pages, so that they share no cache line.</summary>
    public static int PositionOf(int slot) => (slot % SlotPages * PageSize) + PageSize - (slot < SlotPages ? FirstWordFromEnd : SecondWordFromEnd);

    public override WaitResult EnterRead(long timeoutMilliseconds, CancellationToken cancellation)
    {
        SharedReaderWriterWords words = Begin(timeoutMilliseconds, cancellation);
        WaitResult result = ReaderWriterProtocol.EnterRead<SharedReaderWriterWords, AwaitedOwnerWord>(ref words, waits: timeoutMilliseconds != 0, out _, out SleepEnd end);
        return End(result, end, cancellation);
    }

    public override bool TryExitRead()
    {
        RobustList thread = RobustList.Current;
        if (Held(thread) is not { } slot || ReferenceEquals(slot, _writer))
        {
            return false;
        }

        var own = new SharedOwnerWord(slot, thread);
        MutexProtocol.Release(ref own);
        GC.KeepAlive(this);
        return true;
    }

    public override WaitResult EnterWrite(long timeoutMilliseconds, CancellationToken cancellation)
    {
        SharedReaderWriterWords words = Begin(timeoutMilliseconds, cancellation);
        WaitResult result = ReaderWriterProtocol.EnterWrite<SharedReaderWriterWords, AwaitedOwnerWord>(ref words, waits: timeoutMilliseconds != 0, out SleepEnd end);
        return End(result, end, cancellation);
    }

    public override bool TryExitWrite()
    {
        RobustList thread = RobustList.Current;
        if (!ReferenceEquals(Held(thread), _writer))
        {
            return false;
        }

        var words = new SharedReaderWriterWords(this, thread, default, default);
        ReaderWriterProtocol.ExitWrite<SharedReaderWriterWords, AwaitedOwnerWord>(ref words);
        GC.KeepAlive(this);
        return true;
    }

    /// <summary>Closes the handle; who is inside stays there, unless nobody can ever come again.</summary>
    public override void Dispose()
    {
        _handle.Dispose();
        if (_handle.WasLast)
        {
            _writer.Forget();
            for (int slot = 0; slot < MaximumReaders; slot++)
            {
                // Also what came by other handles of this process.
                OwnedWord.Find(PlaceOf(slot))?.Forget();
            }
        }
    }

    /// <summary>A reader's word to look at, while this object is reachable.</summary>
    public uint* Seen(int slot) => (uint*)(_seen.Address + PositionOf(slot));

    /// <summary>A reader's word to own.</summary>
    public OwnedWord Slot(int slot) => Volatile.Read(ref _slots[slot]) ?? MapSlot(slot);

    private OwnedWord MapSlot(int slot)
    {
        lock (_slots)
        {
            return _slots[slot] ??= _handle.OwnedWord(PlaceOf(slot).Position);
        }
    }

    private FilePlace PlaceOf(int slot) => new(_handle.Device, _handle.Inode, _slotsAt + PositionOf(slot));

    /// <summary>What the thread owns of this lock; from private memory. A thread owns few locks at once, and what it took last comes first.</summary>
    private OwnedWord? Held(RobustList thread)
    {
        OwnedWord? word = thread.Owned;
        while (word is not null && (word.Place.Inode != _handle.Inode || word.Place.Device != _handle.Device))
        {
            word = word.NextOwned;
        }

        return word;
    }

    private SharedReaderWriterWords Begin(long timeoutMilliseconds, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        RobustList thread = RobustList.Current;
        thread.RequireRoom();
        return new SharedReaderWriterWords(this, thread, timeoutMilliseconds > 0 ? Patience.DeadlineIn(timeoutMilliseconds) : -1, cancellation);
    }

    private WaitResult End(WaitResult result, SleepEnd end, CancellationToken cancellation)
    {
        GC.KeepAlive(this);
        return result == WaitResult.TimedOut && end == SleepEnd.Cancelled ? throw new OperationCanceledException(cancellation) : result;
    }
}
