using System.Globalization;
using System.Runtime.InteropServices;

namespace Crossmap.Conformance;

/// <summary>
/// What the system itself says of an address: <c>VirtualQuery</c> on Windows, a line of <c>/proc/self/maps</c> on Linux. The tests' own
/// eyes: nothing of the library is asked.
/// </summary>
internal readonly partial record struct MemoryRegion(nint Start, long Size, PageProtection Protection, bool IsReserved)
{
    /// <summary>The region that an address lies in; <see cref="PageProtection.None"/> when nothing is mapped there.</summary>
    public static MemoryRegion At(nint address) => OperatingSystem.IsWindows() ? Queried(address) : Listed(address);

    /// <summary>Whether nothing at all lies in a range.</summary>
    public static bool IsFree(nint start, long bytes)
    {
        if (OperatingSystem.IsWindows())
        {
            MemoryRegion region = Queried(start);
            return region.Protection == PageProtection.None && !region.IsReserved && region.Size >= bytes;
        }

        return !Lines().Any(line => line.Start < start + bytes && start < line.Start + line.Size);
    }

    /// <summary>Takes addresses without memory, as any program may (<c>VirtualAlloc(MEM_RESERVE)</c>, <c>mmap</c>): null when they are not free.</summary>
    public static IDisposable? TryReserve(nint address, nint bytes)
    {
        if (OperatingSystem.IsWindows())
        {
            nint got = VirtualAlloc(address, bytes, MEM_RESERVE, PAGE_NOACCESS);
            return got == 0 ? null : new Reservation(got, bytes);
        }

        nint mapped = mmap(address, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (address == 0 ? 0 : MAP_FIXED_NOREPLACE), -1, 0);
        return mapped == -1 ? null : new Reservation(mapped, bytes);
    }

    /// <summary>Addresses where nothing lies and, as both systems place mappings elsewhere, nothing will: each caller gets others.</summary>
    public static nint FreeAddress(long bytes)
    {
        long rounded = (bytes + Step) & -Step;
        while (true)
        {
            nint start = (nint)(Interlocked.Add(ref s_next, rounded + Step) - rounded);
            if (IsFree(start, rounded))
            {
                return start;
            }
        }
    }

    private const long Step = 1 << 24;
    private static long s_next = 0x1800_0000_0000;

    private sealed class Reservation(nint address, nint bytes) : IDisposable
    {
        public void Dispose() => _ = OperatingSystem.IsWindows() ? VirtualFree(address, 0, MEM_RELEASE) : munmap(address, bytes);
    }

    private static MemoryRegion Listed(nint address) => Lines().FirstOrDefault(line => line.Start <= address && address < line.Start + line.Size);

    private static IEnumerable<MemoryRegion> Lines()
    {
        foreach (string line in File.ReadAllLines("/proc/self/maps"))
        {
            int dash = line.IndexOf('-', StringComparison.Ordinal), space = line.IndexOf(' ', StringComparison.Ordinal);
            ulong start = ulong.Parse(line.AsSpan(0, dash), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            ulong end = ulong.Parse(line.AsSpan(dash + 1, space - dash - 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            PageProtection protection = line.Substring(space + 1, 4) switch
            {
                "r--s" or "r--p" => PageProtection.ReadOnly,
                "rw-s" => PageProtection.ReadWrite,
                "rw-p" => PageProtection.WriteCopy,
                "r-xs" or "r-xp" => PageProtection.ExecuteRead,
                "rwxs" => PageProtection.ExecuteReadWrite,
                "rwxp" => PageProtection.ExecuteWriteCopy,
                _ => PageProtection.NoAccess,
            };
            yield return new MemoryRegion((nint)start, (long)(end - start), protection, IsReserved: false);
        }
    }

    private static unsafe MemoryRegion Queried(nint address)
    {
        MemoryBasicInformation information;
        if (VirtualQuery(address, &information, sizeof(MemoryBasicInformation)) == 0)
        {
            throw new ArgumentOutOfRangeException(nameof(address), $"VirtualQuery refuses 0x{address:X}.");
        }

        PageProtection protection = information.State == MEM_COMMIT ? (PageProtection)(information.Protect & 0xFF) : PageProtection.None;
        return new MemoryRegion(information.BaseAddress, information.RegionSize, protection, information.State == MEM_RESERVE);
    }

    private const int MEM_COMMIT = 0x1000, MEM_RESERVE = 0x2000, MEM_RELEASE = 0x8000, PAGE_NOACCESS = 1;
    private const int PROT_NONE = 0, MAP_PRIVATE = 2, MAP_ANONYMOUS = 0x20, MAP_NORESERVE = 0x4000, MAP_FIXED_NOREPLACE = 0x10_0000;

    [StructLayout(LayoutKind.Sequential)]
    private struct MemoryBasicInformation
    {
        public nint BaseAddress;
        public nint AllocationBase;
        public int AllocationProtect;
        public short PartitionId;
        public nint RegionSize;
        public int State;
        public int Protect;
        public int Type;
    }

    [LibraryImport("kernel32")]
    private static unsafe partial nint VirtualQuery(nint address, MemoryBasicInformation* information, nint length);

    [LibraryImport("kernel32")]
    private static partial nint VirtualAlloc(nint address, nint size, int type, int protection);

    [LibraryImport("kernel32")]
    private static partial int VirtualFree(nint address, nint size, int type);

    [LibraryImport("libc")]
    private static partial nint mmap(nint address, nint length, int protection, int flags, int fd, long offset);

    [LibraryImport("libc")]
    private static partial int munmap(nint address, nint length);
}
