using System.Globalization;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Windows;

/// <summary>What the kernel's object directories and the objects themselves tell.</summary>
internal static unsafe class ObjectListing
{
    /// <summary>Names of marks (<see cref="MappedFile"/>) and of the events of conditions (<see cref="WindowsCondition"/>), which no user made.</summary>
    public const string MarkPrefix = "crossmap-mapped-", NotificationPrefix = "crossmap-notified-";

    /// <summary>Names of the parts of reader-writer locks and of the places of sections, which no user made either.</summary>
    public const string LockPrefix = "crossmap-lock-", PlacePrefix = "crossmap-place-";

    /// <summary>Behind a lock's key: the part that its writer owns.</summary>
    public const string WriterPart = "-writer";

    private const string Global = @"Global\", Local = @"Local\";
    private const string GlobalDirectory = @"\BaseNamedObjects";

    /// <summary>A type's name as the kernel knows it.</summary>
    private const string SectionType = "Section", SemaphoreType = "Semaphore", MutexType = "Mutant", EventType = "Event";

    public static List<NamedObjectInfo> List()
    {
        List<NamedObjectInfo> infos = [];
        foreach ((string name, string type) in Entries())
        {
            try
            {
                if (!IsMark(name) && Describe(name, type) is { } info)
                {
                    infos.Add(info);
                }
            }
            catch (UnauthorizedAccessException)
            {
                // Not for the caller: left out.
            }
        }

        infos.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return infos;
    }

    public static NamedObjectInfo? Find(ObjectName name)
    {
        if (name.IsUnnamed)
        {
            Errors.Throw(ERROR_INVALID_HANDLE, "The empty name names the directory of objects, which cannot be opened as one.");
        }

        string plain = name.Original.StartsWith(Local, StringComparison.Ordinal) ? name.Original[Local.Length..] : name.Original;
        try
        {
            return Describe(plain, SectionType);
        }
        catch (IOException e) when (Errors.CodeOf(e) == ERROR_INVALID_HANDLE)
        {
            return FindOther(plain);
        }
    }

    /// <summary>What the kernel says about any handle.</summary>
    public static Ntdll.ObjectInformation Query(KernelHandle handle)
    {
        Ntdll.ObjectInformation information;
        int status = Ntdll.NtQueryObject(handle.DangerousGetHandle(), Ntdll.ObjectBasicInformation, &information, sizeof(Ntdll.ObjectInformation), out _);
        GC.KeepAlive(handle);
        return status >= 0 ? information : throw WindowsError.OfStatus(status, "The handle cannot be examined");
    }

    /// <summary>The kind of object that a bare value is a handle to, in the kernel's words; null when it is none.</summary>
    public static string? TypeOf(nint handle)
    {
        // The name comes first; the longest is shorter than this by far.
        byte* buffer = stackalloc byte[512];
        int status = Ntdll.NtQueryObject(handle, Ntdll.ObjectTypeInformation, buffer, 512, out _);
        return status >= 0 ? ((Ntdll.CountedString*)buffer)->ToString() : null;
    }

    /// <summary>The whole name of an object, with the directories that it lies in; null for an unnamed one.</summary>
    public static string? NameOf(KernelHandle handle)
    {
        const int most = ushort.MaxValue + 32;
        byte[] buffer = new byte[most];
        fixed (byte* start = buffer)
        {
            int status = Ntdll.NtQueryObject(handle.DangerousGetHandle(), Ntdll.ObjectNameInformation, start, most, out _);
            GC.KeepAlive(handle);
            string name = status >= 0 ? ((Ntdll.CountedString*)start)->ToString() : throw WindowsError.OfStatus(status, "The object's name cannot be read");
            return name.Length == 0 ? null : name;
        }
    }

    private static NamedObjectInfo? FindOther(string name)
    {
        // A mark is nobody's to find, and is an event.
        string? type = IsMark(name) ? null : Entries().Where(entry => entry.Name == name).Select(entry => entry.Type).FirstOrDefault();
        return type is null ? throw WindowsError.Of(ERROR_INVALID_HANDLE, $"The object '{name}' is of a kind that this library does not know") : Describe(name, type);
    }

    /// <summary>The part that one of its readers owns.</summary>
    public static string ReaderPart(int slot) => string.Create(CultureInfo.InvariantCulture, $"-reader-{slot}");

    private static bool IsMark(string name)
    {
        ReadOnlySpan<char> plain = name.AsSpan(name.LastIndexOf('\\') + 1);
        return plain.StartsWith(MarkPrefix, StringComparison.Ordinal) || plain.StartsWith(NotificationPrefix, StringComparison.Ordinal)
            || plain.StartsWith(LockPrefix, StringComparison.Ordinal) || plain.StartsWith(PlacePrefix, StringComparison.Ordinal);
    }

