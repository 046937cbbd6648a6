using System.Text;
using Crossmap.Linux;
using Crossmap.Objects;
using Microsoft.Win32.SafeHandles;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary><c>CreateFile</c>: files that exist are opened, files that do not are made whole before others can find them.</summary>
internal sealed unsafe class FileOpening
{
    public const uint CreateNew = 1, CreateAlways = 2, OpenExisting = 3, OpenAlways = 4, TruncateExisting = 5;

    private const uint GenericWrite = 0x4000_0000;

    /// <summary>A file that is made and deleted again by others each time that it is looked for; or a link to nothing, which is not created through.</summary>
    private const int MostTries = 100;

    private const uint ReadableByAll = 0x124, WritableByAll = 0x92, OwnerOnly = 0x180; // 0444, 0222, 0600

    private readonly string _name;
    private readonly byte[] _path;
    private readonly uint _rights, _share, _disposition, _flags;
    private readonly ObjectAudience _audience;

    private FileOpening(string name, uint rights, uint share, uint disposition, uint flags, ObjectAudience audience)
    {
        _name = name;
        _path = PathOf(name);
        _rights = rights;
        _share = share;
        _disposition = disposition;
        _flags = flags;
        _audience = audience;
    }

    private bool Truncates => _disposition is CreateAlways or TruncateExisting;

    private bool MayCreate => _disposition is CreateNew or CreateAlways or OpenAlways;

    private bool DeletesOnClose => (_flags & FileFlags.DeleteOnClose) != 0;

    public static nint Open(string? name, uint access, uint share, SecurityAttributes* attributes, uint disposition, uint flags)
    {
        if (string.IsNullOrEmpty(name))
        {
            Errors.Throw(ERROR_PATH_NOT_FOUND, "A file needs a name.");
        }

        if (disposition is 0 or > TruncateExisting || (share & ~ShareModeEntry.All) != 0 || (disposition == TruncateExisting && (access & GenericWrite) == 0))
        {
            Errors.Throw(ERROR_INVALID_PARAMETER, $"There is no disposition {disposition}, no share mode 0x{share:X}, or truncating was asked for without GENERIC_WRITE.");
        }

        FileFlags.Check(flags);
        uint rights = RightsMap.File.Granted(access) | FileRights.ReadAttributes | RightsMap.Synchronize;
        rights |= (flags & FileFlags.DeleteOnClose) != 0 ? FileRights.Delete : 0;
        var opening = new FileOpening(name, rights, share, disposition, flags, SecurityAttributes.Audience(attributes, isNamed: true));
        FileObject file = opening.Run(out bool existed);
        nint handle = HandleTable.Open(file, rights, SecurityAttributes.IsInheritable(attributes));
        LastError.Code = existed && disposition is CreateAlways or OpenAlways ? ERROR_ALREADY_EXISTS : 0;
        return handle;
    }

    /// <summary>In UTF-8, with its terminating NUL.</summary>
    /// <exception cref="ArgumentException">A lone surrogate (1113): no file on Linux has such a name.</exception>
    public static byte[] PathOf(string name)
    {
        try
        {
            return [.. Text.Strict.GetBytes(name), 0];
        }
        catch (EncoderFallbackException)
        {
            throw Errors.Of(ERROR_NO_UNICODE_TRANSLATION, "The file's name is not UTF-16.");
        }
    }

    /// <summary>The path leads nowhere: Windows tells a missing folder (3) from a missing file (2).</summary>
    public static Exception Missing(string name, int errno) => errno == ENOENT && !Directory.Exists(FolderOf(name))
        ? Errors.Of(ERROR_PATH_NOT_FOUND, $"The folder of the file '{name}' does not exist.")
        : LinuxError.Of(errno, $"The file '{name}' cannot be opened");

    private static string FolderOf(string name) => Path.GetDirectoryName(name) switch
    {
        null => "/",
        "" => ".",
        var folder => folder,
    };

