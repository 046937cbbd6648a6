using System.Runtime.InteropServices;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>The futex call for words that processes share.</summary>
internal static unsafe partial class Futex
{
    /// <summary>What one call can sleep on (<c>FUTEX_WAITV_MAX</c>).</summary>
    public const int MostSleptOn = 128;

    private const long SYS_futex = 202, SYS_futex_waitv = 449;
    private const int CLOCK_MONOTONIC = 1, EINVAL = 22, ETIMEDOUT = 110;
    private const int FUTEX_WAKE = 1, FUTEX_WAKE_OP = 5, FUTEX_WAIT_BITSET = 9;
    private const uint FUTEX_BITSET_MATCH_ANY = 0xFFFF_FFFF;

    /// <summary>
    /// Operations of FUTEX_WAKE_OP, in its coding: what to do in bits 28-31, with which operand in bits 12-23. The second word's sleepers are
    /// woken if it was not 1 (bits 24-27 and 0-11): these words never are.
    /// </summary>
    private const uint RemoveBit = (8u /* FUTEX_OP_OPARG_SHIFT */ | 3u /* FUTEX_OP_ANDN */) << 28 | 1u /* FUTEX_OP_CMP_NE */ << 24 | 1;

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpecification
    {
        public long Seconds;
        public long Nanoseconds;
    }

    /// <summary><c>struct futex_waitv</c>: a word, and what it must still be.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SleptOn
    {
        public ulong Value;
        public ulong Address;
        private readonly uint _flags;
        private readonly uint _reserved;

        public SleptOn(uint* word, uint value)
        {
            Address = (ulong)word;
            Value = value;
            _flags = 2; // FUTEX2_SIZE_U32
        }
    }

    /// <summary>
    /// Whether this process can sleep on several words: Linux 5.16, and no filter of system calls that forbids it. Asked with none, which is an
    /// invalid argument where it can; a filter may answer anything else.
    /// </summary>
    public static readonly bool CanSleepOnSeveral = syscall(SYS_futex_waitv, null, 0, 0, null, 0) != 0 && Marshal.GetLastPInvokeError() == EINVAL;

    /// <param name="what">What cannot be had without.</param>
    /// <param name="instead">What can.</param>
    public static void RequireSleepOnSeveral(string what, string instead)
    {
        if (!CanSleepOnSeveral)
        {
            Errors.Throw(ERROR_NOT_SUPPORTED,
                $"{what} needs Linux 5.16 or later, and leave to call futex_waitv; this is {Environment.OSVersion.Version}, or a container forbids the call. {instead}");
        }
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

    /// <summary>Sleeps while all words have their values.</summary>
    /// <returns>False when the deadline passed.</returns>
    public static bool Wait(ReadOnlySpan<SleptOn> words, long deadline)
    {
        var until = new TimeSpecification { Seconds = deadline / 1_000_000_000, Nanoseconds = deadline % 1_000_000_000 };
        fixed (SleptOn* first = words)
        {
            return syscall(SYS_futex_waitv, first, (uint)words.Length, 0, deadline < 0 ? null : &until, CLOCK_MONOTONIC) >= 0
                || Marshal.GetLastPInvokeError() != ETIMEDOUT;
        }
    }

    /// <summary>Wakes at most so many sleepers of the word.</summary>
    /// <returns>How many it were.</returns>
    public static int Wake(uint* word, int count) => (int)syscall(SYS_futex, word, FUTEX_WAKE, (uint)count, null, null, 0);

    /// <summary>Clears bit 30 and wakes all sleepers of it and of another word, in one step: a kill comes before or after it.</summary>
    public static void ClearBit30AndWakeAll(uint* word, uint* other) => ClearBitAndWakeAll(word, 30, other);

    /// <summary>Clears bit 31 (FUTEX_WAITERS) and wakes all sleepers, in one step.</summary>
    public static void ClearWaitersAndWakeAll(uint* word) => ClearBitAndWakeAll(word, 31, word);

    /// <summary>The kernel takes the number of the second word's sleepers, whom it is to wake as well, in place of a pointer.</summary>
    private static void ClearBitAndWakeAll(uint* word, int bit, uint* other) =>
        syscall(SYS_futex, other, FUTEX_WAKE_OP, int.MaxValue, (TimeSpecification*)int.MaxValue, word, RemoveBit | (uint)bit << 12);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, uint* word, int operation, uint value, TimeSpecification* timeout, uint* word2, uint value3);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, SleptOn* words, uint count, uint flags, TimeSpecification* timeout, int clock);
}
