using Crossmap.Testing;
using static Crossmap.PageProtection;

namespace Crossmap.Conformance;

/// <summary>F. Desired access to view protection, for every section and every handle: the whole tables.</summary>
public class ViewAccessFacts
{
    /// <summary>Facts 111-119: the view that each desired access asks for. 8 is SECTION_MAP_EXECUTE, 0x20 is FILE_MAP_EXECUTE.</summary>
    internal static readonly (int Fact, int Access, PageProtection View)[] Desired =
    [
        (111, 0x00, NoAccess), (112, 0x01, WriteCopy), (114, 0x02, ReadWrite), (114, 0x03, ReadWrite),
        (113, 0x04, ReadOnly), (113, 0x05, ReadOnly), (114, 0x06, ReadWrite), (114, 0x07, ReadWrite),
        (116, 0x08, NoAccess), (116, 0x09, NoAccess), (117, 0x0A, ReadWrite), (117, 0x0B, ReadWrite),
        (117, 0x0C, ReadOnly), (117, 0x0D, ReadOnly), (117, 0x0E, ReadWrite), (115, 0x0F, ReadWrite),
        (118, 0x20, NoAccess), (119, 0x21, ExecuteWriteCopy), (119, 0x22, ExecuteReadWrite), (119, 0x23, ExecuteReadWrite),
        (119, 0x24, ExecuteRead), (119, 0x25, ExecuteRead), (119, 0x26, ExecuteReadWrite), (119, 0x27, ExecuteReadWrite),
        (118, 0x28, NoAccess), (118, 0x29, NoAccess), (119, 0x2A, ExecuteReadWrite), (119, 0x2B, ExecuteReadWrite),
        (119, 0x2C, ExecuteRead), (119, 0x2D, ExecuteRead), (119, 0x2E, ExecuteReadWrite), (119, 0x2F, ExecuteReadWrite),
    ];

    /// <summary>Facts 120-126: the views that each section allows.</summary>
    internal static readonly (int Allowed, int Refused, PageProtection Section, PageProtection[] Views)[] Allowed =
    [
        (120, 121, ReadOnly, [NoAccess, WriteCopy, ReadOnly]),
        (120, 121, WriteCopy, [NoAccess, WriteCopy, ReadOnly]),
        (122, 123, ReadWrite, [NoAccess, WriteCopy, ReadOnly, ReadWrite]),
        (124, 125, ExecuteRead, [NoAccess, WriteCopy, ReadOnly, ExecuteRead, ExecuteWriteCopy]),
        (124, 125, ExecuteWriteCopy, [NoAccess, WriteCopy, ReadOnly, ExecuteRead, ExecuteWriteCopy]),
        (126, 126, ExecuteReadWrite, [NoAccess, WriteCopy, ReadOnly, ReadWrite, ExecuteRead, ExecuteReadWrite, ExecuteWriteCopy]),
    ];

    /// <summary>The rights of a handle that a view needs.</summary>
    internal static MappingRights Needed(PageProtection view) => view switch
    {
        ReadWrite => MappingRights.MapWrite,
        ExecuteReadWrite => MappingRights.MapWrite | MappingRights.MapExecute,
        ExecuteRead or ExecuteWriteCopy => MappingRights.MapRead | MappingRights.MapExecute,
        _ => MappingRights.MapRead,
    };

    [Fact]
    public void Fact_111_112_113_114_116_117_118_119_Each_desired_access_has_its_protection()
    {
        using FileMapping mapping = Sections.Memory(ExecuteReadWrite);
        foreach (IGrouping<int, (int Fact, int Access, PageProtection View)> rows in Desired.GroupBy(d => d.Fact))
        {
            Answer.Table(rows.Key, rows.Select(row => ($"0x{row.Access:X2}", (object)$"{row.View}, {row.View}", (Func<object?>)(() => ViewOf(mapping, row.Access)))));
        }
    }

    [Fact]
    public void Fact_115_All_access_is_a_read_write_view()
    {
        Assert.Equal(0xF001F, (int)ViewAccess.AllAccess);
        using FileMapping mapping = Sections.Memory(ExecuteReadWrite);
        Answer.Is(115, "0xF001F", $"{ReadWrite}, {ReadWrite}", ViewOf(mapping, 0xF001F));
    }

