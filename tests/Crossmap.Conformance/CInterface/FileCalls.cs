namespace Crossmap.Conformance.CInterface;

/// <summary>Calls for files.</summary>
internal static unsafe class FileCalls
{
    public const uint GENERIC_READ = 0x8000_0000, GENERIC_WRITE = 0x4000_0000, GENERIC_EXECUTE = 0x2000_0000;
    public const uint OPEN_EXISTING = 3;

    private static readonly delegate* unmanaged<char*, uint, uint, void*, uint, uint, nint, nint> s_create =
        (delegate* unmanaged<char*, uint, uint, void*, uint, uint, nint, nint>)CLibrary.Export("CreateFileW");

    public static nint CreateFile(string name, uint access, FileShare share = FileShare.ReadWrite | FileShare.Delete, uint disposition = OPEN_EXISTING, uint flags = 0)
    {
        fixed (char* text = name)
        {
            LastError.Spoil();
            return LastError.Kept(s_create(text, access, (uint)share, null, disposition, flags, 0));
        }
    }
}
