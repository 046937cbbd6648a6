using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Crossmap.Conformance;

/// <summary>Handles to files as .NET opens them, and the one that it cannot open.</summary>
internal static partial class FileHandles
{
    public static SafeFileHandle Open(string path, FileAccess access, FileShare share = FileShare.ReadWrite | FileShare.Delete) =>
        File.OpenHandle(path, FileMode.Open, access, share);

    /// <summary>A handle that may neither read nor write (<c>CreateFile</c> with access 0, <c>open</c> with <c>O_PATH</c>).</summary>
    public static SafeFileHandle WithoutAccess(string path)
    {
        const int shareAll = 7, openExisting = 3, O_PATH = 0x20_0000, O_CLOEXEC = 0x8_0000;
        nint handle = OperatingSystem.IsWindows() ? CreateFileW(path, 0, shareAll, 0, openExisting, 0, 0) : open(path, O_PATH | O_CLOEXEC, 0);
        Assert.NotEqual(-1, handle);
        return new SafeFileHandle(handle, ownsHandle: true);
    }

    [LibraryImport("kernel32", StringMarshalling = StringMarshalling.Utf16, SetLastError = true)]
    private static partial nint CreateFileW(string path, int access, int share, nint security, int disposition, int flags, nint template);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int open(string path, int flags, int mode);
}
