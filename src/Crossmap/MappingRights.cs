namespace Crossmap;

/// <summary>
/// The rights that a handle to a section carries: Win32's <c>SECTION_</c>, standard and generic rights.
/// <c>FILE_MAP_COPY</c> is 1 and <c>FILE_MAP_EXECUTE</c> is 0x20, as on Windows (facts 97-110).
/// </summary>
[Flags]
public enum MappingRights
{
    /// <summary>No right at all: opening with it is refused with 5 (fact 103).</summary>
    None = 0,

    /// <summary><c>SECTION_QUERY</c>. Asked for alone it is <c>FILE_MAP_COPY</c> and grants <see cref="MapRead"/> (fact 100).</summary>
    Query = 0x0001,

    /// <summary><c>SECTION_MAP_WRITE</c>, <c>FILE_MAP_WRITE</c>. Without <see cref="MapRead"/> it allows read/write views only (facts 106, 107).</summary>
    MapWrite = 0x0002,

    /// <summary><c>SECTION_MAP_READ</c>, <c>FILE_MAP_READ</c>.</summary>
    MapRead = 0x0004,

    /// <summary><c>SECTION_MAP_EXECUTE</c>.</summary>
    MapExecute = 0x0008,

    /// <summary><c>SECTION_EXTEND_SIZE</c>.</summary>
    ExtendSize = 0x0010,

    /// <summary><c>SECTION_MAP_EXECUTE_EXPLICIT</c>, <c>FILE_MAP_EXECUTE</c>: asked for, it grants <see cref="MapExecute"/> (fact 102).</summary>
    MapExecuteExplicit = 0x0020,

    /// <summary><c>DELETE</c>.</summary>
    Delete = 0x0001_0000,

    /// <summary><c>READ_CONTROL</c>.</summary>
    ReadControl = 0x0002_0000,

    /// <summary><c>WRITE_DAC</c>.</summary>
    WriteDac = 0x0004_0000,

    /// <summary><c>WRITE_OWNER</c>.</summary>
    WriteOwner = 0x0008_0000,

    /// <summary><c>STANDARD_RIGHTS_REQUIRED</c>.</summary>
    StandardRequired = 0x000F_0000,

    /// <summary><c>SECTION_ALL_ACCESS</c>, <c>FILE_MAP_ALL_ACCESS</c> (0xF001F).</summary>
    AllAccess = 0x000F_001F,

    /// <summary><c>ACCESS_SYSTEM_SECURITY</c>: refused with 1314 for want of the privilege.</summary>
    AccessSystemSecurity = 0x0100_0000,

    /// <summary><c>GENERIC_ALL</c>.</summary>
    GenericAll = 0x1000_0000,

    /// <summary><c>GENERIC_EXECUTE</c>.</summary>
    GenericExecute = 0x2000_0000,

    /// <summary><c>GENERIC_WRITE</c>.</summary>
    GenericWrite = 0x4000_0000,

    /// <summary><c>GENERIC_READ</c>.</summary>
    GenericRead = unchecked((int)0x8000_0000),
}
