using Crossmap.Objects;
using Crossmap.Testing;

namespace Crossmap.Conformance;

/// <summary>G. Offset, length and the address that comes back.</summary>
public class OffsetFacts
{
    [Fact]
    public void Fact_131_Offsets_are_multiples_of_64_KiB()
    {
        using Section section = Sections.Raw(0x80000);
        Answer.Table(131, new long[] { 1, 4, 0x1000, 0x40211 }.Select(offset => (
            $"offset 0x{offset:X}", (object)1132, (Func<object?>)(() => Answer.Of(() => section.MapView(ViewAccess.Write, offset, 0, 0))))));

        // The public surface rounds for the caller, unless he says where the view shall lie.
        using FileMapping mapping = Sections.Memory(size: 0x80000);
        Answer.Is(131, "with an address", 1132, Answer.Of(() => mapping.MapView(offset: 4, address: MemoryRegion.FreeAddress(0x80000))));
        using MappedView rounded = mapping.MapView(offset: 0x40211, length: 100), whole = mapping.MapView();
        rounded.At<int>(0) = 131;
        Assert.Equal(131, whole.At<int>(0x40211));
        Assert.Equal((100L, 0x40211L), (rounded.Length, rounded.Offset));
    }

    [Fact]
    public void Fact_132_An_offset_of_64_KiB_works()
    {
        using FileMapping mapping = Sections.Memory(size: 0x20000);
        using MappedView whole = mapping.MapView(), half = mapping.MapView(offset: 0x10000);
        Answer.Is(132, "length", 0x10000, half.Length);
        whole.At<int>(0x10000) = 132;
        Answer.Is(132, "bytes", 132, half.At<int>(0));
    }

    [Fact]
    public void Fact_133_A_refused_offset_leaks_no_handle()
    {
        string name = UniqueName.Create();
        using (FileMapping created = FileMapping.CreateInMemory(0x10000, name))
        {
            using FileMapping opened = FileMapping.Open(name);
            Answer.Is(133, "offset 4", 1132, Answer.Of(() => opened.MapView(offset: 4, address: MemoryRegion.FreeAddress(0x10000))));
        }

        Answer.Is(133, "the name afterwards", 2, Answer.Of(() => FileMapping.Open(name)));
    }

    [Theory]
    [InlineData(0x3456)]
    [InlineData(0x10000)]
    public void Fact_134_135_136_137_A_files_section_ends_at_its_last_byte(int length)
    {
        using var file = new TemporaryFile(length);
        using FileMapping mapping = Sections.OverFile(file.Path);
        Answer.Table(134, [($"{length}, one byte over", 5, () => Answer.Of(() => mapping.MapView(length: length + 1)))]);
        long pages = (length + 0xFFF) & ~0xFFF;
        Answer.Table(135, new[] { length, length - 1 }.Select(asked => ($"{length}, length {asked}", (object)(asked, pages, pages), (Func<object?>)(() =>
        {
            using MappedView view = mapping.MapView(length: asked);
            return ((int)view.Length, view.RegionSize, MemoryRegion.At(view.Address).Size);
        }))));
        using Section raw = ObjectSystem.Current.CreateSection(new SectionRequest { Name = ObjectName.Unnamed, Path = file.Path, Protection = PageProtection.ReadWrite });
        Answer.Is(136, $"{length}, past the end", 5, Answer.Of(() => raw.MapView(ViewAccess.Write, 0x10000, 1, 0)));
        Answer.Is(136, $"{length}, from the last byte on", 5, Answer.Of(() => mapping.MapView(offset: length, length: 1)));
        using MappedView all = mapping.MapView();
        Answer.Is(137, $"{length}, length 0", length, all.Length);
    }

    [Fact]
    public void Fact_138_A_reserved_section_of_8_GiB_is_one_view()
    {
        using FileMapping mapping = Sections.Memory(options: SectionOptions.Reserve, size: 8L << 30);
        using MappedView view = mapping.MapView();
        Answer.Is(138, "length", 0x2_0000_0000, view.Length);
        Answer.Is(138, "region", 0x2_0000_0000, MemoryRegion.At(view.Address).Size);
    }

    [Fact]
    public void Fact_139_A_length_that_no_address_space_has_is_invalid()
    {
        using Section section = Sections.Raw(0x10000);
        Answer.Table(139, new[] { -1, long.MaxValue, 1L << 47 }.Select(length => (
            $"length 0x{length:X}", (object)87, (Func<object?>)(() => Answer.Of(() => section.MapView(ViewAccess.Write, 0, length, 0))))));
        using FileMapping mapping = Sections.Memory();
        Answer.Is(139, "public surface", 87, Answer.Of(() => mapping.MapView(length: long.MaxValue)));
        Answer.Is(139, "public surface, from 1", 87, Answer.Of(() => mapping.MapView(offset: 1, length: long.MaxValue)));
        Assert.Throws<ArgumentOutOfRangeException>("length", () => mapping.MapView(length: -1));
    }

