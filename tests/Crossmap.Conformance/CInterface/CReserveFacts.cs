using Crossmap.Testing;
using static Crossmap.Conformance.CInterface.MemoryCalls;
using static Crossmap.PageProtection;

namespace Crossmap.Conformance.CInterface;

/// <summary>M. SEC_RESERVE, and what the SEC_ flags of A do to memory.</summary>
public class CReserveFacts : CFacts
{
    private const nuint Size = 0x10_0000;

    [Fact]
    public void Fact_008_009_Memory_is_committed_unless_it_is_reserved()
    {
        foreach ((int fact, SectionOptions options, uint state) in new[]
        {
            (8, SectionOptions.None, MEM_COMMIT), (9, SectionOptions.Commit, MEM_COMMIT), (9, SectionOptions.Reserve, MEM_RESERVE),
        })
        {
            using Handle mapping = CSections.Memory(options: options);
            using View view = View.Whole(mapping);
            Answer.Is(fact, $"C, {options}", state, VirtualQuery(view).State);
        }
    }

    [Fact]
    public void Fact_010_011_Modifiers_are_accepted_beside_commit_and_reserve()
    {
        foreach ((int fact, SectionOptions modifier) in new[] { (10, SectionOptions.NoCache), (11, SectionOptions.WriteCombine) })
        {
            foreach ((SectionOptions kind, uint state) in new[] { (SectionOptions.Commit, MEM_COMMIT), (SectionOptions.Reserve, MEM_RESERVE) })
            {
                using Handle mapping = CSections.Memory(options: kind | modifier);
                using View view = View.Whole(mapping);
                Information information = VirtualQuery(view);
                Answer.Is(fact, $"C, {kind}", state, information.State);
                if (modifier == SectionOptions.NoCache)
                {
                    Answer.Is(fact, $"C, {kind}, kept", ReadWrite | PAGE_NOCACHE, information.AllocationProtect);
                }
            }
        }
    }

    [Fact]
    public void Fact_021_022_206_A_view_of_a_file_is_committed_whatever_was_given()
    {
        using var file = new TemporaryFile(0x2000);
        foreach ((int fact, SectionOptions options) in new[]
        {
            (21, SectionOptions.None), (21, SectionOptions.Commit), (206, SectionOptions.Reserve),
            (22, SectionOptions.Commit | SectionOptions.NoCache), (22, SectionOptions.Reserve | SectionOptions.WriteCombine),
        })
        {
            using Handle mapping = CSections.OverFile(file.Path, options: options);
            using View view = View.Whole(mapping);
            Information information = VirtualQuery(view);
            Answer.Is(fact, $"C, {options}", (MEM_COMMIT, (nint)0x2000), (information.State, information.RegionSize));
            if (options.HasFlag(SectionOptions.NoCache))
            {
                Answer.Is(fact, $"C, {options}, kept", ReadWrite | PAGE_NOCACHE, information.AllocationProtect);
            }
        }
    }

    [Fact]
    public void Fact_198_Reserved_memory_is_told_as_reserved()
    {
        using Handle mapping = CSections.Memory(options: SectionOptions.Reserve, size: Size);
        using View one = View.Whole(mapping), two = View.Whole(mapping);
        foreach (View view in new[] { one, two })
        {
            Information information = VirtualQuery(view);
            Answer.Is(198, "region", $"reserved 0 of {ReadWrite}, 0x100000", information);
            Answer.Is(198, "type", MEM_MAPPED, information.Type);
        }
    }

    [Fact]
    public void Fact_199_200_What_is_committed_is_committed_for_every_view_with_its_own_protection()
    {
        string name = UniqueName.Create();
        using Handle mapping = CSections.Memory(options: SectionOptions.Reserve, size: Size, name: name);
        using View one = View.Whole(mapping), two = View.Whole(mapping), reader = View.Whole(mapping, ViewAccess.Read);
        using ChildProcess child = ChildProcess.Start(Query, name);
        child.Expect($"reserved 0 of {ReadWrite}, 0x100000");
        Answer.Is(199, "commit", Answer.Success, Committed(one, 0x10000, ReadOnly));
        Answer.Is(199, "region", $"{ReadOnly} of {ReadWrite}, 0x10000", VirtualQuery(one));
        Answer.Is(199, "the rest", $"reserved 0 of {ReadWrite}, 0xF0000", VirtualQuery(one.Address + 0x10000));
        Answer.Is(200, "another view", $"{ReadWrite} of {ReadWrite}, 0x10000", VirtualQuery(two));
        Answer.Is(200, "a view for reading", $"{ReadOnly} of {ReadOnly}, 0x10000", VirtualQuery(reader));
        using View later = View.Whole(mapping);
        Answer.Is(200, "a later view", $"{ReadWrite} of {ReadWrite}, 0x10000", VirtualQuery(later));
        child.Send("query");
        Answer.Is(200, "another process", $"{ReadWrite} of {ReadWrite}, 0x10000", child.Receive());
        child.Finish();
        two.At<int>(0x8000) = 200;
        Answer.Is(200, "bytes", (200, 200), (one.At<int>(0x8000), later.At<int>(0x8000)));
    }

