using Crossmap.Testing;
using static Crossmap.PageProtection;

namespace Crossmap.Conformance.CInterface;

/// <summary>B. Sizes of sections, and what becomes of the file. A section's size is the longest view that it has (fact 134).</summary>
public class CSizeFacts : CFacts
{
    [Fact]
    public void Fact_025_Memory_without_a_size_is_refused() => Answer.Is(25, "size 0", 87, CSections.TryMemory(size: 0));

    [Fact]
    public void Fact_028_An_empty_file_without_a_size_is_refused()
    {
        using var file = new TemporaryFile();
        Answer.Table(28, Sections.Protections.Select(p => ($"{p}", (object)1006, (Func<object?>)(() => CSections.TryFile(file.Path, p)))));
        Assert.Equal(0, file.Length);
    }

    [Fact]
    public void Fact_030_An_empty_file_grows_at_creation()
    {
        using var file = new TemporaryFile();
        using Handle sized = CSections.OverFile(file.Path, size: 0x1000);
        Answer.Is(30, "length", 0x1000, file.Length);
        using Handle whole = CSections.OverFile(file.Path);
        HasSize(30, "size of the second", 0x1000, whole);
    }

    [Fact]
    public void Fact_031_Growth_needs_no_view()
    {
        using var file = new TemporaryFile(256);
        CSections.OverFile(file.Path, size: 512).Dispose();
        Answer.Is(31, "length", 512, file.Length);
    }

