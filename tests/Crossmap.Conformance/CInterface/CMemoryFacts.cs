using Crossmap.Testing;
using static Crossmap.Conformance.CInterface.MemoryCalls;
using static Crossmap.PageProtection;

namespace Crossmap.Conformance.CInterface;

/// <summary>L. What <c>VirtualQuery</c> tells of views, and what <c>VirtualProtect</c> and <c>VirtualAlloc</c> do to them.</summary>
public unsafe class CMemoryFacts : CFacts
{
    private const ViewAccess ExecuteReadAccess = ViewAccess.Read | ViewAccess.Execute;

    private static readonly PageProtection[] s_all = [NoAccess, Execute, .. Sections.Protections];

    [Fact]
    public void Fact_181_A_committed_view_is_one_region()
    {
        using var file = new TemporaryFile(0x3456);
        using Handle memory = CSections.Memory(ExecuteReadWrite, size: 0x4000), mapped = CSections.OverFile(file.Path, ExecuteReadWrite);
        foreach ((string what, Handle mapping) in new[] { ("memory", memory), ("file", mapped) })
        {
            foreach ((ViewAccess access, PageProtection protection) in new[]
            {
                (ViewAccess.None, NoAccess), (ViewAccess.CopyOnWrite, WriteCopy), (ViewAccess.Read, ReadOnly), (ViewAccess.Write, ReadWrite),
                (ExecuteReadAccess, ExecuteRead), (ViewAccess.Write | ViewAccess.Execute, ExecuteReadWrite), (ViewAccess.CopyOnWrite | ViewAccess.Execute, ExecuteWriteCopy),
            })
            {
                using View view = View.Whole(mapping, access);
                Information whole = VirtualQuery(view), inside = VirtualQuery(view.Address + 0x1234);
                Answer.Is(181, $"{what}, {protection}", $"{protection} of {protection}, 0x4000", whole);
                Answer.Is(181, $"{what}, {protection}, where", (view.Address, view.Address, MEM_MAPPED), (whole.BaseAddress, whole.AllocationBase, whole.Type));
                Answer.Is(181, $"{what}, {protection}, inside", $"{protection} of {protection}, 0x3000", inside);
                Answer.Is(181, $"{what}, {protection}, where inside", (view.Address + 0x1000, view.Address), (inside.BaseAddress, inside.AllocationBase));
            }
        }
    }

    [Fact]
    public void Fact_182_A_region_has_whole_pages()
    {
        using Handle mapping = CSections.Memory(size: 4090);
        using View view = View.Whole(mapping);
        Answer.Is(182, "region", $"{ReadWrite} of {ReadWrite}, 0x1000", VirtualQuery(view));
    }

    [Fact]
    public void Fact_183_A_view_of_a_NOCACHE_section_says_so()
    {
        using Handle mapping = CSections.Memory(options: SectionOptions.Commit | SectionOptions.NoCache, size: 0x2000);
        using View view = View.Whole(mapping);
        Answer.Is(183, "region", (ReadWrite | PAGE_NOCACHE, ReadWrite | PAGE_NOCACHE), (VirtualQuery(view).Protect, VirtualQuery(view).AllocationProtect));
        Answer.Is(183, "commit", Answer.Success, Committed(view, 0x1000, ReadOnly));
        Answer.Is(183, "region after a commit", (ReadOnly | PAGE_NOCACHE, ReadWrite | PAGE_NOCACHE), (VirtualQuery(view).Protect, VirtualQuery(view).AllocationProtect));
    }

    [Fact]
    public void Fact_184_A_view_for_reading_becomes_neither_writable_nor_executable()
    {
        using Handle mapping = CSections.Memory(ExecuteReadWrite);
        using View view = View.Whole(mapping, ViewAccess.Read);
        Answer.Table(184, new[] { ReadWrite, Execute, ExecuteRead, ExecuteReadWrite, ExecuteWriteCopy }.Select(p => (
            $"{p}", (object)87, (Func<object?>)(() => Protected(view, 0x1000, p)))));
        Answer.Is(184, "region", $"{ReadOnly} of {ReadOnly}, 0x10000", VirtualQuery(view));
    }

