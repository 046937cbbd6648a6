namespace Crossmap.Conformance.CInterface;

/// <summary>Calls for handles of any kind.</summary>
internal static unsafe class HandleCalls
{
    public const uint DUPLICATE_CLOSE_SOURCE = 1, DUPLICATE_SAME_ACCESS = 2;

    /// <summary>What GetCurrentProcess and GetCurrentThread give: no handles of the table.</summary>
    public const nint CurrentProcess = -1, CurrentThread = -2;

    private static readonly delegate* unmanaged<nint, int> s_close = (delegate* unmanaged<nint, int>)CLibrary.Export("CloseHandle");

    private static readonly delegate* unmanaged<nint, nint, nint, nint*, uint, int, uint, int> s_duplicate =
        (delegate* unmanaged<nint, nint, nint, nint*, uint, int, uint, int>)CLibrary.Export("DuplicateHandle");

    private static readonly delegate* unmanaged<nint, nint, int> s_compare = (delegate* unmanaged<nint, nint, int>)CLibrary.Export("CompareObjectHandles");

    public static int CloseHandle(nint handle)
    {
        LastError.Spoil();
        return LastError.Kept(s_close(handle));
    }

    /// <summary>Within the process; null for no place to put the duplicate in.</summary>
    public static int DuplicateHandle(nint source, nint* target, uint access, uint options, bool inherit = false)
    {
        LastError.Spoil();
        return LastError.Kept(s_duplicate(CurrentProcess, source, CurrentProcess, target, access, inherit ? 1 : 0, options));
    }

    /// <summary>The duplicate, or 0.</summary>
    public static nint Duplicate(nint source, uint access, uint options = 0)
    {
        nint duplicate = 0;
        return DuplicateHandle(source, &duplicate, access, options) == 0 ? 0 : duplicate;
    }

    public static int CompareObjectHandles(nint first, nint second)
    {
        LastError.Spoil();
        return LastError.Kept(s_compare(first, second));
    }
}
