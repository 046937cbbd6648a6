using Crossmap.Testing;
using static Crossmap.PageProtection;

namespace Crossmap.Conformance;

/// <summary>B. Sizes of sections, and what becomes of the file.</summary>
public class SizeFacts
{
    [Fact]
    public void Fact_028_An_empty_file_without_a_size_is_refused()
    {
        using var file = new TemporaryFile();
        Answer.Table(28, Sections.Protections.Select(p => ($"{p}", (object)1006, (Func<object?>)(() => Sections.TryFile(file.Path, p)))));
        Assert.Equal(0, file.Length);
    }

    [Fact]
    public void Fact_030_An_empty_file_grows_at_creation()
    {
        using var file = new TemporaryFile();
        using FileMapping sized = Sections.OverFile(file.Path, size: 0x1000);
        Answer.Is(30, "length", 0x1000, file.Length);
        using FileMapping whole = Sections.OverFile(file.Path);
        Answer.Is(30, "size of the second", 0x1000, whole.Size);
    }

    [Fact]
    public void Fact_031_Growth_needs_no_view()
    {
        using var file = new TemporaryFile(256);
        Sections.OverFile(file.Path, size: 512).Dispose();
        Answer.Is(31, "length", 512, file.Length);
    }

    [Fact]
    public void Fact_032_A_grown_file_is_readable_to_its_end()
    {
        using var file = new TemporaryFile(4096);
        using FileMapping mapping = Sections.OverFile(file.Path, size: 0x100000);
        using MappedView view = mapping.MapView();
        Answer.Is(32, "section", 0x100000, mapping.Size);
        Answer.Is(32, "region", 0x100000, MemoryRegion.At(view.Address).Size);
        Assert.Equal(-1, view.AsSpan().IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void Fact_033_The_new_part_of_a_grown_file_is_zeros()
    {
        using var file = new TemporaryFile(Enumerable.Repeat((byte)0xCD, 100).ToArray());
        using FileMapping mapping = Sections.OverFile(file.Path, size: 0x5000);
        using MappedView view = mapping.MapView(ViewAccess.Read);
        Assert.Equal(-1, view.AsSpan(0, 100).IndexOfAnyExcept((byte)0xCD));
        Answer.Is(33, "first byte that is not zero", -1, view.AsSpan(100, 0x5000 - 100).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void Fact_034_A_read_only_section_cannot_be_larger_than_the_file()
    {
        using var file = new TemporaryFile(0x3456);
        Answer.Is(34, "one byte more", 8, Sections.TryFile(file.Path, ReadOnly, size: 0x3457));
        Assert.Equal(0x3456, file.Length);
    }

    [Fact]
    public void Fact_035_Growth_depends_on_the_protection_not_on_the_handle()
    {
        using var file = new TemporaryFile(100);
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(file.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        Answer.Table(35, new[] { ReadOnly, WriteCopy }.Select(p => (
            $"{p}", (object)8, (Func<object?>)(() => Answer.Of(() => FileMapping.Create(handle, protection: p, size: 101))))));
        Assert.Equal(100, file.Length);
    }

    [Fact]
    public void Fact_036_Size_0_is_the_length_of_the_file_in_bytes()
    {
        using var file = new TemporaryFile(0x3456);
        using FileMapping mapping = Sections.OverFile(file.Path);
        Answer.Is(36, "size", 0x3456, mapping.Size);
    }

    [Fact]
    public void Fact_037_A_smaller_size_is_exact_and_leaves_the_file_alone()
    {
        using var file = new TemporaryFile(0x3456);
        Answer.Table(37, new long[] { 36, 0x3452, 4 }.Select(size => ($"{size}", (object)size, (Func<object?>)(() =>
        {
            using FileMapping mapping = Sections.OverFile(file.Path, size: size);
            return mapping.Size;
        }))));
        Assert.Equal(0x3456, file.Length);
    }

    [Fact]
    public void Fact_038_Memory_comes_in_whole_pages() => Answer.Table(38, new[] { (4090, 4096), (0x3452, 0x4000), (0x123, 0x1000), (1, 0x1000) }
        .Select(size => ($"{size.Item1}", (object)size.Item2, (Func<object?>)(() => SizeOf(size.Item1, SectionOptions.None)))));

    [Fact]
    public void Fact_039_Reserved_memory_comes_in_whole_pages_too() =>
        Answer.Is(39, "a page and a byte", 8192, SizeOf(4097, SectionOptions.Reserve));

    [Fact]
    public void Fact_025_Memory_without_a_size_is_refused() => Answer.Is(25, "size 0", 87, Sections.TryMemory(size: 0));

    [Fact]
    public void Fact_040_More_than_can_be_addressed_is_too_big() => Answer.Table(40,
    [
        ("memory", 8, () => Sections.TryMemory(size: long.MaxValue)),
        ("reserved", 8, () => Sections.TryMemory(options: SectionOptions.Reserve, size: long.MaxValue)),
    ]);

    [Fact]
    public void Fact_041_Committed_memory_is_charged_at_creation()
    {
        const long size = 512L << 30;
        Assert.SkipWhen(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes > size, "This machine has 512 GiB of memory.");
        Answer.Table(41,
        [
            ("unnamed", 1455, () => Sections.TryMemory(size: size)),
            ("named", 1455, () => Answer.Of(() => FileMapping.CreateInMemory(size, UniqueName.Create()))),
        ]);
    }

    [Fact]
    public void Fact_042_Reserved_memory_has_limits_of_its_own() => Answer.Table(42,
    [
        ("8 GiB", Answer.Success, () => Sections.TryMemory(options: SectionOptions.Reserve, size: 8L << 30)),
        ("8 TiB", 1450, () => Sections.TryMemory(options: SectionOptions.Reserve, size: 8L << 40)),
        ("128 TiB", 8, () => Sections.TryMemory(options: SectionOptions.Reserve, size: 128L << 40)),
    ]);

    [Fact]
    public void Fact_043_A_file_of_half_an_exbibyte_is_refused_as_too_big()
    {
        using var file = new TemporaryFile(100);
        string answer = Sections.TryFile(file.Path, size: 0x08000000_00010000);
        Answer.Is(43, "8 or 87", true, answer is "8" or "87");
        Assert.Equal(100, file.Length);
    }

    [Fact]
    public unsafe void Fact_044_The_tail_of_the_last_page_is_zeros_after_truncation()
    {
        using var file = new TemporaryFile(Enumerable.Repeat((byte)0xEE, 8192).ToArray());
        MappedFiles.SetLength(file.Path, 5000);
        using FileMapping mapping = Sections.OverFile(file.Path);
        using MappedView view = mapping.MapView(ViewAccess.Read);
        var page = new ReadOnlySpan<byte>((void*)view.Address, 8192);
        Assert.Equal(-1, page[..5000].IndexOfAnyExcept((byte)0xEE));
        Answer.Is(44, "first byte past the end that is not zero", -1, page[5000..].IndexOfAnyExcept((byte)0));
    }

    private static long SizeOf(long size, SectionOptions options)
    {
        using FileMapping mapping = Sections.Memory(options: options, size: size);
        return mapping.Size;
    }
}