    [Fact]
    public void Fact_185_A_view_for_reading_becomes_what_reads_no_more()
    {
        using Handle mapping = CSections.Memory(ExecuteReadWrite);
        using View view = View.Whole(mapping, ViewAccess.Read);
        Becomes(185, view, ReadOnly, ReadOnly, WriteCopy, NoAccess, ReadOnly);
    }

    [Fact]
    public void Fact_186_A_view_for_writing_becomes_all_that_does_not_execute()
    {
        using var file = new TemporaryFile(0x10000);
        using Handle memory = CSections.Memory(), mapped = CSections.OverFile(file.Path);
        foreach (Handle mapping in new[] { memory, mapped })
        {
            using View view = View.Whole(mapping);
            Becomes(186, view, ReadWrite, ReadOnly, NoAccess, WriteCopy, ReadWrite);
            Answer.Table(186, s_all.Where(p => p is Execute or ExecuteRead or ExecuteReadWrite or ExecuteWriteCopy).Select(p => (
                $"{p}", (object)87, (Func<object?>)(() => Protected(view, 0x1000, p)))));
        }
    }

    [Fact]
    public void Fact_187_A_view_without_access_becomes_nothing_else()
    {
        using Handle mapping = CSections.Memory();
        using View view = View.Whole(mapping, ViewAccess.None);
        Answer.Table(187, new[] { ReadOnly, ReadWrite, WriteCopy, ExecuteRead }.Select(p => ($"{p}", (object)87, (Func<object?>)(() => Protected(view, 0x1000, p)))));
    }

    [Fact]
    public void Fact_188_A_view_that_executes_may_become_EXECUTE()
    {
        using Handle mapping = CSections.Memory(ExecuteReadWrite);
        using View view = View.Whole(mapping, ExecuteReadAccess);
        Answer.Is(188, "protect", $"{ExecuteRead}", Protected(view, 0x1000, Execute));
        Answer.Is(188, "region", $"{Execute} of {ExecuteRead}, 0x1000", VirtualQuery(view));
    }

    [Fact]
    public void Fact_189_The_old_protection_needs_a_place()
    {
        using Handle mapping = CSections.Memory();
        using View view = View.Whole(mapping);
        Answer.Is(189, "NULL", 998, Outcome.Of(VirtualProtect(view, 0x1000, ReadOnly, null)));
    }

    [Fact]
    public void Fact_190_Exactly_one_protection()
    {
        using Handle mapping = CSections.Memory(ExecuteReadWrite);
        using View view = View.Whole(mapping, ViewAccess.Write | ViewAccess.Execute);
        Answer.Table(190, s_all.SelectMany(a => s_all.Where(b => a < b).Select(b => a | b)).Append((PageProtection)0).Distinct().Select(p => (
            $"0x{(int)p:X}", (object)87, (Func<object?>)(() => Protected(view, 0x1000, p)))));
    }

    [Fact]
    public void Fact_191_A_view_of_a_file_is_committed_already()
    {
        using var file = new TemporaryFile(0x2000);
        using Handle mapping = CSections.OverFile(file.Path);
        using View view = View.Whole(mapping);
        Answer.Table(191, new[] { ReadOnly, ReadWrite, NoAccess }.Select(p => ($"{p}", (object)5, (Func<object?>)(() => Committed(view, 0x1000, p)))));
        Answer.Is(191, "region", $"{ReadWrite} of {ReadWrite}, 0x2000", VirtualQuery(view));
    }

    [Fact]
    public void Fact_192_Committing_memory_again_sets_its_protection()
    {
        using Handle mapping = CSections.Memory(size: 0x4000);
        using View view = View.Whole(mapping);
        Answer.Is(192, "inside a page", Answer.Success, Committed(view.Address + 0x1010, 0x20, ReadOnly));
        Answer.Is(192, "region", $"{ReadOnly} of {ReadWrite}, 0x1000", VirtualQuery(view.Address + 0x1000));
        Answer.Is(192, "the page before", $"{ReadWrite} of {ReadWrite}, 0x1000", VirtualQuery(view));
        Answer.Is(192, "the pages behind", $"{ReadWrite} of {ReadWrite}, 0x2000", VirtualQuery(view.Address + 0x2000));
        Answer.Is(192, "back", Answer.Success, Committed(view, 0x4000, ReadWrite));
        Answer.Is(192, "one region", $"{ReadWrite} of {ReadWrite}, 0x4000", VirtualQuery(view));
    }

