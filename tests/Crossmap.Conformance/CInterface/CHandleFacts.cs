using Crossmap.Testing;
using static Crossmap.Conformance.CInterface.HandleCalls;
using static Crossmap.MappingRights;

namespace Crossmap.Conformance.CInterface;

/// <summary>R. Duplicates of handles, and whether two lead to one object. Within the process.</summary>
public unsafe class CHandleFacts : CFacts
{
    [Fact]
    public void Fact_264_A_duplicate_has_the_rights_that_it_was_asked_for()
    {
        using Handle all = CSections.Memory(PageProtection.ExecuteReadWrite), narrow = Handle.Of(Duplicate(all, (uint)MapRead));
        Answer.Table(264, new (string What, Handle Source, MappingRights Asked, string Views)[]
        {
            ("none", all, MappingRights.None, ""), ("READ_CONTROL", all, ReadControl, ""), ("MAP_READ", all, MapRead, "R"), ("MAP_WRITE", all, MapWrite, "W"),
            ("MAP_READ and MAP_EXECUTE", all, MapRead | MapExecute, "R RX"), ("all", all, AllAccess, "R W RX WX"),

            // More than the source has: the object is asked, not the source.
            ("more than the source has", narrow, MapRead | MapWrite, "R W"),
        }.Select(row => (row.What, (object)row.Views, (Func<object?>)(() =>
        {
            using Handle duplicate = Handle.Of(Duplicate(row.Source, (uint)row.Asked));
            return CSections.ViewsOf(duplicate);
        }))));
        using Handle same = Handle.Of(Duplicate(narrow, 0, DUPLICATE_SAME_ACCESS));
        Answer.Is(264, "the same access", "R", CSections.ViewsOf(same));

        using Handle semaphore = Handle.Of(SemaphoreCalls.CreateSemaphore(1, 2)), waiting = Handle.Of(Duplicate(semaphore, SemaphoreCalls.SYNCHRONIZE)),
            releasing = Handle.Of(Duplicate(semaphore, SemaphoreCalls.SEMAPHORE_MODIFY_STATE)), bare = Handle.Of(Duplicate(semaphore, 0));
        Answer.Is(264, "semaphore, SYNCHRONIZE", ("0", "5"), (Outcome.OfWait(WaitCalls.WaitForSingleObject(waiting)), Outcome.Of(SemaphoreCalls.ReleaseSemaphore(waiting))));
        Answer.Is(264, "semaphore, MODIFY_STATE", ("failed 5", Answer.Success),
            (Outcome.OfWait(WaitCalls.WaitForSingleObject(releasing)), Outcome.Of(SemaphoreCalls.ReleaseSemaphore(releasing))));
        Answer.Is(264, "semaphore, none", ("failed 5", "5"), (Outcome.OfWait(WaitCalls.WaitForSingleObject(bare)), Outcome.Of(SemaphoreCalls.ReleaseSemaphore(bare))));
    }

    [Fact]
    public void Fact_265_Rights_that_there_are_not_are_denied()
    {
        HashSet<string> outcomes = [];
        foreach (Kind kind in Kind.All)
        {
            using Handle handle = Handle.Of(kind.Create(null));
            nint duplicate = 0x77;
            string outcome = Outcome.Of(DuplicateHandle(handle, &duplicate, 0xFFFF_FFFF, 0));
            outcomes.Add($"{outcome}{(outcome == Answer.Success || duplicate == 0 ? "" : ", and a duplicate")}");
            if (outcome == Answer.Success)
            {
                CloseHandle(duplicate);
            }
        }

        Answer.Is(265, "all bits in C", "5", string.Join(' ', outcomes));
    }

    [Fact]
    public void Fact_266_A_bad_handle_has_no_duplicate()
    {
        Handle closed = CSections.Memory();
        closed.Dispose();
        foreach ((string what, nint bad) in new[] { ("NULL", 0), ("garbage", 0x12345678), ("closed", Handle.ValuesRest ? closed.Value : 0) })
        {
            nint duplicate = 0x77;
            Answer.Is(266, what, "6", Outcome.Of(DuplicateHandle(bad, &duplicate, 0, DUPLICATE_SAME_ACCESS)));
            Answer.Is(266, $"the duplicate of {what}", 0, duplicate);
        }
    }

    [Fact]
    public void Fact_267_No_place_for_the_duplicate_is_no_mistake()
    {
        // Nothing can close that handle: with the process it goes.
        using ChildProcess child = ChildProcess.Start(DuplicateIntoNothing);
        Answer.Is(267, "call", Answer.Success, child.Receive());
        child.Finish();
    }

    [Fact]
    public void Fact_268_Duplicating_and_closing_the_source_gives_the_same_value()
    {
        foreach (Kind kind in Kind.All)
        {
            nint handle = kind.Create(null), duplicate = Duplicate(handle, 0, DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE);
            Answer.Is(268, $"value, {kind.Name}", handle, duplicate);
            Answer.Is(268, $"close, {kind.Name}", Answer.Success, Outcome.Of(CloseHandle(duplicate)));
            if (Handle.ValuesRest)
            {
                Answer.Is(268, $"close again, {kind.Name}", "6", Outcome.Of(CloseHandle(handle)));
            }
        }
    }

