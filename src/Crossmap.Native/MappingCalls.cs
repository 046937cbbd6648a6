using System.Runtime.InteropServices;
using Crossmap.Linux;
using Crossmap.Objects;
using Microsoft.Win32.SafeHandles;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary>File mappings: their creation and opening.</summary>
internal static unsafe class MappingCalls
{
    /// <summary>The SEC_ flags of flProtect; the rest is the protection.</summary>
    private const uint SectionFlags = 0xFF80_0000;

    [UnmanagedCallersOnly(EntryPoint = "crossmap_CreateFileMappingW")]
    public static nint CreateFileMappingW(nint file, SecurityAttributes* attributes, uint protect, uint sizeHigh, uint sizeLow, char* name)
    {
        try
        {
            return Create(file, attributes, protect, sizeHigh, sizeLow, Text.Of(name));
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_CreateFileMappingA")]
    public static nint CreateFileMappingA(nint file, SecurityAttributes* attributes, uint protect, uint sizeHigh, uint sizeLow, byte* name)
    {
        try
        {
            return Create(file, attributes, protect, sizeHigh, sizeLow, Text.Of(name));
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_OpenFileMappingW")]
    public static nint OpenFileMappingW(uint access, int inherit, char* name)
    {
        try
        {
            return Open(access, inherit != 0, Text.Of(name));
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_OpenFileMappingA")]
    public static nint OpenFileMappingA(uint access, int inherit, byte* name)
    {
        try
        {
            return Open(access, inherit != 0, Text.Of(name));
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    private static nint Create(nint file, SecurityAttributes* attributes, uint protect, uint sizeHigh, uint sizeLow, string? name)
    {
        var protection = (PageProtection)(protect & ~SectionFlags);
        ProtectionRules.CheckProtection(protection);
        SafeFileHandle? mapped = file is 0 or -1 ? null : FileFor(file, protection);
        ulong size = ((ulong)sizeHigh << 32) | sizeLow;
        if (size > long.MaxValue)
        {
            // Fact 40; for a file Windows has one of two answers (fact 43).
            Errors.Throw(ERROR_NOT_ENOUGH_MEMORY, $"A section of {size} bytes is larger than any file.");
        }

        var parsed = ObjectName.Parse(name);
        var section = (LinuxSection)ObjectSystem.Current.CreateSection(new SectionRequest
        {
            Name = parsed,
            File = mapped,
            FileMayExecute = true, // asked of the handle's rights already
            Size = (long)size,
            Protection = protection,
            Options = (SectionOptions)(protect & SectionFlags),
            Audience = SecurityAttributes.Audience(attributes, !parsed.IsUnnamed),
            Inheritable = SecurityAttributes.IsInheritable(attributes),
        });
        nint handle = HandleTable.Open(new SectionObject(section), (uint)section.Rights, SecurityAttributes.IsInheritable(attributes));

        // Facts 26 and 61: success is said too.
        LastError.Code = section.CreatedNew ? 0 : ERROR_ALREADY_EXISTS;
        return handle;
    }

    /// <summary>Facts 45-50: reading always, and what the protection adds.</summary>
    private static SafeFileHandle FileFor(nint file, PageProtection protection)
    {
        Handle handle = HandleTable.Require<FileObject>(file);
        uint needed = FileRights.ReadData | (ProtectionRules.CanWrite(protection) ? FileRights.WriteData : 0) | (ProtectionRules.CanExecute(protection) ? FileRights.Execute : 0);
        if ((handle.Rights & needed) != needed)
        {
            Errors.Throw(ERROR_ACCESS_DENIED, $"The file's handle has the rights 0x{handle.Rights:X}; {protection} needs 0x{needed:X}.");
        }

        return ((FileObject)handle.Target).File;
    }

    private static nint Open(uint access, bool inheritable, string? name)
    {
        if (name is null)
        {
            return LastError.Fail(ERROR_INVALID_PARAMETER);
        }

        if (name.Length == 0)
        {
            // It opens the directory of names itself, which is no section (fact 69).
            return LastError.Fail(ERROR_INVALID_HANDLE);
        }

        var section = (LinuxSection?)ObjectSystem.Current.OpenSection(ObjectName.Parse(name), (MappingRights)access, inheritable);
        return section is null ? LastError.Fail(ERROR_FILE_NOT_FOUND) : HandleTable.Open(new SectionObject(section), (uint)section.Rights, inheritable);
    }
}
