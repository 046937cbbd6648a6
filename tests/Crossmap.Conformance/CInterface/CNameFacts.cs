using Crossmap.Testing;

namespace Crossmap.Conformance.CInterface;

/// <summary>D. What a name leads to.</summary>
public class CNameFacts : CFacts
{
    [Fact]
    public void Fact_061_Creating_an_existing_name_opens_the_same_object()
    {
        string name = UniqueName.Create();
        using Handle first = CSections.Memory(size: 4096, name: name), second = CSections.Memory(size: 100_000, name: name);
        Answer.Is(61, "last errors", (0u, 183u), (first.Error, second.Error));
        using View one = View.Whole(first), two = View.Whole(second);
        one.At<int>(0) = 61;
        Answer.Is(61, "bytes", 61, two.At<int>(0));
        Answer.Is(61, "region", 4096, MemoryRegion.At(two).Size);
        Answer.Is(61, "the same object", Answer.Success, Outcome.Of(HandleCalls.CompareObjectHandles(first, second)));
        foreach (Kind kind in Kind.All)
        {
            name = UniqueName.Create();
            using Handle there = Handle.Of(kind.Create(name)), again = Handle.Of(kind.Create(name));
            Answer.Is(61, $"last errors, {kind.Name}", (0u, 183u), (there.Error, again.Error));
        }
    }

    [Fact]
    public void Fact_062_Existing_name_with_another_protection_gets_that_protections_rights()
    {
        string name = UniqueName.Create();
        using Handle first = CSections.Memory(name: name), second = CSections.Memory(PageProtection.ExecuteRead, name: name);
        Answer.Is(62, "last error", 183u, second.Error);
        Answer.Is(62, "all access", 5, Outcome.OfView(ViewCalls.MapViewOfFile(second, ViewAccess.AllAccess)));
        Answer.Is(62, "read", Answer.Success, Outcome.OfView(ViewCalls.MapViewOfFile(second, ViewAccess.Read)));
    }

    [Fact]
    public void Fact_063_Another_process_that_creates_the_name_sees_the_bytes()
    {
        string name = UniqueName.Create();
        using Handle mapping = CSections.Memory(name: name);
        using View view = View.Whole(mapping);
        view.At<int>(8) = 63;
        using ChildProcess child = ChildProcess.Start(CreateAndRead, name);
        Answer.Is(63, "last error, value", "183 63", child.Receive());
        child.Finish();
    }

    [Fact]
    public void Fact_064_065_Names_are_case_sensitive()
    {
        foreach (Kind kind in Kind.All)
        {
            string name = UniqueName.Create(), other = name.ToUpperInvariant();
            using Handle lower = Handle.Of(kind.Create(name));
            Answer.Is(65, $"open the other case, {kind.Name}", 2, Outcome.OfHandle(kind.Open(other)));
            using Handle upper = Handle.Of(kind.Create(other));
            Answer.Is(64, $"create the other case, {kind.Name}", 0u, upper.Error);
        }
    }

    [Fact]
    public void Fact_066_A_name_that_is_not_there_is_not_found() => Answer.Table(66, Kind.All.Select(kind => (
        kind.Name, (object)2, (Func<object?>)(() => Outcome.OfHandle(kind.Open(UniqueName.Create()))))));

    [Fact]
    public void Fact_067_Null_cannot_be_opened() => Answer.Table(67, Kind.All.Select(kind => (
        kind.Name, (object)87, (Func<object?>)(() => Outcome.OfHandle(kind.Open(null))))));

    [Fact]
    public void Fact_068_Creating_the_empty_name_makes_an_unnamed_object()
    {
        foreach (Kind kind in Kind.All)
        {
            using Handle one = Handle.Of(kind.Create("")), two = Handle.Of(kind.Create(""));
            Answer.Is(68, kind.Name, (0u, 0u), (one.Error, two.Error));
        }
    }