    [Fact]
    public void Fact_193_Committing_gives_no_right_that_the_view_has_not()
    {
        using Handle mapping = CSections.Memory(ExecuteReadWrite);
        using View view = View.Whole(mapping, ViewAccess.Read);
        Answer.Table(193, new[] { ReadWrite, ExecuteRead, ExecuteReadWrite }.Select(p => ($"{p}", (object)87, (Func<object?>)(() => Committed(view, 0x1000, p)))));
    }

    [Fact]
    public void Fact_194_MEM_RESET_gives_the_address()
    {
        using Handle mapping = CSections.Memory();
        using View view = View.Whole(mapping);
        Answer.Is(194, "address", view.Address, VirtualAlloc(view, 0x1000, MEM_RESET, ReadOnly));
        Answer.Is(194, "region", $"{ReadWrite} of {ReadWrite}, 0x10000", VirtualQuery(view));
    }

    [Theory]
    [InlineData("read", ViewAccess.None)]
    [InlineData("write", ViewAccess.Read)]
    public void Fact_195_What_a_view_is_not_for_is_an_access_violation(string touch, ViewAccess access)
    {
        using ChildProcess child = AccessViolation.Start(Touch, touch, $"{(int)access}");
        child.Expect("mapped");
        child.Send("touch");
        Answer.Is(195, $"{touch}, {access}", "access violation", AccessViolation.Outcome(child.WaitForExit()));
    }

    [Fact]
    public void Fact_164_165_Only_UnmapViewOfFile_frees_a_view()
    {
        using Handle mapping = CSections.Memory();
        using View view = View.Whole(mapping);
        Answer.Is(164, "decommit", 87, Outcome.Of(VirtualFree(view, 0x1000, MEM_DECOMMIT)));
        Answer.Is(165, "release", 87, Outcome.Of(VirtualFree(view, 0, MEM_RELEASE)));
        Answer.Is(164, "region", $"{ReadWrite} of {ReadWrite}, 0x10000", VirtualQuery(view));
    }

    [Fact]
    public void Fact_162_After_unmapping_the_addresses_are_free()
    {
        using Handle mapping = CSections.Memory();
        nint address = MemoryRegion.FreeAddress(0x10000);
        View.Of(ViewCalls.MapViewOfFileEx(mapping, ViewAccess.Write, 0, 0, address)).Dispose();
        Information information = VirtualQuery(address);
        Answer.Is(162, "state, protection, base, its protection, type", (MEM_FREE, NoAccess, (nint)0, (PageProtection)0, 0u),
            (information.State, information.Protect, information.AllocationBase, information.AllocationProtect, information.Type));
    }

    [Fact]
    public void Fact_197_Of_two_views_one_is_protected()
    {
        using Handle mapping = CSections.Memory();
        using View one = View.Whole(mapping), two = View.Whole(mapping);
        Answer.Is(197, "protect", $"{ReadWrite}", Protected(one, 0x1000, ReadOnly));
        Answer.Is(197, "regions", ($"{ReadOnly} of {ReadWrite}, 0x1000", $"{ReadWrite} of {ReadWrite}, 0x10000"), ($"{VirtualQuery(one)}", $"{VirtualQuery(two)}"));
        two.At<int>(0) = 197;
        Answer.Is(197, "bytes", 197, one.At<int>(0));
    }

    [ChildScenario]
    internal static void Touch(string[] arguments)
    {
        using Handle mapping = CSections.Memory();
        using View view = View.Whole(mapping, (ViewAccess)int.Parse(arguments[1]));
        Console.WriteLine("mapped");
        Console.ReadLine();
        if (arguments[0] == "write")
        {
            view.At<int>(0) = 1;
        }

        Console.WriteLine(view.At<int>(0));
    }

    /// <summary>One change after the other, each of which tells the one before.</summary>
    private static void Becomes(int fact, nint view, PageProtection from, params PageProtection[] changes)
    {
        PageProtection mapped = from;
        foreach (PageProtection to in changes)
        {
            Answer.Is(fact, $"{from} to {to}", $"{from}", Protected(view, 0x10000, to));
            Answer.Is(fact, $"{from} to {to}, region", $"{to} of {mapped}, 0x10000", VirtualQuery(view));
            from = to;
        }
    }
}