    private FileObject Run(out bool existed)
    {
        for (int attempt = 0; attempt < MostTries; attempt++)
        {
            // Looked at before it is opened for use: opening a FIFO or a device does things.
            int place = Libc.Open(AT_FDCWD, _path, O_PATH);
            if (place >= 0)
            {
                try
                {
                    existed = true;
                    if (OpenIt(place) is { } opened)
                    {
                        return opened;
                    }
                }
                finally
                {
                    _ = close(place);
                }
            }
            else if (Errno != ENOENT || !MayCreate)
            {
                throw Missing(_name, Errno);
            }
            else
            {
                existed = false;
                if (Create() is { } created)
                {
                    return created;
                }
            }
        }

        throw Errors.Of(ERROR_FILE_NOT_FOUND, $"The file '{_name}' is a link to nothing, or was there and gone again {MostTries} times in a row.");
    }

    /// <summary>Null when it is not the path's file any more.</summary>
    private FileObject? OpenIt(int place)
    {
        if (!Status(place, out FileStatus status))
        {
            throw LinuxError.Last($"The file '{_name}' cannot be examined");
        }

        if (_disposition == CreateNew)
        {
            Errors.Throw(ERROR_FILE_EXISTS, $"The file '{_name}' exists.");
        }

        if (status.IsDirectory)
        {
            Errors.Throw(ERROR_ACCESS_DENIED, $"'{_name}' is a directory.");
        }

        bool isDevice = (status.Mode & S_IFMT) == S_IFCHR;
        if (!status.IsRegular && !isDevice)
        {
            Errors.Throw(ERROR_NOT_SUPPORTED, $"'{_name}' is a FIFO, a socket or a block device.");
        }

        ShareModeEntry? shares = null;
        int fd = OpenForRights(place, isDevice ? 0 : O_NONBLOCK);
        try
        {
            if (status.IsRegular)
            {
                uint needed = FileRights.Shared(_rights | (Truncates ? FileRights.WriteData : 0));
                shares = Hold(in status, needed);

                // Who deletes a file holds it for that until it is gone: from here on it stays, if it is there.
                if (shares is not null && !(Status(AT_FDCWD, _path, 0, out FileStatus now) && (now.Inode, now.Device) == (status.Inode, status.Device)))
                {
                    return null;
                }

                if (Truncates)
                {
                    Truncate(place, in status);
                    shares!.GiveUp(needed & ~FileRights.Shared(_rights));
                }
            }

            var file = new FileObject(new SafeFileHandle(fd, ownsHandle: true), status.Mode, shares, DeletesOnClose);
            (fd, shares) = (-1, null);
            return file;
        }
        finally
        {
            shares?.Dispose();
            if (fd >= 0)
            {
                _ = close(fd);
            }
        }
    }

    private ShareModeEntry? Hold(in FileStatus status, uint needed) => needed == 0 ? null : ShareModeEntry.TryHold(in status, needed, _share)
        ?? throw Errors.Of(ERROR_SHARING_VIOLATION, $"The file '{_name}' is open, or mapped, in a way that does not go together with this.");

    private void Truncate(int place, in FileStatus status)
    {
        // By a descriptor of its own: the handle may be for reading alone.
        int fd = Reopen(place, O_WRONLY | O_NONBLOCK);
        if (fd < 0)
        {
            throw LinuxError.Last($"The file '{_name}' cannot be opened for writing");
        }

        try
        {
            void Cut()
            {
                if (!SetLength(fd, 0))
                {
                    throw LinuxError.Last($"The file '{_name}' cannot be truncated");
                }
            }

            // Also when it is empty already (fact 56): somebody might be making it longer, to map it, at this moment.
            if (!MappedFileEntry.TryUnlessMapped(in status, Cut))
            {
                Errors.Throw(ERROR_USER_MAPPED_FILE, $"The file '{_name}' is mapped; it cannot be truncated.");
            }
        }
        finally
        {
            _ = close(fd);
        }
    }

