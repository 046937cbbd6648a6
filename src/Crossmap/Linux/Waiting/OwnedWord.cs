using System.Runtime.ConstrainedExecution;
using Crossmap.Objects;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>
/// A mutex's word as this process has it: mapped once, whatever the number of handles, with the entry of the owner's robust list behind
/// it and the memory of which thread of this process owns it, and how often.
/// </summary>
/// <remarks>
/// The word ends the object's header; the entry lies in the next page, which is private: what a neighbour could rewrite the kernel and the
/// C library would follow. Whether a thread owns the mutex is answered from private memory too. The pages stay mapped while a handle of
/// this process or a thread that owns the mutex can reach them, and while the kernel may still have to look at them.
/// </remarks>
internal sealed unsafe class OwnedWord : CriticalFinalizerObject
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<(ulong Device, ulong Inode), WeakReference<OwnedWord>> Known = [];

    private readonly (ulong Device, ulong Inode) _identity;
    private readonly nint _pages;

    /// <summary>The owner, if he is a thread of this process; only he changes it. No thread id: those come again.</summary>
    private RobustList? _owner;
    private int _depth;
    private int _spins = Patience.MostSpins;
    private volatile bool _isForgotten;

    private OwnedWord((ulong Device, ulong Inode) identity, int fd, long headerLength)
    {
        _identity = identity;
        _pages = mmap(0, 2 * PageSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (_pages == -1 || mmap(_pages, PageSize, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, headerLength - PageSize) == -1)
        {
            throw LinuxError.Last("The mutex cannot be mapped");
        }
    }

    ~OwnedWord()
    {
        if (_owner is { } owner && MutexProtocol.OwnerOf(State) == owner.ThreadId)
        {
            // Nobody can reach it any more, so its owner's thread is ending; the kernel has not yet seen to the word.
            GC.ReRegisterForFinalize(this);
            return;
        }

        lock (Gate)
        {
            if (Known.TryGetValue(_identity, out WeakReference<OwnedWord>? known) && !known.TryGetTarget(out _))
            {
                Known.Remove(_identity);
            }
        }

        if (_pages is not (0 or -1))
        {
            uint state = State;
            if (_owner is not null && MutexProtocol.OwnerOf(state) == 0 && (state & MutexProtocol.Waiting) != 0)
            {
                // The kernel has taken the dead owner out of the word and may be about to wake a sleeper by this address, which would be gone.
                _ = Futex.Wake(Word, 1);
            }

            _ = munmap(_pages, 2 * PageSize);
        }
    }

    /// <summary>The one of that object.</summary>
    /// <param name="device">Of the object's file.</param>
    /// <param name="inode">Of the object's file.</param>
    /// <param name="fd">To map it from, if it is not mapped yet: one without a lock.</param>
    /// <param name="headerLength">Which is all of the file.</param>
    public static OwnedWord Of(ulong device, ulong inode, int fd, long headerLength)
    {
        lock (Gate)
        {
            if (Known.TryGetValue((device, inode), out WeakReference<OwnedWord>? known) && known.TryGetTarget(out OwnedWord? word))
            {
                return word;
            }

            word = new OwnedWord((device, inode), fd, headerLength);
            Known[(device, inode)] = new WeakReference<OwnedWord>(word);
            return word;
        }
    }

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
            return Of(status.Device, status.Inode, unlocked, status.Size);
        }
        finally
        {
            _ = close(unlocked);
        }
    }

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

    private uint* Word => (uint*)(_pages + PageSize - ObjectHeader.OwnerWordFromEnd);

    public WaitResult Wait(long timeoutMilliseconds, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        RobustList thread = RobustList.Current;
        if (ReferenceEquals(_owner, thread))
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

        var shared = new SharedOwnerWord(Word, thread);
        WaitResult result = MutexProtocol.TryTake(ref shared);
        if (result == WaitResult.TimedOut && timeoutMilliseconds != 0)
        {
            result = Sleep(thread, timeoutMilliseconds, cancellation);
        }

        if (result != WaitResult.TimedOut)
        {
            _depth = 1;
            _owner = thread;
            NextOwned = thread.Owned;
            thread.Owned = this;
        }

        GC.KeepAlive(this);
        return result;
    }

    /// <summary>Whether a wait by the calling thread would get it at this moment.</summary>
    public bool IsThere => ReferenceEquals(_owner, RobustList.Current) || MutexProtocol.OwnerOf(State) == 0;

    /// <summary>Readies it for a sleep of the calling thread, who has a <see cref="Guard"/> on it. False: look again.</summary>
    public bool TryPrepareSleep(out Futex.SleptOn place)
    {
        var shared = new SharedOwnerWord(Word, RobustList.Current);
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
        if (_isForgotten && _owner is { } owner && ReferenceEquals(owner, RobustList.Current))
        {
            _depth = 1;
            _ = TryRelease();
        }
    }

    /// <param name="markAbandoned">Hand back what was taken abandoned, as if it had not been touched.</param>
    public bool TryRelease(bool markAbandoned = false)
    {
        RobustList thread = RobustList.Current;
        if (!ReferenceEquals(_owner, thread))
        {
            return false;
        }

        if (--_depth == 0)
        {
            // Before the word is free: then another thread of this process may write here.
            _owner = null;
            thread.Disown(this);
            var shared = new SharedOwnerWord(Word, thread);
            MutexProtocol.Release(ref shared, markAbandoned);
        }

        GC.KeepAlive(this);
        return true;
    }

    private WaitResult Sleep(RobustList thread, long timeoutMilliseconds, CancellationToken cancellation)
    {
        using CancelledWait? cancelled = cancellation.CanBeCanceled ? CancelledWait.Begin(Word, cancellation) : null;
        var shared = new SharedOwnerWord(Word, thread, new Patience(timeoutMilliseconds, _spins, cancelled));
        WaitResult result = MutexProtocol.Wait(ref shared, out SleepEnd end);
        shared.Patience.Teach(ref _spins);
        return result == WaitResult.TimedOut && end == SleepEnd.Cancelled ? throw new OperationCanceledException(cancellation) : result;
    }

    /// <summary>Armed for the mutex until it is disposed, and then what came to the guard is handed on.</summary>
    public readonly struct Guard : IDisposable
    {
        private readonly OwnedWord? _word;
        private readonly nint _armedBefore;

        public Guard(OwnedWord word)
        {
            _word = word;
            _armedBefore = RobustList.Current.Arm(word.Word);
        }

        public void Dispose()
        {
            if (_word is not null)
            {
                var shared = new SharedOwnerWord(_word.Word, RobustList.Current);
                MutexProtocol.HandOn(ref shared);
                RobustList.Current.Restore(_armedBefore);
            }
        }
    }
}
