namespace Crossmap.Conformance.CInterface;

/// <summary>Calls that map, unmap and flush views.</summary>
internal static unsafe class ViewCalls
{
    private static readonly delegate* unmanaged<nint, uint, uint, uint, nuint, nint> s_map =
        (delegate* unmanaged<nint, uint, uint, uint, nuint, nint>)CLibrary.Export("MapViewOfFile");

    private static readonly delegate* unmanaged<nint, uint, uint, uint, nuint, nint, nint> s_mapAt =
        (delegate* unmanaged<nint, uint, uint, uint, nuint, nint, nint>)CLibrary.Export("MapViewOfFileEx");

    private static readonly delegate* unmanaged<nint, int> s_unmap = (delegate* unmanaged<nint, int>)CLibrary.Export("UnmapViewOfFile");

    private static readonly delegate* unmanaged<nint, nuint, int> s_flush = (delegate* unmanaged<nint, nuint, int>)CLibrary.Export("FlushViewOfFile");

    public static nint MapViewOfFile(nint mapping, ViewAccess access, ulong offset = 0, nuint bytes = 0)
    {
        LastError.Spoil();
        return LastError.Kept(s_map(mapping, (uint)access, (uint)(offset >> 32), (uint)offset, bytes));
    }

    public static nint MapViewOfFileEx(nint mapping, ViewAccess access, ulong offset, nuint bytes, nint address)
    {
        LastError.Spoil();
        return LastError.Kept(s_mapAt(mapping, (uint)access, (uint)(offset >> 32), (uint)offset, bytes, address));
    }

    public static int UnmapViewOfFile(nint address)
    {
        LastError.Spoil();
        return LastError.Kept(s_unmap(address));
    }

    public static int FlushViewOfFile(nint address, nuint bytes)
    {
        LastError.Spoil();
        return LastError.Kept(s_flush(address, bytes));
    }
}
