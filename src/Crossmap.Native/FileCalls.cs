using System.Runtime.InteropServices;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary>Files: opening, creating, deleting, and of what type they are.</summary>
internal static unsafe class FileCalls
{
    private const uint Unknown = 0, Disk = 1, Character = 2, Pipe = 3;

    [UnmanagedCallersOnly(EntryPoint = "crossmap_CreateFileW")]
    public static nint CreateFileW(char* name, uint access, uint share, SecurityAttributes* attributes, uint disposition, uint flags, nint template)
    {
        try
        {
            return FileOpening.Open(Text.Of(name), access, share, attributes, disposition, flags);
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
            return FileOpening.Open(Text.Of(name), access, share, attributes, disposition, flags);
        }
        catch (Exception e)
        {
            return LastError.Fail(e) - 1;
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_DeleteFileW")]
    public static int DeleteFileW(char* name)
    {
        try
        {
            FileDeletion.Delete(Text.Of(name));
            return 1;
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_DeleteFileA")]
    public static int DeleteFileA(byte* name)
    {
        try
        {
            FileDeletion.Delete(Text.Of(name));
            return 1;
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_GetFileType")]
    public static uint GetFileType(nint handle)
    {
        if (HandleTable.Find<FileObject>(handle) is not { } file)
        {
            // Also a section's (fact 275).
            LastError.Fail(ERROR_INVALID_HANDLE);
            return Unknown;
        }

        return file.Kind switch
        {
            S_IFREG or S_IFBLK => Disk,
            S_IFCHR => Character,
            _ => Pipe,
        };
    }
}
