using Crossmap.Testing;
using static Crossmap.Conformance.CInterface.ViewCalls;

namespace Crossmap.Conformance.CInterface;

/// <summary>G. Offset, length and the address that comes back.</summary>
public class COffsetFacts : CFacts
{
    [Fact]
    public void Fact_131_Offsets_are_multiples_of_64_KiB()
    {
        using Handle mapping = CSections.Memory(size: 0x80000);
        Answer.Table(131, new[] { 1UL, 4UL, 0x1000UL, 0x40211UL, ulong.MaxValue }.Select(offset => (
            $"offset 0x{offset:X}", (object)1132, (Func<object?>)(() => Outcome.OfView(MapViewOfFile(mapping, ViewAccess.Write, offset))))));
    }

    [Fact]
    public void Fact_132_An_offset_of_64_KiB_works()
    {
        using Handle mapping = CSections.Memory(size: 0x20000);
        using View whole = View.Whole(mapping), half = View.Of(MapViewOfFile(mapping, ViewAccess.Write, 0x10000));
        Answer.Is(132, "region", 0x10000, MemoryRegion.At(half).Size);
        whole.At<int>(0x10000) = 132;
        Answer.Is(132, "bytes", 132, half.At<int>(0));
    }

    [Fact]
    public void Fact_133_A_refused_offset_leaks_no_handle()
    {
        string name = UniqueName.Create();
        using (Handle created = CSections.Memory(name: name))
        {
            using Handle opened = Handle.Of(MappingCalls.OpenFileMapping(MappingRights.AllAccess, name));
            Answer.Is(133, "offset 4", 1132, Outcome.OfView(MapViewOfFile(opened, ViewAccess.Write, 4)));
        }

        Answer.Is(133, "the name afterwards", 2, Outcome.OfHandle(MappingCalls.OpenFileMapping(MappingRights.AllAccess, name)));
    }

    [Theory]
    [InlineData(0x3456)]
    [InlineData(0x10000)]
    public void Fact_134_135_136_137_A_files_section_ends_at_its_last_byte(int length)
    {
        using var file = new TemporaryFile(length);
        using Handle mapping = CSections.OverFile(file.Path);
        Answer.Is(134, $"{length}, one byte over", 5, Outcome.OfView(MapViewOfFile(mapping, ViewAccess.Write, 0, (nuint)length + 1)));
        long pages = (length + 0xFFF) & ~0xFFF;
        foreach (int asked in new[] { length, length - 1 })
        {
            using View view = View.Of(MapViewOfFile(mapping, ViewAccess.Write, 0, (nuint)asked));
            Answer.Is(135, $"{length}, length {asked}", pages, MemoryRegion.At(view).Size);
        }

        Answer.Is(136, $"{length}, past the end", 5, Outcome.OfView(MapViewOfFile(mapping, ViewAccess.Write, 0x10000, 1)));
        using View all = View.Whole(mapping);
        Answer.Is(137, $"{length}, length 0", pages, MemoryRegion.At(all).Size);
    }

    [Fact]
    public void Fact_138_A_reserved_section_of_8_GiB_is_one_view()
    {
        using Handle mapping = CSections.Memory(options: SectionOptions.Reserve, size: 8UL << 30);
        using View view = View.Whole(mapping);
        Answer.Is(138, "region", 0x2_0000_0000, MemoryRegion.At(view).Size);
    }

    [Fact]
    public void Fact_139_A_length_that_no_address_space_has_is_invalid()
    {
        using Handle mapping = CSections.Memory();
        Answer.Table(139, new[] { ulong.MaxValue, (ulong)long.MaxValue, 1UL << 47 }.Select(length => (
            $"length 0x{length:X}", (object)87, (Func<object?>)(() => Outcome.OfView(MapViewOfFile(mapping, ViewAccess.Write, 0, (nuint)length))))));
    }

    [Fact]
    public void Fact_142_Views_begin_at_multiples_of_64_KiB()
    {
        using var file = new TemporaryFile(100);
        using Handle memory = CSections.Memory(size: 0x30000), mapped = CSections.OverFile(file.Path);
        for (int i = 0; i < 50; i++)
        {
            using View one = View.Of(MapViewOfFile(memory, ViewAccess.Write, (ulong)(i % 3) * 0x10000)), two = View.Whole(mapped);
            Answer.Is(142, "address within its 64 KiB", (0, 0), ((int)one.Address & 0xFFFF, (int)two.Address & 0xFFFF));
        }
    }

    [Fact]
    public void Fact_143_Two_views_of_a_section_are_coherent_at_two_addresses()
    {
        using Handle mapping = CSections.Memory();
        using View one = View.Whole(mapping), two = View.Whole(mapping);
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
        Handle closed = CSections.Memory();
        closed.Dispose();
        Answer.Table(144, new (string What, nint Handle)[] { ("NULL", 0), ("garbage", 0x12345678), ("negative", -1000), ("closed", Handle.ValuesRest ? closed.Value : 0) }.Select(row => (
            row.What, (object)6, (Func<object?>)(() => Outcome.OfView(MapViewOfFile(row.Handle, ViewAccess.Read))))));
    }

    [Fact]
    public void Fact_145_A_handle_of_another_kind_is_no_section()
    {
        using var file = new TemporaryFile(8192);
        using Handle handle = CSections.OpenFile(file.Path);
        Answer.Is(145, "a file", 6, Outcome.OfView(MapViewOfFile(handle, ViewAccess.Read)));
        Answer.Is(145, "the process", 6, Outcome.OfView(MapViewOfFile(-1, ViewAccess.Read)));
        using Handle section = CSections.Memory();
        Answer.Is(145, "a section as a file", 6, Outcome.OfHandle(MappingCalls.CreateFileMapping(section, PageProtection.ReadOnly, SectionOptions.None, 0)));
    }

    [Fact]
    public void Fact_146_A_partial_view_in_another_process_is_coherent_both_ways()
    {
        using var file = new TemporaryFile(4096);
        string name = UniqueName.Create();
        using Handle mapping = CSections.OverFile(file.Path, size: 0x30000, name: name);
        using View view = View.Whole(mapping);
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
        using Handle mapping = Handle.Of(MappingCalls.OpenFileMapping(MappingRights.MapRead | MappingRights.MapWrite, arguments[0]));
        using View part = View.Of(MapViewOfFile(mapping, ViewAccess.Write, 0x10000, 0x10000));
        while (Console.ReadLine() is { } line)
        {
            nint at = 4096 * int.Parse(line);
            part.At<int>(at + 4) = -part.At<int>(at);
            Console.WriteLine(part.At<int>(at));
        }
    }
}
