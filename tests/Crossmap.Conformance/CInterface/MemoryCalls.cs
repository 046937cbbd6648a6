using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Crossmap.Conformance.CInterface;

/// <summary>Calls for the pages of views.</summary>
internal static unsafe class MemoryCalls
{
    public const uint MEM_COMMIT = 0x1000, MEM_RESERVE = 0x2000, MEM_DECOMMIT = 0x4000, MEM_RELEASE = 0x8000, MEM_FREE = 0x1_0000, MEM_MAPPED = 0x4_0000, MEM_RESET = 0x8_0000;
    public const PageProtection PAGE_NOCACHE = (PageProtection)0x200;

    private static readonly delegate* unmanaged<nint, Information*, nuint, nuint> s_query = (delegate* unmanaged<nint, Information*, nuint, nuint>)CLibrary.Export("VirtualQuery");

    private static readonly delegate* unmanaged<nint, nuint, uint, uint*, int> s_protect = (delegate* unmanaged<nint, nuint, uint, uint*, int>)CLibrary.Export("VirtualProtect");

    private static readonly delegate* unmanaged<nint, nuint, uint, uint, nint> s_allocate = (delegate* unmanaged<nint, nuint, uint, uint, nint>)CLibrary.Export("VirtualAlloc");

    private static readonly delegate* unmanaged<nint, nuint, uint, int> s_free = (delegate* unmanaged<nint, nuint, uint, int>)CLibrary.Export("VirtualFree");

    /// <summary><c>MEMORY_BASIC_INFORMATION</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Information
    {
        public nint BaseAddress;
        public nint AllocationBase;
        public PageProtection AllocationProtect;
        public ushort PartitionId;
        public nint RegionSize;
        public uint State;
        public PageProtection Protect;
        public uint Type;

        /// <summary>The region in a line, without its address.</summary>
        public override readonly string ToString() => $"{(State == MEM_COMMIT ? $"{Protect}" : State == MEM_RESERVE ? $"reserved {(int)Protect}" : "free")} of {AllocationProtect}, 0x{RegionSize:X}";
    }

    public static Information VirtualQuery(nint address)
    {
        Information information;
        nuint length = s_query(address, &information, (nuint)sizeof(Information));
        Assert.Equal((nuint)sizeof(Information), length);
        return information;
    }

    public static int VirtualProtect(nint address, nuint bytes, PageProtection protection, out PageProtection old)
    {
        Unsafe.SkipInit(out old);
        fixed (PageProtection* place = &old)
        {
            return VirtualProtect(address, bytes, protection, place);
        }
    }

    /// <param name="address">Where.</param>
    /// <param name="bytes">How much.</param>
    /// <param name="protection">What it becomes.</param>
    /// <param name="old">What it was; null for no place to put it in.</param>
    public static int VirtualProtect(nint address, nuint bytes, PageProtection protection, PageProtection* old)
    {
        LastError.Spoil();
        return LastError.Kept(s_protect(address, bytes, (uint)protection, (uint*)old));
    }

    public static nint VirtualAlloc(nint address, nuint bytes, uint type, PageProtection protection)
    {
        LastError.Spoil();
        return LastError.Kept(s_allocate(address, bytes, type, (uint)protection));
    }

    public static int VirtualFree(nint address, nuint bytes, uint type)
    {
        LastError.Spoil();
        return LastError.Kept(s_free(address, bytes, type));
    }

    /// <summary>The outcome of a change of protection: the old one, or the error.</summary>
    public static string Protected(nint address, nuint bytes, PageProtection protection)
    {
        int isTrue = VirtualProtect(address, bytes, protection, out PageProtection old);
        return isTrue != 0 ? $"{old}" : Outcome.Of(isTrue);
    }

    /// <summary>The outcome of a commit: the address where it should be, or the error.</summary>
    public static string Committed(nint address, nuint bytes, PageProtection protection)
    {
        nint got = VirtualAlloc(address, bytes, MEM_COMMIT, protection);
        return got == 0 ? Outcome.Of(0) : got == (address & -4096) ? Answer.Success : $"0x{got:X}";
    }
}
