using System.Runtime.InteropServices;

namespace Crossmap.Windows;

/// <summary>The calls about security under their native names.</summary>
internal static unsafe partial class Advapi32
{
    public const uint TOKEN_QUERY = 8;
    public const int TokenUser = 1, TokenPrimaryGroup = 5;

    private const string Library = "advapi32.dll";

    [LibraryImport(Library, SetLastError = true)]
    public static partial int OpenProcessToken(nint process, uint access, out KernelHandle token);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int GetTokenInformation(SafeHandle token, int kind, void* information, int bytes, out int returned);

    [LibraryImport(Library, EntryPoint = "ConvertSidToStringSidW", SetLastError = true)]
    public static partial int ConvertSidToStringSid(nint sid, out nint text);

    [LibraryImport(Library, EntryPoint = "ConvertStringSecurityDescriptorToSecurityDescriptorW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    public static partial int ConvertStringSecurityDescriptorToSecurityDescriptor(string text, uint revision, out nint descriptor, nint size);
}
