using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary><c>dwFlagsAndAttributes</c> of <c>CreateFile</c>: what is done, what has nothing to do here, and what is refused.</summary>
internal static class FileFlags
{
    public const uint ReadOnly = 0x1, DeleteOnClose = 0x0400_0000, WriteThrough = 0x8000_0000;

    /// <summary>HIDDEN, SYSTEM, ARCHIVE, NORMAL, TEMPORARY, OFFLINE, NOT_CONTENT_INDEXED: Linux' files have no such marks.</summary>
    private const uint IgnoredAttributes = 0x2 | 0x4 | 0x20 | 0x80 | 0x100 | 0x1000 | 0x2000;

    /// <summary>NO_BUFFERING, RANDOM_ACCESS, SEQUENTIAL_SCAN, BACKUP_SEMANTICS, POSIX_SEMANTICS, SESSION_AWARE, OPEN_NO_RECALL: nothing changes for a file.</summary>
    private const uint IgnoredFlags = 0x2000_0000 | 0x1000_0000 | 0x0800_0000 | 0x0200_0000 | 0x0100_0000 | 0x0080_0000 | 0x0010_0000;

    /// <summary>SECURITY_SQOS_PRESENT is OPEN_NO_RECALL's bit; what lies below it then is for pipes.</summary>
    private const uint QualityOfService = 0x0010_0000, QualitiesOfService = 0x000F_0000;

    /// <summary>OVERLAPPED, OPEN_REPARSE_POINT, FIRST_PIPE_INSTANCE, ATTRIBUTE_ENCRYPTED: leaving these out would change what the program does.</summary>
    private const uint Refused = 0x4000_0000 | 0x0020_0000 | 0x0008_0000 | 0x4000;

    public static void Check(uint flags)
    {
        flags &= (flags & QualityOfService) != 0 ? ~QualitiesOfService : ~0u;
        if ((flags & Refused) != 0)
        {
            Errors.Throw(ERROR_NOT_SUPPORTED, $"The flags 0x{flags & Refused:X} (overlapped, a link itself, pipes, encryption) cannot be honoured on Linux.");
        }

        if ((flags & ~(ReadOnly | DeleteOnClose | WriteThrough | IgnoredAttributes | IgnoredFlags)) != 0)
        {
            Errors.Throw(ERROR_INVALID_PARAMETER, $"The flags 0x{flags:X} contain some that CreateFile does not define.");
        }
    }
}
