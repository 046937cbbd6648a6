using System.Globalization;
using System.Text;
using static Crossmap.Linux.Libc;

namespace Crossmap.Linux;

/// <summary>The open descriptors of all processes that this one may look into, as /proc shows them.</summary>
internal static class ProcessDescriptors
{
    /// <param name="Process">Whose.</param>
    /// <param name="Path">Under <c>/proc</c>, with its terminating NUL: opening it opens the file again.</param>
    /// <param name="Device">Of the file.</param>
    /// <param name="Inode">Of the file.</param>
    public readonly record struct Descriptor(int Process, byte[] Path, ulong Device, ulong Inode)
    {
        /// <summary>Whether its open file description carries a lock on the file.</summary>
        public bool HasLock
        {
            get
            {
                string information = Encoding.UTF8.GetString(Path.AsSpan(..^1)).Replace("/fd/", "/fdinfo/", StringComparison.Ordinal);
                try
                {
                    return File.ReadLines(information).Any(line => line.StartsWith("lock:", StringComparison.Ordinal));
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    return false;
                }
            }
        }
    }

    public static IEnumerable<Descriptor> All()
    {
        foreach (string process in Folders("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            {
                continue;
            }

            foreach (string descriptor in Folders(process + "/fd"))
            {
                // Following the link needs no search of any folder: it leads to the open file, deleted or not.
                byte[] path = Terminated(descriptor);
                if (Status(AT_FDCWD, path, 0, out FileStatus status) && status.IsRegular)
                {
                    yield return new Descriptor(id, path, status.Device, status.Inode);
                }
            }
        }
    }

    /// <summary>A process may end, or close itself to us, at any moment: then it shows nothing.</summary>
    private static string[] Folders(string path)
    {
        try
        {
            return Directory.GetFileSystemEntries(path, "*", FolderWalk.Everything);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
