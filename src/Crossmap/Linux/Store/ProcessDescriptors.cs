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
        /// <summary>
        /// Whether it is a handle's, where it leads to an object's file. In <c>Local\</c> that is one that carries the lock; the ones without are for
        /// mapping, or somebody's who only looks. In <c>Global\</c> the file itself carries none. Those of places are marked (<see cref="LinuxPlaces"/>).
        /// </summary>
        public bool IsHandle(bool isGlobal)
        {
            string information = Encoding.UTF8.GetString(Path.AsSpan(..^1)).Replace("/fd/", "/fdinfo/", StringComparison.Ordinal);
            try
            {
                string[] lines = File.ReadAllLines(information);
                return !lines.Any(IsOfPlaces) && (isGlobal || lines.Any(line => line.StartsWith("lock:", StringComparison.Ordinal)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }

        /// <summary>The flags are octal.</summary>
        private static bool IsOfPlaces(string line) =>
            line.StartsWith("flags:", StringComparison.Ordinal) && (Convert.ToInt64(line["flags:".Length..].Trim(), 8) & LinuxPlaces.Mark) != 0;
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
