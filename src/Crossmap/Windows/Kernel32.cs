using System.Runtime.InteropServices;

namespace Crossmap.Windows;

/// <summary>The calls of kernel32 and kernelbase, with their constants, under their native names.</summary>
internal static unsafe partial class Kernel32
{
    public const uint GENERIC_READ = 0x8000_0000, GENERIC_WRITE = 0x4000_0000, GENERIC_EXECUTE = 0x2000_0000, DELETE = 0x1_0000, SYNCHRONIZE = 0x10_0000;
    public const uint FILE_READ_ATTRIBUTES = 0x80, FILE_SHARE_ALL = 7, OPEN_EXISTING = 3, FILE_TYPE_DISK = 1, FILE_FLAG_OPEN_REPARSE_POINT = 0x20_0000;
    public const int FileDispositionInfo = 4, FileEndOfFileInfo = 6;

    public const uint SEMAPHORE_QUERY_STATE = 1, SEMAPHORE_MODIFY_STATE = 2;
    public const uint EVENT_QUERY_STATE = 1, EVENT_MODIFY_STATE = 2;
    public const uint MUTANT_QUERY_STATE = 1;
    public const uint WAIT_OBJECT_0 = 0, WAIT_ABANDONED_0 = 0x80, WAIT_FAILED = uint.MaxValue, MAXIMUM_WAIT_OBJECTS = 64;

    public const uint CREATE_EVENT_MANUAL_RESET = 1, CREATE_EVENT_INITIAL_SET = 2;
    public const uint CREATE_MUTEX_INITIAL_OWNER = 1;

    public const uint DUPLICATE_SAME_ACCESS = 2;

    public const uint MEM_COMMIT = 0x1000, MEM_RESERVE = 0x2000, MEM_REPLACE_PLACEHOLDER = 0x4000, MEM_RELEASE = 0x8000, MEM_FREE = 0x1_0000,
        MEM_RESERVE_PLACEHOLDER = 0x4_0000, MEM_PRESERVE_PLACEHOLDER = 2;

    public const uint PAGE_NOACCESS = 1;

    private const string Library = "kernel32.dll";

    /// <summary>Where the calls on placeholders live; kernel32 does not export them all.</summary>
    private const string Base = "kernelbase.dll";

