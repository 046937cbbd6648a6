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
        EAGAIN => ERROR_LOCK_VIOLATION, // a lease on a file that is to be opened
        EBADF => ERROR_INVALID_HANDLE,
        EINVAL => ERROR_INVALID_PARAMETER,
        ENAMETOOLONG => ERROR_BAD_PATHNAME,
        EOPNOTSUPP or ENOSYS or ENODEV => ERROR_NOT_SUPPORTED,
        _ => ERROR_GEN_FAILURE,
    };

    /// <summary>The exception for the call that just failed. <paramref name="what"/> is a clause: "the file 'x' cannot be opened".</summary>
    public static Exception Last(string what) => Of(Errno, what);

    /// <summary>The same for an errno kept from before: other calls, also the runtime's own, overwrite the last one.</summary>
    public static Exception Of(int errno, string what) =>
        Errors.Of(ToWin32(errno), $"{what}: {System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(errno)} (errno {errno}).");
}
