using System.Runtime.InteropServices;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary>Handles of any kind.</summary>
internal static class HandleCalls
{
    [UnmanagedCallersOnly(EntryPoint = "crossmap_CloseHandle")]
    public static int CloseHandle(nint handle)
    {
        try
        {
            return HandleTable.Close(handle) ? 1 : LastError.Fail(ERROR_INVALID_HANDLE);
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }
}
