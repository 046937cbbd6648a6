using System.Diagnostics;
using System.Runtime.InteropServices;
using Crossmap.Linux;
using Crossmap.Objects;

namespace Crossmap.Native;

/// <summary>The process, the machine and the clock.</summary>
internal static class SystemCalls
{
    [UnmanagedCallersOnly(EntryPoint = "crossmap_GetCurrentProcess")]
    public static nint GetCurrentProcess() => HandleCalls.CurrentProcess;

    [UnmanagedCallersOnly(EntryPoint = "crossmap_GetCurrentProcessId")]
    public static uint GetCurrentProcessId() => (uint)Environment.ProcessId;

    [UnmanagedCallersOnly(EntryPoint = "crossmap_GetSystemInfo")]
    public static unsafe void GetSystemInfo(SystemInformation* information)
    {
        const ushort amd64 = 9;
        const uint amdX8664 = 8664;
        int processors = Environment.ProcessorCount;
        *information = new SystemInformation
        {
            ProcessorArchitecture = amd64,
            PageSize = Libc.PageSize,
            MinimumAddress = ObjectSystem.AllocationGranularity,
            MaximumAddress = AddressArena.KernelRange - 1,
            ActiveProcessors = processors >= 64 ? nuint.MaxValue : ((nuint)1 << processors) - 1,
            Processors = (uint)processors,
            ProcessorType = amdX8664,
            AllocationGranularity = ObjectSystem.AllocationGranularity,
        };
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_GetTickCount64")]
    public static ulong GetTickCount64() => (ulong)Environment.TickCount64;

    [UnmanagedCallersOnly(EntryPoint = "crossmap_Sleep")]
    public static void Sleep(uint milliseconds) => SleepFor(milliseconds);

    public static void SleepFor(uint milliseconds)
    {
        const uint infinite = 0xFFFF_FFFF;
        if (milliseconds == infinite)
        {
            Thread.Sleep(Timeout.Infinite);
        }

        // In pieces: the runtime counts to half of what a DWORD does.
        long start = Stopwatch.GetTimestamp();
        for (double left = milliseconds; left > 0; left = milliseconds - Stopwatch.GetElapsedTime(start).TotalMilliseconds)
        {
            Thread.Sleep((int)Math.Min(Math.Ceiling(left), int.MaxValue));
        }

        if (milliseconds == 0)
        {
            Thread.Yield();
        }
    }
}
