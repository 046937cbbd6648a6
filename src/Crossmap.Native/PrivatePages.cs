using Crossmap.Linux;
using Microsoft.Win32.SafeHandles;
using static Crossmap.Linux.Libc;

namespace Crossmap.Native;

/// <summary>Which pages of a copy-on-write mapping were written and are the process's own: the kernel tells of each page (<c>/proc/self/pagemap</c>).</summary>
internal static unsafe class PrivatePages
{
    /// <summary>Bits of an entry: in memory, in swap, of a file or shared.</summary>
    private const ulong Present = 1UL << 63, Swapped = 1UL << 62, OfFile = 1UL << 61;

    /// <summary>Whether the page at an address is the process's own, and for how many bytes the same is true.</summary>
    public static bool Same(nint address, long bytes, out long same)
    {
        using SafeFileHandle map = File.OpenHandle("/proc/self/pagemap");
        Span<ulong> entries = stackalloc ulong[512];
        bool first = false;
        for (same = 0; same < bytes;)
        {
            int count = (int)Math.Min(entries.Length, (bytes - same) / PageSize);
            nint read;
            fixed (ulong* p = entries)
            {
                read = pread((int)map.DangerousGetHandle(), (byte*)p, count * sizeof(ulong), (address + (nint)same) / PageSize * sizeof(ulong));
            }

            if (read <= 0)
            {
                throw LinuxError.Last("The kernel does not tell of the process's pages");
            }

            foreach (ulong entry in entries[..(int)(read / sizeof(ulong))])
            {
                bool isOwn = (entry & (Present | Swapped)) != 0 && (entry & OfFile) == 0;
                first = same == 0 ? isOwn : first;
                if (isOwn != first)
                {
                    return first;
                }

                same += PageSize;
            }
        }

        return first;
    }
}