    [Fact]
    public void Fact_032_A_grown_file_is_readable_to_its_end()
    {
        using var file = new TemporaryFile(4096);
        using Handle mapping = CSections.OverFile(file.Path, size: 0x100000);
        HasSize(32, "section", 0x100000, mapping);
        using View view = View.Whole(mapping);
        Answer.Is(32, "region", 0x100000, MemoryRegion.At(view).Size);
        Assert.Equal(-1, view.Bytes(0x100000).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void Fact_033_The_new_part_of_a_grown_file_is_zeros()
    {
        using var file = new TemporaryFile(Enumerable.Repeat((byte)0xCD, 100).ToArray());
        using Handle mapping = CSections.OverFile(file.Path, size: 0x5000);
        using View view = View.Whole(mapping, ViewAccess.Read);
        Assert.Equal(-1, view.Bytes(100).IndexOfAnyExcept((byte)0xCD));
        Answer.Is(33, "first byte that is not zero", -1, view.Bytes(0x5000)[100..].IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void Fact_034_A_read_only_section_cannot_be_larger_than_the_file()
    {
        using var file = new TemporaryFile(0x3456);
        Answer.Is(34, "one byte more", 8, CSections.TryFile(file.Path, ReadOnly, size: 0x3457));
        Assert.Equal(0x3456, file.Length);
    }

    [Fact]
    public void Fact_035_Growth_depends_on_the_protection_not_on_the_handle()
    {
        using var file = new TemporaryFile(100);
        using Handle handle = CSections.OpenFile(file.Path);
        Answer.Table(35, new[] { ReadOnly, WriteCopy }.Select(p => (
            $"{p}", (object)8, (Func<object?>)(() => Outcome.OfHandle(MappingCalls.CreateFileMapping(handle, p, SectionOptions.None, 101))))));
        Assert.Equal(100, file.Length);
    }

    [Fact]
    public void Fact_036_Size_0_is_the_length_of_the_file_in_bytes()
    {
        using var file = new TemporaryFile(0x3456);
        using Handle mapping = CSections.OverFile(file.Path);
        HasSize(36, "size", 0x3456, mapping);
    }

    [Fact]
    public void Fact_037_A_smaller_size_is_exact_and_leaves_the_file_alone()
    {
        using var file = new TemporaryFile(0x3456);
        foreach (int size in new[] { 36, 0x3452, 4 })
        {
            using Handle mapping = CSections.OverFile(file.Path, size: (ulong)size);
            HasSize(37, $"{size}", size, mapping);
        }

        Assert.Equal(0x3456, file.Length);
    }

    [Fact]
    public void Fact_038_Memory_comes_in_whole_pages()
    {
        foreach ((int asked, int size) in new[] { (4090, 4096), (0x3452, 0x4000), (0x123, 0x1000), (1, 0x1000) })
        {
            using Handle mapping = CSections.Memory(size: (ulong)asked);
            HasSize(38, $"{asked}", size, mapping);
        }
    }

    [Fact]
    public void Fact_039_Reserved_memory_comes_in_whole_pages_too()
    {
        using Handle mapping = CSections.Memory(options: SectionOptions.Reserve, size: 4097);
        HasSize(39, "a page and a byte", 8192, mapping);
    }

    [Fact]
    public void Fact_040_More_than_can_be_addressed_is_too_big() => Answer.Table(40,
    [
        ("memory", 8, () => CSections.TryMemory(size: long.MaxValue)),
        ("reserved", 8, () => CSections.TryMemory(options: SectionOptions.Reserve, size: long.MaxValue)),
        ("memory, all bits", 8, () => CSections.TryMemory(size: ulong.MaxValue)),
        ("reserved, all bits", 8, () => CSections.TryMemory(options: SectionOptions.Reserve, size: ulong.MaxValue)),
    ]);

    [Fact]
    public void Fact_041_Committed_memory_is_charged_at_creation()
    {
        const ulong size = 512L << 30;
        Assert.SkipWhen((ulong)GC.GetGCMemoryInfo().TotalAvailableMemoryBytes > size, "This machine has 512 GiB of memory.");
        Answer.Table(41,
        [
            ("unnamed", 1455, () => CSections.TryMemory(size: size)),
            ("named", 1455, () => Outcome.OfHandle(CSections.CreateMemory(size: size, name: UniqueName.Create()))),
        ]);
    }

    [Fact]
    public void Fact_042_Reserved_memory_has_limits_of_its_own() => Answer.Table(42,
    [
        ("8 GiB", Answer.Success, () => CSections.TryMemory(options: SectionOptions.Reserve, size: 8UL << 30)),
        ("8 TiB", 1450, () => CSections.TryMemory(options: SectionOptions.Reserve, size: 8UL << 40)),
        ("128 TiB", 8, () => CSections.TryMemory(options: SectionOptions.Reserve, size: 128UL << 40)),
    ]);

    [Fact]
    public void Fact_043_A_file_of_half_an_exbibyte_is_refused_as_too_big()
    {
        using var file = new TemporaryFile(100);
        string answer = CSections.TryFile(file.Path, size: 0x08000000_00010000);
        Answer.Is(43, "8 or 87", true, answer is "8" or "87");
        Assert.Equal(100, file.Length);
    }

    [Fact]
    public void Fact_044_The_tail_of_the_last_page_is_zeros_after_truncation()
    {
        using var file = new TemporaryFile(Enumerable.Repeat((byte)0xEE, 8192).ToArray());
        using (var stream = new FileStream(file.Path, FileMode.Open, FileAccess.Write))
        {
            stream.SetLength(5000);
        }

        using Handle mapping = CSections.OverFile(file.Path);
        using View view = View.Whole(mapping, ViewAccess.Read);
        Assert.Equal(-1, view.Bytes(5000).IndexOfAnyExcept((byte)0xEE));
        Answer.Is(44, "first byte past the end that is not zero", -1, view.Bytes(8192)[5000..].IndexOfAnyExcept((byte)0));
    }

    private static void HasSize(int fact, string what, int size, nint mapping) => Answer.Is(fact, what, "success, 5",
        $"{Outcome.OfView(ViewCalls.MapViewOfFile(mapping, ViewAccess.Read, 0, (nuint)size))}, {Outcome.OfView(ViewCalls.MapViewOfFile(mapping, ViewAccess.Read, 0, (nuint)size + 1))}");
}
