using System.Runtime.InteropServices;

namespace Crossmap.Testing;

/// <summary>The Wine that this process runs under, by the one export that only Wine's ntdll has.</summary>
internal static unsafe class Wine
{
    /// <summary>Such as "8.0"; null on Linux and on Windows itself.</summary>
    public static string? Version { get; } = Detect();

    private static string? Detect() =>
        OperatingSystem.IsWindows() && NativeLibrary.TryGetExport(NativeLibrary.Load("ntdll.dll"), "wine_get_version", out nint export)
            ? Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)export)())
            : null;
}
