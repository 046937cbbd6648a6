using System.Diagnostics.CodeAnalysis;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Objects;

/// <summary>
/// The one place where a Win32 error becomes an exception: the type that a .NET user expects, with
/// <c>HResult = 0x80070000 | error</c>, so that either can be asked for.
/// </summary>
internal static class Errors
{
    public static Exception Of(int error, string message, string? parameter = null)
    {
        Exception exception = error switch
        {
            ERROR_FILE_NOT_FOUND => new FileNotFoundException(message),
            ERROR_PATH_NOT_FOUND when parameter is null => new DirectoryNotFoundException(message),
            ERROR_ACCESS_DENIED or ERROR_PRIVILEGE_NOT_HELD => new UnauthorizedAccessException(message),
            ERROR_PATH_NOT_FOUND or ERROR_INVALID_PARAMETER or ERROR_INVALID_NAME or ERROR_BAD_PATHNAME or ERROR_MAPPED_ALIGNMENT or ERROR_NO_SUCH_GROUP
                => new ArgumentException(message, parameter),
            ERROR_TOO_MANY_POSTS => new SemaphoreFullException(message),
#pragma warning disable CA2201 // What users of .NET's own Mutex catch (fact 239).
            ERROR_NOT_OWNER => new ApplicationException(message),
#pragma warning restore CA2201
            ERROR_FILE_CORRUPT or ERROR_REVISION_MISMATCH => new InvalidDataException(message),
            ERROR_NOT_SUPPORTED => new PlatformNotSupportedException(message),
            _ => new IOException(message),
        };
        exception.HResult = unchecked((int)0x8007_0000) | error;
        return exception;
    }

    /// <summary>An argument that is out of range by itself, before the system is asked: 87, like all bad parameters.</summary>
    public static ArgumentOutOfRangeException OutOfRange(string parameter, string message) =>
        new(parameter, message) { HResult = unchecked((int)0x8007_0000) | ERROR_INVALID_PARAMETER };

    public static void ThrowIfLess(long value, long least, string parameter)
    {
        if (value < least)
        {
            throw OutOfRange(parameter, $"{value} is less than {least}.");
        }
    }

    /// <summary>The Win32 error inside an exception, or 0 when it carries none.</summary>
    public static int CodeOf(Exception exception) =>
        (exception.HResult & unchecked((int)0xFFFF_0000)) == unchecked((int)0x8007_0000) ? exception.HResult & 0xFFFF : 0;

    [DoesNotReturn]
    public static void Throw(int error, string message, string? parameter = null) => throw Of(error, message, parameter);
}
