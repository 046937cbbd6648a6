using System.Runtime.InteropServices;

namespace Crossmap.Native;

/// <summary><c>MEMORY_BASIC_INFORMATION</c>, as C lays it out.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MemoryInformation
{
    public nint BaseAddress;
    public nint AllocationBase;
    public uint AllocationProtect;
    public ushort PartitionId;
    public nint RegionSize;
    public uint State;
    public uint Protect;
    public uint Type;
}
