using System.Runtime.InteropServices;

namespace Crossmap.Conformance.CInterface;

/// <summary>Calls for files.</summary>
internal static unsafe class FileCalls
{
    public const uint GENERIC_READ = 0x8000_0000, GENERIC_WRITE = 0x4000_0000, GENERIC_EXECUTE = 0x2000_0000, DELETE = 0x0001_0000;
    public const uint FILE_APPEND_DATA = 0x4, FILE_EXECUTE = 0x20, FILE_READ_ATTRIBUTES = 0x80;
    public const uint CREATE_NEW = 1, CREATE_ALWAYS = 2, OPEN_EXISTING = 3, OPEN_ALWAYS = 4, TRUNCATE_EXISTING = 5;
    public const uint FILE_FLAG_DELETE_ON_CLOSE = 0x0400_0000;
    public const uint FILE_BEGIN = 0, FILE_CURRENT = 1, FILE_END = 2;
    public const uint FILE_TYPE_UNKNOWN = 0, FILE_TYPE_DISK = 1;

    /// <summary>INVALID_SET_FILE_POINTER and INVALID_FILE_SIZE.</summary>
    public const uint INVALID = 0xFFFF_FFFF;

    private static readonly delegate* unmanaged<char*, uint, uint, void*, uint, uint, nint, nint> s_create =
        (delegate* unmanaged<char*, uint, uint, void*, uint, uint, nint, nint>)CLibrary.Export("CreateFileW");

    private static readonly delegate* unmanaged<char*, int> s_delete = (delegate* unmanaged<char*, int>)CLibrary.Export("DeleteFileW");
    private static readonly delegate* unmanaged<nint, byte*, uint, uint*, AtOffset*, int> s_read =
        (delegate* unmanaged<nint, byte*, uint, uint*, AtOffset*, int>)CLibrary.Export("ReadFile");

    private static readonly delegate* unmanaged<nint, byte*, uint, uint*, AtOffset*, int> s_write =
        (delegate* unmanaged<nint, byte*, uint, uint*, AtOffset*, int>)CLibrary.Export("WriteFile");

    private static readonly delegate* unmanaged<nint, int> s_flush = (delegate* unmanaged<nint, int>)CLibrary.Export("FlushFileBuffers");
    private static readonly delegate* unmanaged<nint, int, int*, uint, uint> s_move = (delegate* unmanaged<nint, int, int*, uint, uint>)CLibrary.Export("SetFilePointer");
    private static readonly delegate* unmanaged<nint, long, long*, uint, int> s_moveEx = (delegate* unmanaged<nint, long, long*, uint, int>)CLibrary.Export("SetFilePointerEx");
    private static readonly delegate* unmanaged<nint, int> s_end = (delegate* unmanaged<nint, int>)CLibrary.Export("SetEndOfFile");
    private static readonly delegate* unmanaged<nint, uint*, uint> s_size = (delegate* unmanaged<nint, uint*, uint>)CLibrary.Export("GetFileSize");
    private static readonly delegate* unmanaged<nint, long*, int> s_sizeEx = (delegate* unmanaged<nint, long*, int>)CLibrary.Export("GetFileSizeEx");
    private static readonly delegate* unmanaged<nint, uint> s_type = (delegate* unmanaged<nint, uint>)CLibrary.Export("GetFileType");

    public static nint CreateFile(string name, uint access, FileShare share = FileShare.ReadWrite | FileShare.Delete, uint disposition = OPEN_EXISTING, uint flags = 0)
    {
        fixed (char* text = name)
        {
            LastError.Spoil();
            return LastError.Kept(s_create(text, access, (uint)share, null, disposition, flags, 0));
        }
    }

    public static int DeleteFile(string name)
    {
        fixed (char* text = name)
        {
            LastError.Spoil();
            return LastError.Kept(s_delete(text));
        }
    }

    /// <summary><c>SetFileInformationByHandle</c> with <c>FileDispositionInfo</c>, which the C interface on Linux does not have.</summary>
    public static int SetDisposition(nint file, bool deletes)
    {
        const int fileDispositionInfo = 4;
        var set = (delegate* unmanaged<nint, int, byte*, uint, int>)CLibrary.Export("SetFileInformationByHandle");
        byte disposition = deletes ? (byte)1 : (byte)0;
        LastError.Spoil();
        return LastError.Kept(set(file, fileDispositionInfo, &disposition, 1));
    }

    public static int ReadFile(nint file, Span<byte> buffer, out uint read, AtOffset? at = null)
    {
        fixed (byte* start = buffer)
        fixed (uint* done = &read)
        {
            AtOffset overlapped = at ?? default;
            LastError.Spoil();
            return LastError.Kept(s_read(file, start, (uint)buffer.Length, done, at is null ? null : &overlapped));
        }
    }

    public static int WriteFile(nint file, ReadOnlySpan<byte> bytes, out uint written, AtOffset? at = null)
    {
        fixed (byte* start = bytes)
        fixed (uint* done = &written)
        {
            AtOffset overlapped = at ?? default;
            LastError.Spoil();
            return LastError.Kept(s_write(file, start, (uint)bytes.Length, done, at is null ? null : &overlapped));
        }
    }

    public static int FlushFileBuffers(nint file)
    {
        LastError.Spoil();
        return LastError.Kept(s_flush(file));
    }

    /// <summary>Without a high half.</summary>
    public static uint SetFilePointer(nint file, int distance, uint method)
    {
        LastError.Spoil();
        return LastError.Kept(s_move(file, distance, null, method));
    }

    public static uint SetFilePointer(nint file, int distance, ref int high, uint method)
    {
        fixed (int* half = &high)
        {
            LastError.Spoil();
            return LastError.Kept(s_move(file, distance, half, method));
        }
    }

    public static int SetFilePointerEx(nint file, long distance, out long position, uint method)
    {
        fixed (long* moved = &position)
        {
            LastError.Spoil();
            return LastError.Kept(s_moveEx(file, distance, moved, method));
        }
    }

    public static int SetEndOfFile(nint file)
    {
        LastError.Spoil();
        return LastError.Kept(s_end(file));
    }

    public static uint GetFileSize(nint file, out uint high)
    {
        fixed (uint* half = &high)
        {
            LastError.Spoil();
            return LastError.Kept(s_size(file, half));
        }
    }

    public static int GetFileSizeEx(nint file, out long size)
    {
        fixed (long* found = &size)
        {
            LastError.Spoil();
            return LastError.Kept(s_sizeEx(file, found));
        }
    }

    public static uint GetFileType(nint file)
    {
        LastError.Spoil();
        return LastError.Kept(s_type(file));
    }

    /// <summary><c>OVERLAPPED</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct AtOffset
    {
        public nuint Internal;
        public nuint InternalHigh;
        public ulong Offset;
        public nint Event;
    }
}
