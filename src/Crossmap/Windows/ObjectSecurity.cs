using System.Globalization;
using System.Runtime.InteropServices;

namespace Crossmap.Windows;

/// <summary>
/// What a creation says about who may open the object and whether children inherit the handle. The owner's audience is the default
/// descriptor; any other is spelled out: the owner, the system and the administrators with all rights, and those it is for.
/// </summary>
internal readonly unsafe struct ObjectSecurity : IDisposable
{
    /// <summary>
    /// The rights of <c>FILE_MAP_ALL_ACCESS</c>, <c>SEMAPHORE_ALL_ACCESS</c> and so on, because these are what a plain open asks for: with less,
    /// those whom the object is for could not open it.
    /// </summary>
    public const uint AllOfSection = 0xF001F, AllOfSemaphore = 0x1F0003, AllOfEvent = 0x1F0003, AllOfMutex = 0x1F0001;

    private ObjectSecurity(Kernel32.SecurityAttributes attributes) => Attributes = attributes;

    public Kernel32.SecurityAttributes Attributes { get; }

    public static ObjectSecurity Of(ObjectAudience audience, bool inheritable, uint rights)
    {
        nint descriptor = 0;
        if (audience != ObjectAudience.Owner)
        {
            string others = audience == ObjectAudience.Group ? SidOf(Advapi32.TokenPrimaryGroup) : "WD";
            string granted = rights.ToString("X", CultureInfo.InvariantCulture);
            string text = $"D:(A;;GA;;;{SidOf(Advapi32.TokenUser)})(A;;GA;;;SY)(A;;GA;;;BA)(A;;0x{granted};;;{others})";
            if (Advapi32.ConvertStringSecurityDescriptorToSecurityDescriptor(text, revision: 1, out descriptor, 0) == 0)
            {
                throw WindowsError.Last($"The access control list for the audience {audience} cannot be made");
            }
        }

        return new ObjectSecurity(new Kernel32.SecurityAttributes
        {
            Length = sizeof(Kernel32.SecurityAttributes),
            SecurityDescriptor = descriptor,
            InheritHandle = inheritable ? 1 : 0,
        });
    }

    public void Dispose() => _ = Kernel32.LocalFree(Attributes.SecurityDescriptor);

    /// <summary>The user's or the primary group's identity as text. Both structures begin with a pointer to it.</summary>
    private static string SidOf(int kind)
    {
        const string what = "The identity of this process cannot be read";
        if (Advapi32.OpenProcessToken(Kernel32.CurrentProcess, Advapi32.TOKEN_QUERY, out KernelHandle token) == 0)
        {
            throw WindowsError.Last(what);
        }

        // A SID has 68 bytes at most.
        nint* buffer = stackalloc nint[16];
        nint text;
        using (token)
        {
            if (Advapi32.GetTokenInformation(token, kind, buffer, 16 * sizeof(nint), out _) == 0 || Advapi32.ConvertSidToStringSid(buffer[0], out text) == 0)
            {
                throw WindowsError.Last(what);
            }
        }

        string sid = Marshal.PtrToStringUni(text)!;
        _ = Kernel32.LocalFree(text);
        return sid;
    }
}
