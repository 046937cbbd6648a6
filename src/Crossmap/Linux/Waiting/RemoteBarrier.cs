using System.Runtime.InteropServices;

namespace Crossmap.Linux;

/// <summary>
/// A memory barrier on all processors that run a process which asked for it (<c>membarrier</c>, Linux 4.16). Who sleeps pays for it, so that who
/// publishes a message needs none.
/// </summary>
internal sealed partial class RemoteBarrier
{
    private const long SYS_membarrier = 324;
    private const int GLOBAL_EXPEDITED = 2, REGISTER_GLOBAL_EXPEDITED = 4;

    /// <summary>Asks for it once, for the whole process.</summary>
    private RemoteBarrier() =>
        IsAvailable = syscall(SYS_membarrier, REGISTER_GLOBAL_EXPEDITED, 0, 0) == 0 && syscall(SYS_membarrier, GLOBAL_EXPEDITED, 0, 0) == 0;

    public static RemoteBarrier Instance { get; } = new();

    /// <summary>No: an old kernel, or a filter of system calls that forbids it.</summary>
    public bool IsAvailable { get; }

    /// <summary>Where it is not available: this processor's only.</summary>
    public void Issue()
    {
        if (!IsAvailable || syscall(SYS_membarrier, GLOBAL_EXPEDITED, 0, 0) != 0)
        {
            Interlocked.MemoryBarrier();
        }
    }

    [LibraryImport("libc")]
    private static partial long syscall(long number, int command, uint flags, int processor);
}
