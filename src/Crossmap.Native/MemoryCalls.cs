using System.Numerics;
using System.Runtime.InteropServices;
using Crossmap.Linux;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary>The pages of views.</summary>
internal static unsafe class MemoryCalls
{
    private const uint Commit = 0x1000, Reset = 0x8_0000;

    [UnmanagedCallersOnly(EntryPoint = "crossmap_VirtualQuery")]
    public static nuint VirtualQuery(nint address, MemoryInformation* information, nuint length)
    {
        try
        {
            if (length < (nuint)sizeof(MemoryInformation))
            {
                return (nuint)LastError.Fail(ERROR_BAD_LENGTH);
            }

            if ((nuint)address >= (nuint)AddressArena.KernelRange)
            {
                return (nuint)LastError.Fail(ERROR_INVALID_PARAMETER);
            }

            *information = ViewTable.Find(address) is { } view ? Of(view, address) : ProcessMemory.At(address);
            return (nuint)sizeof(MemoryInformation);
        }
        catch (Exception e)
        {
            return (nuint)LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_VirtualProtect")]
    public static int VirtualProtect(nint address, nuint bytes, uint protection, uint* old)
    {
        try
        {
            int error = Checked(protection);
            if (error != 0 || bytes == 0)
            {
                return LastError.Fail(error != 0 ? error : ERROR_INVALID_PARAMETER);
            }

            if (old is null)
            {
                return LastError.Fail(ERROR_NOACCESS);
            }

            if (ViewTable.Find(address) is not { } view)
            {
                return LastError.Fail(ERROR_INVALID_ADDRESS);
            }

            *old = view.Protect(address, unchecked((long)bytes), (PageProtection)(protection & PageBits));
            return 1;
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_VirtualAlloc")]
    public static nint VirtualAlloc(nint address, nuint bytes, uint type, uint protection)
    {
        try
        {
            int error = Checked(protection);
            if (error != 0 || bytes == 0)
            {
                return LastError.Fail(error != 0 ? error : ERROR_INVALID_PARAMETER);
            }

            NativeView? view = ViewTable.Find(address);
            if (type is not (Commit or Reset))
            {
                // What a view lies on cannot be reserved again; anything else is for mmap.
                return LastError.Fail(view is null ? ERROR_NOT_SUPPORTED : ERROR_INVALID_ADDRESS);
            }

            if (view is null)
            {
                return LastError.Fail(ERROR_INVALID_ADDRESS);
            }

            if (type == Commit)
            {
                view.Commit(address, unchecked((long)bytes), (PageProtection)(protection & PageBits));
            }
            else
            {
                _ = view.Range(address, unchecked((long)bytes));
            }

            return address & -Libc.PageSize;
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    /// <summary>Frees nothing: what a view lies on is never decommitted, and UnmapViewOfFile alone frees it (facts 164, 165, 203).</summary>
    [UnmanagedCallersOnly(EntryPoint = "crossmap_VirtualFree")]
    public static int VirtualFree(nint address, nuint bytes, uint type)
    {
        try
        {
            return LastError.Fail(ViewTable.Find(address) is null ? ERROR_INVALID_ADDRESS : ERROR_INVALID_PARAMETER);
        }
        catch (Exception e)
        {
            return LastError.Fail(e);
        }
    }

    private const uint PageBits = 0xFF, Guard = 0x100, Caching = 0x600;

    /// <summary>Exactly one protection (fact 190). Guard pages would need the program's signals.</summary>
    private static int Checked(uint protection) =>
        BitOperations.PopCount(protection & PageBits) != 1 || (protection & ~(PageBits | Guard | Caching)) != 0 ? ERROR_INVALID_PARAMETER
        : (protection & Guard) != 0 ? ERROR_NOT_SUPPORTED
        : 0;

    private static MemoryInformation Of(NativeView view, nint address)
    {
        PageRun run = view.Query(address);
        return new MemoryInformation
        {
            BaseAddress = run.Start,
            AllocationBase = view.Start,
            AllocationProtect = view.AllocationProtection,
            RegionSize = (nint)run.Length,
            State = run.IsCommitted ? ProcessMemory.Commit : ProcessMemory.Reserve,
            Protect = run.Protection,
            Type = ProcessMemory.Mapped,
        };
    }
}
