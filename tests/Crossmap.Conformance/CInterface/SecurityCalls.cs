using System.Runtime.InteropServices;

namespace Crossmap.Conformance.CInterface;

/// <summary>Calls for security descriptors, and the structures around them as C lays them out.</summary>
internal static unsafe class SecurityCalls
{
    private static readonly delegate* unmanaged<Descriptor*, uint, int> s_initialize = (delegate* unmanaged<Descriptor*, uint, int>)CLibrary.Export("InitializeSecurityDescriptor");

    private static readonly delegate* unmanaged<Descriptor*, int, Acl*, int, int> s_setDacl =
        (delegate* unmanaged<Descriptor*, int, Acl*, int, int>)CLibrary.Export("SetSecurityDescriptorDacl");

    private static readonly delegate* unmanaged<Acl*, uint, uint, int> s_initializeAcl = (delegate* unmanaged<Acl*, uint, uint, int>)CLibrary.Export("InitializeAcl");

    /// <summary><c>SECURITY_ATTRIBUTES</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Attributes(Descriptor* descriptor, bool inherit)
    {
        public uint Length = (uint)sizeof(Attributes);
        public Descriptor* SecurityDescriptor = descriptor;
        public int InheritHandle = inherit ? 1 : 0;
    }

    /// <summary>Room for a <c>SECURITY_DESCRIPTOR</c>.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 40)]
    public struct Descriptor
    {
        public ulong First;
    }

    /// <summary>Room for an <c>ACL</c> without entries.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 8)]
    public struct Acl
    {
        public ulong First;
    }

    public static int InitializeSecurityDescriptor(Descriptor* descriptor)
    {
        LastError.Spoil();
        return LastError.Kept(s_initialize(descriptor, 1));
    }

    public static int SetSecurityDescriptorDacl(Descriptor* descriptor, bool present, Acl* list)
    {
        LastError.Spoil();
        return LastError.Kept(s_setDacl(descriptor, present ? 1 : 0, list, 0));
    }

    public static int InitializeAcl(Acl* list)
    {
        LastError.Spoil();
        return LastError.Kept(s_initializeAcl(list, (uint)sizeof(Acl), 2));
    }
}