    [Fact]
    public void Fact_269_The_pseudo_handle_of_the_process_becomes_a_real_one()
    {
        nint duplicate = 0x77;
        string outcome = Outcome.Of(DuplicateHandle(CurrentProcess, &duplicate, 0, DUPLICATE_SAME_ACCESS));
        Answer.Is(269, "C", OperatingSystem.IsWindows() ? Answer.Success : "6", outcome);
        if (OperatingSystem.IsWindows())
        {
            using Handle real = new(duplicate);
            Answer.Is(269, "another value, that is alive", (true, WaitCalls.WAIT_TIMEOUT), (duplicate != CurrentProcess, WaitCalls.WaitForSingleObject(real)));
        }
    }

    [Fact]
    public void Fact_271_The_value_of_a_closed_handle()
    {
        // Windows may use it again at once. On Linux it rests, so that who kept it is told.
        Assert.SkipUnless(Handle.ValuesRest, "Any thread of the process may have it already.");
        nint closed = EventCalls.CreateEvent(manual: false, set: false);
        Assert.Equal(1, CloseHandle(closed));
        for (int i = 0; i < 2000; i++)
        {
            using Handle next = Handle.Of(EventCalls.CreateEvent(manual: false, set: false));
            Assert.NotEqual(closed, next.Value);
        }
    }

    [Fact]
    public void Fact_272_Duplicating_with_the_sources_attributes_copies_whether_children_inherit_it()
    {
        var attributes = new SecurityCalls.Attributes(null, inherit: true);
        using Handle plain = CSections.Memory(), inheritable = Handle.Of(MappingCalls.CreateFileMapping(
            MappingCalls.INVALID_HANDLE_VALUE, PageProtection.ReadWrite, SectionOptions.None, 4096, name: null, (nint)(&attributes)));
        using (View one = View.Whole(plain), two = View.Whole(inheritable))
        {
            one.At<int>(0) = two.At<int>(0) = 272;
        }

        const uint sameAttributes = 4;
        using Handle copied = Duplicated(inheritable, DUPLICATE_SAME_ACCESS | sameAttributes, inherit: false), copiedNot = Duplicated(plain, DUPLICATE_SAME_ACCESS | sameAttributes, inherit: true);
        using Handle told = Duplicated(plain, DUPLICATE_SAME_ACCESS, inherit: true), toldNot = Duplicated(inheritable, DUPLICATE_SAME_ACCESS, inherit: false);
        Handle[] handles = [plain, inheritable, copiedNot, copied, toldNot, told];
        using ChildProcess child = ChildProcess.Start(LookInto, [.. handles.Select(h => $"{h.Value}")]);
        Answer.Is(272, "inherited", "False True False True False True", child.Receive());
        child.Finish();
    }

    [Fact]
    public void Fact_274_Two_handles_are_compared_by_what_they_lead_to()
    {
        foreach (Kind kind in Kind.All)
        {
            string name = UniqueName.Create();
            using Handle one = Handle.Of(kind.Create(name)), opened = Handle.Of(kind.Open(name)), duplicate = Handle.Of(Duplicate(one, 0, DUPLICATE_SAME_ACCESS));
            using Handle other = Handle.Of(kind.Create(null));
            Answer.Is(274, $"itself, {kind.Name}", Answer.Success, Outcome.Of(CompareObjectHandles(one, one)));
            Answer.Is(274, $"a duplicate, {kind.Name}", Answer.Success, Outcome.Of(CompareObjectHandles(one, duplicate)));
            Answer.Is(274, $"opened by name, {kind.Name}", Answer.Success, Outcome.Of(CompareObjectHandles(one, opened)));
            Answer.Is(274, $"another, {kind.Name}", "1656", Outcome.Of(CompareObjectHandles(one, other)));
            Answer.Is(274, $"a bad handle, {kind.Name}", "6", Outcome.Of(CompareObjectHandles(one, 0x12345678)));
        }

        using var file = new TemporaryFile(100);
        using Handle first = CSections.OpenFile(file.Path), second = CSections.OpenFile(file.Path);
        Answer.Is(274, "two opens of a file", "1656", Outcome.Of(CompareObjectHandles(first, second)));
    }

    /// <summary>Whether values that the parent had are handles here, to the parent's memory.</summary>
    [ChildScenario]
    internal static void LookInto(string[] arguments) => Console.WriteLine(string.Join(' ', arguments.Select(value =>
    {
        nint address = ViewCalls.MapViewOfFile(nint.Parse(value), ViewAccess.Read);
        if (address == 0)
        {
            return false;
        }

        using View view = View.Of(address);
        return view.At<int>(0) == 272;
    })));

    private static Handle Duplicated(nint source, uint options, bool inherit)
    {
        nint duplicate = 0;
        Assert.Equal(1, DuplicateHandle(source, &duplicate, 0, options, inherit));
        return new Handle(duplicate);
    }

    [ChildScenario]
    internal static void DuplicateIntoNothing(string[] arguments)
    {
        using Handle handle = CSections.Memory();
        Console.WriteLine(Outcome.Of(DuplicateHandle(handle, null, 0, DUPLICATE_SAME_ACCESS)));
    }
}
