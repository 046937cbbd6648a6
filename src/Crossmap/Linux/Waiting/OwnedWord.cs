using System.Diagnostics.CodeAnalysis;
using System.Runtime.ConstrainedExecution;
using Crossmap.Objects;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>
/// A mutex's word as this process has it: once, whatever the number of handles and of mappings, with the memory of which thread of this
/// process owns it, and how often.
/// </summary>
/// <remarks>
/// The owner's entry in his robust list lies 32 bytes behind the word. For an object of its own that is in the next page, which is private:
/// what a neighbour could rewrite the kernel and the C library would follow. Whether a thread owns the mutex is answered from private memory
/// too. The page stays mapped while a handle of this process or a thread that owns the mutex can reach it, and while the kernel may still
/// have to look at it.
/// </remarks>
internal sealed unsafe class OwnedWord : CriticalFinalizerObject
{
    private static readonly OnceForPlace<OwnedWord> Known = new();

    private readonly WordPage _page;

    /// <summary>Whether the page is counted for this word.</summary>
    private readonly bool _isCounted;

    /// <summary>
    /// Who of this process's threads owns it, or was the last to: he stays when he gives it up, for he is the likeliest to come again, and then
    /// nothing has to be written. No thread id: those come again too.
    /// </summary>
    private RobustList? _owner;

    /// <summary>How often <see cref="_owner"/> owns it; 0 when he does not. Read before him and written behind him: see <see cref="IsOf"/>.</summary>
    private int _depth;
    private int _spins = Patience.MostSpins;
    private volatile bool _isForgotten;

    private OwnedWord(in FilePlace place, WordPage page)
    {
        Place = place;
        _page = page;
        page.DangerousAddRef(ref _isCounted);
        Word = (uint*)(page.Address + place.InPage);
    }

    ~OwnedWord()
    {
        if (_depth != 0 && MutexProtocol.OwnerOf(State) == _owner!.ThreadId)
        {
            // Nobody can reach it any more, so its owner's thread is ending; the kernel has not yet seen to the word.
            GC.ReRegisterForFinalize(this);
            return;
        }

        Known.Forget(Place);
        if (_isCounted)
        {
            uint state = State;
            if (_depth != 0 && MutexProtocol.OwnerOf(state) == 0 && (state & MutexProtocol.Waiting) != 0)
            {
                // The kernel has taken the dead owner out of the word and may be about to wake a sleeper by this address, which would be gone.
                _ = Futex.Wake(Word, 1);
            }

            // The page's own finalizer may have run before this one: it is unmapped by whoever comes last.
            _page.DangerousRelease();
        }
    }

    /// <summary>The one of that word.</summary>
    /// <param name="place">Where it lies: 8-aligned, and at least 32 bytes behind it what <see cref="RobustList.Enter"/> needs.</param>
    /// <param name="page">Maps its page, if there is none yet.</param>
    public static OwnedWord Of(in FilePlace place, Func<FilePlace, WordPage> page) => Known.Of(in place, known => new OwnedWord(in known, page(known.Page)));

    /// <summary>The one of that word if this process has it.</summary>
    public static OwnedWord? Find(in FilePlace place) => Known.Find(in place);

    /// <summary>The one of a word in a file of its own, so near a page's end that its entry lies in the private page behind.</summary>
    /// <param name="place">Where it lies.</param>
    /// <param name="fd">To map it from, if it is not mapped yet: one without a lock.</param>
    public static OwnedWord Of(in FilePlace place, int fd) => Of(in place, page => WordPage.Guarded(in page, fd));

    /// <summary>The one of an object's file that this thread has just made, through a descriptor with a lock.</summary>
    public static OwnedWord Of(int fd, in FileStatus status)
    {
        int unlocked = Reopen(fd, O_RDWR);
        if (unlocked < 0)
        {
            throw LinuxError.Last("The new mutex cannot be opened for mapping");
        }

        try
        {
            return Of(new FilePlace(status.Device, status.Inode, status.Size - ObjectHeader.OwnerWordFromEnd), unlocked);
        }
        finally
        {
            _ = close(unlocked);
        }
    }

    /// <summary>
    /// Before the bytes around it become another object: takes it out of the calling thread's list if it is there. The kernel reads the entry, so
    /// from under another living thread of this process nobody may take it (170).
    /// </summary>
    public static void Vacate(in FilePlace place)
    {
        if (Known.Find(in place) is { } word && word.HasLivingOwner(out RobustList? owner))
        {
            if (!ReferenceEquals(owner, RobustList.Current))
            {
                Errors.Throw(ERROR_BUSY, "A thread of this process owns the mutex that lies there. It has to release it before the bytes become another object.");
            }

            word._depth = 1;
            _ = word.TryRelease();
        }
    }

    /// <summary>Whatever leads to it.</summary>
    public FilePlace Place { get; }

    /// <summary>Valid while this object is reachable.</summary>
    public uint* Word { get; }

    /// <summary>Where the robust list has it.</summary>
    public nint* Entry => (nint*)((byte*)Word + RobustList.EntryBehindWord);

    /// <summary>The word at this moment.</summary>
    public uint State
    {
        get
        {
            uint state = Volatile.Read(ref *Word);
            GC.KeepAlive(this);
            return state;
        }
    }

    /// <summary>The next of those that the owner holds: they live as long as he does.</summary>
    public OwnedWord? NextOwned { get; set; }

    /// <summary>Whether entries of the C library may lie in the owner's list between this and the next one.</summary>
    public bool HasOthersBehind { get; set; }

