using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>What the NT kernel decides by tables, written down: which flags go together, which rights follow, which view a section allows.</summary>
internal static class SectionRules
{
    /// <summary>Bytes: sizes from here on are too big to be addressed (facts 40, 42).</summary>
    private const long TooBig = 128L << 40;

    /// <summary>Bytes: reserving this much fails on Windows for want of room for its page tables (fact 42).</summary>
    private const long TooMuchToReserve = 8L << 40;

    private const MappingRights Defined = MappingRights.AllAccess | MappingRights.MapExecuteExplicit;

    /// <summary>What can be asked for: a section's own rights, generic ones, and the one that is a privilege.</summary>
    private const MappingRights Known = Defined | MappingRights.AccessSystemSecurity
        | MappingRights.GenericRead | MappingRights.GenericWrite | MappingRights.GenericExecute | MappingRights.GenericAll;

    private const SectionOptions Kinds = SectionOptions.File | SectionOptions.Image | SectionOptions.Reserve | SectionOptions.Commit;

    /// <summary>Facts 8-22. Returns the attributes as they will read back.</summary>
    public static SectionOptions CheckOptions(SectionOptions options, bool isFile)
    {
        const SectionOptions known = Kinds | SectionOptions.NoCache | SectionOptions.WriteCombine | SectionOptions.LargePages;
        SectionOptions kind = options & Kinds;
        SectionOptions modifiers = options & ~Kinds;
        bool valid = (options & ~known) == 0 && kind switch
        {
            SectionOptions.None => modifiers == 0,
            SectionOptions.Commit => (modifiers & SectionOptions.LargePages) == 0 || !isFile,
            SectionOptions.Reserve => (modifiers & SectionOptions.LargePages) == 0,
            SectionOptions.Image => (modifiers & ~SectionOptions.NoCache) == 0,
            _ => false,
        };
        if (!valid)
        {
            Errors.Throw(ERROR_INVALID_PARAMETER, $"The section options 0x{(int)options:X} do not go together.", "options");
        }

        if (kind == SectionOptions.Image)
        {
            Errors.Throw(ERROR_BAD_EXE_FORMAT, "Image sections are made of Windows executables by the Windows loader; there is none here.");
        }

        if ((modifiers & SectionOptions.LargePages) != 0)
        {
            Errors.Throw(ERROR_PRIVILEGE_NOT_HELD, "Large pages need a privilege that nobody holds on Linux.");
        }

        return isFile ? SectionOptions.File | modifiers : kind == SectionOptions.None ? SectionOptions.Commit | modifiers : options;
    }

    /// <summary>Facts 25, 38-42. Returns whole pages.</summary>
    public static long CheckMemorySize(long size, SectionOptions options)
    {
        if (size == 0)
        {
            Errors.Throw(ERROR_INVALID_PARAMETER, "Shared memory needs a size above 0.", "size");
        }

        if (size >= TooBig)
        {
            Errors.Throw(ERROR_NOT_ENOUGH_MEMORY, $"A section of {size} bytes is larger than the address space.");
        }

        if ((options & SectionOptions.Reserve) != 0 && size >= TooMuchToReserve)
        {
            Errors.Throw(ERROR_NO_SYSTEM_RESOURCES, $"A reserved section of {size} bytes needs more page tables than there may be.");
        }

        return (size + Libc.PageSize - 1) & -Libc.PageSize;
    }

    /// <summary>The rights that a creation's protection gives its handle (facts 62, 97, 98).</summary>
    public static MappingRights RightsOf(PageProtection protection) =>
        MappingRights.StandardRequired | MappingRights.Query | MappingRights.MapRead
        | (ProtectionRules.CanWrite(protection) ? MappingRights.MapWrite : 0)
        | (ProtectionRules.CanExecute(protection) ? MappingRights.MapExecute : 0);

    /// <summary>The rights that <c>OpenFileMapping</c> grants for those asked for (facts 99-103).</summary>
    public static MappingRights Opened(MappingRights asked)
    {
        if (asked == MappingRights.Query)
        {
            return MappingRights.MapRead;
        }

        if ((asked & MappingRights.MapExecuteExplicit) != 0)
        {
            asked = (asked & ~MappingRights.MapExecuteExplicit) | MappingRights.MapExecute;
        }

        MappingRights granted = Granted(asked);
        if (granted == 0)
        {
            Errors.Throw(ERROR_ACCESS_DENIED, "A handle without any right cannot be opened.");
        }

        return granted;
    }

    /// <summary>The rights that <c>DuplicateHandle</c> grants: undefined ones are refused before a privilege is asked for (fact 265).</summary>
    public static MappingRights Duplicated(MappingRights asked) => Granted((asked & ~Known) == 0 ? asked : asked & ~MappingRights.AccessSystemSecurity);

    /// <summary>Generic rights mapped to a section's own (facts 99, 110); what sections do not define is refused.</summary>
    public static MappingRights Granted(MappingRights asked)
    {
        MappingRights granted = asked & Defined;
        granted |= (asked & MappingRights.GenericRead) != 0 ? MappingRights.ReadControl | MappingRights.Query | MappingRights.MapRead : 0;
        granted |= (asked & MappingRights.GenericWrite) != 0 ? MappingRights.ReadControl | MappingRights.MapWrite : 0;
        granted |= (asked & MappingRights.GenericExecute) != 0 ? MappingRights.ReadControl | MappingRights.MapExecute : 0;
        granted |= (asked & MappingRights.GenericAll) != 0 ? MappingRights.AllAccess : 0;
        if ((asked & MappingRights.AccessSystemSecurity) != 0)
        {
            Errors.Throw(ERROR_PRIVILEGE_NOT_HELD, "ACCESS_SYSTEM_SECURITY needs a privilege that nobody holds on Linux.");
        }

        if ((asked & ~Known) != 0)
        {
            Errors.Throw(ERROR_ACCESS_DENIED, $"The rights 0x{(int)asked:X} contain some that sections do not define.");
        }

        return granted;
    }

    /// <summary>
    /// The rights that a view asks of its handle (facts 105-109): a write view MAP_WRITE alone, although it can be read (fact 107); a view
    /// without access MAP_READ all the same (fact 108).
    /// </summary>
    public static MappingRights NeededFor(PageProtection view) =>
        (ProtectionRules.CanWrite(view) ? MappingRights.MapWrite : MappingRights.MapRead) | (ProtectionRules.CanExecute(view) ? MappingRights.MapExecute : 0);

    /// <summary>Whether the section was made for such a view (facts 120-128): reading always, writing and executing where its protection has them.</summary>
    public static bool Allows(PageProtection section, PageProtection view) =>
        (!ProtectionRules.CanWrite(view) || ProtectionRules.CanWrite(section)) && (!ProtectionRules.CanExecute(view) || ProtectionRules.CanExecute(section));
}
