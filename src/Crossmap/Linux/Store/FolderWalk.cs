using static Crossmap.Linux.Libc;

namespace Crossmap.Linux;

/// <summary>What lies in a folder, whatever its name and attributes.</summary>
internal static class FolderWalk
{
    public static EnumerationOptions Everything { get; } = new() { AttributesToSkip = 0, IgnoreInaccessible = true, ReturnSpecialDirectories = false };

    /// <summary>The names of the files in a folder of the store, found on the way and not before: it may be a large folder.</summary>
    /// <exception cref="IOException">No descriptors are left (4).</exception>
    public static IEnumerable<string> FilesOf(StoreFolder folder)
    {
        try
        {
            // This opens the folder, and the walk opens nothing more.
            return Directory.EnumerateFiles(folder.Path, "*", Everything).Select(file => Path.GetFileName(file)).Where(file => !folder.IsGlobal || file != ".locks");
        }
        catch (IOException e) when (e.HResult is EMFILE or ENFILE)
        {
            // The runtime's own exception has the errno itself there.
            throw LinuxError.Of(e.HResult, $"The folder of named objects, '{folder.Path}', cannot be read");
        }
    }
}
