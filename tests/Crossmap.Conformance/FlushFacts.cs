using Crossmap.Testing;

namespace Crossmap.Conformance;

/// <summary>J. Flushing, and how views and file I/O see each other.</summary>
public class FlushFacts
{
    [Fact]
    public void Fact_167_A_range_of_a_files_view_is_flushed()
    {
        using var file = new TemporaryFile(0x10000);
        using FileMapping mapping = Sections.OverFile(file.Path);
        using MappedView view = mapping.MapView();
        view.AsSpan().Fill(0x67);
        Answer.Is(167, "the first page", Answer.Success, Answer.Of(() => view.Flush(0, 0x1000)));
        Answer.Is(167, "a few bytes in the middle", Answer.Success, Answer.Of(() => view.Flush(0x5001, 3)));
        view.Flush();
        Assert.NotEqual(true, view.IsDirty(0, view.Length));
        Assert.Throws<ArgumentOutOfRangeException>(() => view.Flush(0x10000, 1));
    }

    [Fact]
    public void Fact_168_Views_and_file_reads_are_coherent_without_flush()
    {
        using var file = new TemporaryFile(0x3000);
        using FileMapping mapping = Sections.OverFile(file.Path);
        using MappedView view = mapping.MapView();
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
        using FileMapping mapping = Sections.Memory();
        using MappedView view = mapping.MapView();
        view.At<int>(0) = 169;
        Answer.Is(169, "all", Answer.Success, Answer.Of(() => view.Flush()));
        Answer.Is(169, "a range", Answer.Success, Answer.Of(() => view.Flush(100, 5000)));
    }

    [Fact]
    public void Fact_170_A_length_of_0_flushes_to_the_end()
    {
        using var file = new TemporaryFile(0x10000);
        using FileMapping mapping = Sections.OverFile(file.Path);
        using MappedView view = mapping.MapView();
        view.AsSpan().Fill(0x70);
        Answer.Is(170, "from 0", Answer.Success, Answer.Of(() => view.Flush(0, 0)));
        Assert.NotEqual(true, view.IsDirty(0, view.Length));
        Answer.Is(170, "from within a page", Answer.Success, Answer.Of(() => view.Flush(0x1234, 0)));
        Answer.Is(170, "from the end", Answer.Success, Answer.Of(() => view.Flush(0x10000, 0)));
    }

    [Fact]
    public void Fact_171_Every_kind_of_view_can_be_flushed()
    {
        using var file = new TemporaryFile(0x2000);
        foreach (ViewAccess access in new[] { ViewAccess.Read, ViewAccess.ReadWrite, ViewAccess.CopyOnWrite })
        {
            using FileMapping mapping = Sections.OverFile(file.Path), memory = Sections.Memory();
            using MappedView view = mapping.MapView(access), ofMemory = memory.MapView(access);
            if (access != ViewAccess.Read)
            {
                view.At<int>(4) = ofMemory.At<int>(4) = 171;
            }

            Answer.Is(171, $"file, {access}", Answer.Success, Answer.Of(() => view.Flush()));
            Answer.Is(171, $"memory, {access}", Answer.Success, Answer.Of(() => ofMemory.Flush()));
        }
    }
}
