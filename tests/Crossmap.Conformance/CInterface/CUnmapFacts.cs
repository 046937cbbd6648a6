using Crossmap.Testing;
using static Crossmap.Conformance.CInterface.ViewCalls;

namespace Crossmap.Conformance.CInterface;

/// <summary>I. The end of a view, and J: flushing.</summary>
public class CUnmapFacts : CFacts
{
    [Fact]
    public void Fact_158_Any_address_inside_unmaps_the_whole_view()
    {
        using Handle mapping = CSections.Memory(size: 0x3000);
        foreach (int offset in new[] { 0, 100, 4096, 4196, 0x2FFF })
        {
            nint view = MapAlone(mapping);
            Answer.Is(158, $"+{offset}", Answer.Success, Outcome.Of(UnmapViewOfFile(view + offset)));
            Answer.Is(158, $"+{offset}, again", 487, Outcome.Of(UnmapViewOfFile(view)));
        }
    }

    [Fact]
    public void Fact_159_Memory_that_is_no_view_is_refused()
    {
        nint address = MemoryRegion.FreeAddress(0x20000);
        using IDisposable? reserved = MemoryRegion.TryReserve(address, 0x20000);
        Assert.NotNull(reserved);
        Answer.Is(159, "start", 487, Outcome.Of(UnmapViewOfFile(address)));
        Answer.Is(159, "middle", 487, Outcome.Of(UnmapViewOfFile(address + 0x10000)));
    }

    [Fact]
    public void Fact_160_An_address_where_nothing_is_is_refused() => Answer.Table(160, new nint[] { unchecked((nint)0xDEADBEEF), 0x12345, 0 }.Select(address => (
        $"0x{address:X}", (object)487, (Func<object?>)(() => Outcome.Of(UnmapViewOfFile(address))))));

    [Fact]
    public void Fact_161_Unmapping_twice_is_refused()
    {
        using Handle mapping = CSections.Memory();
        nint view = MapAlone(mapping);
        Answer.Is(161, "first", Answer.Success, Outcome.Of(UnmapViewOfFile(view)));
        Answer.Is(161, "second", 487, Outcome.Of(UnmapViewOfFile(view)));
    }

    [Fact]
    public void Fact_163_A_view_outlives_all_handles()
    {
        using var file = new TemporaryFile(0x3456);
        Handle handle = CSections.OpenFile(file.Path);
        Handle mapping = Handle.Of(MappingCalls.CreateFileMapping(handle, PageProtection.ReadWrite, SectionOptions.None, 0));
        using (View view = View.Whole(mapping))
        {
            MemoryRegion before = MemoryRegion.At(view);
            mapping.Dispose();
            handle.Dispose();
            Answer.Is(163, "region", before, MemoryRegion.At(view));
            view.At<int>(0x3450) = 163;
            Answer.Is(163, "read", 163, view.At<int>(0x3450));
        }

        Answer.Is(163, "file", 163, BitConverter.ToInt32(file.Bytes, 0x3450));
    }

    [Fact]
    public void Fact_167_A_range_of_a_files_view_is_flushed()
    {
        using var file = new TemporaryFile(0x10000);
        using Handle mapping = CSections.OverFile(file.Path);
        using View view = View.Whole(mapping);
        view.At<int>(0x5000) = 167;
        Answer.Is(167, "the first page", Answer.Success, Outcome.Of(FlushViewOfFile(view, 0x1000)));
        Answer.Is(167, "a few bytes in the middle", Answer.Success, Outcome.Of(FlushViewOfFile(view.Address + 0x5001, 3)));
    }

    [Fact]
    public void Fact_168_Views_and_file_reads_are_coherent_without_flush()
    {
        using var file = new TemporaryFile(0x3000);
        using Handle mapping = CSections.OverFile(file.Path);
        using View view = View.Whole(mapping);
        using Microsoft.Win32.SafeHandles.SafeFileHandle other = FileHandles.Open(file.Path, FileAccess.ReadWrite);
        byte[] buffer = new byte[4];
        for (int i = 1; i < 100; i++)
        {
            view.At<int>(i * 100) = i;
            Assert.Equal(4, RandomAccess.Read(other, buffer, i * 100));
            Answer.Is(168, "read from the file", i, BitConverter.ToInt32(buffer));
            RandomAccess.Write(other, BitConverter.GetBytes(-i), i * 100);
            Answer.Is(168, "written to the file", -i, view.At<int>(i * 100));
        }
    }

    [Fact]
    public void Fact_169_Flushing_memory_succeeds()
    {
        using Handle mapping = CSections.Memory();
        using View view = View.Whole(mapping);
        Answer.Is(169, "all", Answer.Success, Outcome.Of(FlushViewOfFile(view, 0)));
        Answer.Is(169, "a range", Answer.Success, Outcome.Of(FlushViewOfFile(view.Address + 100, 5000)));
    }

    [Fact]
    public void Fact_170_A_length_of_0_flushes_to_the_end()
    {
        using var file = new TemporaryFile(0x10000);
        using Handle mapping = CSections.OverFile(file.Path);
        using View view = View.Whole(mapping);
        view.At<int>(0x8000) = 170;
        Answer.Is(170, "from 0", Answer.Success, Outcome.Of(FlushViewOfFile(view, 0)));
        Answer.Is(170, "from within a page", Answer.Success, Outcome.Of(FlushViewOfFile(view.Address + 0x1234, 0)));
        Answer.Is(170, "from the last byte", Answer.Success, Outcome.Of(FlushViewOfFile(view.Address + 0xFFFF, 0)));
    }

    /// <summary>Fact 172 is that nobody knows what Windows answers, and Wine answers 87.</summary>
    [Fact]
    public void Flushing_what_is_no_view_is_an_invalid_address()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "This library's own answer.");
        using Handle mapping = CSections.Memory();
        nint view = MapAlone(mapping);
        Assert.Equal(1, UnmapViewOfFile(view));
        Assert.Equal("487", Outcome.Of(FlushViewOfFile(view, 0)));
        Assert.Equal("487", Outcome.Of(FlushViewOfFile(unchecked((nint)0xDEADBEEF), 100)));
    }

    /// <summary>Maps where nobody else will when the view is gone: what is done to the address then must not meet another test's view.</summary>
    private static nint MapAlone(nint mapping) => MapViewOfFileEx(mapping, ViewAccess.Write, 0, 0, MemoryRegion.FreeAddress(0x10000));
}
