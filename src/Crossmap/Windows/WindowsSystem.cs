using System.Globalization;
using System.Runtime.InteropServices;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;
using static Crossmap.Windows.Kernel32;

namespace Crossmap.Windows;

/// <summary>
/// The seam over kernel32. Nothing is checked here that the kernel checks, so its answers are its own; what is asked of it in several calls
/// is asked in the order of the one call that Win32 has for it.
/// </summary>
internal sealed unsafe partial class WindowsSystem : ObjectSystem
{
    public override Section CreateSection(in SectionRequest request)
    {
        if (request.Path is not null)
        {
            // Which access the file is opened with follows from the protection, so that one comes first.
            ProtectionRules.CheckProtection(request.Protection);
            using KernelHandle file = MappedFile.OpenPath(request.Path, AccessFor(request.Protection), "cannot be opened for this protection");
            return CreateOver(file, in request);
        }

        if (request.File is { IsInvalid: true })
        {
            // The invalid handle's value would mean memory.
            Errors.Throw(ERROR_INVALID_HANDLE, "The file's handle is invalid.", "file");
        }

        return request.File is not null ? CreateOver(request.File, in request) : Create(-1, file: null, in request);
    }

    public override Section? OpenSection(ObjectName name, MappingRights rights, bool inheritable)
    {
        KernelHandle handle = OpenFileMapping((uint)rights, inheritable ? 1 : 0, name.Original);
        return IsGone(handle, name.Original) ? null : new WindowsSection(NoCondition(handle, name), createdNew: false, inheritable);
    }

    public override Section AdoptSection(string inherited)
    {
        // Looked at before it is taken: the value may be anybody's handle, and then stays it.
        if (!nint.TryParse(inherited, NumberStyles.None, CultureInfo.InvariantCulture, out nint value) || ObjectListing.TypeOf(value) != "Section")
        {
            throw Errors.Of(ERROR_INVALID_HANDLE, $"'{inherited}' is no inherited handle of this process to a mapping.");
        }

        // Moved to a value that no child inherits and no second caller knows. In two steps: closing the source within the duplication may leave
        // the value as it is.
        if (DuplicateValue(CurrentProcess, value, CurrentProcess, out KernelHandle handle, 0, 0, DUPLICATE_SAME_ACCESS) == 0)
        {
            throw WindowsError.Last("The inherited handle cannot be taken over");
        }

        _ = CloseHandle(value);
        return new WindowsSection(handle, createdNew: false, inheritable: false);
    }

    public override IReadOnlyList<NamedObjectInfo> List() => ObjectListing.List();

    public override NamedObjectInfo? Find(ObjectName name) => ObjectListing.Find(name);

    /// <summary>The kernel leaves nothing behind.</summary>
    public override IReadOnlyList<string> Sweep() => [];

    public override string SetUpGlobal(string group) =>
        throw Errors.Of(ERROR_NOT_SUPPORTED, @"Windows has Global\ of its own: there is nothing to set up. Creating a mapping there takes the privilege SeCreateGlobalPrivilege.");

    public override bool IsFileMapped(string path) => MappedFile.IsMapped(path);

    public override void SetFileLength(string path, long length)
    {
        using KernelHandle file = MappedFile.OpenPath(path, GENERIC_WRITE, "cannot be opened for writing");
        if (SetFileInformationByHandle(file, FileEndOfFileInfo, &length, sizeof(long)) == 0)
        {
            throw WindowsError.Last($"The file '{path}' cannot be given the length {length}");
        }
    }

    public override void DeleteFile(string path)
    {
        // DeleteFile in its own steps: some systems' asks for the deletion at closing, when nobody hears the refusal any more (fact 57).
        using KernelHandle file = MappedFile.OpenPath(path, DELETE, "cannot be opened for deletion", FILE_FLAG_OPEN_REPARSE_POINT);
        byte delete = 1;
        if (SetFileInformationByHandle(file, FileDispositionInfo, &delete, sizeof(byte)) == 0)
        {
            throw WindowsError.Last($"The file '{path}' cannot be deleted; it may be mapped");
        }
    }

    /// <summary>Whether an open failed because there is no such name; fails for any other reason.</summary>
    internal static bool IsGone(KernelHandle handle, string name)
    {
        if (!handle.IsInvalid)
        {
            return false;
        }

        Exception failure = WindowsError.Last($"The object '{name}' cannot be opened");
        return Errors.CodeOf(failure) == ERROR_FILE_NOT_FOUND ? true : throw failure;
    }

    private static WindowsSection CreateOver(SafeHandle file, in SectionRequest request)
    {
        if (GetFileType(file) != FILE_TYPE_DISK)
        {
            throw new NotSupportedException("The file is a pipe or a device; only regular files can be mapped.") { HResult = unchecked((int)0x8007_0000) | ERROR_NOT_SUPPORTED };
        }

        bool added = false;
        try
        {
            file.DangerousAddRef(ref added);
            return Create(file.DangerousGetHandle(), file, in request);
        }
        finally
        {
            if (added)
            {
                file.DangerousRelease();
            }
        }
    }

    private static WindowsSection Create(nint fileValue, SafeHandle? file, in SectionRequest request)
    {
        using var security = ObjectSecurity.Of(request.Audience, request.Inheritable, ObjectSecurity.AllOfSection);
        Kernel32.SecurityAttributes attributes = security.Attributes;
        KernelHandle handle = CreateFileMapping(fileValue, in attributes, (uint)request.Protection | (uint)request.Options,
            (uint)(request.Size >> 32), (uint)request.Size, NullIfUnnamed(request.Name));
        int error = Marshal.GetLastPInvokeError();
        if (handle.IsInvalid)
        {
            string what = $"The mapping {request.Name} of {request.Protection} and {request.Size} bytes cannot be created";
            throw WindowsError.Of(error, what + (error == ERROR_ACCESS_DENIED && request.Name.Original.StartsWith(@"Global\", StringComparison.Ordinal)
                ? @" (in Global\ it takes the privilege SeCreateGlobalPrivilege)" : ""));
        }

        bool isNew = error != ERROR_ALREADY_EXISTS;
        if (!isNew && request.MustBeNew)
        {
            handle.Dispose();
            Errors.Throw(ERROR_ALREADY_EXISTS, $"An object named {request.Name} exists already.");
        }

        if (!isNew)
        {
            // What lies under it is the other creator's choice.
            return new WindowsSection(NoCondition(handle, request.Name), createdNew: false, request.Inheritable);
        }

        try
        {
            return new WindowsSection(handle, createdNew: true, request.Inheritable, file is null ? null : MappedFile.Of(file), request.Protection);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>The handle, unless its section is a condition's, which is an object of another kind though the kernel knows none.</summary>
    private static KernelHandle NoCondition(KernelHandle section, ObjectName name)
    {
        if (ConditionPage.IsOne(section))
        {
            section.Dispose();
            throw WindowsError.Of(ERROR_INVALID_HANDLE, $"The mapping {name} cannot be opened");
        }

        return section;
    }

    private static uint AccessFor(PageProtection protection) =>
        GENERIC_READ | (ProtectionRules.CanWrite(protection) ? GENERIC_WRITE : 0) | (ProtectionRules.CanExecute(protection) ? GENERIC_EXECUTE : 0);

    private static string? NullIfUnnamed(ObjectName name) => name.IsUnnamed ? null : name.Original;
}
