using System.Text;
using static Crossmap.Linux.Libc;

namespace Crossmap.Linux;

/// <summary>What <c>crossmap list</c> and <c>info</c> show: read without holding, as far as the caller may look.</summary>
internal static class ObjectListing
{
    public static List<NamedObjectInfo> List()
    {
        Dictionary<(ulong, ulong), List<int>> holders = Holders();
        List<NamedObjectInfo> found = [];
        Collect(StoreFolder.For(isGlobal: false), holders, found);
        if (StoreFolder.TryGlobal() is { } global)
        {
            Collect(global, holders, found);
        }

        found.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return found;
    }

    /// <summary>Of an object that the caller holds; his own handle is not counted.</summary>
    public static NamedObjectInfo Describe(StoreHandle handle, Subject subject)
    {
        ObjectHeader header = ObjectHeader.Read(handle.Descriptor, handle.Length, subject, out string name, out byte[]? path);
        Dictionary<(ulong, ulong), List<int>> all = Holders();
        List<int> holders = all.GetValueOrDefault((handle.Device, handle.Inode)) ?? [];
        holders.Remove(getpid());
        return Describe(in header, name, path, holders);
    }

    private static void Collect(StoreFolder folder, Dictionary<(ulong, ulong), List<int>> holders, List<NamedObjectInfo> found)
    {
        foreach (string file in Directory.EnumerateFiles(folder.Path, "*", ObjectStore.Everything))
        {
            // For reading alone, and never buried here: looking changes nothing.
            int fd = Libc.Open(folder.Descriptor, Terminated(Path.GetFileName(file)), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
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
                if (liveness.IsHeldByOthers())
                {
                    ObjectHeader header = ObjectHeader.Read(fd, status.Size, file, out string name, out byte[]? path);
                    found.Add(Describe(in header, name, path, holders.GetValueOrDefault((status.Device, status.Inode)) ?? []));
                }
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

    /// <summary>For each file that is open somewhere: a process for each of its descriptors. A handle is one descriptor of the object's file.</summary>
    private static Dictionary<(ulong, ulong), List<int>> Holders()
    {
        Dictionary<(ulong, ulong), List<int>> holders = [];
        foreach (ProcessDescriptors.Descriptor descriptor in ProcessDescriptors.All())
        {
            (ulong, ulong) key = (descriptor.Device, descriptor.Inode);
            if (!holders.TryGetValue(key, out List<int>? processes))
            {
                holders[key] = processes = [];
            }

            processes.Add(descriptor.Process);
        }

        return holders;
    }
}
