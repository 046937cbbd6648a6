using System.Runtime.InteropServices;

namespace Crossmap.Torture;

/// <summary>The calls that start, stop, trace and kill processes, under their native names (Linux, x64).</summary>
internal static unsafe partial class Native
{
    public const int SIGKILL = 9, SIGCONT = 18, SIGSTOP = 19, SIGTRAP = 5;
    public const int WNOHANG = 1, __WALL = 0x4000_0000;
    public const int PR_SET_PDEATHSIG = 1;
    public const short POSIX_SPAWN_SETPGROUP = 2;
    public const int PTRACE_SYSCALL = 24, PTRACE_SEIZE = 0x4206, PTRACE_INTERRUPT = 0x4207, PTRACE_GET_SYSCALL_INFO = 0x420E;
    public const nint PTRACE_O_TRACESYSGOOD = 1, PTRACE_O_EXITKILL = 0x10_0000;
    public const byte PTRACE_SYSCALL_INFO_ENTRY = 1, PTRACE_SYSCALL_INFO_EXIT = 2;

    /// <summary><c>struct ptrace_syscall_info</c>, as far as an entry needs it.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 88)]
    public struct SyscallInfo
    {
        [FieldOffset(0)] public byte Operation;
        [FieldOffset(24)] public long Number;

        /// <summary>The second argument.</summary>
        [FieldOffset(40)] public long Operand;
    }

    /// <summary><c>posix_spawnattr_t</c>: 336 bytes in glibc, and the C library's own.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 512)]
    public struct SpawnAttributes
    {
        private long _first;
    }

    [LibraryImport("libc", SetLastError = true)]
    public static partial int posix_spawn(int* pid, byte* path, nint fileActions, SpawnAttributes* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc")]
    public static partial int posix_spawnattr_init(SpawnAttributes* attributes);

    [LibraryImport("libc")]
    public static partial int posix_spawnattr_setflags(SpawnAttributes* attributes, short flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int waitpid(int pid, int* status, int options);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int kill(int pid, int signal);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint ptrace(nint request, nint pid, nint address, nint data);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int prctl(int option, nint argument2, nint argument3, nint argument4, nint argument5);

    public const int F_OFD_SETLK = 37, F_OFD_SETLKW = 38;
    public const short F_WRLCK = 1;

    /// <summary><c>struct flock</c>: all of the file.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct FileLock
    {
        public short Type;
        public short Whence;
        public long Start;
        public long Length;
        public int Process;
    }

    [LibraryImport("libc", SetLastError = true)]
    public static partial int fcntl(int descriptor, int command, FileLock* argument);

    [LibraryImport("libc")]
    public static partial int getppid();

    [LibraryImport("libc")]
    public static partial int gettid();
}
