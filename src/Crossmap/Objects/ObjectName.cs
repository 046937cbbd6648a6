using static Crossmap.Objects.Win32Error;

namespace Crossmap.Objects;

/// <summary>
/// An object's name as the caller wrote it. Null and the empty string mean an unnamed object where one is created (fact 68). What a
/// backslash means is the system's business: the Windows kernel parses it there, <c>Linux/Store/ObjectPath.cs</c> here.
/// </summary>
internal readonly record struct ObjectName
{
    /// <summary>UTF-16 units: NT counts a name's bytes in 16 bits, and 65,534 bytes are refused (facts 78, 79).</summary>
    private const int MaximumLength = 32766;

    private ObjectName(string original) => Original = original;

    public static ObjectName Unnamed { get; } = new("");

    public string Original { get; }

    public bool IsUnnamed => Original.Length == 0;

    public static ObjectName Parse(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return Unnamed;
        }

        // The Win32 calls would silently stop at the NUL and reach another object than the one named.
        if (name.Contains('\0', StringComparison.Ordinal))
        {
            Errors.Throw(ERROR_INVALID_NAME, "The object name contains a NUL character. Win32 names end at a NUL, so such a name cannot be meant.", "name");
        }

        // Here, not in the kernel: the Win32 calls cut a longer name without a word, and names that differ behind the cut would be one.
        if (name.Length > MaximumLength)
        {
            Errors.Throw(ERROR_INVALID_NAME, $"The object name has {name.Length} characters; at most {MaximumLength} are possible.", "name");
        }

        return new ObjectName(name);
    }

    public override string ToString() => IsUnnamed ? "(unnamed)" : $"'{Original}'";
}
