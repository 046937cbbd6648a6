using Microsoft.Win32.SafeHandles;

namespace Crossmap.Objects;

/// <summary>What <c>CreateFileMapping</c> is asked for, as it came: the system checks it, in Win32's order.</summary>
internal readonly record struct SectionRequest
{
    /// <summary>Parsed name, or an unnamed one (<see cref="ObjectName.IsUnnamed"/>).</summary>
    public required ObjectName Name { get; init; }

    /// <summary>The file to map by its path; null when <see cref="File"/> is given or memory is meant.</summary>
    public string? Path { get; init; }

    /// <summary>The file to map by a handle, which stays the caller's.</summary>
    public SafeFileHandle? File { get; init; }

    /// <summary>Whether <see cref="File"/> was opened for execution, which no handle of .NET is and none of Linux tells (facts 47, 48).</summary>
    public bool FileMayExecute { get; init; }

    /// <summary>Bytes; 0 means the whole file.</summary>
    public long Size { get; init; }

    public PageProtection Protection { get; init; }

    public SectionOptions Options { get; init; }

    public ObjectAudience Audience { get; init; }

    public bool Inheritable { get; init; }

    /// <summary>Refuse an existing name with 183.</summary>
    public bool MustBeNew { get; init; }
}