    [Fact]
    public void Fact_120_121_122_123_124_125_126_Sections_over_memory_allow_their_views() => Sweep("memory", p => Sections.Memory(p));

    [Fact]
    public void Fact_120_121_122_123_124_125_126_127_Sections_over_files_allow_their_views()
    {
        using var file = new TemporaryFile(0x10000);
        Sweep("file", p => Sections.OverFile(file.Path, p));
    }

    /// <summary>
    /// Facts 105-109 for all views at once: a view needs its rights on the handle (5), whatever the section; and a section refuses what it
    /// is not made for (87) even where the handle has the right, fact 128.
    /// </summary>
    [Theory]
    [InlineData(ReadOnly)]
    [InlineData(ReadWrite)]
    [InlineData(WriteCopy)]
    [InlineData(ExecuteRead)]
    [InlineData(ExecuteReadWrite)]
    [InlineData(ExecuteWriteCopy)]
    public void Fact_105_106_107_108_109_128_Each_handle_maps_what_its_rights_and_the_section_allow(PageProtection protection)
    {
        using FileMapping mapping = Sections.Memory(protection);
        PageProtection[] views = Allowed.Single(a => a.Section == protection).Views;
        HashSet<string> withoutRight = [], allowed = [], notMadeForIt = [];
        for (int bits = 0; bits < 8; bits++)
        {
            MappingRights rights = ((bits & 1) != 0 ? MappingRights.MapRead : 0) | ((bits & 2) != 0 ? MappingRights.MapWrite : 0) | ((bits & 4) != 0 ? MappingRights.MapExecute : 0);
            using FileMapping handle = mapping.Duplicate(rights);
            foreach ((_, int access, PageProtection view) in Desired)
            {
                string answer = Answer.Of(() => handle.MapView((ViewAccess)access));
                ((rights & Needed(view)) != Needed(view) ? withoutRight : views.Contains(view) ? allowed : notMadeForIt).Add(answer);
            }
        }

        // All views of a group have one answer.
        Answer.Is(105, $"{protection}, without the right", "5", string.Join(' ', withoutRight));
        Answer.Is(107, $"{protection}, allowed by both", Answer.Success, string.Join(' ', allowed));
        Answer.Is(128, $"{protection}, not made for it", protection == ExecuteReadWrite ? "" : "87", string.Join(' ', notMadeForIt));
    }

    [Fact]
    public void Fact_130_Read_and_copy_maps_have_no_write_or_execute_views()
    {
        foreach ((PageProtection protection, ViewAccess access) in new[]
        {
            (ReadOnly, ViewAccess.Write), (ReadOnly, ViewAccess.ReadWrite), (ReadOnly, ViewAccess.Read | ViewAccess.Execute),
            (WriteCopy, ViewAccess.Write), (WriteCopy, ViewAccess.ReadWrite), (WriteCopy, ViewAccess.ReadWrite | ViewAccess.Execute),
            (ReadWrite, ViewAccess.Read | ViewAccess.Execute), (ReadWrite, ViewAccess.ReadWrite | ViewAccess.Execute),
        })
        {
            using FileMapping mapping = Sections.Memory(protection);
            Answer.Is(130, $"{protection}, {access}", 5, Answer.Of(() => mapping.MapView(access)));
            Assert.Throws<UnauthorizedAccessException>(() => mapping.MapView(access));
        }
    }

    private static void Sweep(string kind, Func<PageProtection, FileMapping> create)
    {
        foreach ((int allowed, int refused, PageProtection section, PageProtection[] views) in Allowed)
        {
            using FileMapping mapping = create(section);
            foreach ((_, int access, PageProtection view) in Desired)
            {
                bool possible = views.Contains(view);
                Answer.Is(possible ? allowed : refused, $"{kind}, {section}, 0x{access:X2}", possible ? $"{view}, {view}" : "5", ViewOf(mapping, access));
            }
        }
    }

    /// <summary>The protection that the library and the system report of a view, or the error.</summary>
    private static string ViewOf(FileMapping mapping, int access)
    {
        string seen = "";
        string outcome = Answer.Of(() =>
        {
            using MappedView view = mapping.MapView((ViewAccess)access);
            seen = $"{view.Protection}, {MemoryRegion.At(view.Address).Protection}";
        });
        return outcome == Answer.Success ? seen : outcome;
    }
}