    [Fact]
    public void Fact_140_A_view_beyond_the_section_is_unauthorized()
    {
        using FileMapping mapping = Sections.Memory(size: 4096);
        Answer.Is(140, "capacity + 1", 5, Answer.Of(() => mapping.MapView(length: 4097)));
        Answer.Is(140, "from capacity", 5, Answer.Of(() => mapping.MapView(offset: 4096, length: 1)));
        Assert.Throws<UnauthorizedAccessException>(() => mapping.MapView(length: 4097));
    }

    [Fact]
    public void Fact_141_The_view_of_one_byte_of_memory_is_a_page()
    {
        using FileMapping mapping = Sections.Memory(size: 1);
        using MappedView view = mapping.MapView();
        Answer.Is(141, "length", 4096, view.Length);
    }

    [Fact]
    public void Fact_142_Views_begin_at_multiples_of_64_KiB()
    {
        using var file = new TemporaryFile(100);
        using FileMapping memory = Sections.Memory(size: 0x30000), mapped = Sections.OverFile(file.Path);
        for (int i = 0; i < 50; i++)
        {
            using MappedView one = memory.MapView(offset: (i % 3) * 0x10000), two = mapped.MapView();
            Answer.Is(142, "address within its 64 KiB", (0, 0), ((int)one.Address & 0xFFFF, (int)two.Address & 0xFFFF));
        }
    }

    [Fact]
    public void Fact_143_Two_views_of_a_section_are_coherent_at_two_addresses()
    {
        using FileMapping mapping = Sections.Memory();
        using MappedView one = mapping.MapView(), two = mapping.MapView();
        Answer.Is(143, "two addresses", true, one.Address != two.Address);
        for (int i = 0; i < 100; i++)
        {
            one.At<int>(i * 4) = i;
            Assert.Equal(i, two.At<int>(i * 4));
            two.At<int>(i * 4) = -i;
            Assert.Equal(-i, one.At<int>(i * 4));
        }
    }

    [Fact]
    public void Fact_144_A_handle_that_is_none_maps_nothing()
    {
        FileMapping closed = Sections.Memory();
        closed.Dispose();
        Assert.Throws<ObjectDisposedException>(() => closed.MapView());
        Answer.Table(144, new[] { "garbage", "0", "999999999", "-1:-1:-1:4" }.Select(handle => (
            handle, (object)6, (Func<object?>)(() => Answer.Of(() => FileMapping.FromInheritedHandle(handle))))));
    }

    [Fact]
    public void Fact_145_A_handle_of_another_kind_is_no_section()
    {
        using var file = new TemporaryFile(8192);
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(file.Path, FileMode.Open, FileAccess.ReadWrite);
        string inherited = OperatingSystem.IsWindows() ? $"{handle.DangerousGetHandle()}" : $"{handle.DangerousGetHandle()}:-1:-1:4";
        Answer.Is(145, "a file", 6, Answer.Of(() => FileMapping.FromInheritedHandle(inherited)));
        Assert.False(handle.IsClosed);
        Assert.Equal(8192, RandomAccess.GetLength(handle));
    }

    [Fact]
    public void Fact_146_A_partial_view_in_another_process_is_coherent_both_ways()
    {
        using var file = new TemporaryFile(4096);
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.Create(file.Path, name, size: 0x30000);
        using MappedView view = mapping.MapView();
        using ChildProcess child = ChildProcess.Start(AnswerInPart, name);
        for (int i = 1; i <= 10; i++)
        {
            view.At<int>(0x10000 + (i * 4096)) = i;
            child.Send($"{i}");
            Answer.Is(146, "seen there", $"{i}", child.Receive());
            Answer.Is(146, "seen here", -i, view.At<int>(0x10000 + (i * 4096) + 4));
        }

        child.Finish();
    }

    [ChildScenario]
    internal static void AnswerInPart(string[] arguments)
    {
        using FileMapping mapping = FileMapping.Open(arguments[0]);
        using MappedView part = mapping.MapView(offset: 0x10000, length: 0x10000);
        while (Console.ReadLine() is { } line)
        {
            long at = 4096L * int.Parse(line);
            part.At<int>(at + 4) = -part.At<int>(at);
            Console.WriteLine(part.At<int>(at));
        }
    }
}
