using Crossmap.Testing;
using static Crossmap.MappingRights;

namespace Crossmap.Conformance;

/// <summary>E. The rights that handles get, and what a handle without a right cannot do.</summary>
public class RightsFacts
{
    private const MappingRights Created = StandardRequired | Query | MapRead;

    [Fact]
    public void Fact_097_098_A_creation_grants_the_rights_of_its_protection()
    {
        (int, PageProtection, MappingRights)[] rows =
        [
            (97, PageProtection.ReadOnly, Created),
            (97, PageProtection.WriteCopy, Created),
            (98, PageProtection.ReadWrite, Created | MapWrite),
            (98, PageProtection.ExecuteRead, Created | MapExecute),
            (98, PageProtection.ExecuteReadWrite, Created | MapWrite | MapExecute),
            (98, PageProtection.ExecuteWriteCopy, Created | MapExecute),
        ];
        foreach ((int fact, PageProtection protection, MappingRights rights) in rows)
        {
            using FileMapping mapping = Sections.Memory(protection);
            Answer.Is(fact, $"{protection}", $"0x{(int)rights:X}", $"0x{(int)mapping.Rights:X}");
        }
    }

    [Fact]
    public void Fact_099_Opening_with_generic_rights_maps_them() => Opened(99,
        (GenericRead, ReadControl | Query | MapRead),
        (GenericWrite, ReadControl | MapWrite),
        (GenericExecute, ReadControl | MapExecute),
        (GenericAll, (MappingRights)0xF001F));

    [Fact]
    public void Fact_100_Opening_for_copy_grants_map_read_only() => Opened(100, (Query, MapRead));

    [Fact]
    public void Fact_101_Opening_for_read_and_copy_grants_both_as_written() => Opened(101, (MapRead | Query, MapRead | Query));

    [Fact]
    public void Fact_102_Opening_for_execute_grants_map_execute() => Opened(102, (MapExecuteExplicit, MapExecute));

    [Fact]
    public void Fact_103_Opening_without_rights_is_denied()
    {
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        Answer.Is(103, "open", 5, Answer.Of(() => FileMapping.Open(name, MappingRights.None)));
    }

    [Fact]
    public void Fact_105_A_handle_for_reading_maps_for_reading()
    {
        using Opening opened = new(MapRead);
        Answer.Is(105, "write", 5, Answer.Of(() => opened.Mapping.MapView(ViewAccess.Write)));
        Win32.Fails<UnauthorizedAccessException>(5, () => opened.Mapping.MapView(ViewAccess.Write));
        using MappedView view = opened.Mapping.MapView(ViewAccess.Read);
        Answer.Is(105, "read", PageProtection.ReadOnly, MemoryRegion.At(view.Address).Protection);
        Assert.Equal(PageProtection.ReadOnly, view.Protection);
    }

    [Fact]
    public void Fact_106_107_A_handle_for_writing_maps_for_writing_and_reads_by_it()
    {
        using Opening opened = new(MapWrite);
        Answer.Is(106, "read", 5, Answer.Of(() => opened.Mapping.MapView(ViewAccess.Read)));
        using MappedView view = opened.Mapping.MapView(ViewAccess.Write);
        Answer.Is(107, "write", PageProtection.ReadWrite, MemoryRegion.At(view.Address).Protection);
        view.At<int>(0) = 107;
        Answer.Is(107, "read back", 107, view.At<int>(0));
    }

    [Fact]
    public void Fact_108_A_handle_without_rights_maps_nothing()
    {
        using FileMapping mapping = Sections.Memory();
        using FileMapping bare = mapping.Duplicate(MappingRights.None);
        Answer.Is(108, "rights", MappingRights.None, bare.Rights);
        Answer.Is(108, "no access", 5, Answer.Of(() => bare.MapView(ViewAccess.None)));
    }

    [Fact]
    public void Fact_109_A_duplicate_for_reading_maps_no_access_and_not_for_writing()
    {
        using FileMapping mapping = Sections.Memory();
        using FileMapping reader = mapping.Duplicate(MapRead);
        Answer.Is(109, "write", 5, Answer.Of(() => reader.MapView(ViewAccess.Write)));
        using MappedView view = reader.MapView(ViewAccess.None);
        Answer.Is(109, "no access", PageProtection.NoAccess, MemoryRegion.At(view.Address).Protection);
    }

    [Fact]
    public void Fact_110_Duplicating_with_generic_rights_maps_them()
    {
        using FileMapping mapping = Sections.Memory();
        Answer.Table(110, new (MappingRights Asked, MappingRights Granted)[]
        {
            (GenericRead, ReadControl | Query | MapRead),
            (GenericWrite, ReadControl | MapWrite),
            (GenericExecute, ReadControl | MapExecute),
            (GenericAll, (MappingRights)0xF001F),
        }.Select(row => ($"{row.Asked}", (object)row.Granted, (Func<object?>)(() =>
        {
            using FileMapping duplicate = mapping.Duplicate(row.Asked);
            return duplicate.Rights;
        }))));
    }

    private static void Opened(int fact, params (MappingRights Asked, MappingRights Granted)[] rows) =>
        Answer.Table(fact, rows.Select(row => ($"{row.Asked}", (object)$"0x{(int)row.Granted:X}", (Func<object?>)(() =>
        {
            using Opening opened = new(row.Asked);
            return $"0x{(int)opened.Mapping.Rights:X}";
        }))));

    /// <summary>A section that is read/write, opened by name with certain rights.</summary>
    private sealed class Opening : IDisposable
    {
        private readonly FileMapping _created;

        public Opening(MappingRights rights)
        {
            string name = UniqueName.Create();
            _created = FileMapping.CreateInMemory(4096, name);
            Mapping = FileMapping.Open(name, rights);
        }

        public FileMapping Mapping { get; }

        public void Dispose()
        {
            Mapping.Dispose();
            _created.Dispose();
        }
    }
}
