using System.Runtime.InteropServices;
using Crossmap.Linux;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary>Files: their position and their size.</summary>
internal static unsafe class FileSizeCalls
{
    private const uint FromBegin = 0, FromCurrent = 1, FromEnd = 2;

    /// <summary>What the calls with 32-bit answers return when they fail. It may be a good answer's low half too: then the last error is 0.</summary>
    private const uint Invalid = 0xFFFF_FFFF;

    [UnmanagedCallersOnly(EntryPoint = "crossmap_SetFilePointer")]
    public static uint SetFilePointer(nint handle, int distance, int* distanceHigh, uint method)
    {
        try
        {
            long asked = distanceHigh is null ? distance : ((long)*distanceHigh << 32) | (uint)distance;
            int error = Move(handle, asked, method, mostIsUnsigned32: distanceHigh is null, out long position);
            if (error != 0)
            {
                LastError.Fail(error);
                return Invalid;
            }

            if (distanceHigh is not null)
            {
                *distanceHigh = (int)(position >> 32);
            }

            if ((uint)position == Invalid)
            {
                LastError.Code = 0;
            }

            return (uint)position;
        }
        catch (Exception e)
        {
            LastError.Fail(e);
            return Invalid;
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_SetFilePointerEx")]
    public static int SetFilePointerEx(nint handle, long distance, long* position, uint method)
    {
        try
        {
            int error = Move(handle, distance, method, mostIsUnsigned32: false, out long moved);
            if (error != 0)
            {
                return LastError.Fail(error);
            }

            if (position is not null)
            {
                *position = moved;
            }

            return 1;
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_SetEndOfFile")]
    public static int SetEndOfFile(nint handle)
    {
        try
        {
            if (HandleTable.Find(handle) is not { Target: FileObject file, Rights: var rights })
            {
                return LastError.Fail(ERROR_INVALID_HANDLE);
            }

            if ((rights & FileRights.WriteData) == 0)
            {
                return LastError.Fail(ERROR_ACCESS_DENIED);
            }

            int error = file.IsRegular ? file.EndHere() : ESPIPE;
            return error == 0 ? 1 : LastError.Fail(CodeOf(error));
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_GetFileSize")]
    public static uint GetFileSize(nint handle, uint* sizeHigh)
    {
        try
        {
            int error = SizeOf(handle, out long size);
            if (error != 0)
            {
                LastError.Fail(error);
                return Invalid;
            }

            if (sizeHigh is not null)
            {
                *sizeHigh = (uint)(size >> 32);
            }

            if ((uint)size == Invalid)
            {
                LastError.Code = 0;
            }

            return (uint)size;
        }
        catch (Exception e)
        {
            LastError.Fail(e);
            return Invalid;
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_GetFileSizeEx")]
    public static int GetFileSizeEx(nint handle, long* size)
    {
        try
        {
            if (size is null)
            {
                return LastError.Fail(ERROR_INVALID_PARAMETER);
            }

            int error = SizeOf(handle, out long found);
            if (error != 0)
            {
                return LastError.Fail(error);
            }

            *size = found;
            return 1;
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    private static int SizeOf(nint handle, out long size)
    {
        size = 0;
        if (HandleTable.Find<FileObject>(handle) is not { } file)
        {
            return ERROR_INVALID_HANDLE;
        }

        if (!file.IsRegular)
        {
            return ERROR_INVALID_FUNCTION;
        }

        int error = file.Examine(out FileStatus status);
        size = status.Size;
        return error == 0 ? 0 : CodeOf(error);
    }

    /// <summary>The Win32 error, 0 for none. The position stays where it is when there is one.</summary>
    private static int Move(nint handle, long distance, uint method, bool mostIsUnsigned32, out long position)
    {
        position = 0;
        if (HandleTable.Find<FileObject>(handle) is not { } file)
        {
            return ERROR_INVALID_HANDLE;
        }

        if (method > FromEnd)
        {
            return ERROR_INVALID_PARAMETER;
        }

        if (!file.IsRegular)
        {
            return ERROR_INVALID_FUNCTION;
        }

        int refused = 0;
        int error = file.Move((fd, current) =>
        {
            long from = method == FromBegin ? 0 : method == FromCurrent ? current : Status(fd, out FileStatus status) ? status.Size : -1;
            long target = unchecked(from + distance);
            if (from < 0)
            {
                refused = CodeOf(Errno);
            }
            else if (distance > 0 && target < 0)
            {
                refused = ERROR_INVALID_PARAMETER;
            }
            else if (target < 0)
            {
                refused = ERROR_NEGATIVE_SEEK;
            }
            else if (mostIsUnsigned32 && target > uint.MaxValue)
            {
                refused = ERROR_INVALID_PARAMETER;
            }

            return refused == 0 ? target : -1;
        }, out position);
        return refused != 0 ? refused : error == 0 ? 0 : CodeOf(error);
    }

    private static int CodeOf(int error) => error switch
    {
        ESPIPE => ERROR_INVALID_FUNCTION,

        // A handle without access to the data has no position.
        EBADF => ERROR_ACCESS_DENIED,
        _ => LinuxError.ToWin32(error),
    };
}