    [StructLayout(LayoutKind.Sequential)]
    public struct SecurityAttributes
    {
        public int Length;
        public nint SecurityDescriptor;
        public int InheritHandle;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct MemoryInformation
    {
        public nint BaseAddress;
        public nint AllocationBase;
        public uint AllocationProtect;
        public uint PartitionId;
        public nint RegionSize;
        public uint State;
        public uint Protect;
        public uint Type;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    public struct FileInformation
    {
        public uint Attributes;
        public long CreationTime, LastAccessTime, LastWriteTime;
        public uint VolumeSerialNumber;
        public uint SizeHigh, SizeLow;
        public uint NumberOfLinks;
        public uint IndexHigh, IndexLow;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct MemoryRange
    {
        public nint Address;
        public nint Bytes;
    }

    [LibraryImport(Library, SetLastError = true)]
    public static partial int CloseHandle(nint handle);

    [LibraryImport(Library, EntryPoint = "CreateFileW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    public static partial KernelHandle CreateFile(string path, uint access, uint share, nint security, uint disposition, uint flags, nint template);

    [LibraryImport(Library, SetLastError = true)]
    public static partial KernelHandle ReOpenFile(SafeHandle file, uint access, uint share, uint flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial uint GetFileType(SafeHandle file);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int GetFileInformationByHandle(SafeHandle file, out FileInformation information);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int SetFileInformationByHandle(SafeHandle file, int kind, void* information, int bytes);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int FlushFileBuffers(SafeHandle file);

    [LibraryImport(Library, EntryPoint = "GetFinalPathNameByHandleW", SetLastError = true)]
    public static partial uint GetFinalPathNameByHandle(SafeHandle file, char* path, uint characters, uint flags);

    [LibraryImport(Library, EntryPoint = "CreateFileMappingW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    public static partial KernelHandle CreateFileMapping(nint file, in SecurityAttributes security, uint protection, uint sizeHigh, uint sizeLow, string? name);

    [LibraryImport(Library, EntryPoint = "OpenFileMappingW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    public static partial KernelHandle OpenFileMapping(uint access, int inheritable, string name);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint MapViewOfFileEx(SafeHandle section, uint access, uint offsetHigh, uint offsetLow, nint length, nint address);

    [LibraryImport(Base, SetLastError = true)]
    public static partial nint MapViewOfFile3(SafeHandle section, nint process, nint address, ulong offset, nint length, uint allocation, uint protection, nint parameters, uint count);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int UnmapViewOfFile(nint address);

    [LibraryImport(Base, SetLastError = true)]
    public static partial int UnmapViewOfFile2(nint process, nint address, uint flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int FlushViewOfFile(nint address, nint bytes);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint VirtualAlloc(nint address, nint bytes, uint allocation, uint protection);

    [LibraryImport(Base, SetLastError = true)]
    public static partial nint VirtualAlloc2(nint process, nint address, nint bytes, uint allocation, uint protection, nint parameters, uint count);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int VirtualFree(nint address, nint bytes, uint kind);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint VirtualQuery(nint address, out MemoryInformation information, nint bytes);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int VirtualUnlock(nint address, nint bytes);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int PrefetchVirtualMemory(nint process, nint count, in MemoryRange ranges, uint flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int DuplicateHandle(nint sourceProcess, SafeHandle source, nint targetProcess, out KernelHandle target, uint access, int inheritable, uint options);

    /// <summary>For a bare value, of which nobody knows yet what it is.</summary>
    [LibraryImport(Library, EntryPoint = "DuplicateHandle", SetLastError = true)]
    public static partial int DuplicateValue(nint sourceProcess, nint source, nint targetProcess, out KernelHandle target, uint access, int inheritable, uint options);

    [LibraryImport(Library, EntryPoint = "CreateSemaphoreExW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    public static partial KernelHandle CreateSemaphoreEx(in SecurityAttributes security, int initial, int maximum, string? name, uint flags, uint access);

    [LibraryImport(Library, EntryPoint = "OpenSemaphoreW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    public static partial KernelHandle OpenSemaphore(uint access, int inheritable, string name);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int ReleaseSemaphore(SafeHandle semaphore, int count, out int previous);

    [LibraryImport(Library, EntryPoint = "CreateEventExW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    public static partial KernelHandle CreateEventEx(in SecurityAttributes security, string? name, uint flags, uint access);

    [LibraryImport(Library, EntryPoint = "OpenEventW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    public static partial KernelHandle OpenEvent(uint access, int inheritable, string name);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int SetEvent(SafeHandle handle);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int ResetEvent(SafeHandle handle);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int PulseEvent(SafeHandle handle);

    [LibraryImport(Library, EntryPoint = "CreateMutexExW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    public static partial KernelHandle CreateMutexEx(in SecurityAttributes security, string? name, uint flags, uint access);

    [LibraryImport(Library, EntryPoint = "OpenMutexW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    public static partial KernelHandle OpenMutex(uint access, int inheritable, string name);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int ReleaseMutex(SafeHandle handle);

    [LibraryImport(Library, SetLastError = true)]
    public static partial uint WaitForSingleObject(SafeHandle handle, uint milliseconds);

    [LibraryImport(Library, SetLastError = true)]
    public static partial uint WaitForMultipleObjects(uint count, nint* handles, int all, uint milliseconds);

    [LibraryImport(Library, SetLastError = true)]
    public static partial uint SignalObjectAndWait(SafeHandle signaled, SafeHandle waitedFor, uint milliseconds, int alertable);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int ProcessIdToSessionId(int process, out uint session);

    [LibraryImport(Library)]
    public static partial nint LocalFree(nint memory);

    /// <summary>The pseudo handle of this process.</summary>
    public static nint CurrentProcess => -1;

    /// <summary>The size that <c>VirtualQuery</c> is told.</summary>
    public static bool Query(nint address, out MemoryInformation information) => VirtualQuery(address, out information, sizeof(MemoryInformation)) != 0;
}
