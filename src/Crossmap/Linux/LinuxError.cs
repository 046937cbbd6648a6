using Crossmap.Objects;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>Which Win32 error an errno stands for, where a call has no better answer of its own.</summary>
internal static class LinuxError
{
    public static int ToWin32(int errno) => errno switch
    {
        ENOENT => ERROR_FILE_NOT_FOUND,
        ENOTDIR or ELOOP => ERROR_PATH_NOT_FOUND,
        EPERM or EACCES or EISDIR or EROFS => ERROR_ACCESS_DENIED,
        EMFILE or ENFILE => ERROR_TOO_MANY_OPEN_FILES,
        ENOMEM => ERROR_NOT_ENOUGH_MEMORY,
        EFBIG => ERROR_NOT_ENOUGH_MEMORY,
        ENOSPC or EDQUOT => ERROR_DISK_FULL,
        ETXTBSY => ERROR_SHARING_VIOLATION,
        EBADF => ERROR_INVALID_HANDLE,
        EINVAL => ERROR_INVALID_PARAMETER,
        ENAMETOOLONG => ERROR_BAD_PATHNAME,
        EOPNOTSUPP or ENOSYS or ENODEV => ERROR_NOT_SUPPORTED,
        _ => ERROR_GEN_FAILURE,
    };

    /// <summary>The exception for the call that just failed. <paramref name="what"/> is a clause: "the file 'x' cannot be opened".</summary>
    public static Exception Last(string what)
    {
        int errno = Errno;
        return Errors.Of(ToWin32(errno), $"{what}: {System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(errno)} (errno {errno}).");
    }
}
