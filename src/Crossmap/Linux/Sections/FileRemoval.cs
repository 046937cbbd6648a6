using Crossmap.Objects;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>The end of a file's name, which somebody may have open or mapped (facts 214, 215).</summary>
internal static class FileRemoval
{
    /// <summary>Removes the name of a regular file.</summary>
    /// <param name="path">With its terminating NUL.</param>
    /// <param name="status">Of the file that has the name.</param>
    /// <param name="name">As the caller gave it, for what an error says.</param>
    /// <exception cref="IOException">32: open, and not shared for deletion.</exception>
    /// <exception cref="UnauthorizedAccessException">5: mapped, or not the caller's to delete.</exception>
    public static void UnlessUsed(byte[] path, in FileStatus status, string name)
    {
        using ShareModeEntry opened = ShareModeEntry.HoldForCall(in status, ShareModeEntry.Delete, name);
        if (!MappedFileEntry.TryUnlessMapped(in status, () => Remove(path, name)))
        {
            Errors.Throw(ERROR_ACCESS_DENIED, $"The file '{name}' is mapped; it cannot be deleted.");
        }
    }

    /// <summary>Removes a name, whatever it is the name of.</summary>
    public static void Remove(byte[] path, string name)
    {
        if (Unlink(AT_FDCWD, path) != 0)
        {
            throw LinuxError.Last($"The file '{name}' cannot be deleted");
        }
    }
}
