namespace Crossmap;

/// <summary>
/// How a section's memory is provided. The values are Win32's <c>SEC_</c> constants; which go together is facts 8-23.
/// They matter for memory only: a file's section always reads back <see cref="File"/> (fact 21).
/// </summary>
[Flags]
public enum SectionOptions
{
    /// <summary>The default: <see cref="Commit"/> for memory.</summary>
    None = 0,

    /// <summary><c>SEC_FILE</c>: reported for sections over a file; passing it is an error (fact 16).</summary>
    File = 0x0080_0000,

    /// <summary><c>SEC_IMAGE</c>: an executable image. Windows only; on Linux every file is refused with 193 (facts 17-19).</summary>
    Image = 0x0100_0000,

    /// <summary><c>SEC_RESERVE</c>: memory is provided when it is committed (<see cref="MappedView.Commit"/>), not at creation.</summary>
    Reserve = 0x0400_0000,

    /// <summary><c>SEC_COMMIT</c>: all memory is provided at creation, or creation fails.</summary>
    Commit = 0x0800_0000,

    /// <summary><c>SEC_NOCACHE</c>: kept in the attributes; has no effect on Linux.</summary>
    NoCache = 0x1000_0000,

    /// <summary><c>SEC_WRITECOMBINE</c>: kept in the attributes; has no effect on Linux.</summary>
    WriteCombine = 0x4000_0000,

    /// <summary><c>SEC_LARGE_PAGES</c>: Windows only, with a privilege; on Linux refused with 1314.</summary>
    LargePages = unchecked((int)0x8000_0000),
}
