using System.Runtime.InteropServices;
using Crossmap.Linux;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary>Semaphores.</summary>
internal static unsafe class SemaphoreCalls
{
    [UnmanagedCallersOnly(EntryPoint = "crossmap_CreateSemaphoreW")]
    public static nint CreateSemaphoreW(SecurityAttributes* attributes, int initial, int maximum, char* name)
    {
        try
        {
            return Create(attributes, initial, maximum, Text.Of(name), 0, RightsMap.Semaphore.All);
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_CreateSemaphoreExW")]
    public static nint CreateSemaphoreExW(SecurityAttributes* attributes, int initial, int maximum, char* name, uint flags, uint access)
    {
        try
        {
            return Create(attributes, initial, maximum, Text.Of(name), flags, access);
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_OpenSemaphoreW")]
    public static nint OpenSemaphoreW(uint access, int inherit, char* name)
    {
        try
        {
            return WaitableObject.HandleFor(ObjectSystem.Current.OpenSemaphore, RightsMap.Semaphore, access, inherit != 0, Text.Of(name));
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_CreateSemaphoreA")]
    public static nint CreateSemaphoreA(SecurityAttributes* attributes, int initial, int maximum, byte* name)
    {
        try
        {
            return Create(attributes, initial, maximum, Text.Of(name), 0, RightsMap.Semaphore.All);
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_CreateSemaphoreExA")]
    public static nint CreateSemaphoreExA(SecurityAttributes* attributes, int initial, int maximum, byte* name, uint flags, uint access)
    {
        try
        {
            return Create(attributes, initial, maximum, Text.Of(name), flags, access);
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_OpenSemaphoreA")]
    public static nint OpenSemaphoreA(uint access, int inherit, byte* name)
    {
        try
        {
            return WaitableObject.HandleFor(ObjectSystem.Current.OpenSemaphore, RightsMap.Semaphore, access, inherit != 0, Text.Of(name));
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_ReleaseSemaphore")]
    public static int ReleaseSemaphore(nint handle, int count, int* previous)
    {
        try
        {
            if (HandleTable.Find(handle) is not { Target: WaitableObject { Waitable: LinuxSemaphore semaphore }, Rights: var rights })
            {
                return LastError.Fail(ERROR_INVALID_HANDLE);
            }

            if ((rights & RightsMap.ModifyState) == 0)
            {
                return LastError.Fail(ERROR_ACCESS_DENIED);
            }

            if (count <= 0)
            {
                return LastError.Fail(ERROR_INVALID_PARAMETER);
            }

            int before = semaphore.Release(count);
            if (before < 0)
            {
                // All or nothing, and nothing is written (facts 222, 224).
                return LastError.Fail(ERROR_TOO_MANY_POSTS);
            }

            if (previous is not null)
            {
                *previous = before;
            }

            return 1;
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    private static nint Create(SecurityAttributes* attributes, int initial, int maximum, string? name, uint flags, uint access)
    {
        // Facts 218 and 220. No flags are defined.
        if (flags != 0 || maximum < 1 || initial < 0 || initial > maximum)
        {
            return LastError.Fail(ERROR_INVALID_PARAMETER);
        }

        var parsed = ObjectName.Parse(name);
        ObjectAudience audience = SecurityAttributes.Audience(attributes, !parsed.IsUnnamed);
        return WaitableObject.HandleFor(
            ObjectSystem.Current.CreateSemaphore(parsed, initial, maximum, audience), RightsMap.Semaphore, access, SecurityAttributes.IsInheritable(attributes));
    }
}
