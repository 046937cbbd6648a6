using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>Which run of the kernel this is. What lies in a real file outlives it; the threads that it names do not.</summary>
internal static class BootIdentity
{
    /// <summary>Empty when it cannot be told.</summary>
    private static readonly Guid Own = Read();

    public static Guid Required()
    {
        if (Own == Guid.Empty)
        {
            Errors.Throw(ERROR_NOT_SUPPORTED, "A mutex in a view needs /proc/sys/kernel/random/boot_id: only there it shows whether the threads that its bytes name are of this run of the kernel.");
        }

        return Own;
    }

    private static Guid Read()
    {
        try
        {
            return Guid.TryParse(File.ReadAllText("/proc/sys/kernel/random/boot_id"), out Guid id) ? id : Guid.Empty;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Guid.Empty;
        }
    }
}
