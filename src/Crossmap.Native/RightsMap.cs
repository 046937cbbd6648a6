using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary>The rights that a kind of object defines, and what generic ones mean for it (<c>GENERIC_MAPPING</c>).</summary>
internal sealed record RightsMap(uint Read, uint Write, uint Execute, uint All)
{
    public const uint Synchronize = 0x0010_0000;

    /// <summary><c>SEMAPHORE_MODIFY_STATE</c> and <c>EVENT_MODIFY_STATE</c>; a mutex is released by who owns it, whatever his handle's rights (fact 237).</summary>
    public const uint ModifyState = 2;

    private const uint GenericRead = 0x8000_0000, GenericWrite = 0x4000_0000, GenericExecute = 0x2000_0000, GenericAll = 0x1000_0000;
    private const uint MaximumAllowed = 0x0200_0000, SystemSecurity = 0x0100_0000;

    private const uint Readable = 0x0002_0000;

    public static RightsMap Semaphore { get; } = new(Readable | 1, Readable | 2, Readable | Synchronize, 0x001F_0003);

    public static RightsMap Event { get; } = new(Readable | 1, Readable | 2, Readable | Synchronize, 0x001F_0003);

    public static RightsMap Mutex { get; } = new(Readable | 1, Readable, Readable | Synchronize, 0x001F_0001);

    public static RightsMap Of(Waitable waitable) => waitable is Objects.Mutex ? Mutex : waitable is Objects.Event ? Event : Semaphore;

    public static RightsMap File { get; } = new(0x0012_0089, 0x0012_0116, 0x0012_00A0, 0x001F_01FF);

    /// <summary>Generic rights mapped; what the kind does not define is refused, and before a privilege is asked for (facts 234, 265).</summary>
    public uint Granted(uint asked)
    {
        const uint generic = GenericRead | GenericWrite | GenericExecute | GenericAll;
        if ((asked & ~(All | generic | MaximumAllowed | SystemSecurity)) != 0)
        {
            Errors.Throw(ERROR_ACCESS_DENIED, $"The rights 0x{asked:X} contain some that this kind of object does not define.");
        }

        if ((asked & SystemSecurity) != 0)
        {
            Errors.Throw(ERROR_PRIVILEGE_NOT_HELD, "ACCESS_SYSTEM_SECURITY needs a privilege that nobody holds on Linux.");
        }

        return (asked & All)
            | ((asked & GenericRead) != 0 ? Read : 0)
            | ((asked & GenericWrite) != 0 ? Write : 0)
            | ((asked & GenericExecute) != 0 ? Execute : 0)
            | ((asked & (GenericAll | MaximumAllowed)) != 0 ? All : 0);
    }

    /// <summary>The same for a handle to an object that exists: one without any right is refused (facts 103, 233).</summary>
    public uint GrantedToOpen(uint asked)
    {
        uint granted = Granted(asked);
        if (granted == 0)
        {
            Errors.Throw(ERROR_ACCESS_DENIED, "A handle without any right cannot be opened.");
        }

        return granted;
    }
}
