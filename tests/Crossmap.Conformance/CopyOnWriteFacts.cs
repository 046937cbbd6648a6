using Crossmap.Testing;

namespace Crossmap.Conformance;

/// <summary>K. Private copies.</summary>
public class CopyOnWriteFacts
{
    [Fact]
    public void Fact_173_179_A_page_is_shared_until_its_first_own_write()
    {
        using var file = new TemporaryFile(0x2000);
        using FileMapping mapping = Sections.OverFile(file.Path);
        using MappedView shared = mapping.MapView(), copy = mapping.MapView(ViewAccess.CopyOnWrite);
        Assert.Equal(new MemoryRegion(copy.Address, 0x2000, PageProtection.WriteCopy, IsReserved: false), MemoryRegion.At(copy.Address));
        shared.At<int>(0) = 1;
        shared.At<int>(0x1000) = 2;
        Answer.Is(179, "before the own write", (1, 2), (copy.At<int>(0), copy.At<int>(0x1000)));

        copy.At<int>(4) = 173;
        shared.At<int>(0) = 3;
        shared.At<int>(0x1000) = 4;
        Answer.Is(179, "the other page afterwards", 4, copy.At<int>(0x1000));
        Answer.Is(173, "the written page", (1, 173), (copy.At<int>(0), copy.At<int>(4)));
        Answer.Is(173, "seen by the shared view", 0, shared.At<int>(4));

        // Which pages are private already, Linux does not list.
        Answer.Is(173, "protection of the written page", OperatingSystem.IsWindows() ? PageProtection.ReadWrite : PageProtection.WriteCopy, MemoryRegion.At(copy.Address).Protection);
        Answer.Is(173, "protection of the other page", PageProtection.WriteCopy, MemoryRegion.At(copy.Address + 0x1000).Protection);
    }

    [Fact]
    public void Fact_174_The_file_never_sees_a_private_copy()
    {
        using var file = new TemporaryFile(0x2000);
        using (FileMapping mapping = Sections.OverFile(file.Path))
        {
            using MappedView copy = mapping.MapView(ViewAccess.CopyOnWrite);
            copy.AsSpan().Fill(0x74);
            copy.Flush();
            Answer.Is(174, "while mapped", -1, file.Bytes.AsSpan().IndexOfAnyExcept((byte)0));
        }

        Answer.Is(174, "afterwards", -1, file.Bytes.AsSpan().IndexOfAnyExcept((byte)0));
    }

    [Theory]
    [InlineData(175, ViewAccess.CopyOnWrite, 0)]
    [InlineData(176, ViewAccess.CopyOnWrite | ViewAccess.Write, 42)]
    public void Fact_175_176_A_childs_private_copy_is_not_seen_and_its_write_is(int fact, ViewAccess access, int seen)
    {
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        using MappedView view = mapping.MapView(ViewAccess.Read);
        using ChildProcess child = ChildProcess.Start(Write, name, $"{(int)access}");
        child.Expect("42");
        Answer.Is(fact, $"{access}", seen, view.At<int>(16));
        child.Finish();
    }

    [Fact]
    public void Fact_180_A_private_copy_is_not_seen_by_another_view()
    {
        using FileMapping mapping = Sections.Memory(PageProtection.WriteCopy);
        using MappedView one = mapping.MapView(ViewAccess.CopyOnWrite);
        one.At<int>(0) = 180;
        using MappedView two = mapping.MapView(ViewAccess.CopyOnWrite), three = mapping.MapView(ViewAccess.Read);
        Answer.Is(180, "other views", (0, 0), (two.At<int>(0), three.At<int>(0)));
        Answer.Is(180, "the own view", 180, one.At<int>(0));
    }

    [ChildScenario]
    internal static void Write(string[] arguments)
    {
        using FileMapping mapping = FileMapping.Open(arguments[0]);
        using MappedView view = mapping.MapView((ViewAccess)int.Parse(arguments[1]));
        view.At<int>(16) = 42;
        Console.WriteLine(view.At<int>(16));
        Console.ReadLine();
    }
}
