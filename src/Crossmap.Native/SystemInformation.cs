using System.Runtime.InteropServices;

namespace Crossmap.Native;

/// <summary><c>SYSTEM_INFO</c>, as C lays it out.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SystemInformation
{
    public ushort ProcessorArchitecture;
    public ushort Reserved;
    public uint PageSize;
    public nint MinimumAddress;
    public nint MaximumAddress;
    public nuint ActiveProcessors;
    public uint Processors;
    public uint ProcessorType;
    public uint AllocationGranularity;
    public ushort ProcessorLevel;
    public ushort ProcessorRevision;
}
