namespace Crossmap;

/// <summary>
/// What the pages of a section or of a view allow. The values are Win32's <c>PAGE_</c> constants.
/// <c>CreateFileMapping</c> takes the six that are not <see cref="NoAccess"/> and not <see cref="Execute"/> alone (facts 1-5).
/// </summary>
public enum PageProtection
{
    /// <summary>No value: never a valid protection (fact 1).</summary>
    None = 0,

    /// <summary><c>PAGE_NOACCESS</c>: a view that reserves addresses and allows nothing (fact 111).</summary>
    NoAccess = 0x01,

    /// <summary><c>PAGE_READONLY</c>: views may read, or write a private copy.</summary>
    ReadOnly = 0x02,

    /// <summary><c>PAGE_READWRITE</c>: views may read and write; the only protections that can grow a file are the writable ones.</summary>
    ReadWrite = 0x04,

    /// <summary><c>PAGE_WRITECOPY</c>: views may read, or write a private copy (same rights as <see cref="ReadOnly"/>).</summary>
    WriteCopy = 0x08,

    /// <summary><c>PAGE_EXECUTE</c>: refused by <c>CreateFileMapping</c> (fact 3).</summary>
    Execute = 0x10,

    /// <summary><c>PAGE_EXECUTE_READ</c>.</summary>
    ExecuteRead = 0x20,

    /// <summary><c>PAGE_EXECUTE_READWRITE</c>.</summary>
    ExecuteReadWrite = 0x40,

    /// <summary><c>PAGE_EXECUTE_WRITECOPY</c>.</summary>
    ExecuteWriteCopy = 0x80,
}
