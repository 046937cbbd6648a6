using System.Globalization;
using Crossmap.Objects;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>
/// Whether memory that is about to be promised is there: free space of the tmpfs, MemAvailable, and what is left of the limit of every
/// cgroup above this process. tmpfs alone would say yes and let the OOM killer take it back.
/// </summary>
/// <param name="root">The folder that stands for "/": tests put a tree of their own there.</param>
internal sealed class MemoryBudget(string root)
{
    /// <summary>
    /// Reading the limits costs more than a small allocation. So a reading also grants this fraction of what it found, to be drawn by
    /// small requests before the next reading: they cannot exhaust what was there.
    /// </summary>
    private const int GrantedFraction = 64;

    private long _granted;

    public static MemoryBudget Current { get; set; } = new("/");

    /// <summary>Refuses (1455) what does not fit. The tmpfs itself is asked always, for it is asked cheaply.</summary>
    public unsafe void Require(long bytes, int fd, Subject subject)
    {
        FileSystemStatus status;
        if (fstatfs(fd, &status) == 0 && status.Blocks != 0 && status.AvailableBlocks < (bytes + status.BlockSize - 1) / status.BlockSize)
        {
            Errors.Throw(ERROR_COMMITMENT_LIMIT,
                $"There is no room for the {bytes} bytes of {subject}: its tmpfs has {status.AvailableBlocks * status.BlockSize} bytes left. " +
                "Make it larger (a container's /dev/shm: --shm-size), or set CROSSMAP_ROOT to a larger tmpfs.");
        }

        if (Interlocked.Add(ref _granted, -bytes) >= 0)
        {
            return;
        }

        (long available, string limit) = Available();
        if (bytes > available)
        {
            // Requests that came to nothing must not add up until the sum overflows into a grant.
            Interlocked.Exchange(ref _granted, 0);
            Errors.Throw(ERROR_COMMITMENT_LIMIT, $"There is no memory for the {bytes} bytes of {subject}: {limit} leaves {available} bytes.");
        }

        Interlocked.Exchange(ref _granted, available / GrantedFraction);
    }

    /// <summary>The tightest limit: bytes that may still be used, and which limit says so.</summary>
    public (long Bytes, string Limit) Available()
    {
        long least = long.MaxValue;
        string limit = "no limit";
        if (ReadField(Path.Combine(root, "proc/meminfo"), "MemAvailable:") is { } kilobytes)
        {
            least = kilobytes * 1024;
            limit = "the machine's memory (MemAvailable)";
        }

        foreach ((string folder, bool unified) in ControlGroups())
        {
            long? maximum = ReadNumber(Path.Combine(folder, unified ? "memory.max" : "memory.limit_in_bytes"));
            long? used = ReadNumber(Path.Combine(folder, unified ? "memory.current" : "memory.usage_in_bytes"));
            if (maximum is null || used is null)
            {
                continue;
            }

            // File pages that nobody used lately are given back before anybody is killed.
            long reclaimable = ReadField(Path.Combine(folder, "memory.stat"), unified ? "inactive_file" : "total_inactive_file") ?? 0;
            long left = Math.Max(0, maximum.Value - Math.Max(0, used.Value - reclaimable));
            if (left < least)
            {
                least = left;
                limit = $"the memory limit of the cgroup '{folder}'";
            }
        }

        return (least, limit);
    }

    /// <summary>This process's cgroup and all above it, as far as they show in this mount namespace.</summary>
    private IEnumerable<(string Folder, bool Unified)> ControlGroups()
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(Path.Combine(root, "proc/self/cgroup"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            yield break;
        }

        foreach (string line in lines)
        {
            string[] parts = line.Split(':', 3);
            if (parts.Length != 3)
            {
                continue;
            }

            bool unified = parts[0] == "0";
            if (!unified && !parts[1].Split(',').Contains("memory"))
            {
                continue;
            }

            // With both hierarchies mounted the unified one has no memory files; then its folders simply yield nothing.
            string mount = Path.Combine(root, unified ? "sys/fs/cgroup" : "sys/fs/cgroup/memory");
            string folder = Path.GetFullPath(mount + parts[2]);
            if (!folder.StartsWith(mount, StringComparison.Ordinal))
            {
                // A path out of what this container sees ("/../.."): its own group is at the root of the mount.
                folder = mount;
            }

            while (folder.Length >= mount.Length && folder.StartsWith(mount, StringComparison.Ordinal))
            {
                yield return (folder, unified);
                folder = Path.GetDirectoryName(folder) ?? "";
            }
        }
    }

    private static long? ReadNumber(string path)
    {
        try
        {
            // "max" is no number: no limit. So is a v1 limit near 2^63.
            return long.TryParse(File.ReadAllText(path).AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long? ReadField(string path, string field)
    {
        try
        {
            foreach (string line in File.ReadLines(path))
            {
                if (line.StartsWith(field, StringComparison.Ordinal) && line.Length > field.Length && line[field.Length] == ' ')
                {
                    ReadOnlySpan<char> rest = line.AsSpan(field.Length).Trim();
                    int end = rest.IndexOf(' ');
                    return long.TryParse(end < 0 ? rest : rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : null;
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not there, or hidden: no limit that we can know of.
        }

        return null;
    }
}
