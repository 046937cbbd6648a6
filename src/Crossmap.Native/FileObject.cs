using System.Globalization;
using Crossmap.Linux;
using Crossmap.Objects;
using Microsoft.Win32.SafeHandles;
using static Crossmap.Linux.Libc;

namespace Crossmap.Native;

/// <summary>
/// An open file (<c>CreateFile</c>), with one position for all handles to it: that of the open file description, which exec'ed children share.
/// Its calls return an errno, 0 when all went well.
/// </summary>
internal sealed unsafe class FileObject : NativeObject
{
    public const long AtPosition = -1, AtEnd = -2;

    private readonly SafeFileHandle _file;
    private readonly ShareModeEntry? _shares;
    private readonly bool _deletesOnClose;

    /// <summary>Windows does one thing at a time with a file that is not overlapped. Devices may keep a reader for ever, and take no lock.</summary>
    private readonly Lock? _gate;

    /// <param name="file">Opened for what the handle's rights allow.</param>
    /// <param name="mode">The file's type.</param>
    /// <param name="shares">Held as long as the file is open.</param>
    /// <param name="deletesOnClose">Whether closing deletes it.</param>
    public FileObject(SafeFileHandle file, ushort mode, ShareModeEntry? shares, bool deletesOnClose)
    {
        (_file, _shares, _deletesOnClose) = (file, shares, deletesOnClose);
        Kind = (ushort)(mode & S_IFMT);
        _gate = IsRegular ? new Lock() : null;
        if (deletesOnClose)
        {
            DeletionAtExit.Add(this);
        }
    }

    public SafeFileHandle File => _file;

    /// <summary>S_IFREG and so on.</summary>
    public ushort Kind { get; }

    public bool IsRegular => Kind == S_IFREG;

    public override void Close()
    {
        if (_deletesOnClose && DeletionAtExit.Remove(this))
        {
            Delete();
        }

        _file.Dispose();
        _shares?.Dispose();
    }

    /// <summary>As <c>FILE_FLAG_DELETE_ON_CLOSE</c> asks: by the name that the file has now, whoever has it mapped (fact 57).</summary>
    public void Delete() => _ = WithDescriptor(fd =>
    {
        FileDeletion.OfOpen(fd);
        return 0;
    });

    /// <summary>
    /// In an exec'ed child: the file that <see cref="ForChildren"/> told of. What it shares, and whether closing deletes it, stays with the process that
    /// opened it.
    /// </summary>
    public static FileObject Adopt(string text)
    {
        int fd = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && IsInheritable(number)
            ? fcntl(number, F_DUPFD_CLOEXEC, 0)
            : throw Errors.Of(Win32Error.ERROR_INVALID_HANDLE, $"'{text}' is no inherited file.");
        if (fd < 0 || !Status(fd, out FileStatus status))
        {
            throw LinuxError.Last("The inherited file cannot be taken over");
        }

        _ = close(number);
        return new FileObject(new SafeFileHandle(fd, ownsHandle: true), status.Mode, shares: null, deletesOnClose: false);
    }

    /// <summary>Another descriptor of the same open file description.</summary>
    public SafeFileHandle Copy() => Copy(F_DUPFD_CLOEXEC);

    /// <summary>The same open file description: the child shares the position, as on Windows.</summary>
    public override (IDisposable Descriptors, string Text) ForChildren(uint rights)
    {
        SafeFileHandle copy = Copy(F_DUPFD);
        return (copy, copy.DangerousGetHandle().ToString(CultureInfo.InvariantCulture));
    }

    public override NativeObject ForHandle(ref uint rights)
    {
        rights = RightsMap.File.Granted(rights);
        return this;
    }

    /// <summary>Reads to the last byte asked for or the end. From <see cref="AtPosition"/>, or from an offset behind which the position is then.</summary>
    public int Read(byte* buffer, uint count, long at, out uint done) => Transfer(buffer, count, at, isWrite: false, out done);

    /// <summary>Writes all, from <see cref="AtPosition"/>, <see cref="AtEnd"/>, or an offset.</summary>
    public int Write(byte* buffer, uint count, long at, out uint done) => Transfer(buffer, count, at, isWrite: true, out done);

    /// <summary><c>fstat</c>.</summary>
    public int Examine(out FileStatus status)
    {
        FileStatus found = default;
        int error = WithDescriptor(fd => Status(fd, out found) ? 0 : Errno);
        status = found;
        return error;
    }

