using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary>The texts of the error codes, as <c>FormatMessage</c> gives them in English.</summary>
internal static class SystemMessages
{
    /// <summary>Without a line break; null for a code that no call returns.</summary>
    public static string? Of(uint code) => code switch
    {
        0 => "The operation completed successfully.",
        ERROR_INVALID_FUNCTION => "Incorrect function.",
        ERROR_FILE_NOT_FOUND => "The system cannot find the file specified.",
        ERROR_PATH_NOT_FOUND => "The system cannot find the path specified.",
        ERROR_TOO_MANY_OPEN_FILES => "The system cannot open the file.",
        ERROR_ACCESS_DENIED => "Access is denied.",
        ERROR_INVALID_HANDLE => "The handle is invalid.",
        ERROR_NOT_ENOUGH_MEMORY => "Not enough memory resources are available to process this command.",
        ERROR_BAD_LENGTH => "The program issued a command but the command length is incorrect.",
        ERROR_GEN_FAILURE => "A device attached to the system is not functioning.",
        ERROR_SHARING_VIOLATION => "The process cannot access the file because it is being used by another process.",
        ERROR_LOCK_VIOLATION => "The process cannot access the file because another process has locked a portion of the file.",
        ERROR_HANDLE_EOF => "Reached the end of the file.",
        ERROR_NOT_SUPPORTED => "The request is not supported.",
        ERROR_FILE_EXISTS => "The file exists.",
        ERROR_INVALID_PARAMETER => "The parameter is incorrect.",
        ERROR_BUFFER_OVERFLOW => "The file name is too long.",
        ERROR_DISK_FULL => "There is not enough space on the disk.",
        ERROR_INSUFFICIENT_BUFFER => "The data area passed to a system call is too small.",
        ERROR_INVALID_NAME => "The filename, directory name, or volume label syntax is incorrect.",
        ERROR_NEGATIVE_SEEK => "An attempt was made to move the file pointer before the beginning of the file.",
        ERROR_BAD_PATHNAME => "The specified path is invalid.",
        ERROR_BUSY => "The requested resource is in use.",
        ERROR_ALREADY_EXISTS => "Cannot create a file when that file already exists.",
        ERROR_BAD_EXE_FORMAT => "%1 is not a valid Win32 application.",
        WAIT_TIMEOUT => "The wait operation timed out.",
        ERROR_DIRECTORY => "The directory name is invalid.",
        ERROR_NOT_OWNER => "Attempt to release mutex not owned by caller.",
        ERROR_TOO_MANY_POSTS => "Too many posts were made to a semaphore.",
        ERROR_MR_MID_NOT_FOUND => "The system cannot find message text for message number 0x%1 in the message file for %2.",
        ERROR_INVALID_ADDRESS => "Attempt to access invalid address.",
        ERROR_MUTANT_LIMIT_EXCEEDED => "An attempt was made to acquire a mutant such that its maximum count would have been exceeded.",
        ERROR_NOACCESS => "Invalid access to memory location.",
        ERROR_FILE_INVALID => "The volume for a file has been externally altered so that the opened file is no longer valid.",
        ERROR_NO_UNICODE_TRANSLATION => "No mapping for the Unicode character exists in the target multi-byte code page.",
        ERROR_MAPPED_ALIGNMENT => "The base address or the file offset specified does not have the proper alignment.",
        ERROR_USER_MAPPED_FILE => "The requested operation cannot be performed on a file with a user-mapped section open.",
        ERROR_UNKNOWN_REVISION => "The revision level is unknown.",
        ERROR_REVISION_MISMATCH => "Indicates two revision levels are incompatible.",
        ERROR_PRIVILEGE_NOT_HELD => "A required privilege is not held by the client.",
        ERROR_FILE_CORRUPT => "The file or directory is corrupted and unreadable.",
        ERROR_NO_SYSTEM_RESOURCES => "Insufficient system resources exist to complete the requested service.",
        ERROR_COMMITMENT_LIMIT => "The paging file is too small for this operation to complete.",
        ERROR_NOT_SAME_OBJECT => "The handles provided do not refer to the same object.",
        ERROR_INVALID_USER_BUFFER => "The supplied user buffer is not valid for the requested operation.",
        _ => null,
    };
}
