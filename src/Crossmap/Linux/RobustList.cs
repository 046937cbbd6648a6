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
        Head* head = t_head;
        if (head is null)
        {
            t_head = head = Find();
        }

        nint before = head->Pending;
        Volatile.Write(ref head->Pending, (nint)word - head->FutexOffset);
        return before;
    }

    public static void Restore(nint before) => Volatile.Write(ref t_head->Pending, before);

    private static Head* Find()
    {
        Head* head;
        nuint length;
        if (syscall(SYS_get_robust_list, 0, &head, &length) != 0)
        {
            throw new PlatformNotSupportedException("This kernel has no robust futexes (get_robust_list), so waiting could hang after a kill.");
        }

        if (head is null)
        {
            // The C library has registered none for this thread yet (musl does so late). One of our own then, for the thread's whole life.
            head = (Head*)NativeMemory.AllocZeroed((nuint)sizeof(Head));
            head->Next = (nint)head;
            _ = syscall(SYS_set_robust_list, (nint)head, (Head**)sizeof(Head), null);
        }

        return head;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, nint first, Head** second, nuint* third);
}