    /// <summary>The position, changed to what the function makes of the one before.</summary>
    /// <param name="target">Given descriptor and position; negative when it must stay.</param>
    /// <param name="position">The position afterwards.</param>
    public int Move(Func<int, long, long> target, out long position)
    {
        long moved = -1;
        int error = WithDescriptor(fd =>
        {
            using Lock.Scope scope = Enter();
            moved = lseek(fd, 0, SEEK_CUR);
            if (moved >= 0 && target(fd, moved) is var next and >= 0)
            {
                moved = next == moved ? moved : lseek(fd, next, SEEK_SET);
            }

            return moved >= 0 ? 0 : Errno;
        });
        position = moved;
        return error;
    }

    public int Flush() => WithDescriptor(fd =>
    {
        int result;
        do
        {
            result = fsync(fd);
        }
        while (WasInterrupted(result));
        return result == 0 ? 0 : Errno;
    });

    /// <summary>Makes it as long as the position says.</summary>
    /// <exception cref="IOException">1224: it would become shorter and is mapped.</exception>
    public int EndHere() => WithDescriptor(fd =>
    {
        using Lock.Scope scope = Enter();
        long position = lseek(fd, 0, SEEK_CUR);
        if (position < 0)
        {
            return Errno;
        }

        FileLength.Set(fd, position, DescriptorName(fd));
        return 0;
    });

    private static string DescriptorName(int fd) => $"/proc/self/fd/{fd}";

    private Lock.Scope Enter() => _gate is null ? default : _gate.EnterScope();

    private SafeFileHandle Copy(int how)
    {
        int copy = -1;
        int error = WithDescriptor(fd => (copy = fcntl(fd, how, 0)) >= 0 ? 0 : Errno);
        return error == 0 ? new SafeFileHandle(copy, ownsHandle: true) : throw LinuxError.Of(error, "The file's descriptor cannot be duplicated");
    }

    private int WithDescriptor(Func<int, int> action)
    {
        bool added = false;
        try
        {
            _file.DangerousAddRef(ref added);
            return action((int)_file.DangerousGetHandle());
        }
        finally
        {
            if (added)
            {
                _file.DangerousRelease();
            }
        }
    }

    private int Transfer(byte* buffer, uint count, long at, bool isWrite, out uint done)
    {
        done = 0;
        bool added = false;
        try
        {
            _file.DangerousAddRef(ref added);
            using Lock.Scope scope = Enter();
            return Transfer((int)_file.DangerousGetHandle(), buffer, count, IsRegular || at == AtEnd ? at : AtPosition, isWrite, ref done);
        }
        finally
        {
            if (added)
            {
                _file.DangerousRelease();
            }
        }
    }

    private int Transfer(int fd, byte* buffer, uint count, long at, bool isWrite, ref uint done)
    {
        if (isWrite && IsRegular && !LetsGrow(fd, count, at))
        {
            return EFBIG;
        }

        while (done < count)
        {
            nint moved = isWrite ? WriteSome(fd, buffer + done, (nint)(count - done), at < 0 ? at : at + done)
                : at < 0 ? read(fd, buffer + done, (nint)(count - done)) : pread(fd, buffer + done, (nint)(count - done), at + done);
            if (moved < 0)
            {
                if (Errno == EINTR)
                {
                    continue;
                }

                return Errno;
            }

            done += (uint)moved;

            // The end; or all that a device has at this moment.
            if (moved == 0 || (!isWrite && !IsRegular))
            {
                break;
            }
        }

        // As the system leaves it on Windows, where only overlapped files have no position.
        return at >= 0 && lseek(fd, at + done, SEEK_SET) < 0 ? Errno : 0;
    }

    private static nint WriteSome(int fd, byte* buffer, nint count, long at)
    {
        if (at == AtEnd)
        {
            var part = new Vector { Start = buffer, Length = count };
            return pwritev2(fd, &part, 1, -1, RWF_APPEND);
        }

        return at == AtPosition ? write(fd, buffer, count) : pwrite(fd, buffer, count, at);
    }

    /// <summary>Asked before: a write that ends beyond the process's limit raises SIGXFSZ, which kills.</summary>
    private static bool LetsGrow(int fd, uint count, long at)
    {
        long from = at >= 0 ? at : lseek(fd, 0, at == AtEnd ? SEEK_END : SEEK_CUR);
        return at != AtEnd ? IsWithinFileSizeLimit(from + count) : Status(fd, out FileStatus status) && IsWithinFileSizeLimit(status.Size + count);
    }
}
