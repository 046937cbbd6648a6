namespace Crossmap.Conformance.CInterface;

/// <summary>Calls that create and open file mappings.</summary>
internal static unsafe class MappingCalls
{
    /// <summary>The file of a section in memory.</summary>
    public const nint INVALID_HANDLE_VALUE = -1;

    private static readonly delegate* unmanaged<nint, nint, uint, uint, uint, char*, nint> s_create =
        (delegate* unmanaged<nint, nint, uint, uint, uint, char*, nint>)CLibrary.Export("CreateFileMappingW");

    private static readonly delegate* unmanaged<uint, int, char*, nint> s_open = (delegate* unmanaged<uint, int, char*, nint>)CLibrary.Export("OpenFileMappingW");

    public static nint CreateFileMapping(nint file, PageProtection protection, SectionOptions options, ulong size, string? name = null, nint attributes = 0)
    {
        fixed (char* text = name)
        {
            LastError.Spoil();
            return LastError.Kept(s_create(file, attributes, (uint)protection | (uint)options, (uint)(size >> 32), (uint)size, text));
        }
    }

    public static nint OpenFileMapping(MappingRights access, string? name, bool inherit = false)
    {
        fixed (char* text = name)
        {
            LastError.Spoil();
            return LastError.Kept(s_open((uint)access, inherit ? 1 : 0, text));
        }
    }
}
