namespace Crossmap.Compatibility;

/// <summary>The library's errors as the framework's types say them on Windows: by their Win32 number alone, which stays in <see cref="Exception.HResult"/>.</summary>
internal static class FrameworkErrors
{
    public const int FileNotFound = 2;
    public const int PathNotFound = 3;
    public const int AccessDenied = 5;
    public const int InvalidHandle = 6;
    public const int NotSupported = 50;
    public const int InvalidName = 123;
    public const int BadPathName = 161;

    /// <summary>Runs a call of the library, and says its failure in the framework's words.</summary>
    public static T Translate<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception e) when (CodeOf(e) is not (0 or NotSupported))
        {
            throw Of(e);
        }
    }

    /// <summary>The Win32 error inside an exception, or 0.</summary>
    public static int CodeOf(Exception exception) =>
        (exception.HResult & unchecked((int)0xFFFF_0000)) == unchecked((int)0x8007_0000) ? exception.HResult & 0xFFFF : 0;

    /// <summary>The exception that the framework makes of this error; the library's text, which says more than Windows', stays.</summary>
    public static Exception Of(Exception exception)
    {
        Exception translated = CodeOf(exception) switch
        {
            FileNotFound => new FileNotFoundException(exception.Message, exception),
            PathNotFound => new DirectoryNotFoundException(exception.Message, exception),
            AccessDenied => new UnauthorizedAccessException(exception.Message, exception),
            _ => new IOException(exception.Message, exception),
        };
        translated.HResult = exception.HResult;
        return translated;
    }
}
