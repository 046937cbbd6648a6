using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary>The rights of a handle to a file.</summary>
internal static class FileRights
{
    public const uint ReadData = 0x0001, WriteData = 0x0002, AppendData = 0x0004, Execute = 0x0020, ReadAttributes = 0x0080, WriteAttributes = 0x0100;
    public const uint Delete = 0x0001_0000, Synchronize = 0x0010_0000;

    private const uint GenericRead = 0x0012_0089, GenericWrite = 0x0012_0116, GenericExecute = 0x0012_00A0, All = 0x001F_01FF;

    /// <summary>Generic rights mapped; what files do not define is refused.</summary>
    public static uint Granted(uint asked)
    {
        uint granted = asked & All;
        granted |= (asked & 0x8000_0000) != 0 ? GenericRead : 0;
        granted |= (asked & 0x4000_0000) != 0 ? GenericWrite : 0;
        granted |= (asked & 0x2000_0000) != 0 ? GenericExecute : 0;
        granted |= (asked & 0x1000_0000) != 0 ? All : 0;
        if ((asked & 0x0100_0000) != 0)
        {
            Errors.Throw(ERROR_PRIVILEGE_NOT_HELD, "ACCESS_SYSTEM_SECURITY needs a privilege that nobody holds on Linux.");
        }

        if ((asked & ~(All | 0xF000_0000)) != 0)
        {
            Errors.Throw(ERROR_ACCESS_DENIED, $"The rights 0x{asked:X} contain some that files do not define.");
        }

        return granted;
    }
}