    [Fact]
    public void Fact_069_The_empty_name_cannot_be_opened() => Answer.Table(69, Kind.All.Select(kind => (
        kind.Name, (object)6, (Func<object?>)(() => Outcome.OfHandle(kind.Open(""))))));

    [Fact]
    public void Fact_070_072_All_kinds_share_one_namespace()
    {
        foreach (Kind there in Kind.All)
        {
            string name = UniqueName.Create();
            using Handle handle = Handle.Of(there.Create(name));
            Answer.Table(70, Kind.All.Where(kind => kind != there).Select(kind => (
                $"{kind.Name} over a {there.Name}", (object)6, (Func<object?>)(() => Outcome.OfHandle(kind.Create(name))))));
            Answer.Table(72, Kind.All.Where(kind => kind != there).Select(kind => (
                $"{kind.Name}, there is a {there.Name}", (object)6, (Func<object?>)(() => Outcome.OfHandle(kind.Open(name))))));
        }
    }

    [Fact]
    public void Fact_073_A_name_is_free_for_any_kind_once_it_is_closed()
    {
        string name = UniqueName.Create();
        for (int i = 0; i < 20; i++)
        {
            foreach (Kind kind in Kind.All)
            {
                using Handle handle = Handle.Of(kind.Create(name));
                Answer.Is(73, kind.Name, 0u, handle.Error);
            }
        }
    }

    [Fact]
    public void Fact_092_A_view_does_not_keep_the_name()
    {
        using var file = new TemporaryFile(4096);
        string memory = UniqueName.Create(), named = UniqueName.Create();
        using View ofMemory = ViewOnly(CSections.Memory(name: memory)), ofFile = ViewOnly(CSections.OverFile(file.Path, name: named));
        Answer.Is(92, "memory", 2, Outcome.OfHandle(Kind.Mapping.Open(memory)));
        Answer.Is(92, "file", 2, Outcome.OfHandle(Kind.Mapping.Open(named)));
    }

    [Fact]
    public void Fact_093_A_name_with_only_a_view_left_is_created_anew()
    {
        string name = UniqueName.Create();
        using View old = ViewOnly(CSections.Memory(name: name));
        old.At<int>(0) = 93;
        using Handle anew = CSections.Memory(name: name);
        Answer.Is(93, "last error", 0u, anew.Error);
        using View view = View.Whole(anew);
        Answer.Is(93, "new bytes", 0, view.At<int>(0));
        view.At<int>(0) = 94;
        Answer.Is(93, "old bytes", 93, old.At<int>(0));
    }

    [Fact]
    public void Fact_094_An_object_ends_with_its_last_handle()
    {
        foreach (Kind kind in Kind.All)
        {
            string name = UniqueName.Create();
            Handle first = Handle.Of(kind.Create(name)), second = Handle.Of(kind.Open(name));
            first.Dispose();
            Answer.Is(94, $"one handle left, {kind.Name}", Answer.Success, Outcome.OfHandle(kind.Open(name)));
            second.Dispose();
            Answer.Is(94, $"none left, {kind.Name}", 2, Outcome.OfHandle(kind.Open(name)));
        }
    }

    [Fact]
    public void Fact_095_Memory_does_not_outlive_its_last_handle()
    {
        string name = UniqueName.Create();
        for (int i = 0; i < 3; i++)
        {
            using Handle mapping = CSections.Memory(size: 4096, name: name);
            using View view = View.Whole(mapping);
            Answer.Is(95, "bytes", -1, view.Bytes(4096).IndexOfAnyExcept((byte)0));
            view.At<int>(95) = 95;
        }
    }

    [ChildScenario]
    internal static void CreateAndRead(string[] arguments)
    {
        using Handle mapping = CSections.Memory(name: arguments[0]);
        using View view = View.Whole(mapping);
        Console.WriteLine($"{mapping.Error} {view.At<int>(8)}");
    }

    private static View ViewOnly(Handle mapping)
    {
        using (mapping)
        {
            return View.Whole(mapping);
        }
    }
}
