using System.Globalization;
using Crossmap.Objects;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>
/// "Who has this file open, for what, and what does he let others do": the share modes of <c>CreateFile</c>. Each open of a regular file for
/// reading, writing or deleting holds an entry of its inode, beside that of mapped files: one byte for each right that it has, and one for
/// each that it denies to others. The kernel drops them with the process, however that ends. Never a lock on the user's file itself.
/// </summary>
internal sealed class ShareModeEntry : IDisposable
{
    /// <summary>Rights, and what is shared: <c>FILE_SHARE_READ</c> and so on.</summary>
    public const uint Read = 1, Write = 2, Delete = 4;

    public const uint All = Read | Write | Delete;

    /// <summary>
    /// Bytes of the entry, behind the one that is its liveness. The gate is locked exclusively while somebody compares and adds his own: two
    /// who opened at the same time would each see nothing of the other, or both refuse.
    /// </summary>
    private const long GateAt = 1, HasAt = 2, DeniesAt = 5;

    private const string Subject = "the entry of an open file";

    private const uint OwnerOnly = 0x180; // 0600

    private readonly StoreHandle _handle;

    private ShareModeEntry(StoreHandle handle) => _handle = handle;

    private int Descriptor => (int)_handle.DangerousGetHandle();

    /// <summary>
    /// Null when somebody has the file open for what is not shared here, or does not share what is asked for; or when it is under a section
    /// that may be written and writing is not shared.
    /// </summary>
    public static ShareModeEntry? TryHold(in FileStatus file, uint rights, uint shared)
    {
        byte[] name = Terminated(string.Create(CultureInfo.InvariantCulture, $"{file.Device:x}-{file.Inode}.open"));
        var entry = new ShareModeEntry(ObjectStore.Create(StoreFolder.Files, name, Subject, OwnerOnly, default, 0, allocate: false));
        try
        {
            // The sections come second: who made one had the file open until then, and so was among those.
            if (entry.TryAdd(rights, ~shared & All) && ((shared & Write) != 0 || !MappedFileEntry.IsMappedForWriting(in file)))
            {
                ShareModeEntry held = entry;
                entry = null;
                return held;
            }

            return null;
        }
        finally
        {
            entry?.Dispose();
        }
    }

    /// <summary>For one call that shares everything, as <c>DeleteFile</c> does.</summary>
    /// <exception cref="IOException">32: somebody has the file open and does not share this.</exception>
    public static ShareModeEntry HoldForCall(in FileStatus file, uint rights, string path) => TryHold(in file, rights, All)
        ?? throw Errors.Of(ERROR_SHARING_VIOLATION, $"The file '{path}' is open, and who opened it does not share it for that.");

    /// <summary>Gives rights up that the opening alone needed.</summary>
    public void GiveUp(uint rights)
    {
        for (int right = 0; right < 3; right++)
        {
            if ((rights & (1u << right)) != 0)
            {
                _ = Lock(Descriptor, F_UNLCK, HasAt + right);
            }
        }
    }

    public void Dispose() => _handle.Dispose();

    private bool TryAdd(uint rights, uint denied)
    {
        int fd = Descriptor;
        for (int attempt = 0; !Lock(fd, F_WRLCK, GateAt); attempt++)
        {
            ObjectStore.GiveWay(attempt, Subject);
        }

        try
        {
            return !AnybodyHas(fd, DeniesAt, rights) && !AnybodyHas(fd, HasAt, denied) && Add(fd, HasAt, rights) && Add(fd, DeniesAt, denied);
        }
        finally
        {
            _ = Lock(fd, F_UNLCK, GateAt);
        }
    }

    private static bool AnybodyHas(int fd, long at, uint rights)
    {
        for (int right = 0; right < 3; right++)
        {
            if ((rights & (1u << right)) != 0 && LockInTheWay(fd, at + right) != F_UNLCK)
            {
                return true;
            }
        }

        return false;
    }

    private static bool Add(int fd, long at, uint rights)
    {
        for (int right = 0; right < 3; right++)
        {
            if ((rights & (1u << right)) != 0 && !Lock(fd, F_RDLCK, at + right))
            {
                throw LinuxError.Last($"{Subject} cannot be locked");
            }
        }

        return true;
    }
}
