using System.Runtime.InteropServices;

namespace Crossmap.Torture;

/// <summary>
/// Follows one thread of a child from system call to system call, and kills it at a chosen stop. At an entry stop the call does not happen:
/// the kernel skips it when a fatal signal is pending. At an exit stop it has happened, and nothing after it does. All calls must come
/// from one thread, which is the child's tracer.
/// </summary>
internal static unsafe class SyscallTracer
{
    public const int Never = int.MaxValue;

    private const long Futex = 202, FutexOfSeveral = 449;

    /// <summary>For a process that has not warmed up: calls that touch files. The rest is the runtime at its own work.</summary>
    private static readonly HashSet<long> FileCalls =
        [2, 17, 18, 72, 73, 77, 80, 82, 83, 86, 87, 91, 93, 137, 138, 217, 257, 258, 260, 262, 263, 264, 265, 268, 269, 285, 316, 332];

    /// <summary>What happened: the stops between the marks, and the call at which the child was killed or <see langword="null"/> when it came to the end.</summary>
    public readonly record struct Trace(int Stops, string? KilledAt, string? Unexpected);

    /// <summary>
    /// The child waits for <paramref name="go"/>; <paramref name="begin"/> is called when it is at the first mark, and <paramref name="asleep"/>
    /// when it sleeps for an object. In the end it is dead and reaped.
    /// </summary>
    public static Trace Run(ChildProcess child, int killAt, bool onlyFileCalls, Action go, Action begin, Action asleep)
    {
        Trace trace = Follow(child, killAt, onlyFileCalls, go, begin, asleep);
        child.Kill();
        return trace;
    }

    private static Trace Follow(ChildProcess child, int killAt, bool onlyFileCalls, Action go, Action begin, Action asleep)
    {
        bool sleeps = false;
        int status = 0, marks = 0, stops = 0;
        long number = -1;
        if (Native.ptrace(Native.PTRACE_SEIZE, child.Id, 0, Native.PTRACE_O_TRACESYSGOOD | Native.PTRACE_O_EXITKILL) != 0 ||
            Native.ptrace(Native.PTRACE_INTERRUPT, child.Id, 0, 0) != 0)
        {
            return new Trace(0, null, $"ptrace: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }

        _ = Native.waitpid(child.Id, &status, Native.__WALL);
        go();
        nint signal = 0;
        while (Native.ptrace(Native.PTRACE_SYSCALL, child.Id, 0, signal) == 0)
        {
            if (sleeps && Sleepers.Sleeps(child.Id, child.Id))
            {
                asleep();
            }

            sleeps = false;
            _ = Native.waitpid(child.Id, &status, Native.__WALL);
            if ((status & 0xFF) != 0x7F)
            {
                return new Trace(stops, null, $"it ended by itself, status {status:x}");
            }

            int stop = status >> 8;
            if (stop != (Native.SIGTRAP | 0x80))
            {
                // A signal on its way to the child is passed on; a stop of the tracing itself carries an event above the signal.
                signal = stop > 0xFF ? 0 : stop;
                continue;
            }

            signal = 0;
            Native.SyscallInfo info;
            if (Native.ptrace(Native.PTRACE_GET_SYSCALL_INFO, child.Id, sizeof(Native.SyscallInfo), (nint)(&info)) < 0)
            {
                break;
            }

            bool isEntry = info.Operation == Native.PTRACE_SYSCALL_INFO_ENTRY;
            number = isEntry ? info.Number : number;
            if (number == SyscallScript.MarkNumber)
            {
                marks += isEntry ? 1 : 0;
                if (marks == 2)
                {
                    return new Trace(stops, null, null);
                }

                if (isEntry)
                {
                    begin();
                }

                continue;
            }

            sleeps = marks == 1 && isEntry && (number == FutexOfSeveral || (number == Futex && info.Operand == Sleepers.WaitOperation));
            if (marks == 1 && (!onlyFileCalls || FileCalls.Contains(number)) && stops++ == killAt)
            {
                return new Trace(stops, $"{(isEntry ? "entry" : "exit")} of system call {number}, stop {killAt}", null);
            }
        }

        return new Trace(stops, null, $"ptrace: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
    }
}
