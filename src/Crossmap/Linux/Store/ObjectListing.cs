using System.Text;
using Crossmap.Objects;
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
    public static NamedObjectInfo Describe(StoreHandle handle)
    {
        List<int> holders = Holders(OpenFiles()[(handle.Device, handle.Inode)], handle.IsGlobal);
        holders.Remove(getpid());
        return Describe(handle.FileDescriptor, handle.Contents!, holders);
    }

    private static void Collect(StoreFolder folder, ILookup<(ulong, ulong), ProcessDescriptors.Descriptor> open, List<NamedObjectInfo> found)
    {
        foreach (string file in FolderWalk.FilesOf(folder))
        {
            // For reading alone, and never buried here: looking changes nothing.
            byte[] fileName = Terminated(file);
            int fd = Libc.Open(folder.Descriptor, fileName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
            if (fd < 0)
            {
                // Gone, or not to be looked at. But a list without what could not be opened for want of descriptors would be no list.
                if (Errno is EMFILE or ENFILE)
                {
                    throw LinuxError.Last($"The objects in '{folder.Path}' cannot be listed");
                }

                continue;
            }

            int locks = fd;
            try
            {
                if (!Status(fd, out FileStatus status) || !status.IsRegular)
                {
                    continue;
                }

                LivenessLock liveness = LivenessLock.For(folder, fd, status.Inode);
                locks = liveness.Descriptor;
                if (liveness.IsHeldByOthers(folder, fileName, in status))
                {
                    found.Add(Describe(fd, ObjectHeader.Read(fd, in status, file), Holders(open[(status.Device, status.Inode)], folder.IsGlobal)));
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
                _ = CloseBoth(fd, locks);
            }
        }
    }

    private static NamedObjectInfo Describe(int fd, ObjectContents contents, List<int> holders)
    {
        ref readonly ObjectHeader header = ref contents.Header;
        var info = new NamedObjectInfo
        {
            Name = contents.Name,
            Kind = header.Kind,
            Size = header.Size,
            Protection = header.Protection,
            BackingFile = contents.Path is null ? null : Encoding.UTF8.GetString(contents.Path),
            MaximumCount = header.MaximumCount,
            HandleCount = holders.Count == 0 ? null : holders.Count,
            Holders = [.. holders.Distinct().Order()],
            HasWaiters = ((uint)header.State & WaitProtocol.Waiting) != 0,
        };
        switch (header.Kind)
        {
            case NamedObjectKind.Semaphore:
                return info with { CurrentCount = SemaphoreProtocol.CountOf(header.State) };
            case NamedObjectKind.Event:
                return info with { IsSet = EventProtocol.IsSet(header.State), ResetMode = header.ManualReset != 0 ? EventResetMode.ManualReset : EventResetMode.AutoReset };
            case NamedObjectKind.Mutex:
                uint word = ObjectHeader.ReadOwnerWord(fd, in header);
                MutexState state = LinuxMutex.StateOf(word);
                return info with
                {
                    IsOwned = state.IsOwned,
                    IsAbandoned = state.IsAbandoned,
                    Owner = OwnerHere(in header, state.Owner),
                    HasWaiters = (word & MutexProtocol.Waiting) != 0,
                };
            case NamedObjectKind.ReaderWriterLock:
                Span<uint> readers = stackalloc uint[Objects.ReaderWriterLock.MaximumReaders];
                ObjectHeader.ReadReaderWords(fd, in header, readers, out uint mark);
                ReaderWriterState inside = LinuxReaderWriterLock.StateOf(ObjectHeader.ReadOwnerWord(fd, in header), mark, readers);
                return info with
                {
                    IsOwned = inside.IsWriting,
                    IsAbandoned = inside.IsAbandoned,
                    Owner = OwnerHere(in header, inside.Writer),
                    CurrentReadCount = inside.Readers,
                    HasWaiters = inside.HasWaiters,
                };
            default:
                return info;
        }
    }

    /// <summary>Null where nobody owns it, or where its owner's number is another one's here.</summary>
    private static int? OwnerHere(in ObjectHeader header, int process) => process == 0 || header.PidNamespace != PidNamespace.Own ? null : process;

    /// <summary>A process for each handle among the descriptors of an object's file.</summary>
    private static List<int> Holders(IEnumerable<ProcessDescriptors.Descriptor> open, bool isGlobal) =>
        [.. open.Where(descriptor => descriptor.IsHandle(isGlobal)).Select(descriptor => descriptor.Process)];

    private static ILookup<(ulong Device, ulong Inode), ProcessDescriptors.Descriptor> OpenFiles() =>
        ProcessDescriptors.All().ToLookup(descriptor => (descriptor.Device, descriptor.Inode));
}
