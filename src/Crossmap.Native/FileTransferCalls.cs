using System.Runtime.InteropServices;
using Crossmap.Linux;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary>Files: reading, writing, and making what was written durable.</summary>
internal static unsafe class FileTransferCalls
{
    /// <summary>NTSTATUS of reading behind the end.</summary>
    private const nuint EndOfFile = 0xC000_0011;

    /// <summary>Offsets of an OVERLAPPED that are none.</summary>
    private const ulong WriteToEnd = ulong.MaxValue, UsePosition = ulong.MaxValue - 1;

    [UnmanagedCallersOnly(EntryPoint = "crossmap_ReadFile")]
    public static int ReadFile(nint handle, byte* buffer, uint count, uint* read, Overlapped* overlapped)
    {
        try
        {
            uint done = 0;
            if (read is not null)
            {
                *read = 0;
            }

            if (Find(handle, FileRights.ReadData, out _) is not { } file || !TryBegin(overlapped, mayAppend: false, out long at, out LinuxEvent? completed))
            {
                return 0;
            }

            int error = file.Read(buffer, count, at, out done);
            bool isBehindEnd = error == 0 && done == 0 && count != 0 && overlapped is not null;
            End(overlapped, completed, done, isBehindEnd);
            if (read is not null)
            {
                *read = done;
            }

            return error != 0 ? LastError.Fail(error == EFAULT ? ERROR_NOACCESS : LinuxError.ToWin32(error)) : isBehindEnd ? LastError.Fail(ERROR_HANDLE_EOF) : 1;
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_WriteFile")]
    public static int WriteFile(nint handle, byte* buffer, uint count, uint* written, Overlapped* overlapped)
    {
        try
        {
            uint done = 0;
            if (written is not null)
            {
                *written = 0;
            }

            if (Find(handle, FileRights.WriteData | FileRights.AppendData, out uint rights) is not { } file
                || !TryBegin(overlapped, mayAppend: true, out long at, out LinuxEvent? completed))
            {
                return 0;
            }

            // A handle that may only append does so wherever it is told to write.
            int error = file.Write(buffer, count, (rights & FileRights.WriteData) == 0 ? FileObject.AtEnd : at, out done);
            End(overlapped, completed, done, isBehindEnd: false);
            if (written is not null)
            {
                *written = done;
            }

            return error switch
            {
                0 => 1,
                EFAULT => LastError.Fail(ERROR_INVALID_USER_BUFFER),
                EFBIG => LastError.Fail(ERROR_DISK_FULL),
                _ => LastError.Fail(LinuxError.ToWin32(error)),
            };
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_FlushFileBuffers")]
    public static int FlushFileBuffers(nint handle)
    {
        try
        {
            if (Find(handle, FileRights.WriteData | FileRights.AppendData, out _) is not { } file)
            {
                return 0;
            }

            // Devices have nothing to flush.
            int error = file.IsRegular ? file.Flush() : 0;
            return error == 0 ? 1 : LastError.Fail(LinuxError.ToWin32(error));
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    /// <summary>The file, if the handle has one of these rights; else null, with the error set.</summary>
    private static FileObject? Find(nint handle, uint needed, out uint rights)
    {
        rights = 0;
        if (HandleTable.Find(handle) is not { Target: FileObject file, Rights: var granted })
        {
            LastError.Fail(ERROR_INVALID_HANDLE);
            return null;
        }

        rights = granted;
        if ((granted & needed) == 0)
        {
            LastError.Fail(ERROR_ACCESS_DENIED);
            return null;
        }

        return file;
    }

    private static bool TryBegin(Overlapped* overlapped, bool mayAppend, out long at, out LinuxEvent? completed)
    {
        (at, completed) = (FileObject.AtPosition, null);
        if (overlapped is null)
        {
            return true;
        }

        ulong offset = ((ulong)overlapped->OffsetHigh << 32) | overlapped->Offset;
        if (offset > long.MaxValue && offset != UsePosition && !(offset == WriteToEnd && mayAppend))
        {
            LastError.Fail(ERROR_INVALID_PARAMETER);
            return false;
        }

        at = offset == UsePosition ? FileObject.AtPosition : offset == WriteToEnd ? FileObject.AtEnd : (long)offset;
        if (overlapped->Event != 0)
        {
            completed = EventCalls.Find(overlapped->Event);
            completed?.Reset();
            return completed is not null;
        }

        return true;
    }

    /// <summary>Complete when the call returns: nothing stays pending.</summary>
    private static void End(Overlapped* overlapped, LinuxEvent? completed, uint done, bool isBehindEnd)
    {
        if (overlapped is not null)
        {
            overlapped->Internal = isBehindEnd ? EndOfFile : 0;
            overlapped->InternalHigh = done;
            completed?.Set();
        }
    }

    /// <summary><c>OVERLAPPED</c>, as C lays it out.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Overlapped
    {
        public nuint Internal;
        public nuint InternalHigh;
        public uint Offset;
        public uint OffsetHigh;
        public nint Event;
    }
}
