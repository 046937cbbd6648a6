using System.Runtime.InteropServices;
using Crossmap.Linux;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary>Mutexes.</summary>
internal static unsafe class MutexCalls
{
    private const uint InitialOwner = 1;

    [UnmanagedCallersOnly(EntryPoint = "crossmap_CreateMutexW")]
    public static nint CreateMutexW(SecurityAttributes* attributes, int initialOwner, char* name)
    {
        try
        {
            return Create(attributes, Text.Of(name), initialOwner != 0 ? InitialOwner : 0, RightsMap.Mutex.All);
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_CreateMutexExW")]
    public static nint CreateMutexExW(SecurityAttributes* attributes, char* name, uint flags, uint access)
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

    [UnmanagedCallersOnly(EntryPoint = "crossmap_OpenMutexW")]
    public static nint OpenMutexW(uint access, int inherit, char* name)
    {
        try
        {
            return WaitableObject.HandleFor(ObjectSystem.Current.OpenMutex, RightsMap.Mutex, access, inherit != 0, Text.Of(name));
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_CreateMutexA")]
    public static nint CreateMutexA(SecurityAttributes* attributes, int initialOwner, byte* name)
    {
        try
        {
            return Create(attributes, Text.Of(name), initialOwner != 0 ? InitialOwner : 0, RightsMap.Mutex.All);
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_CreateMutexExA")]
    public static nint CreateMutexExA(SecurityAttributes* attributes, byte* name, uint flags, uint access)
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

    [UnmanagedCallersOnly(EntryPoint = "crossmap_OpenMutexA")]
    public static nint OpenMutexA(uint access, int inherit, byte* name)
    {
        try
        {
            return WaitableObject.HandleFor(ObjectSystem.Current.OpenMutex, RightsMap.Mutex, access, inherit != 0, Text.Of(name));
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    /// <summary>Needs no right, only ownership (fact 237).</summary>
    [UnmanagedCallersOnly(EntryPoint = "crossmap_ReleaseMutex")]
    public static int ReleaseMutex(nint handle)
    {
        try
        {
            return HandleTable.Find(handle)?.Target is not WaitableObject { Waitable: LinuxMutex mutex } ? LastError.Fail(ERROR_INVALID_HANDLE)
                : mutex.TryRelease() ? 1
                : LastError.Fail(ERROR_NOT_OWNER);
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    private static nint Create(SecurityAttributes* attributes, string? name, uint flags, uint access)
    {
        if ((flags & ~InitialOwner) != 0)
        {
            return LastError.Fail(ERROR_INVALID_PARAMETER);
        }

        var parsed = ObjectName.Parse(name);
        ObjectAudience audience = SecurityAttributes.Audience(attributes, !parsed.IsUnnamed);
        return WaitableObject.HandleFor(
            ObjectSystem.Current.CreateMutex(parsed, (flags & InitialOwner) != 0, audience), RightsMap.Mutex, access, SecurityAttributes.IsInheritable(attributes));
    }
}
