using System.Runtime.InteropServices;

namespace Crossmap.Conformance.CInterface;

/// <summary>
/// What the calling thread's last call left as the last error. The runtime makes system calls of its own between two of a test's, so each call
/// of this folder begins with <see cref="Spoil"/> and ends with <see cref="Kept"/>, directly at the call.
/// </summary>
internal static unsafe class LastError
{
    /// <summary>The last error of a call that did not set it.</summary>
    public const uint Untouched = 0xDEAD_BEEF;

    private static readonly delegate* unmanaged<uint> s_get = (delegate* unmanaged<uint>)CLibrary.Export("GetLastError");
    private static readonly delegate* unmanaged<uint, void> s_set = (delegate* unmanaged<uint, void>)CLibrary.Export("SetLastError");

    [ThreadStatic]
    private static uint t_code;

    public static uint Code => t_code;

    public static void Spoil() => s_set(Untouched);

    /// <summary>Passes a call's result on, and keeps its last error.</summary>
    public static T Kept<T>(T result)
    {
        // On Windows the runtime's own look at it is the one that nothing comes before.
        t_code = OperatingSystem.IsWindows() ? (uint)Marshal.GetLastSystemError() : s_get();
        return result;
    }
}
