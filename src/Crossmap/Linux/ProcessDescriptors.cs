using System.Globalization;
using static Crossmap.Linux.Libc;

namespace Crossmap.Linux;

/// <summary>The open descriptors of all processes that this one may look into, as /proc shows them.</summary>
internal static class ProcessDescriptors
{
    public readonly record struct Descriptor(int Process, byte[] Path, ulong Device, ulong Inode);

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
            return Directory.GetFileSystemEntries(path, "*", ObjectStore.Everything);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
