namespace Crossmap.Conformance.CInterface;

/// <summary>Calls for events.</summary>
internal static unsafe class EventCalls
{
    public const uint EVENT_ALL_ACCESS = 0x1F_0003;

    private static readonly delegate* unmanaged<void*, int, int, char*, nint> s_create = (delegate* unmanaged<void*, int, int, char*, nint>)CLibrary.Export("CreateEventW");

    private static readonly delegate* unmanaged<uint, int, char*, nint> s_open = (delegate* unmanaged<uint, int, char*, nint>)CLibrary.Export("OpenEventW");

    private static readonly delegate* unmanaged<nint, int> s_set = (delegate* unmanaged<nint, int>)CLibrary.Export("SetEvent");
    private static readonly delegate* unmanaged<nint, int> s_reset = (delegate* unmanaged<nint, int>)CLibrary.Export("ResetEvent");
    private static readonly delegate* unmanaged<nint, int> s_pulse = (delegate* unmanaged<nint, int>)CLibrary.Export("PulseEvent");

    public static nint CreateEvent(bool manual, bool set, string? name = null, nint attributes = 0)
    {
        fixed (char* text = name)
        {
            LastError.Spoil();
            return LastError.Kept(s_create((void*)attributes, manual ? 1 : 0, set ? 1 : 0, text));
        }
    }

    public static nint OpenEvent(string? name, uint access = EVENT_ALL_ACCESS)
    {
        fixed (char* text = name)
        {
            LastError.Spoil();
            return LastError.Kept(s_open(access, 0, text));
        }
    }

    public static int SetEvent(nint handle)
    {
        LastError.Spoil();
        return LastError.Kept(s_set(handle));
    }

    public static int ResetEvent(nint handle)
    {
        LastError.Spoil();
        return LastError.Kept(s_reset(handle));
    }

    public static int PulseEvent(nint handle)
    {
        LastError.Spoil();
        return LastError.Kept(s_pulse(handle));
    }
}
