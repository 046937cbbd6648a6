namespace Crossmap.Conformance.CInterface;

/// <summary>Calls for semaphores.</summary>
internal static unsafe class SemaphoreCalls
{
    public const uint SEMAPHORE_ALL_ACCESS = 0x1F_0003, SEMAPHORE_MODIFY_STATE = 2, SYNCHRONIZE = 0x10_0000;

    private static readonly delegate* unmanaged<void*, int, int, char*, nint> s_create = (delegate* unmanaged<void*, int, int, char*, nint>)CLibrary.Export("CreateSemaphoreW");

    private static readonly delegate* unmanaged<void*, int, int, char*, uint, uint, nint> s_createEx =
        (delegate* unmanaged<void*, int, int, char*, uint, uint, nint>)CLibrary.Export("CreateSemaphoreExW");

    private static readonly delegate* unmanaged<uint, int, char*, nint> s_open = (delegate* unmanaged<uint, int, char*, nint>)CLibrary.Export("OpenSemaphoreW");

    private static readonly delegate* unmanaged<nint, int, int*, int> s_release = (delegate* unmanaged<nint, int, int*, int>)CLibrary.Export("ReleaseSemaphore");

    public static nint CreateSemaphore(int initial, int maximum, string? name = null)
    {
        fixed (char* text = name)
        {
            LastError.Spoil();
            return LastError.Kept(s_create(null, initial, maximum, text));
        }
    }

    public static nint CreateSemaphoreEx(int initial, int maximum, string? name, uint access)
    {
        fixed (char* text = name)
        {
            LastError.Spoil();
            return LastError.Kept(s_createEx(null, initial, maximum, text, 0, access));
        }
    }

    public static nint OpenSemaphore(string? name, uint access = SEMAPHORE_ALL_ACCESS)
    {
        fixed (char* text = name)
        {
            LastError.Spoil();
            return LastError.Kept(s_open(access, 0, text));
        }
    }

    /// <param name="semaphore">The handle.</param>
    /// <param name="count">How many.</param>
    /// <param name="previous">The count before; left alone when the call fails.</param>
    public static int ReleaseSemaphore(nint semaphore, int count, ref int previous)
    {
        fixed (int* place = &previous)
        {
            LastError.Spoil();
            return LastError.Kept(s_release(semaphore, count, place));
        }
    }

    public static int ReleaseSemaphore(nint semaphore, int count = 1)
    {
        LastError.Spoil();
        return LastError.Kept(s_release(semaphore, count, null));
    }
}
