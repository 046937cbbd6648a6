using System.Runtime.InteropServices;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>
/// The kernel's list of what a thread holds when it dies; one for each thread, the C library's own, which is never replaced.
/// </summary>
/// <remarks>
/// <para>Its slot for the operation under way: at the thread's death the kernel looks at the word it points to. If no thread owns that
/// word, it wakes one sleeper of it; if the dead thread owns it, it is treated as if it stood in the list.</para>
/// <para>Its list: the kernel marks each word in it that the dead thread owns (FUTEX_OWNER_DIED, the thread id gone) and, where the word
/// says that somebody waits, wakes one sleeper. The C library's robust mutexes are in the same list, so entries are linked as it does it.</para>
/// </remarks>
internal sealed unsafe partial class RobustList
{
    /// <summary>
    /// The kernel looks at no more entries than 2048 (ROBUST_LIST_LIMIT), and the C library's own need room too: a lock beyond the limit
    /// would be lost with its owner.
    /// </summary>
    public const int MaximumEntries = 1024;

    /// <summary>Where the C library's entries are, seen from their words: 32 bytes behind them in glibc.</summary>
    public const int EntryBehindWord = 32;

    private const long SYS_gettid = 186, SYS_set_robust_list = 273, SYS_get_robust_list = 274;

    [ThreadStatic]
    private static RobustList? t_current;

    private readonly Thread _thread = Thread.CurrentThread;
    private Head* _head;

    /// <summary>The C library had none for this thread, and may come to register one at any time.</summary>
    private bool _isOurs;

    /// <summary>Whether its entries are where the C library's are, and the kernel looks at them.</summary>
    private bool _canEnter;

    private RobustList()
    {
        ThreadId = (uint)syscall(SYS_gettid, 0, null, null);
        Find();
    }

    /// <summary>
    /// Whether this kernel wakes for the dead: Linux since 5.5 ("Prevent robust futex exit race"). What is older, or has no robust futexes,
    /// leaves a sleeper asleep whose wake-up died with somebody else.
    /// </summary>
    public static bool WakesForTheDead { get; } = Environment.OSVersion.Version >= new Version(5, 5) && CanGet();

    /// <summary>
    /// Whether it does so also at a word that nobody owns and that says that somebody waits: Linux since 6.2, and its stable branches of 2023,
    /// which cannot be told apart ("Resend potentially swallowed owner death notification"). A free mutex is such a word; no gate is.
    /// </summary>
    public static bool WakesAtWaitedForWords { get; } = WakesForTheDead && Environment.OSVersion.Version >= new Version(6, 2);

    /// <summary>The calling thread's. Only that thread may use it.</summary>
    public static RobustList Current => t_current ??= new RobustList();

    /// <summary>As the kernel writes it into the words of locks: the thread's number in its own PID namespace.</summary>
    public uint ThreadId { get; }

    /// <summary>Entries of this library in the list.</summary>
    public int Count { get; private set; }

    /// <summary>The last of the mutexes that this thread took: reachable from here, their memory lasts as long as the thread.</summary>
    public OwnedWord? Owned { get; private set; }

    /// <summary>Whether its thread still runs. It ends before the kernel looks at the list. For any thread to ask.</summary>
    public bool IsAlive => _thread.IsAlive;

    /// <summary>Before a lock is entered.</summary>
    public void RequireRoom()
    {
        if (!_canEnter || Count >= MaximumEntries)
        {
            MakeRoom();
        }
    }

    private void MakeRoom()
    {
        if (!_canEnter)
        {
            Errors.Throw(ERROR_NOT_SUPPORTED, "Mutexes need the kernel's robust locks (Linux 5.5 or later) and glibc, with whose list of them they were tested.");
        }

        for (OwnedWord? word = Owned; word is not null;)
        {
            OwnedWord? next = word.NextOwned;
            word.ReleaseIfForgotten();
            word = next;
        }

        if (Count >= MaximumEntries)
        {
            Errors.Throw(ERROR_NO_SYSTEM_RESOURCES, $"The thread owns {MaximumEntries} mutexes. The kernel looks at little more than that when a thread dies.");
        }
    }

