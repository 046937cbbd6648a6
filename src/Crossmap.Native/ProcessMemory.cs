using System.Globalization;
using Crossmap.Linux;

namespace Crossmap.Native;

/// <summary>The addresses that are no view's, as the kernel lists them: for <c>VirtualQuery</c> alone.</summary>
internal static class ProcessMemory
{
    public const uint Commit = 0x1000, Reserve = 0x2000, Free = 0x1_0000, Private = 0x2_0000, Mapped = 0x4_0000;

    /// <summary>The mapping that an address lies in, or the gap.</summary>
    public static MemoryInformation At(nint address)
    {
        nint gap = 0;
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            // "7f0000000000-7f0000010000 rw-s 00000000 00:01 1234 /path"
            ReadOnlySpan<char> text = line;
            int dash = text.IndexOf('-'), space = text.IndexOf(' ');
            nint start = nint.Parse(text[..dash], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            bool isHigh = !nint.TryParse(text[(dash + 1)..space], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out nint end) || end < 0;
            if (address < start || isHigh)
            {
                return FreeFrom(address, isHigh && address >= start ? AddressArena.KernelRange : start);
            }

            if (address < end)
            {
                // What is reserved for views and holds none is as free as can be (fact 162).
                return AddressArena.Instance.Contains(address) ? FreeFrom(address, end) : Taken(address, start, end, text.Slice(space + 1, 4));
            }

            gap = end;
        }

        return FreeFrom(Math.Max(address, gap), AddressArena.KernelRange);
    }

    private static MemoryInformation FreeFrom(nint address, nint end)
    {
        nint page = address & -Libc.PageSize;
        nint next = ViewTable.NextBehind(address);
        return new MemoryInformation
        {
            BaseAddress = page,
            RegionSize = (next > 0 && next < end ? next : end) - page,
            State = Free,
            Protect = (uint)PageProtection.NoAccess,
        };
    }

    private static MemoryInformation Taken(nint address, nint start, nint end, ReadOnlySpan<char> rights)
    {
        PageProtection protection = (rights[0] == 'r', rights[1] == 'w', rights[2] == 'x') switch
        {
            (_, true, true) => PageProtection.ExecuteReadWrite,
            (_, true, false) => PageProtection.ReadWrite,
            (true, false, true) => PageProtection.ExecuteRead,
            (false, false, true) => PageProtection.Execute,
            (true, false, false) => PageProtection.ReadOnly,
            _ => PageProtection.NoAccess,
        };
        nint page = address & -Libc.PageSize;
        bool isReserved = protection == PageProtection.NoAccess;
        return new MemoryInformation
        {
            BaseAddress = page,
            AllocationBase = start,
            AllocationProtect = (uint)protection,
            RegionSize = end - page,
            State = isReserved ? Reserve : Commit,
            Protect = isReserved ? 0 : (uint)protection,
            Type = rights[3] == 's' ? Mapped : Private,
        };
    }
}
