using Crossmap.Objects;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>
/// Which processes this one shares process and thread numbers with. In almost every container the first process is number 1: owners known
/// by number would be mixed up, and two would own a mutex at once.
/// </summary>
internal static class PidNamespace
{
    /// <summary>0 when it cannot be told.</summary>
    public static ulong Own { get; } = Status(AT_FDCWD, "/proc/self/ns/pid\0"u8, 0, out FileStatus status) ? status.Inode : 0;

    /// <summary>Its number, which no other one has while it lives.</summary>
    public static ulong Required(Subject subject)
    {
        if (Own == 0)
        {
            Errors.Throw(ERROR_NOT_SUPPORTED, $"{subject} needs /proc: a mutex's owner is known by his thread's number, and only there it shows who counts by the same numbers.");
        }

        return Own;
    }

    /// <summary>Refuses a mutex of another one.</summary>
    public static void RequireOwn(ulong number, Subject subject)
    {
        if (number != Required(subject))
        {
            Errors.Throw(ERROR_NOT_SUPPORTED,
                $"{subject} was created in another PID namespace, as of another container: its owner's thread number would be another thread's here. Let all its users share one (--pid).");
        }
    }
}
