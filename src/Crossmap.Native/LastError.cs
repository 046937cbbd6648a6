using System.Runtime.CompilerServices;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary>The calling thread's last error. Calls set it when they fail; of those that succeed only creations do (facts 26, 256).</summary>
internal static class LastError
{
    [ThreadStatic]
    private static int t_code;

    public static int Code
    {
        get => t_code;
        set => t_code = value;
    }

    /// <summary>Sets the error, and is what a call that failed returns: FALSE, NULL or 0.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Fail(int code)
    {
        t_code = code;
        return 0;
    }

    /// <summary>The same for whatever a call met. No exception leaves the library.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Fail(Exception exception) => Fail(CodeOf(exception));

    private static int CodeOf(Exception exception) => Errors.CodeOf(exception) is not 0 and var code ? code : exception switch
    {
        // The runtime's own, which carry no Win32 error. A null pointer where the caller owed memory is the first.
        NullReferenceException => ERROR_NOACCESS,
        ObjectDisposedException => ERROR_INVALID_HANDLE,
        OutOfMemoryException => ERROR_NOT_ENOUGH_MEMORY,
        ArgumentException => ERROR_INVALID_PARAMETER,
        UnauthorizedAccessException => ERROR_ACCESS_DENIED,
        NotSupportedException => ERROR_NOT_SUPPORTED,
        _ => ERROR_GEN_FAILURE,
    };
}