    [Theory]
    [InlineData("touch")]
    [InlineData("commit")]
    public void Fact_201_What_nobody_committed_is_an_access_violation(string step)
    {
        // Linux provides pages as they are touched: docs/win32.md.
        bool works = step == "commit" || !OperatingSystem.IsWindows();
        string name = UniqueName.Create();
        using Handle mapping = CSections.Memory(options: SectionOptions.Reserve, size: Size, name: name);
        using View view = View.Whole(mapping);
        using ChildProcess child = AccessViolation.Start(Touch, name);
        child.Expect("mapped");
        if (step == "commit")
        {
            Answer.Is(201, "the commit", Answer.Success, Committed(view.Address + 0x5000, 0x1000, ReadWrite));
        }

        child.Send(step);
        Answer.Is(201, step, works ? "0" : "access violation", AccessViolation.Outcome(child.WaitForExit()));
        if (works)
        {
            Answer.Is(201, $"{step}, bytes", 201, view.At<int>(0x5000));
        }
    }

    [Fact]
    public void Fact_202_Committing_again_changes_the_protection()
    {
        using Handle mapping = CSections.Memory(options: SectionOptions.Reserve, size: Size);
        using View view = View.Whole(mapping);
        Answer.Is(202, "first", Answer.Success, Committed(view, 0x2000, ReadOnly));
        Answer.Is(202, "again", Answer.Success, Committed(view, 0x1000, ReadWrite));
        Answer.Is(202, "region", $"{ReadWrite} of {ReadWrite}, 0x1000", VirtualQuery(view));
        Answer.Is(202, "the other page", $"{ReadOnly} of {ReadWrite}, 0x1000", VirtualQuery(view.Address + 0x1000));
    }

    [Fact]
    public void Fact_203_Nothing_is_decommitted()
    {
        using Handle mapping = CSections.Memory(options: SectionOptions.Reserve, size: Size);
        using View view = View.Whole(mapping);
        Answer.Is(203, "commit", Answer.Success, Committed(view, 0x1000, ReadWrite));
        Answer.Is(203, "decommit", 87, Outcome.Of(VirtualFree(view, 0x1000, MEM_DECOMMIT)));
        Answer.Is(203, "region", $"{ReadWrite} of {ReadWrite}, 0x1000", VirtualQuery(view));
    }

    [Fact]
    public void Fact_204_A_commit_ends_inside_the_view()
    {
        using Handle mapping = CSections.Memory(options: SectionOptions.Reserve, size: Size);
        using View view = View.Whole(mapping);
        Answer.Is(204, "past its end", 487, Committed(view, Size + 0x1000, ReadWrite));
        Answer.Is(204, "region", $"reserved 0 of {ReadWrite}, 0x100000", VirtualQuery(view));
    }

    [Fact]
    public void Fact_207_A_view_without_access_is_not_protected_before_the_commit()
    {
        using Handle mapping = CSections.Memory(options: SectionOptions.Reserve, size: 8UL << 30);
        using View view = View.Whole(mapping, ViewAccess.None);
        Answer.Is(207, "protect", "87", Protected(view, 0x1000, ReadWrite));
    }

    [ChildScenario]
    internal static void Query(string[] arguments)
    {
        using Handle mapping = Handle.Of(MappingCalls.OpenFileMapping(MappingRights.AllAccess, arguments[0]));
        using View view = View.Whole(mapping);
        Console.WriteLine(VirtualQuery(view));
        Console.ReadLine();
        Console.WriteLine(VirtualQuery(view));
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void Touch(string[] arguments)
    {
        using Handle mapping = Handle.Of(MappingCalls.OpenFileMapping(MappingRights.AllAccess, arguments[0]));
        using View view = View.Whole(mapping);
        Console.WriteLine("mapped");
        Console.ReadLine();
        view.At<int>(0x5000) = 201;
    }
}
