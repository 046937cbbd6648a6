namespace Crossmap.Conformance.CInterface;

/// <summary>Calls for handles of any kind.</summary>
internal static unsafe class HandleCalls
{
    private static readonly delegate* unmanaged<nint, int> s_close = (delegate* unmanaged<nint, int>)CLibrary.Export("CloseHandle");

    public static int CloseHandle(nint handle)
    {
        LastError.Spoil();
        return LastError.Kept(s_close(handle));
    }
}