    /// <summary>Null when the object is gone, or is none of ours to tell of.</summary>
    private static NamedObjectInfo? Describe(string name, string type)
    {
        using KernelHandle? handle = type switch
        {
            SectionType => Kernel32.OpenFileMapping((uint)(MappingRights.Query | MappingRights.MapRead), 0, name),
            SemaphoreType => Kernel32.OpenSemaphore(Kernel32.SEMAPHORE_QUERY_STATE, 0, name),
            EventType => Kernel32.OpenEvent(Kernel32.EVENT_QUERY_STATE, 0, name),
            MutexType => Kernel32.OpenMutex(Kernel32.MUTANT_QUERY_STATE, 0, name),
            _ => null,
        };
        if (handle is null || WindowsSystem.IsGone(handle, name))
        {
            return null;
        }

        int? handles = Query(handle).HandleCount - 1;
        switch (type)
        {
            case SectionType:
                using (var section = new WindowsSection(handle, createdNew: false, inheritable: false))
                {
                    return ConditionPage.IsOne(handle) ? new NamedObjectInfo { Name = name, Kind = NamedObjectKind.Condition, HandleCount = handles } : new NamedObjectInfo
                    {
                        Name = name,
                        Kind = NamedObjectKind.Mapping,
                        Size = section.Size,
                        Protection = section.Protection,
                        BackingFile = section.BackingFile,
                        HasWaiters = false,
                        HandleCount = handles,
                    };
                }

            case SemaphoreType:
                Ntdll.SemaphoreInformation counts = WindowsSemaphore.Query(handle);
                return counts.MaximumCount == WindowsReaderWriterLock.MaximumOfMark ? DescribeLock(name, handle, handles) : new NamedObjectInfo
                {
                    Name = name,
                    Kind = NamedObjectKind.Semaphore,
                    CurrentCount = counts.CurrentCount,
                    MaximumCount = counts.MaximumCount,
                    HandleCount = handles,
                };

            case EventType:
                Ntdll.EventInformation state = WindowsEvent.Query(handle);
                return new NamedObjectInfo
                {
                    Name = name,
                    Kind = NamedObjectKind.Event,
                    IsSet = state.State != 0,
                    ResetMode = state.Type == Ntdll.NotificationEvent ? EventResetMode.ManualReset : EventResetMode.AutoReset,
                    HandleCount = handles,
                };

            default:
                MutexState mutex = WindowsMutex.Query(handle);
                return new NamedObjectInfo
                {
                    Name = name,
                    Kind = NamedObjectKind.Mutex,
                    IsOwned = mutex.IsOwned,
                    IsAbandoned = mutex.IsAbandoned,
                    Owner = mutex.Owner == 0 ? null : mutex.Owner,
                    HandleCount = handles,
                };
        }
    }

    private static NamedObjectInfo? DescribeLock(string name, KernelHandle mark, int? handles)
    {
        string key = WindowsSystem.KeyOf(name);
        var parts = new KernelHandle[1 + Objects.ReaderWriterLock.MaximumReaders];
        try
        {
            for (int i = 0; i < parts.Length; i++)
            {
                parts[i] = Kernel32.OpenMutex(Kernel32.MUTANT_QUERY_STATE, 0, key + (i == 0 ? WriterPart : ReaderPart(i - 1)));
                if (WindowsSystem.IsGone(parts[i], name))
                {
                    return null;
                }
            }

            ReaderWriterState state = WindowsReaderWriterLock.StateOf(mark, parts[0], parts.AsSpan(1));
            return new NamedObjectInfo
            {
                Name = name,
                Kind = NamedObjectKind.ReaderWriterLock,
                IsOwned = state.IsWriting,
                IsAbandoned = state.IsAbandoned,
                Owner = state.Writer == 0 ? null : state.Writer,
                CurrentReadCount = state.Readers,
                HandleCount = handles,
            };
        }
        finally
        {
            Array.ForEach(parts, part => part?.Dispose());
        }
    }

    /// <summary>The objects of this session, and with their prefix those of the machine. In session 0 both are one directory.</summary>
    private static List<(string Name, string Type)> Entries()
    {
        if (Kernel32.ProcessIdToSessionId(Environment.ProcessId, out uint session) == 0)
        {
            throw WindowsError.Last("The session of this process cannot be read");
        }

        List<(string Name, string Type)> entries = [];
        if (session != 0)
        {
            Read(string.Create(CultureInfo.InvariantCulture, $@"\Sessions\{session}\BaseNamedObjects"), "", entries);
        }

        Read(GlobalDirectory, session == 0 ? "" : Global, entries);
        return entries;
    }

    private static void Read(string path, string prefix, List<(string Name, string Type)> entries)
    {
        const int accessDenied = unchecked((int)0xC000_0022), noMoreEntries = unchecked((int)0x8000_001A);
        KernelHandle directory = null!;
        int status = Ntdll.WithName(path, (in Ntdll.ObjectAttributes attributes) => Ntdll.NtOpenDirectoryObject(out directory, Ntdll.DIRECTORY_QUERY, in attributes));
        if (status == accessDenied && prefix.Length > 0)
        {
            // The machine's own objects are not everybody's to list.
            return;
        }

        if (status < 0)
        {
            throw WindowsError.OfStatus(status, $"The directory of objects '{path}' cannot be opened");
        }

        // One entry: two strings of 64 KiB at most, and what describes them. One a call, because older systems know no other way.
        byte[] buffer = new byte[(2 * ushort.MaxValue) + 256];
        using (directory)
        {
            fixed (byte* start = buffer)
            {
                uint context = 0;
                for (byte restart = 1; ; restart = 0)
                {
                    status = Ntdll.NtQueryDirectoryObject(directory, start, buffer.Length, single: 1, restart, ref context, out _);
                    if (status == noMoreEntries)
                    {
                        return;
                    }

                    if (status < 0)
                    {
                        throw WindowsError.OfStatus(status, $"The directory of objects '{path}' cannot be read");
                    }

                    var entry = (Ntdll.DirectoryEntry*)start;
                    entries.Add((prefix + entry->Name.ToString(), entry->TypeName.ToString()));
                }
            }
        }
    }
}
