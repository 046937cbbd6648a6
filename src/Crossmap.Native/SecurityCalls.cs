using System.Runtime.InteropServices;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary>Security descriptors: what <see cref="SecurityAttributes.Audience"/> can be told.</summary>
internal static unsafe class SecurityCalls
{
    [UnmanagedCallersOnly(EntryPoint = "crossmap_InitializeSecurityDescriptor")]
    public static int InitializeSecurityDescriptor(SecurityDescriptor* descriptor, uint revision)
    {
        if (descriptor is null || revision != SecurityDescriptor.OnlyRevision)
        {
            return LastError.Fail(descriptor is null ? ERROR_NOACCESS : ERROR_UNKNOWN_REVISION);
        }

        *descriptor = new SecurityDescriptor { Revision = SecurityDescriptor.OnlyRevision };
        return 1;
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_SetSecurityDescriptorDacl")]
    public static int SetSecurityDescriptorDacl(SecurityDescriptor* descriptor, int present, AccessControlList* list, int defaulted)
    {
        if (descriptor is null || descriptor->Revision != SecurityDescriptor.OnlyRevision)
        {
            return LastError.Fail(descriptor is null ? ERROR_NOACCESS : ERROR_UNKNOWN_REVISION);
        }

        const ushort bits = SecurityDescriptor.DaclPresent | SecurityDescriptor.DaclDefaulted;
        descriptor->Control = (ushort)((descriptor->Control & ~bits)
            | (present != 0 ? SecurityDescriptor.DaclPresent : 0)
            | (present != 0 && defaulted != 0 ? SecurityDescriptor.DaclDefaulted : 0));
        descriptor->Dacl = present != 0 ? list : null;
        return 1;
    }

    /// <summary>An empty list.</summary>
    [UnmanagedCallersOnly(EntryPoint = "crossmap_InitializeAcl")]
    public static int InitializeAcl(AccessControlList* list, uint length, uint revision)
    {
        if (list is null || length < (uint)sizeof(AccessControlList) || length > ushort.MaxValue || revision is < 2 or > 4)
        {
            return LastError.Fail(list is null ? ERROR_NOACCESS : length < (uint)sizeof(AccessControlList) ? ERROR_INSUFFICIENT_BUFFER : ERROR_INVALID_PARAMETER);
        }

        *list = new AccessControlList { Revision = (byte)revision, Size = (ushort)(length & ~3u) };
        return 1;
    }
}
