namespace Crossmap.Conformance.CInterface;

/// <summary>Calls that wait.</summary>
internal static unsafe class WaitCalls
{
    public const uint WAIT_OBJECT_0 = 0, WAIT_ABANDONED_0 = 0x80, WAIT_TIMEOUT = 258, WAIT_FAILED = 0xFFFF_FFFF;
    public const uint INFINITE = 0xFFFF_FFFF;

    private static readonly delegate* unmanaged<nint, uint, uint> s_single = (delegate* unmanaged<nint, uint, uint>)CLibrary.Export("WaitForSingleObject");

    private static readonly delegate* unmanaged<uint, nint*, int, uint, uint> s_multiple = (delegate* unmanaged<uint, nint*, int, uint, uint>)CLibrary.Export("WaitForMultipleObjects");

    private static readonly delegate* unmanaged<nint, nint, uint, int, uint> s_signal = (delegate* unmanaged<nint, nint, uint, int, uint>)CLibrary.Export("SignalObjectAndWait");

    /// <summary>How long a wait may take that must end by itself.</summary>
    private static readonly uint s_watchdog = (uint)Testing.ChildProcess.Watchdog.TotalMilliseconds;

    public static uint WaitForSingleObject(nint handle, uint milliseconds = 0)
    {
        LastError.Spoil();
        return LastError.Kept(s_single(handle, milliseconds));
    }

    /// <summary>Waits for what is about to come.</summary>
    public static uint Await(nint handle) => WaitForSingleObject(handle, s_watchdog);

    public static uint WaitForMultipleObjects(ReadOnlySpan<nint> handles, bool all, uint milliseconds = 0)
    {
        fixed (nint* values = handles)
        {
            return WaitForMultipleObjects((uint)handles.Length, values, all, milliseconds);
        }
    }

    public static uint WaitForMultipleObjects(uint count, nint* handles, bool all, uint milliseconds)
    {
        LastError.Spoil();
        return LastError.Kept(s_multiple(count, handles, all ? 1 : 0, milliseconds));
    }

    public static uint SignalObjectAndWait(nint signaled, nint awaited, uint milliseconds = 0)
    {
        LastError.Spoil();
        return LastError.Kept(s_signal(signaled, awaited, milliseconds, 0));
    }
}
