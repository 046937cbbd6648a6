using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using static Crossmap.Windows.Kernel32;

namespace Crossmap.Windows;

/// <summary>
/// The file under a section and its views: a handle that may only look at it, so that it stands in nobody's way (facts 51-54), and a mark
/// that it is mapped. Shared by the section, its duplicates and its views; the last one closes it.
/// </summary>
internal sealed class MappedFile
{
    private readonly KernelHandle _attributes;
    private readonly KernelHandle? _mark;

    /// <summary>The caller's own handle, as long as he keeps it open: it may share nothing, and then a second one cannot be had.</summary>
    private readonly WeakReference<SafeFileHandle>? _callers;

    private int _references = 1;

    private MappedFile(KernelHandle attributes, SafeFileHandle? callers)
    {
        _attributes = attributes;
        _callers = callers is null ? null : new WeakReference<SafeFileHandle>(callers);

        // An event only because it is the cheapest object that can have a name.
        SecurityAttributes security = default;
        KernelHandle mark = CreateEventEx(in security, MarkOf(attributes, "the mapped file"), CREATE_EVENT_MANUAL_RESET, SYNCHRONIZE);
        _mark = mark.IsInvalid ? null : mark;
    }

    /// <summary>For a section over a file that is open.</summary>
    public static MappedFile Of(SafeHandle file)
    {
        KernelHandle attributes = ReOpenFile(file, FILE_READ_ATTRIBUTES, FILE_SHARE_ALL, 0);
        return attributes.IsInvalid ? throw WindowsError.Last("The mapped file cannot be examined") : new MappedFile(attributes, file as SafeFileHandle);
    }

    /// <summary>For a section that was opened: the file that the kernel names. Null when the caller may not look at it.</summary>
    public static MappedFile? Of(KernelHandle section)
    {
        string? name = NativePath(section);
        KernelHandle? attributes = name is null ? null : Open(name);
        return attributes is null ? null : new MappedFile(attributes, callers: null);
    }

    /// <summary>The path of the file under a section as a user writes it; null where the kernel does not tell.</summary>
    public static unsafe string? PathOf(KernelHandle section)
    {
        string? name = NativePath(section);
        using KernelHandle? file = name is null ? null : Open(name);
        if (file is null)
        {
            return null;
        }

        char[] path = new char[short.MaxValue];
        uint length;
        fixed (char* start = path)
        {
            length = GetFinalPathNameByHandle(file, start, (uint)path.Length, 0);
        }

        const string prefix = @"\\?\";
        string text = new(path, 0, (int)Math.Min(length, (uint)path.Length));
        return length == 0 ? null : text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text;
    }

    /// <summary>Whether some process that uses this library has the file mapped. The kernel itself only tells who tries to destroy it.</summary>
    public static bool IsMapped(string path)
    {
        using KernelHandle file = OpenPath(path, FILE_READ_ATTRIBUTES, "cannot be examined");
        using KernelHandle mark = OpenEvent(SYNCHRONIZE, 0, MarkOf(file, $"the file '{path}'"));
        return !mark.IsInvalid;
    }

    /// <summary>Opens a file by its path, sharing all.</summary>
    public static KernelHandle OpenPath(string path, uint access, string what, uint flags = 0)
    {
        KernelHandle file = CreateFile(Full(path), access, FILE_SHARE_ALL, 0, OPEN_EXISTING, flags, 0);
        return file.IsInvalid ? throw WindowsError.Last($"The file '{path}' {what}") : file;
    }

    /// <summary>What tells the file from all others, whatever its path.</summary>
    public string Identity => IdentityOf(_attributes, "the mapped file");

    public MappedFile AddReference()
    {
        Interlocked.Increment(ref _references);
        return this;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            _mark?.Dispose();
            _attributes.Dispose();
        }
    }

    /// <summary>Waits until the disk has what was written to the file (<c>FlushFileBuffers</c>).</summary>
    public void Flush()
    {
        if (_callers is not null && _callers.TryGetTarget(out SafeFileHandle? callers))
        {
            bool added = false;
            try
            {
                callers.DangerousAddRef(ref added);
                if (FlushFileBuffers(callers) != 0)
                {
                    return;
                }
            }
            catch (ObjectDisposedException)
            {
                // Closed meanwhile, which also ends what it did not share.
            }
            finally
            {
                if (added)
                {
                    callers.DangerousRelease();
                }
            }
        }

        using KernelHandle file = ReOpenFile(_attributes, GENERIC_WRITE, FILE_SHARE_ALL, 0);
        if (file.IsInvalid || FlushFileBuffers(file) == 0)
        {
            throw WindowsError.Last("The changed bytes are in the file, but the disk could not be told to keep them");
        }
    }

    /// <summary>Paths of more than 260 characters are taken literally only, and then must be full.</summary>
    private static string Full(string path)
    {
        const int most = 260;
        string full = Path.GetFullPath(path);
        return full.Length >= most && !full.StartsWith(@"\\", StringComparison.Ordinal) ? @"\\?\" + full : full;
    }

    private static string MarkOf(KernelHandle file, string subject) => ObjectListing.MarkPrefix + IdentityOf(file, subject);

    private static string IdentityOf(KernelHandle file, string subject) =>
        GetFileInformationByHandle(file, out FileInformation information) != 0
            ? string.Create(CultureInfo.InvariantCulture, $"{information.VolumeSerialNumber:x}-{information.IndexHigh:x}-{information.IndexLow:x}")
            : throw WindowsError.Last($"The identity of {subject} cannot be read");

    /// <summary>Opens by the kernel's name for the file, which no letter of a drive is needed for.</summary>
    private static KernelHandle? Open(string nativePath)
    {
        const uint nonDirectory = 0x40;
        KernelHandle? file = null;
        int status = Ntdll.WithName(nativePath, (in Ntdll.ObjectAttributes attributes) =>
            Ntdll.NtOpenFile(out file, FILE_READ_ATTRIBUTES | SYNCHRONIZE, in attributes, out _, FILE_SHARE_ALL, nonDirectory | 0x20 /* synchronous */));
        if (status >= 0)
        {
            return file;
        }

        file?.Dispose();
        return null;
    }

    /// <summary>The kernel tells it of a view only, so one page is mapped for the question.</summary>
    private static unsafe string? NativePath(KernelHandle section)
    {
        const int most = sizeof(char) * short.MaxValue + 16;
        nint view = MapViewOfFileEx(section, (uint)ViewAccess.Read, 0, 0, 1, 0);
        if (view == 0)
        {
            return null;
        }

        byte[] buffer = new byte[most];
        try
        {
            fixed (byte* start = buffer)
            {
                int status = Ntdll.NtQueryVirtualMemory(CurrentProcess, view, Ntdll.MemoryMappedFilenameInformation, start, buffer.Length, 0);
                return status >= 0 ? ((Ntdll.CountedString*)start)->ToString() : null;
            }
        }
        finally
        {
            _ = UnmapViewOfFile(view);
        }
    }
}
