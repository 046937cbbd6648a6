namespace Crossmap.Objects;

/// <summary>The Win32 error codes that the library answers with, under their native names.</summary>
internal static class Win32Error
{
    public const int ERROR_INVALID_FUNCTION = 1;
    public const int ERROR_FILE_NOT_FOUND = 2;
    public const int ERROR_PATH_NOT_FOUND = 3;
    public const int ERROR_TOO_MANY_OPEN_FILES = 4;
    public const int ERROR_ACCESS_DENIED = 5;
    public const int ERROR_INVALID_HANDLE = 6;
    public const int ERROR_NOT_ENOUGH_MEMORY = 8;
    public const int ERROR_BAD_LENGTH = 24;
    public const int ERROR_GEN_FAILURE = 31;
    public const int ERROR_SHARING_VIOLATION = 32;
    public const int ERROR_LOCK_VIOLATION = 33;
    public const int ERROR_HANDLE_EOF = 38;
    public const int ERROR_NOT_SUPPORTED = 50;
    public const int ERROR_FILE_EXISTS = 80;
    public const int ERROR_INVALID_PARAMETER = 87;
    public const int ERROR_BUFFER_OVERFLOW = 111;
    public const int ERROR_DISK_FULL = 112;
    public const int ERROR_INSUFFICIENT_BUFFER = 122;
    public const int ERROR_INVALID_NAME = 123;
    public const int ERROR_NEGATIVE_SEEK = 131;
    public const int ERROR_BAD_PATHNAME = 161;
    public const int ERROR_BUSY = 170;
    public const int ERROR_ALREADY_EXISTS = 183;
    public const int ERROR_BAD_EXE_FORMAT = 193;
    public const int WAIT_TIMEOUT = 258;
    public const int ERROR_DIRECTORY = 267;
    public const int ERROR_NOT_OWNER = 288;
    public const int ERROR_TOO_MANY_POSTS = 298;
    public const int ERROR_MR_MID_NOT_FOUND = 317;
    public const int ERROR_INVALID_ADDRESS = 487;
    public const int ERROR_MUTANT_LIMIT_EXCEEDED = 587;
    public const int ERROR_NOACCESS = 998;
    public const int ERROR_FILE_INVALID = 1006;
    public const int ERROR_NO_UNICODE_TRANSLATION = 1113;
    public const int ERROR_MAPPED_ALIGNMENT = 1132;
    public const int ERROR_USER_MAPPED_FILE = 1224;
    public const int ERROR_UNKNOWN_REVISION = 1305;
    public const int ERROR_REVISION_MISMATCH = 1306;
    public const int ERROR_PRIVILEGE_NOT_HELD = 1314;
    public const int ERROR_NO_SUCH_GROUP = 1319;
    public const int ERROR_FILE_CORRUPT = 1392;
    public const int ERROR_NO_SYSTEM_RESOURCES = 1450;
    public const int ERROR_COMMITMENT_LIMIT = 1455;
    public const int ERROR_NOT_SAME_OBJECT = 1656;
    public const int ERROR_INVALID_USER_BUFFER = 1784;
}
