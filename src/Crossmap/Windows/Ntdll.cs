using System.Runtime.InteropServices;

namespace Crossmap.Windows;

/// <summary>What only the native calls tell: what a section and a semaphore are, which rights a handle has, which objects there are.</summary>
internal static unsafe partial class Ntdll
{
    public const int ObjectBasicInformation = 0, ObjectNameInformation = 1, ObjectTypeInformation = 2;
    public const int MemoryMappedFilenameInformation = 2;
    public const uint DIRECTORY_QUERY = 1;

    /// <summary>The type of event that is reset by hand.</summary>
    public const int NotificationEvent = 0;
    public const uint OBJ_CASE_INSENSITIVE = 0x40;

    private const string Library = "ntdll.dll";

    /// <summary><c>UNICODE_STRING</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct CountedString
    {
        /// <summary>Bytes.</summary>
        public ushort Length;
        public ushort MaximumLength;
        public char* Buffer;

        public override readonly string ToString() => new(Buffer, 0, Length / sizeof(char));
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct ObjectAttributes
    {
        public int Length;
        public nint RootDirectory;
        public CountedString* ObjectName;
        public uint Attributes;
        public nint SecurityDescriptor;
        public nint SecurityQualityOfService;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct SectionInformation
    {
        public nint BaseAddress;
        public uint Attributes;
        public long Size;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct SemaphoreInformation
    {
        public int CurrentCount;
        public int MaximumCount;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct EventInformation
    {
        public int Type;
        public int State;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct MutantInformation
    {
        /// <summary>1 when it is free, and less by one for each time that its owner waited for it.</summary>
        public int CurrentCount;
        public byte OwnedByCaller;
        public byte Abandoned;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct MutantOwnerInformation
    {
        public nint Process;
        public nint Thread;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct ObjectInformation
    {
        public uint Attributes;
        public uint GrantedAccess;
        public int HandleCount;
        public int PointerCount;
        private fixed uint _rest[10];
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct DirectoryEntry
    {
        public CountedString Name;
        public CountedString TypeName;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct IoStatus
    {
        public nint Status;
        public nint Information;
    }

    [LibraryImport(Library)]
    public static partial int NtQuerySection(SafeHandle section, int kind, out SectionInformation information, nint bytes, nint returned);

    [LibraryImport(Library)]
    public static partial int NtQuerySemaphore(SafeHandle semaphore, int kind, out SemaphoreInformation information, int bytes, nint returned);

    [LibraryImport(Library)]
    public static partial int NtQueryEvent(SafeHandle handle, int kind, out EventInformation information, int bytes, nint returned);

    [LibraryImport(Library)]
    public static partial int NtQueryMutant(SafeHandle mutant, int kind, out MutantInformation information, int bytes, nint returned);

    [LibraryImport(Library, EntryPoint = "NtQueryMutant")]
    public static partial int NtQueryMutantOwner(SafeHandle mutant, int kind, out MutantOwnerInformation information, int bytes, nint returned);

    [LibraryImport(Library)]
    public static partial int NtQueryObject(nint handle, int kind, void* information, int bytes, out int returned);

    [LibraryImport(Library)]
    public static partial int NtQueryVirtualMemory(nint process, nint address, int kind, void* information, nint bytes, nint returned);

    [LibraryImport(Library)]
    public static partial int NtOpenDirectoryObject(out KernelHandle directory, uint access, in ObjectAttributes attributes);

    [LibraryImport(Library)]
    public static partial int NtQueryDirectoryObject(SafeHandle directory, void* buffer, int bytes, byte single, byte restart, ref uint context, out uint returned);

    [LibraryImport(Library)]
    public static partial int NtOpenFile(out KernelHandle file, uint access, in ObjectAttributes attributes, out IoStatus status, uint share, uint options);

    [LibraryImport(Library)]
    public static partial int RtlNtStatusToDosError(int status);

    /// <summary>Calls what takes a name as the kernel takes it.</summary>
    public delegate int Named(in ObjectAttributes attributes);

    public static int WithName(string name, Named call)
    {
        fixed (char* characters = name)
        {
            var counted = new CountedString { Length = (ushort)(name.Length * sizeof(char)), MaximumLength = (ushort)(name.Length * sizeof(char)), Buffer = characters };
            var attributes = new ObjectAttributes { Length = sizeof(ObjectAttributes), ObjectName = &counted, Attributes = OBJ_CASE_INSENSITIVE };
            return call(in attributes);
        }
    }
}
