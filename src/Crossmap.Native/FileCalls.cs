using System.Runtime.InteropServices;
using Crossmap.Objects;
using Microsoft.Win32.SafeHandles;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary>Files.</summary>
internal static unsafe class FileCalls
{
    private const uint OpenExisting = 3;

    [UnmanagedCallersOnly(EntryPoint = "crossmap_CreateFileW")]
    public static nint CreateFileW(char* name, uint access, uint share, SecurityAttributes* attributes, uint disposition, uint flags, nint template)
    {
        try
        {
            return Open(Text.Of(name), access, disposition);
        }
        catch (Exception e)
        {
            return LastError.Fail(e) - 1;
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_CreateFileA")]
    public static nint CreateFileA(byte* name, uint access, uint share, SecurityAttributes* attributes, uint disposition, uint flags, nint template)
    {
        try
        {
            return Open(Text.Of(name), access, disposition);
        }
        catch (Exception e)
        {
            return LastError.Fail(e) - 1;
        }
    }

    /// <summary>An existing file, shared with everybody.</summary>
    private static nint Open(string? name, uint access, uint disposition)
    {
        if (string.IsNullOrEmpty(name))
        {
            Errors.Throw(ERROR_PATH_NOT_FOUND, "A file needs a name.");
        }

        if (disposition != OpenExisting)
        {
            Errors.Throw(ERROR_NOT_SUPPORTED, "Only OPEN_EXISTING.");
        }

        uint rights = RightsMap.File.Granted(access) | FileRights.ReadAttributes | RightsMap.Synchronize;
        FileAccess needed = (rights & (FileRights.WriteData | FileRights.AppendData)) == 0 ? FileAccess.Read
            : (rights & FileRights.ReadData) == 0 ? FileAccess.Write : FileAccess.ReadWrite;
        SafeFileHandle file = File.OpenHandle(name, FileMode.Open, needed, FileShare.ReadWrite | FileShare.Delete);
        return HandleTable.Open(new FileObject(file), rights, inheritable: false);
    }
}
