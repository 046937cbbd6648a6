using System.Runtime.InteropServices;
using Crossmap.Testing;

namespace Crossmap.Conformance.CInterface;

/// <summary>
/// The calls as C programs make them, by the addresses of their exports: Windows' own libraries there, libcrossmap.so on Linux, which brings a
/// second .NET runtime into this process.
/// </summary>
internal static class CLibrary
{
    /// <summary>Windows keeps the newest calls out of kernel32.</summary>
    private static readonly Lazy<nint[]> s_libraries = new(() => OperatingSystem.IsWindows()
        ? [NativeLibrary.Load("kernel32"), NativeLibrary.Load("kernelbase"), NativeLibrary.Load("advapi32")]
        : [NativeLibrary.Load(BuiltLibrary.File)]);

    /// <summary>The address of a call, by its name in C.</summary>
    public static nint Export(string name)
    {
        string export = OperatingSystem.IsWindows() ? name : $"crossmap_{name}";
        foreach (nint library in s_libraries.Value)
        {
            if (NativeLibrary.TryGetExport(library, export, out nint address))
            {
                return address;
            }
        }

        throw new EntryPointNotFoundException($"No library has {export}.");
    }

    public static void Needed()
    {
        if (OperatingSystem.IsLinux())
        {
            BuiltLibrary.Needed();
        }
    }
}
