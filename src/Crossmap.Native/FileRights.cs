using Crossmap.Linux;

namespace Crossmap.Native;

/// <summary>The rights of a handle to a file that decide what it can do.</summary>
internal static class FileRights
{
    public const uint ReadData = 0x0001, WriteData = 0x0002, AppendData = 0x0004, Execute = 0x0020, ReadAttributes = 0x0080, WriteAttributes = 0x0100;
    public const uint Delete = 0x0001_0000;

    /// <summary>Which of these rights share modes speak of; a handle with none of them is in nobody's way.</summary>
    public static uint Shared(uint rights) =>
        ((rights & (ReadData | Execute)) != 0 ? ShareModeEntry.Read : 0)
        | ((rights & (WriteData | AppendData)) != 0 ? ShareModeEntry.Write : 0)
        | ((rights & Delete) != 0 ? ShareModeEntry.Delete : 0);
}
