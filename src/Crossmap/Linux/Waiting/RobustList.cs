using System.Runtime.InteropServices;

namespace Crossmap.Linux;

/// <summary>
/// The kernel's list of what a thread holds when it dies. Only its slot for the operation under way is used: at the thread's death the
/// kernel looks at the word it points to and, if no thread owns that word, wakes one sleeper of it.
/// </summary>
internal static unsafe partial class RobustList
{
    private const long SYS_set_robust_list = 273, SYS_get_robust_list = 274;

    [ThreadStatic]
    private static Head* t_head;

    /// <summary>The C library had none for this thread, and may come to register one at any time.</summary>
    [ThreadStatic]
    private static bool t_isOurs;

    /// <summary>
    /// Whether this kernel does so. Linux since 5.5 ("Prevent robust futex exit race"); 6.2 extended it to words with waiter bits, which
    /// nothing here needs. What is older, or has no robust futexes, leaves a sleeper asleep whose wake-up died with somebody else.
    /// </summary>
    public static bool WakesForTheDead { get; } = Environment.OSVersion.Version >= new Version(5, 5) && CanGet();

    /// <summary><c>struct robust_list_head</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Head
    {
        public nint Next;
        public nint FutexOffset;
        public nint Pending;
    }

    /// <summary>Points the slot at a word.</summary>
    /// <returns>What stood there, for <see cref="Restore"/>: the slot is the C library's, and may be in use further up the stack.</returns>
    public static nint Arm(uint* word)
    {
        if (!WakesForTheDead)
        {
            return 0;
        }

        Head* head = t_head;
        if (head is null || t_isOurs)
        {
            t_head = head = Find();
        }

        nint before = head->Pending;
        Volatile.Write(ref head->Pending, (nint)word - head->FutexOffset);
        return before;
    }

    public static void Restore(nint before)
    {
        if (WakesForTheDead)
        {
            Volatile.Write(ref t_head->Pending, before);
        }
    }

    private static bool CanGet()
    {
        Head* head;
        nuint length;
        return syscall(SYS_get_robust_list, 0, &head, &length) == 0;
    }

    private static Head* Find()
    {
        Head* head = null;
        nuint length;
        _ = syscall(SYS_get_robust_list, 0, &head, &length);
        if (head is null)
        {
            // The C library has registered none for this thread yet (musl does so late). One of our own then, for the thread's whole life.
            head = (Head*)NativeMemory.AllocZeroed((nuint)sizeof(Head));
            head->Next = (nint)head;
            _ = syscall(SYS_set_robust_list, (nint)head, (Head**)sizeof(Head), null);
            t_isOurs = true;
        }

        return head;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, nint first, Head** second, nuint* third);
}
