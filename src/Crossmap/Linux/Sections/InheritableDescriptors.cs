using System.Collections.Concurrent;
using System.Globalization;
using Crossmap.Objects;
using Microsoft.Win32.SafeHandles;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>
/// The descriptors by which a child process inherits a section or something to wait for: the object's, with a liveness lock that the child shares and nobody
/// unlocks, and that of the file under a section. The child is told their numbers and takes them over.
/// </summary>
internal sealed class InheritableDescriptors : IDisposable
{
    /// <summary>The objects' descriptors that this process holds for its children.</summary>
    private static readonly ConcurrentDictionary<int, bool> s_offered = [];

    private const string Inherited = "the inherited object";

    private readonly SafeFileHandle _object;
    private readonly SafeFileHandle? _locks;
    private readonly SafeFileHandle? _file;

    /// <param name="objectHandle">Stays the caller's.</param>
    /// <param name="file">Of a section over a file.</param>
    /// <param name="rights">Of the handle; for other kinds their own bits.</param>
    public InheritableDescriptors(StoreHandle objectHandle, BackingFile? file, MappingRights rights)
    {
        (_object, _locks) = objectHandle.OpenInheritable();
        try
        {
            _file = file?.OpenInheritable();
        }
        catch
        {
            Dispose();
            throw;
        }

        s_offered[Number(_object)] = true;
        Text = string.Create(CultureInfo.InvariantCulture, $"{Number(_object)}:{Number(_locks)}:{Number(_file)}:{(int)rights}");
    }

    /// <summary>What the child is told.</summary>
    public string Text { get; }

    /// <summary>In the child: the section behind <see cref="Text"/>. On failure all descriptors stay as they were: the numbers may mean something else.</summary>
    public static LinuxSection Adopt(string text) => Adopt(text, static (handle, contents, fileFd, asked) =>
    {
        if (contents.Header.Kind != NamedObjectKind.Mapping)
        {
            Errors.Throw(ERROR_INVALID_HANDLE, "The inherited handle is none to a mapping.");
        }

        MappingRights rights = SectionRules.Granted((MappingRights)asked);
        BackingFile? file = contents.Path is null ? null : BackingFile.Adopt(fileFd, in contents.Header, Inherited);
        try
        {
            MappedFileEntry? entry = file is null ? null : MappedFileEntry.Hold(file.Status, ProtectionRules.CanWrite(contents.Header.Protection));
            return new LinuxSection(handle, file, entry, in contents.Header, rights, createdNew: false, inheritable: false);
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    });

    /// <summary>The same for a semaphore, an event or a mutex.</summary>
    public static Waitable AdoptWaitable(string text) => Adopt(text, static (handle, contents, _, _) => LinuxSystem.Attached(handle, contents));

    private static T Adopt<T>(string text, Func<StoreHandle, ObjectContents, int, int, T> attach)
    {
        string[] parts = text.Split(':');
        Span<int> numbers = stackalloc int[4];
        bool isSound = parts.Length == numbers.Length;
        for (int i = 0; isSound && i < numbers.Length; i++)
        {
            isSound = int.TryParse(parts[i], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out numbers[i]);
        }

        (int objectFd, int locksFd, int fileFd) = (numbers[0], numbers[1], numbers[2]);

        // Taken over once, the numbers may belong to others: to descriptors of this process's own, which are never inheritable. And what this
        // process offers to its children is not its own to take.
        isSound = isSound && IsInheritable(objectFd) && (locksFd < 0 || IsInheritable(locksFd)) && (fileFd < 0 || IsInheritable(fileFd)) && !s_offered.ContainsKey(objectFd);
        if (!isSound || !Status(objectFd, out FileStatus status) || !status.IsRegular)
        {
            throw Errors.Of(ERROR_INVALID_HANDLE, $"'{text}' is no inherited handle of this process.");
        }

        ObjectContents contents = ContentsOf(objectFd, in status, text);
        StoreHandle handle = Hold(objectFd, in status, contents.Name);
        T adopted;
        try
        {
            adopted = attach(handle, contents, fileFd, numbers[3]);
        }
        catch
        {
            handle.Dispose();
            throw;
        }

        _ = close(objectFd);
        if (locksFd >= 0)
        {
            _ = close(locksFd);
        }

        return adopted;
    }

    public void Dispose()
    {
        if (!_object.IsClosed)
        {
            // Before it is closed: behind that the number may be somebody else's.
            s_offered.TryRemove(Number(_object), out _);
        }

        _object.Dispose();
        _locks?.Dispose();
        _file?.Dispose();
    }

    private static int Number(SafeFileHandle? handle) => handle is null ? -1 : (int)handle.DangerousGetHandle();

    private static ObjectContents ContentsOf(int fd, in FileStatus status, string text)
    {
        try
        {
            return ObjectHeader.Read(fd, in status, Inherited);
        }
        catch (InvalidDataException e) when (Errors.CodeOf(e) == ERROR_FILE_CORRUPT)
        {
            // A descriptor of some other file.
            throw Errors.Of(ERROR_INVALID_HANDLE, $"'{text}' is no inherited handle to an object.");
        }
    }

    /// <summary>A handle of our own. The inherited lock keeps the object and its name alive until ours is taken.</summary>
    private static StoreHandle Hold(int objectFd, in FileStatus status, string name)
    {
        bool isReadOnly = (fcntl(objectFd, F_GETFL, 0) & O_ACCMODE) == O_RDONLY;
        ObjectPath path = name.Length == 0 ? default : ObjectPath.Of(ObjectName.Parse(name));
        StoreFolder? folder = name.Length == 0 ? null : StoreFolder.For(path.IsGlobal);
        return StoreHandle.Hold(objectFd, folder, path.FileName, in status, createdNew: false, isReadOnly);
    }
}
