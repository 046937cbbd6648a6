using System.Text;
using static Crossmap.Linux.Libc;

namespace Crossmap.Linux;

/// <summary>What <c>crossmap list</c> and <c>info</c> show: read without holding, as far as the caller may look.</summary>
internal static class ObjectListing
{
    public static List<NamedObjectInfo> List()
    {
        ILookup<(ulong, ulong), ProcessDescriptors.Descriptor> open = OpenFiles();
        List<NamedObjectInfo> found = [];
        Collect(StoreFolder.For(isGlobal: false), open, found);
        if (StoreFolder.TryGlobal() is { } global)
        {
            Collect(global, open, found);
        }

        found.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return found;
    }

    /// <summary>Of an object that the caller holds; his own handle is not counted.</summary>
    public static NamedObjectInfo Describe(StoreHandle handle, Subject subject)
    {
        ObjectHeader header = ObjectHeader.Read(handle.Descriptor, handle.Length, subject, out string name, out byte[]? path);
        List<int> holders = Holders(OpenFiles()[(handle.Device, handle.Inode)], handle.CarriesLock);
        holders.Remove(getpid());
        return Describe(in header, name, path, holders);
    }

    private static void Collect(StoreFolder folder, ILookup<(ulong, ulong), ProcessDescriptors.Descriptor> open, List<NamedObjectInfo> found)
    {
        foreach (string file in Directory.EnumerateFiles(folder.Path, "*", ObjectStore.Everything))
        {
            // For reading alone, and never buried here: looking changes nothing.
            byte[] fileName = Terminated(Path.GetFileName(file));
            int fd = Libc.Open(folder.Descriptor, fileName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
            if (fd < 0)
            {
                continue;
            }

            LivenessLock liveness = default;
            try
            {
                if (!Status(fd, out FileStatus status) || !status.IsRegular || (folder.IsGlobal && Path.GetFileName(file) == ".locks"))
                {
                    continue;
                }

                liveness = LivenessLock.For(folder, fd, status.Inode);
                if (liveness.IsHeldByOthers(folder, fileName, in status))
                {
                    ObjectHeader header = ObjectHeader.Read(fd, status.Size, file, out string name, out byte[]? path);
                    found.Add(Describe(in header, name, path, Holders(open[(status.Device, status.Inode)], !liveness.IsOwn)));
                }
            }
            catch (UnauthorizedAccessException)
            {
                // The locks cannot be asked (somebody removed those of Global\): nothing of this folder is shown, and the others are.
                return;
            }
            catch (InvalidDataException)
            {
                // Corrupt or of a newer version: nothing true can be said of it. Opening it by name says what is wrong.
            }
            finally
            {
                liveness.Close();
                _ = close(fd);
            }
        }
    }

    private static NamedObjectInfo Describe(in ObjectHeader header, string name, byte[]? path, List<int> holders) => new()
    {
        Name = name,
        Kind = header.Kind,
        Size = header.Size,
        Protection = header.Protection,
        BackingFile = path is null ? null : Encoding.UTF8.GetString(path),
        CurrentCount = header.Kind == NamedObjectKind.Semaphore ? (int)(header.SemaphoreState >> 32) : 0,
        MaximumCount = header.MaximumCount,
        HandleCount = holders.Count == 0 ? null : holders.Count,
        Holders = [.. holders.Distinct().Order()],
    };

    /// <summary>
    /// A process for each handle among the descriptors of an object's file. Where the lock lies on the file itself a handle is a descriptor
    /// that carries it; the ones without are for mapping, or somebody's who only looks.
    /// </summary>
    private static List<int> Holders(IEnumerable<ProcessDescriptors.Descriptor> open, bool carriesLock) =>
        [.. open.Where(descriptor => !carriesLock || descriptor.HasLock).Select(descriptor => descriptor.Process)];

    private static ILookup<(ulong Device, ulong Inode), ProcessDescriptors.Descriptor> OpenFiles() =>
        ProcessDescriptors.All().ToLookup(descriptor => (descriptor.Device, descriptor.Inode));
}
