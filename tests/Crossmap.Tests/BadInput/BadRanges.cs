using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>Sizes, offsets, lengths and addresses that cannot be. Also on Windows: the answers are the same.</summary>
public class BadRanges
{
    [Fact]
    public void Sizes_that_cannot_be()
    {
        string name = UniqueName.Create();
        foreach (string? given in (string?[])[null, name])
        {
            Win32.Fails<ArgumentOutOfRangeException>(87, () => FileMapping.CreateInMemory(-1, given));
            Win32.Fails<ArgumentOutOfRangeException>(87, () => FileMapping.CreateInMemory(long.MinValue, given));
            Win32.Fails<ArgumentException>(87, () => FileMapping.CreateInMemory(0, given));
            Win32.Fails<IOException>(8, fact: 40, "memory", () => FileMapping.CreateInMemory(long.MaxValue, given));
            if (Wine.Version is null)
            {
                // Wine charges nothing at creation (fact 41): what it answers here is its file system's limit.
                Win32.Fails<IOException>(1455, () => FileMapping.CreateInMemory(1L << 46, given));
            }
        }

        Assert.False(FileMapping.TryOpen(name, out _));
    }

    [Fact]
    public void Counts_that_cannot_be()
    {
        string name = UniqueName.Create();
        foreach ((int initial, int maximum) in ((int, int)[])[(-1, 1), (0, 0), (0, -1), (int.MinValue, int.MinValue)])
        {
            Win32.Fails<ArgumentOutOfRangeException>(87, () => NamedSemaphore.Create(name, initial, maximum));
        }

        Win32.Fails<ArgumentException>(87, () => NamedSemaphore.Create(name, 2, 1));
        Assert.False(NamedSemaphore.TryOpen(name, out _));
        using NamedSemaphore semaphore = NamedSemaphore.Create(name, int.MaxValue, int.MaxValue);
        Win32.Fails<ArgumentOutOfRangeException>(87, () => semaphore.Release(0));
        Win32.Fails<ArgumentOutOfRangeException>(87, () => semaphore.Release(int.MinValue));
        Win32.Fails<SemaphoreFullException>(298, () => semaphore.Release(int.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => semaphore.Wait(TimeSpan.FromDays(100), TestContext.Current.CancellationToken));
        Assert.Equal(int.MaxValue, semaphore.CurrentCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Views_that_cannot_be(bool overFile)
    {
        using var file = new TemporaryFile(200_000);
        using FileMapping mapping = overFile ? FileMapping.Create(file.Path) : FileMapping.CreateInMemory(200_000);
        long size = mapping.Size;
        Assert.Equal(overFile ? 200_000 : 200_704, size);
        foreach ((long offset, long length) in ((long, long)[])[(-1, 0), (long.MinValue, 1), (0, -1), (0, long.MinValue), (-65536, 65536)])
        {
            Win32.Fails<ArgumentOutOfRangeException>(87, () => mapping.MapView(offset: offset, length: length));
        }

        foreach ((long offset, long length) in ((long, long)[])
            [(0, size + 1), (size, 0), (size, 1), (size + 1, 0), (1, size), (65536, size - 65535), (long.MaxValue, 0), (100, 1L << 45)])
        {
            Win32.Fails<UnauthorizedAccessException>(5, () => mapping.MapView(offset: offset, length: length));
        }

        // Also from a 64 KiB boundary beyond the end.
        foreach ((long offset, long length) in ((long, long)[])[(long.MaxValue - 65535, 65536), (1 << 30, 0)])
        {
            Win32.Fails<UnauthorizedAccessException>(5, fact: 136, "65536, past the end", () => mapping.MapView(offset: offset, length: length));
        }

        // More than any process can address is no length at all (fact 139).
        foreach ((long offset, long length) in ((long, long)[])[(0, long.MaxValue), (100, long.MaxValue - 50), (long.MaxValue, long.MaxValue)])
        {
            Exception e = Assert.ThrowsAny<Exception>(() => mapping.MapView(offset: offset, length: length));
            Assert.Contains(Win32.ErrorOf(e), (int[])[5, 87]);
        }

        // The very last bytes are there.
        using MappedView last = mapping.MapView(offset: size - 1);
        Assert.Equal(1, last.Length);
        Assert.Equal(0, last.At<byte>(0));
    }

    [Fact]
    public void Ranges_in_a_view_that_cannot_be()
    {
        using FileMapping mapping = FileMapping.CreateInMemory(8192);
        using MappedView view = mapping.MapView(offset: 4096, length: 1000);
        foreach ((long offset, int length) in ((long, int)[])
            [(-1, 1), (-1, 0), (0, -1), (0, 1001), (1000, 1), (1001, 0), (999, 2), (long.MaxValue, 1), (long.MaxValue, int.MaxValue), (long.MinValue, 0), (long.MinValue, int.MaxValue), (0, int.MaxValue), (0, int.MinValue)])
        {
            Win32.Fails<ArgumentOutOfRangeException>(87, () => view.AsSpan(offset, length));
            Win32.Fails<ArgumentOutOfRangeException>(87, () => view.AsMemory(offset, length));
            Win32.Fails<ArgumentOutOfRangeException>(87, () => view.Flush(offset, length));
            Win32.Fails<ArgumentOutOfRangeException>(87, () => view.Prefetch(offset, length));
            Win32.Fails<ArgumentOutOfRangeException>(87, () => view.Discard(offset, length));
            Win32.Fails<ArgumentOutOfRangeException>(87, () => view.IsDirty(offset, length));
            Win32.Fails<ArgumentOutOfRangeException>(87, () => view.Commit(offset, length));
        }

        foreach (long offset in (long[])[-1, 993, 1000, long.MaxValue, long.MinValue, long.MaxValue - 7])
        {
            Win32.Fails<ArgumentOutOfRangeException>(87, () => view.At<long>(offset));
            Win32.Fails<ArgumentOutOfRangeException>(87, () => view.AsSpan<long>(offset, 1));
        }

        Win32.Fails<ArgumentOutOfRangeException>(87, () => view.AsSpan<long>(0, 126));
        Win32.Fails<ArgumentOutOfRangeException>(87, () => view.AsSpan<long>(0, int.MaxValue));
        Assert.Equal(0, view.At<long>(992));
        Assert.Equal(0, view.AsSpan(1000, 0).Length);
        Assert.Equal(125, view.AsSpan<long>().Length);
    }
}
