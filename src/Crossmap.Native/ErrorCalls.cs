using System.Runtime.InteropServices;

namespace Crossmap.Native;

/// <summary>The last error.</summary>
internal static class ErrorCalls
{
    [UnmanagedCallersOnly(EntryPoint = "crossmap_GetLastError")]
    public static uint GetLastError() => (uint)LastError.Code;

    [UnmanagedCallersOnly(EntryPoint = "crossmap_SetLastError")]
    public static void SetLastError(uint code) => LastError.Code = (int)code;
}
