using Crossmap.Linux;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>Memory beyond the limit of a cgroup, of any above it, or of the machine is refused when it is asked for: in a tree of /proc and /sys of the test's own.</summary>
public sealed class MemoryBudgets : IDisposable
{
    private const long Megabyte = 1 << 20, None = 0x7FFF_FFFF_FFFF_F000;

    private readonly string _root = Directory.CreateTempSubdirectory("crossmap-test-").FullName;

    public MemoryBudgets() => Linux.Only();

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Unified_limits_count_at_every_level()
    {
        Machine(1000 * Megabyte, "0::/a/b/c");
        Unified("a", "max", 700 * Megabyte, 0);
        Unified("a/b", $"{600 * Megabyte}", 500 * Megabyte, 30 * Megabyte);
        Unified("a/b/c", "max", 1 * Megabyte, 0);
        Assert.Equal(130 * Megabyte, Left(out string limit));
        Assert.Contains("/a/b'", limit, StringComparison.Ordinal);
        Unified("a", $"{800 * Megabyte}", 790 * Megabyte, 0);
        Assert.Equal(10 * Megabyte, Left(out _));
        Unified("a/b/c", $"{2 * Megabyte}", 3 * Megabyte, 0);
        Assert.Equal(0, Left(out _));
    }

    [Fact]
    public void Version_1_limits_count_at_every_level()
    {
        Machine(1000 * Megabyte, "9:name=systemd:/x\n4:cpu,memory:/a/b\n0::/elsewhere");
        Version1("", None, 900 * Megabyte, 0);
        Version1("a", 300 * Megabyte, 250 * Megabyte, 20 * Megabyte);
        Version1("a/b", None, 40 * Megabyte, 0);
        Assert.Equal(70 * Megabyte, Left(out string limit));
        Assert.Contains("memory/a'", limit, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0::/../../outside")]
    [InlineData("0::/not/shown/here")]
    [InlineData("0::/")]
    public void A_container_that_sees_only_its_own_group_at_the_root_is_limited_by_it(string line)
    {
        Machine(1000 * Megabyte, line);
        Unified("", $"{50 * Megabyte}", 20 * Megabyte, 0);
        Assert.Equal(30 * Megabyte, Left(out _));
    }

    [Fact]
    public void Requests_that_came_to_nothing_do_not_add_up_to_a_grant()
    {
        Machine(100 * Megabyte, "0::/a");
        var budget = new MemoryBudget(_root);
        for (int i = 0; i < 4; i++)
        {
            Win32.Fails<IOException>(1455, () => budget.Require(long.MaxValue / 2, -1, "too much"));
        }
    }

    [Fact]
    public void Without_limits_the_machine_limits_and_without_that_nothing()
    {
        Assert.Equal(long.MaxValue, Left(out _));
        Machine(123 * Megabyte, "0::/a\n\ngarbage\n:::\n4:memory");
        Unified("a", "not a number", 5, 0);
        Assert.Equal(123 * Megabyte, Left(out string limit));
        Assert.Contains("MemAvailable", limit, StringComparison.Ordinal);
    }

    [Fact]
    public void Small_requests_together_cannot_exceed_what_was_found()
    {
        Machine(64 * Megabyte, "0::/");
        var budget = new MemoryBudget(_root);
        budget.Require(Megabyte, -1, "one");
        Machine(Megabyte / 2, "0::/");

        // A reading grants a 64th of what it found; after that the limits are read again.
        long drawn = 0;
        IOException e = Assert.Throws<IOException>(() =>
        {
            for (; drawn < 64 * Megabyte; drawn += 64 << 10)
            {
                budget.Require(64 << 10, -1, "small");
                Machine(Math.Max(0, (Megabyte / 2) - drawn), "0::/");
            }
        });
        Assert.Equal(1455, Win32.ErrorOf(e));
        Assert.InRange(drawn, Megabyte / 2, 2 * Megabyte);
        Win32.Fails<IOException>(1455, () => budget.Require(1L << 46, -1, "huge"));
    }

    [Fact]
    public void More_than_the_groups_limit_fails_at_creation_and_leaves_nothing()
    {
        using var root = new PrivateRoot();
        Machine(1000 * Megabyte, "0::/");
        Unified("", $"{8 * Megabyte}", Megabyte, 0);
        root.Run(CreateBeyondTheLimit, _root);
    }

    [ChildScenario]
    internal static void CreateBeyondTheLimit(string[] arguments)
    {
        Traces.WarmUp();
        MemoryBudget.Current = new MemoryBudget(arguments[0]);
        foreach (string? name in (string?[])[null, "name"])
        {
            Traces.Fails<IOException>(1455, "beyond the limit", () => FileMapping.CreateInMemory(8 << 20, name));
            using FileMapping within = FileMapping.CreateInMemory(4 << 20, name);
            using FileMapping reserved = FileMapping.CreateInMemory(64 << 20, options: new FileMappingOptions { Section = SectionOptions.Reserve });
            using MappedView view = reserved.MapView();
            view.Commit(0, Megabyte);
            Win32.Fails<IOException>(1455, () => view.Commit(Megabyte, 16 << 20));
        }
    }

    private long Left(out string limit)
    {
        (long bytes, limit) = new MemoryBudget(_root).Available();
        return bytes;
    }

    private void Machine(long available, string groups)
    {
        Write("proc/meminfo", $"MemTotal:       99999999 kB\nMemFree:  1 kB\nMemAvailable:   {available / 1024} kB\n");
        Write("proc/self/cgroup", groups + "\n");
    }

    private void Unified(string group, string maximum, long current, long inactive)
    {
        Write($"sys/fs/cgroup/{group}/memory.max", maximum + "\n");
        Write($"sys/fs/cgroup/{group}/memory.current", $"{current}\n");
        Write($"sys/fs/cgroup/{group}/memory.stat", $"anon 1\ninactive_file {inactive}\nactive_file 5\n");
    }

    private void Version1(string group, long limit, long usage, long inactive)
    {
        Write($"sys/fs/cgroup/memory/{group}/memory.limit_in_bytes", $"{limit}\n");
        Write($"sys/fs/cgroup/memory/{group}/memory.usage_in_bytes", $"{usage}\n");
        Write($"sys/fs/cgroup/memory/{group}/memory.stat", $"inactive_file 1\ntotal_inactive_file {inactive}\n");
    }

    private void Write(string path, string content)
    {
        string full = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, content);
    }
}
