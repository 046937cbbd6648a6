using Crossmap.Testing;
using static Crossmap.Conformance.CInterface.ViewCalls;
using static Crossmap.MappingRights;

namespace Crossmap.Conformance.CInterface;

/// <summary>E. The rights that handles get. No call tells them; what a handle can map does.</summary>
public class CRightsFacts : CFacts
{
    [Fact]
    public void Fact_097_098_A_creation_grants_the_rights_of_its_protection()
    {
        (int, PageProtection, string)[] rows =
        [
            (97, PageProtection.ReadOnly, "R"),
            (97, PageProtection.WriteCopy, "R"),
            (98, PageProtection.ReadWrite, "R W"),
            (98, PageProtection.ExecuteRead, "R RX"),
            (98, PageProtection.ExecuteReadWrite, "R W RX WX"),
            (98, PageProtection.ExecuteWriteCopy, "R RX"),
        ];
        foreach ((int fact, PageProtection protection, string views) in rows)
        {
            using Handle mapping = CSections.Memory(protection);
            Answer.Is(fact, $"{protection}", views, CSections.ViewsOf(mapping));
            Answer.Is(fact, $"{protection}, for writing", views.Contains('W') ? Answer.Success : "5", Outcome.OfView(MapViewOfFile(mapping, ViewAccess.Write)));

            // A section for everything that was there: the rights are the handle's then, and not the section's.
            string name = UniqueName.Create();
            using Handle there = CSections.Memory(PageProtection.ExecuteReadWrite, name: name), again = CSections.Memory(protection, name: name);
            Answer.Is(fact, $"{protection}, of a section for all", views, CSections.ViewsOf(again));
        }
    }

    [Fact]
    public void Fact_099_Opening_with_generic_rights_maps_them() => Opened(99,
        (GenericRead, "R"), (GenericWrite, "W"), (GenericExecute, ""), (GenericRead | GenericExecute, "R RX"), (GenericWrite | GenericExecute, "W WX"), (GenericAll, "R W RX WX"));

    [Fact]
    public void Fact_100_Opening_for_copy_grants_map_read() => Opened(100, (Query, "R"));

    [Fact]
    public void Fact_101_Opening_for_read_and_copy_grants_both_as_written() => Opened(101, (MapRead | Query, "R"));

    [Fact]
    public void Fact_102_Opening_for_execute_grants_map_execute() => Opened(102, (MapExecuteExplicit | MapRead, "R RX"), (MapExecuteExplicit, ""));

    [Fact]
    public void Fact_103_Opening_without_rights_is_denied_and_creating_is_not()
    {
        string name = UniqueName.Create();
        using (Handle mapping = CSections.Memory(name: name))
        {
            Answer.Is(103, "open", 5, Outcome.OfHandle(MappingCalls.OpenFileMapping(MappingRights.None, name)));
        }

        using Handle bare = Handle.Of(SemaphoreCalls.CreateSemaphoreEx(1, 1, name, 0));
        Answer.Is(103, "new, its last error", 0u, bare.Error);
        Answer.Is(103, "new, a wait", "failed 5", Outcome.OfWait(WaitCalls.WaitForSingleObject(bare)));
        Answer.Is(103, "open semaphore", 5, Outcome.OfHandle(SemaphoreCalls.OpenSemaphore(name, 0)));
        Answer.Is(103, "create semaphore that exists", 5, Outcome.OfHandle(SemaphoreCalls.CreateSemaphoreEx(1, 1, name, 0)));
    }

    [Fact]
    public void Fact_105_A_handle_for_reading_maps_for_reading()
    {
        using Handle mapping = Opening(MapRead);
        Answer.Is(105, "write", 5, Outcome.OfView(MapViewOfFile(mapping, ViewAccess.Write)));
        using View view = View.Of(MapViewOfFile(mapping, ViewAccess.Read));
        Answer.Is(105, "read", PageProtection.ReadOnly, MemoryRegion.At(view).Protection);
    }

    [Fact]
    public void Fact_106_107_A_handle_for_writing_maps_for_writing_and_reads_by_it()
    {
        using Handle mapping = Opening(MapWrite);
        Answer.Is(106, "read", 5, Outcome.OfView(MapViewOfFile(mapping, ViewAccess.Read)));
        using View view = View.Of(MapViewOfFile(mapping, ViewAccess.Write));
        Answer.Is(107, "write", PageProtection.ReadWrite, MemoryRegion.At(view).Protection);
        view.At<int>(0) = 107;
        Answer.Is(107, "read back", 107, view.At<int>(0));
    }

    [Fact]
    public void Fact_108_A_handle_without_rights_maps_nothing()
    {
        using Handle mapping = CSections.Memory(), bare = Handle.Of(HandleCalls.Duplicate(mapping, 0));
        Answer.Is(108, "no access", 5, Outcome.OfView(MapViewOfFile(bare, ViewAccess.None)));
    }

    [Fact]
    public void Fact_109_A_duplicate_for_reading_maps_no_access_and_not_for_writing()
    {
        using Handle mapping = CSections.Memory(), reader = Handle.Of(HandleCalls.Duplicate(mapping, (uint)MapRead));
        Answer.Is(109, "write", 5, Outcome.OfView(MapViewOfFile(reader, ViewAccess.Write)));
        using View view = View.Of(MapViewOfFile(reader, ViewAccess.None));
        Answer.Is(109, "no access", PageProtection.NoAccess, MemoryRegion.At(view).Protection);
    }

    [Fact]
    public void Fact_110_Duplicating_with_generic_rights_maps_them()
    {
        using Handle mapping = CSections.Memory(PageProtection.ExecuteReadWrite);
        Answer.Table(110, new (MappingRights Asked, string Views)[]
        {
            (GenericRead, "R"), (GenericWrite, "W"), (GenericExecute, ""), (GenericRead | GenericExecute, "R RX"), (GenericAll, "R W RX WX"),
        }.Select(row => ($"{row.Asked}", (object)row.Views, (Func<object?>)(() =>
        {
            using Handle duplicate = Handle.Of(HandleCalls.Duplicate(mapping, (uint)row.Asked));
            return CSections.ViewsOf(duplicate);
        }))));
    }

    private static void Opened(int fact, params (MappingRights Asked, string Views)[] rows) =>
        Answer.Table(fact, rows.Select(row => ($"C, {row.Asked}", (object)row.Views, (Func<object?>)(() =>
        {
            using Handle opened = Opening(row.Asked);
            return CSections.ViewsOf(opened);
        }))));

    /// <summary>A section for everything, opened by name with certain rights.</summary>
    private static Handle Opening(MappingRights rights)
    {
        string name = UniqueName.Create();
        using Handle created = CSections.Memory(PageProtection.ExecuteReadWrite, name: name);
        return Handle.Of(MappingCalls.OpenFileMapping(rights, name));
    }
}