    /// <summary>
    /// Null when somebody else was faster. The file gets its name after it is held: who finds it meets its share mode.
    /// </summary>
    private FileObject? Create()
    {
        uint mode = (_flags & FileFlags.ReadOnly) != 0 ? ReadableByAll : ReadableByAll | WritableByAll;
        int fd = Libc.Open(AT_FDCWD, PathOf(FolderOf(_name)), O_TMPFILE | O_RDWR, mode);
        bool hasName = fd < 0 && (Errno is EOPNOTSUPP or EISDIR or EINVAL);
        if (hasName)
        {
            // A file system without unnamed files. Between the creation and the hold somebody may open it first, and if he shares nothing refuse us.
            fd = Libc.Open(AT_FDCWD, _path, O_CREAT | O_EXCL | O_RDWR, mode);
        }

        if (fd < 0)
        {
            return Errno == EEXIST ? Exists() : throw (Errno == ENOENT ? Errors.Of(ERROR_PATH_NOT_FOUND, $"The folder of the file '{_name}' does not exist.")
                : LinuxError.Last($"The file '{_name}' cannot be created"));
        }

        ShareModeEntry? shares = null;
        try
        {
            if (!Status(fd, out FileStatus status) || (_audience == ObjectAudience.Everyone && fchmod(fd, mode) != 0))
            {
                throw LinuxError.Last($"The file '{_name}' cannot be created");
            }

            shares = Hold(in status, FileRights.Shared(_rights));
            uint rest = (uint)status.Mode & 0xFFF;
            if ((rest & OwnerOnly) != OwnerOnly && fchmod(fd, rest | OwnerOnly) != 0)
            {
                throw LinuxError.Last($"The file '{_name}' cannot be created");
            }

            if (!hasName && !TryName(fd))
            {
                return Exists();
            }

            int named = OpenByName(fd, in status);
            _ = (rest & OwnerOnly) != OwnerOnly ? fchmod(fd, rest) : 0;
            var file = new FileObject(new SafeFileHandle(named, ownsHandle: true), status.Mode, shares, DeletesOnClose);
            (fd, shares) = (named == fd ? -1 : fd, null);
            return file;
        }
        finally
        {
            shares?.Dispose();
            if (fd >= 0)
            {
                _ = close(fd);
            }
        }
    }

    /// <summary>
    /// The file that was just made, by its name: the kernel goes on calling a descriptor that was opened without one deleted, and sections and
    /// deletion on close ask it for the path. The descriptor itself when somebody has given the name to another file by now.
    /// </summary>
    private int OpenByName(int fd, in FileStatus made)
    {
        int place = Libc.Open(AT_FDCWD, _path, O_PATH | O_NOFOLLOW);
        if (place < 0)
        {
            return fd;
        }

        try
        {
            return Status(place, out FileStatus status) && (status.Inode, status.Device) == (made.Inode, made.Device) ? OpenForRights(place, O_NONBLOCK) : fd;
        }
        finally
        {
            _ = close(place);
        }
    }

    private FileObject? Exists() => _disposition == CreateNew ? throw Errors.Of(ERROR_FILE_EXISTS, $"The file '{_name}' exists.") : null;

    private bool TryName(int fd)
    {
        Span<byte> buffer = stackalloc byte[32];
        fixed (byte* from = DescriptorPath(fd, buffer))
        fixed (byte* to = _path)
        {
            return linkat(AT_FDCWD, from, AT_FDCWD, to, AT_SYMLINK_FOLLOW) == 0 || (Errno == EEXIST ? false : throw LinuxError.Last($"The file '{_name}' cannot be created"));
        }
    }

    /// <summary>Another descriptor of the file, for what the handle may do: without data, for looking at it alone.</summary>
    private int OpenForRights(int place, int flags)
    {
        bool reads = (_rights & FileRights.ReadData) != 0, writes = (_rights & FileRights.WriteData) != 0, appends = (_rights & FileRights.AppendData) != 0;
        flags |= !reads && !writes && !appends ? O_PATH : !writes && !appends ? O_RDONLY : !reads ? O_WRONLY : O_RDWR;
        flags |= appends && !writes ? O_APPEND : 0;
        flags |= (_flags & FileFlags.WriteThrough) != 0 ? O_DSYNC : 0;
        int fd = Reopen(place, flags);
        return fd >= 0 ? fd : throw LinuxError.Last($"The file '{_name}' cannot be opened for what was asked (rights 0x{_rights:X})");
    }
}
