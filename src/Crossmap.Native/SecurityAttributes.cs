using System.Runtime.InteropServices;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary><c>SECURITY_ATTRIBUTES</c>, as C lays it out.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SecurityAttributes
{
    public uint Length;
    public SecurityDescriptor* Descriptor;
    public int InheritHandle;

    public static bool IsInheritable(SecurityAttributes* attributes) => attributes is not null && attributes->InheritHandle != 0;

    /// <summary>
    /// Who may open an object that is created with these. What cannot be honoured is refused and never ignored: it would share with more than the
    /// caller meant.
    /// </summary>
    public static ObjectAudience Audience(SecurityAttributes* attributes, bool isNamed)
    {
        SecurityDescriptor* descriptor = attributes is null ? null : attributes->Descriptor;
        if (descriptor is null)
        {
            return ObjectAudience.Owner;
        }

        if (descriptor->Revision != SecurityDescriptor.OnlyRevision)
        {
            Errors.Throw(ERROR_UNKNOWN_REVISION, "The security descriptor was not initialised (InitializeSecurityDescriptor).");
        }

        const ushort meant = SecurityDescriptor.DaclPresent | SecurityDescriptor.DaclDefaulted;
        if ((descriptor->Control & ~meant) != 0 || descriptor->Owner != 0 || descriptor->Group != 0)
        {
            Errors.Throw(ERROR_NOT_SUPPORTED, "An owner, a group, a system list or a self-relative descriptor cannot be honoured on Linux.");
        }

        if ((descriptor->Control & SecurityDescriptor.DaclPresent) == 0)
        {
            return ObjectAudience.Owner;
        }

        if (descriptor->Dacl is null)
        {
            return ObjectAudience.Everyone;
        }

        // An empty list lets nobody open the object, which is what an unnamed one is like.
        if (isNamed || descriptor->Dacl->AceCount != 0)
        {
            Errors.Throw(ERROR_NOT_SUPPORTED, "An access control list cannot be honoured on Linux: pass no list for the owner alone, or a NULL one for everyone.");
        }

        return ObjectAudience.Owner;
    }
}

/// <summary><c>SECURITY_DESCRIPTOR</c> in its absolute form.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SecurityDescriptor
{
    public const byte OnlyRevision = 1;
    public const ushort DaclPresent = 0x0004, DaclDefaulted = 0x0008;

    public byte Revision;
    public byte Sbz1;
    public ushort Control;
    public nint Owner;
    public nint Group;
    public nint Sacl;
    public AccessControlList* Dacl;
}

/// <summary><c>ACL</c>: the header of an access control list.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AccessControlList
{
    public byte Revision;
    public byte Sbz1;
    public ushort Size;
    public ushort AceCount;
    public ushort Sbz2;
}
