using System.Runtime.InteropServices;

namespace Crossmap.Linux;

/// <summary>The futex call for words that processes share.</summary>
internal static unsafe partial class Futex
{
    private const long SYS_futex = 202;
    private const int FUTEX_WAKE = 1, FUTEX_WAIT_BITSET = 9;
    private const uint FUTEX_BITSET_MATCH_ANY = 0xFFFF_FFFF;

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpecification
    {
        public long Seconds;
        public long Nanoseconds;
    }

    /// <summary>Sleeps while the word has that value.</summary>
    /// <param name="word">In shared memory.</param>
    /// <param name="value">What it must still be.</param>
    /// <param name="deadline">Nanoseconds of the monotonic clock (<see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>); negative for none.</param>
    /// <returns>False when the deadline passed.</returns>
    public static bool Wait(uint* word, uint value, long deadline)
    {
        var until = new TimeSpecification { Seconds = deadline / 1_000_000_000, Nanoseconds = deadline % 1_000_000_000 };
        return syscall(SYS_futex, word, FUTEX_WAIT_BITSET, value, deadline < 0 ? null : &until, null, FUTEX_BITSET_MATCH_ANY) == 0
            || Marshal.GetLastPInvokeError() != ETIMEDOUT;
    }

    public static void Wake(uint* word, int count) => syscall(SYS_futex, word, FUTEX_WAKE, (uint)count, null, null, 0);

    private const int ETIMEDOUT = 110;

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, uint* word, int operation, uint value, TimeSpecification* timeout, uint* word2, uint value3);
}
