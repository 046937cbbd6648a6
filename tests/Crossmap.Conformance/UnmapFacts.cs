using Crossmap.Testing;
using Microsoft.Win32.SafeHandles;

namespace Crossmap.Conformance;

/// <summary>I. The end of a view.</summary>
public class UnmapFacts
{
    [Fact]
    public void Fact_161_Unmapping_twice()
    {
        using FileMapping mapping = Sections.Memory();
        MappedView view = mapping.MapView();
        view.Dispose();

        // Win32 answers 487; disposing twice does nothing by .NET's rules, and everything else throws.
        view.Dispose();
        Assert.Throws<ObjectDisposedException>(() => view.At<int>(0));
        Assert.Throws<ObjectDisposedException>(() => view.Flush());
    }

    [Fact]
    public void Fact_162_After_unmapping_nothing_of_the_section_is_there()
    {
        using FileMapping mapping = Sections.Memory();
        MappedView view = mapping.MapView();
        nint address = view.Address;
        Assert.Equal(PageProtection.ReadWrite, MemoryRegion.At(address).Protection);
        view.Dispose();
        Answer.Is(162, "accessible", false, MemoryRegion.At(address).Protection is not (PageProtection.None or PageProtection.NoAccess));

        // As good as free to whoever asks for it by name, although nobody else gets it while the view object lives.
        using (MappedView again = mapping.MapView(address: address))
        {
            Answer.Is(162, "mapped again at the address", address, again.Address);
        }

        GC.KeepAlive(view);
    }

    [Fact]
    public void Fact_163_A_view_outlives_all_handles()
    {
        using var file = new TemporaryFile(0x3456);
        SafeFileHandle handle = FileHandles.Open(file.Path, FileAccess.ReadWrite);
        FileMapping mapping = FileMapping.Create(handle);
        using (MappedView view = mapping.MapView())
        {
            MemoryRegion before = MemoryRegion.At(view.Address);
            mapping.Dispose();
            handle.Dispose();
            Answer.Is(163, "region", before, MemoryRegion.At(view.Address));
            view.At<int>(0x3450) = 163;
            Answer.Is(163, "read", 163, view.At<int>(0x3450));
        }

        Answer.Is(163, "file", 163, BitConverter.ToInt32(file.Bytes, 0x3450));
    }

    [Fact]
    public void Fact_166_A_view_is_no_handle()
    {
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        int? before = NamedObjects.Find(name)!.HandleCount;
        using MappedView view = mapping.MapView();
        Answer.Is(166, "with a view", $"{before}", $"{NamedObjects.Find(name)!.HandleCount}");
        view.Dispose();
        Answer.Is(166, "after it", $"{before}", $"{NamedObjects.Find(name)!.HandleCount}");
    }
}
