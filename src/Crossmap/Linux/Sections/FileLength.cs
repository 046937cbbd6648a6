using Crossmap.Objects;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>The length of a file that somebody may have mapped (facts 208-213).</summary>
internal static class FileLength
{
    /// <summary>Sets it, in bytes.</summary>
    /// <exception cref="IOException">1224: the file would become shorter and is mapped.</exception>
    public static void Set(int fd, long length, string path)
    {
        if (!Status(fd, out FileStatus status))
        {
            throw LinuxError.Last($"The file '{path}' cannot be examined");
        }

        void Shorten() => Require(SetLength(fd, length));
        void Require(bool done)
        {
            if (!done)
            {
                throw LinuxError.Last($"The file '{path}' cannot be given the length {length}");
            }
        }

        if (length > status.Size && status.IsRegular)
        {
            // By its last byte: that can only make it longer, also when somebody else maps it and makes it longer still at this moment.
            Require(Allocate(fd, 0, length - 1, 1) || (Errno == EOPNOTSUPP && SetLength(fd, length)));
        }
        else if (length != status.Size && !MappedFileEntry.TryUnlessMapped(in status, Shorten))
        {
            Errors.Throw(ERROR_USER_MAPPED_FILE, $"The file '{path}' is mapped; it cannot be made shorter than its {status.Size} bytes.");
        }
    }
}
