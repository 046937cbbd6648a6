namespace Crossmap.Conformance.CInterface;

/// <summary>Calls for mutexes.</summary>
internal static unsafe class MutexCalls
{
    public const uint MUTEX_ALL_ACCESS = 0x1F_0001;

    private static readonly delegate* unmanaged<void*, int, char*, nint> s_create = (delegate* unmanaged<void*, int, char*, nint>)CLibrary.Export("CreateMutexW");

    private static readonly delegate* unmanaged<uint, int, char*, nint> s_open = (delegate* unmanaged<uint, int, char*, nint>)CLibrary.Export("OpenMutexW");

    private static readonly delegate* unmanaged<nint, int> s_release = (delegate* unmanaged<nint, int>)CLibrary.Export("ReleaseMutex");

    public static nint CreateMutex(bool owned = false, string? name = null)
    {
        fixed (char* text = name)
        {
            LastError.Spoil();
            return LastError.Kept(s_create(null, owned ? 1 : 0, text));
        }
    }

    public static nint OpenMutex(string? name, uint access = MUTEX_ALL_ACCESS)
    {
        fixed (char* text = name)
        {
            LastError.Spoil();
            return LastError.Kept(s_open(access, 0, text));
        }
    }

    public static int ReleaseMutex(nint mutex)
    {
        LastError.Spoil();
        return LastError.Kept(s_release(mutex));
    }
}
