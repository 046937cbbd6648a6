using System.Runtime.InteropServices;
using Crossmap.Linux;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary>Events.</summary>
internal static unsafe class EventCalls
{
    private const uint ManualReset = 1, InitialSet = 2;

    [UnmanagedCallersOnly(EntryPoint = "crossmap_CreateEventW")]
    public static nint CreateEventW(SecurityAttributes* attributes, int manualReset, int initialState, char* name)
    {
        try
        {
            return Create(attributes, Text.Of(name), (manualReset != 0 ? ManualReset : 0) | (initialState != 0 ? InitialSet : 0), RightsMap.Event.All);
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_CreateEventExW")]
    public static nint CreateEventExW(SecurityAttributes* attributes, char* name, uint flags, uint access)
    {
        try
        {
            return Create(attributes, Text.Of(name), flags, access);
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_OpenEventW")]
    public static nint OpenEventW(uint access, int inherit, char* name)
    {
        try
        {
            return WaitableObject.HandleFor(ObjectSystem.Current.OpenEvent, RightsMap.Event, access, inherit != 0, Text.Of(name));
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_CreateEventA")]
    public static nint CreateEventA(SecurityAttributes* attributes, int manualReset, int initialState, byte* name)
    {
        try
        {
            return Create(attributes, Text.Of(name), (manualReset != 0 ? ManualReset : 0) | (initialState != 0 ? InitialSet : 0), RightsMap.Event.All);
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_CreateEventExA")]
    public static nint CreateEventExA(SecurityAttributes* attributes, byte* name, uint flags, uint access)
    {
        try
        {
            return Create(attributes, Text.Of(name), flags, access);
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_OpenEventA")]
    public static nint OpenEventA(uint access, int inherit, byte* name)
    {
        try
        {
            return WaitableObject.HandleFor(ObjectSystem.Current.OpenEvent, RightsMap.Event, access, inherit != 0, Text.Of(name));
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_SetEvent")]
    public static int SetEvent(nint handle)
    {
        try
        {
            if (Find(handle) is not { } found)
            {
                return 0;
            }

            found.Set();
            return 1;
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_ResetEvent")]
    public static int ResetEvent(nint handle)
    {
        try
        {
            if (Find(handle) is not { } found)
            {
                return 0;
            }

            found.Reset();
            return 1;
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_PulseEvent")]
    public static int PulseEvent(nint handle)
    {
        try
        {
            if (Find(handle) is not { } found)
            {
                return 0;
            }

            found.Pulse();
            return 1;
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    /// <summary>The event to change; null when the call failed, with the error set.</summary>
    public static LinuxEvent? Find(nint handle)
    {
        if (HandleTable.Find(handle) is not { Target: WaitableObject { Waitable: LinuxEvent found }, Rights: var rights })
        {
            LastError.Fail(ERROR_INVALID_HANDLE);
            return null;
        }

        if ((rights & RightsMap.ModifyState) == 0)
        {
            LastError.Fail(ERROR_ACCESS_DENIED);
            return null;
        }

        return found;
    }

    private static nint Create(SecurityAttributes* attributes, string? name, uint flags, uint access)
    {
        if ((flags & ~(ManualReset | InitialSet)) != 0)
        {
            return LastError.Fail(ERROR_INVALID_PARAMETER);
        }

        var parsed = ObjectName.Parse(name);
        ObjectAudience audience = SecurityAttributes.Audience(attributes, !parsed.IsUnnamed);
        return WaitableObject.HandleFor(
            ObjectSystem.Current.CreateEvent(parsed, (flags & ManualReset) != 0, (flags & InitialSet) != 0, audience),
            RightsMap.Event, access, SecurityAttributes.IsInheritable(attributes));
    }
}
