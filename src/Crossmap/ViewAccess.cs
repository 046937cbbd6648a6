namespace Crossmap;

/// <summary>
/// The access a view is asked for: Win32's <c>FILE_MAP_</c> constants. Which protection each gives is facts 111-119;
/// which a section and a handle allow is facts 105-109 and 120-126.
/// </summary>
[Flags]
public enum ViewAccess
{
    /// <summary>A view that allows nothing (<c>PAGE_NOACCESS</c>, fact 111).</summary>
    None = 0,

    /// <summary><c>FILE_MAP_COPY</c>: reads are shared, writes go to a private copy. Counts only when it is alone (fact 113).</summary>
    CopyOnWrite = 0x0001,

    /// <summary><c>FILE_MAP_WRITE</c>: read and write (facts 107, 114).</summary>
    Write = 0x0002,

    /// <summary><c>FILE_MAP_READ</c>.</summary>
    Read = 0x0004,

    /// <summary><see cref="Read"/> and <see cref="Write"/>.</summary>
    ReadWrite = Read | Write,

    /// <summary><c>FILE_MAP_EXECUTE</c>: beside <see cref="Read"/>, <see cref="Write"/> or <see cref="CopyOnWrite"/> (facts 118, 119).</summary>
    Execute = 0x0020,

    /// <summary><c>FILE_MAP_ALL_ACCESS</c>: a read/write view (fact 115).</summary>
    AllAccess = 0x000F_001F,
}