    /// <summary><c>struct robust_list_head</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Head
    {
        public nint First;

        /// <summary>From an entry to its word, in bytes.</summary>
        public nint Offset;
        public nint Pending;
    }

    /// <summary>Points the slot at a word.</summary>
    /// <returns>What stood there, for <see cref="Restore"/>: the slot is the C library's, and may be in use further up the stack.</returns>
    public nint Arm(uint* word)
    {
        if (!WakesForTheDead)
        {
            return 0;
        }

        if (_isOurs)
        {
            Find();
        }

        nint before = _head->Pending;
        Volatile.Write(ref _head->Pending, (nint)word - _head->Offset);
        return before;
    }

    public void Restore(nint before)
    {
        if (WakesForTheDead)
        {
            Volatile.Write(ref _head->Pending, before);
        }
    }

    /// <summary>
    /// Enters a word that this thread owns. The slot points at it meanwhile, so there is no moment at which its death would go unnoticed.
    /// </summary>
    /// <param name="word">With room for two pointers before and at its entry.</param>
    public void Enter(OwnedWord word)
    {
        nint* entry = word.Entry;
        nint first = _head->First;
        entry[-1] = (nint)_head;
        entry[0] = first;
        LinkBack(first, (nint)entry);

        // Last: from here on the kernel finds it.
        Volatile.Write(ref _head->First, (nint)entry);
        OwnedWord? newest = Owned;
        word.HasOthersBehind = first != EntryOrHead(newest);
        if (newest is not null)
        {
            // Only then: a reference is written with the collector's barrier, also one to nothing that is read from somewhere.
            word.NextOwned = newest;
        }

        Owned = word;
        Count++;
    }

    /// <summary>
    /// Takes a word out, before it is given up; the slot points at it meanwhile. Its neighbours in the list are known without looking at the
    /// entry, which in a view other processes can write; only where the C library's own robust locks lie between are its links believed.
    /// </summary>
    public void Remove(OwnedWord word)
    {
        OwnedWord? before = null;
        for (OwnedWord? newer = Owned; !ReferenceEquals(newer, word); newer = newer!.NextOwned)
        {
            before = newer;
        }

        nint* entry = word.Entry;
        bool hasOthersBefore = before?.HasOthersBehind ?? _head->First != (nint)entry;
        nint previous = hasOthersBefore ? entry[-1] : EntryOrHead(before);
        nint next = word.HasOthersBehind ? entry[0] : EntryOrHead(word.NextOwned);
        Volatile.Write(ref *(nint*)(previous & ~1), next);
        LinkBack(next, previous);
        if (before is null && word.NextOwned is null)
        {
            // Mostly it is the only one, and then there is no barrier, as in Enter.
            Owned = null;
        }
        else if (before is null)
        {
            Owned = word.NextOwned;
        }
        else
        {
            before.NextOwned = word.NextOwned;
            before.HasOthersBehind |= word.HasOthersBehind;
        }

        word.NextOwned = null;
        Count--;
    }

    /// <summary>The back links are the C library's own, before each entry; the head has none that anybody reads.</summary>
    private void LinkBack(nint next, nint previous)
    {
        if ((next & ~1) != (nint)_head)
        {
            *((nint*)(next & ~1) - 1) = previous;
        }
    }

    private nint EntryOrHead(OwnedWord? word) => word is null ? (nint)_head : (nint)word.Entry;

    private static bool CanGet()
    {
        Head* head;
        nuint length;
        return syscall(SYS_get_robust_list, 0, &head, &length) == 0;
    }

    private void Find()
    {
        Head* head = null;
        nuint length;
        _ = syscall(SYS_get_robust_list, 0, &head, &length);
        _isOurs = _isOurs && head == _head;
        if (head is null)
        {
            // The C library has registered none for this thread yet (musl does so late). One of our own then, for the thread's whole life.
            head = (Head*)NativeMemory.AllocZeroed((nuint)sizeof(Head));
            head->First = (nint)head;
            _ = syscall(SYS_set_robust_list, (nint)head, (Head**)sizeof(Head), null);
            _isOurs = true;
        }

        _head = head;
        _canEnter = WakesForTheDead && !_isOurs && head->Offset == -EntryBehindWord;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, nint first, Head** second, nuint* third);
}
