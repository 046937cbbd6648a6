using static Crossmap.Objects.Win32Error;

namespace Crossmap.Objects;

/// <summary>What protections and accesses mean, on every system.</summary>
internal static class ProtectionRules
{
    /// <summary>Facts 1-5: exactly one of the six.</summary>
    public static void CheckProtection(PageProtection protection)
    {
        if (!IsProtection(protection))
        {
            Errors.Throw(ERROR_INVALID_PARAMETER, $"The protection 0x{(int)protection:X} is none that a section can have.", "protection");
        }
    }

    public static bool IsProtection(PageProtection protection) =>
        protection is PageProtection.ReadOnly or PageProtection.ReadWrite or PageProtection.WriteCopy
            or PageProtection.ExecuteRead or PageProtection.ExecuteReadWrite or PageProtection.ExecuteWriteCopy;

    public static bool CanWrite(PageProtection protection) => protection is PageProtection.ReadWrite or PageProtection.ExecuteReadWrite;

    public static bool CanExecute(PageProtection protection) =>
        protection is PageProtection.ExecuteRead or PageProtection.ExecuteReadWrite or PageProtection.ExecuteWriteCopy;

    /// <summary>Which protection a desired access gives a view (facts 111-119).</summary>
    public static PageProtection ViewProtection(ViewAccess access)
    {
        bool read = (access & ViewAccess.Read) != 0, write = (access & ViewAccess.Write) != 0, copy = (access & ViewAccess.CopyOnWrite) != 0;
        bool execute = (access & ViewAccess.Execute) != 0;

        // Bit 8, SECTION_MAP_EXECUTE, asks for nothing; but with it COPY is not alone any more (fact 116).
        bool copyAlone = copy && !read && !write && ((int)access & 8) == 0;
        return (execute, write, read, copyAlone) switch
        {
            (false, true, _, _) => PageProtection.ReadWrite,
            (false, false, true, _) => PageProtection.ReadOnly,
            (false, false, false, true) => PageProtection.WriteCopy,
            (true, true, _, _) => PageProtection.ExecuteReadWrite,
            (true, false, true, _) => PageProtection.ExecuteRead,
            (true, false, false, true) => PageProtection.ExecuteWriteCopy,
            _ => PageProtection.NoAccess,
        };
    }
}