    public WaitResult Wait(long timeoutMilliseconds, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        RobustList thread = RobustList.Current;
        if (IsOf(thread))
        {
            if (_depth == int.MaxValue)
            {
                Errors.Throw(ERROR_MUTANT_LIMIT_EXCEEDED, "The thread owns the mutex as often as it can be owned.");
            }

            _depth++;
            return WaitResult.Signaled;
        }

        // Who is full is told so when he could own it, and not when he only asks for what another owns.
        if (timeoutMilliseconds != 0 || MutexProtocol.OwnerOf(State) == 0)
        {
            thread.RequireRoom();
        }

        var shared = new SharedOwnerWord(this, thread);
        WaitResult result = MutexProtocol.TryTake(ref shared);
        if (result == WaitResult.TimedOut && timeoutMilliseconds != 0)
        {
            result = Sleep(thread, timeoutMilliseconds, cancellation);
        }

        GC.KeepAlive(this);
        return result;
    }

    /// <summary>Whether a wait by the calling thread would get it at this moment.</summary>
    public bool IsThere => IsOf(RobustList.Current) || MutexProtocol.OwnerOf(State) == 0;

    /// <summary>Readies it for a sleep of the calling thread, who has a <see cref="Guard"/> on it. False: look again.</summary>
    public bool TryPrepareSleep(out Futex.SleptOn place)
    {
        var shared = new SharedOwnerWord(this, RobustList.Current);
        bool ready = MutexProtocol.TryCloseGate(ref shared, out uint value);
        place = new Futex.SleptOn(Word, value);
        GC.KeepAlive(this);
        return ready;
    }

    /// <summary>A guard against losing a wake-up of this mutex with the calling thread, who sleeps for other objects too.</summary>
    public Guard Arm() => new(this);

    /// <summary>The last handle to the mutex is closed. Whoever owns it need not do so any more, and it must not count among what he may own (fact 247).</summary>
    public void Forget()
    {
        _isForgotten = true;
        ReleaseIfForgotten();
    }

    /// <summary>Only the owner can take it out of his list: if that is another thread of this process, he does so when his list is full.</summary>
    public void ReleaseIfForgotten()
    {
        if (_isForgotten && IsOf(RobustList.Current))
        {
            _ = ReleaseAll();
        }
    }

    /// <summary>Gives it up altogether.</summary>
    /// <returns>How often the calling thread owned it, for <see cref="TakeAgain"/>; 0 when it did not.</returns>
    public int ReleaseAll()
    {
        int depth = IsOf(RobustList.Current) ? _depth : 0;
        if (depth > 0)
        {
            _depth = 1;
            _ = TryRelease();
        }

        return depth;
    }

    /// <summary>Waits for it as long as it takes, and owns it so often then.</summary>
    public WaitResult TakeAgain(int depth)
    {
        WaitResult result = Wait(-1, CancellationToken.None);
        _depth = depth;
        return result;
    }

    /// <param name="markAbandoned">Hand back what was taken abandoned, as if it had not been touched.</param>
    public bool TryRelease(bool markAbandoned = false)
    {
        RobustList thread = RobustList.Current;
        if (!IsOf(thread))
        {
            return false;
        }

        if (_depth > 1)
        {
            _depth--;
            return true;
        }

        var shared = new SharedOwnerWord(this, thread);
        MutexProtocol.Release(ref shared, markAbandoned);
        GC.KeepAlive(this);
        return true;
    }

    /// <summary>
    /// Enters it among those of the thread, which has just taken the word. False when a living thread of this process is its owner: who gives it
    /// up says so before the word is free, and who died was gone before the kernel freed it, so only a neighbour can have freed this one. One
    /// entry in the lists of two threads would lose what they own besides.
    /// </summary>
    public bool TryEnter(RobustList thread, [NotNullWhen(false)] out RobustList? owner)
    {
        if (HasLivingOwner(out owner))
        {
            return false;
        }

        if (!ReferenceEquals(_owner, thread))
        {
            _owner = thread;
        }

        Volatile.Write(ref _depth, 1);
        thread.Enter(this);
        return true;
    }

    /// <summary>Before the word is free: then another thread of this process may enter it.</summary>
    public void Leave(RobustList thread)
    {
        thread.Remove(this);
        Volatile.Write(ref _depth, 0);
    }

    /// <summary>
    /// Whether that thread, the calling one, owns it. The depth is read first: who sees another owner's depth sees the other too, and what a thread
    /// has written itself it sees anyway.
    /// </summary>
    private bool IsOf(RobustList thread) => Volatile.Read(ref _depth) != 0 && ReferenceEquals(_owner, thread);

    private bool HasLivingOwner([NotNullWhen(true)] out RobustList? owner)
    {
        owner = Volatile.Read(ref _depth) != 0 ? _owner : null;
        return owner is { IsAlive: true };
    }

    private WaitResult Sleep(RobustList thread, long timeoutMilliseconds, CancellationToken cancellation)
    {
        using CancelledWait? cancelled = cancellation.CanBeCanceled ? CancelledWait.Begin(Word, cancellation) : null;
        var shared = new AwaitedOwnerWord(this, thread, new Patience(timeoutMilliseconds, _spins, cancelled));
        WaitResult result = MutexProtocol.Wait(ref shared, out SleepEnd end);
        shared.Patience.Teach(ref _spins);
        return result == WaitResult.TimedOut && end == SleepEnd.Cancelled ? throw new OperationCanceledException(cancellation) : result;
    }

    /// <summary>Armed for the mutex until it is disposed, and then what came to the guard is handed on.</summary>
    public struct Guard : IDisposable
    {
        private readonly bool _isArmed;
        private SharedOwnerWord _shared;

        public Guard(OwnedWord word)
        {
            _shared = new SharedOwnerWord(word, RobustList.Current);
            _shared.Arm();
            _isArmed = true;
        }

        public void Dispose()
        {
            if (_isArmed)
            {
                MutexProtocol.HandOn(ref _shared);
            }
        }
    }
}
