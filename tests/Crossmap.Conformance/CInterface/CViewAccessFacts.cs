using Crossmap.Testing;
using static Crossmap.PageProtection;

namespace Crossmap.Conformance.CInterface;

/// <summary>F. Desired access to view protection, for every section and every handle: the whole tables.</summary>
public class CViewAccessFacts : CFacts
{
    [Fact]
    public void Fact_111_112_113_114_116_117_118_119_Each_desired_access_has_its_protection()
    {
        using Handle mapping = CSections.Memory(ExecuteReadWrite);
        foreach (IGrouping<int, (int Fact, int Access, PageProtection View)> rows in ViewAccessFacts.Desired.GroupBy(d => d.Fact))
        {
            Answer.Table(rows.Key, rows.Select(row => ($"C, 0x{row.Access:X2}", (object)row.View, (Func<object?>)(() => ViewOf(mapping, row.Access)))));
        }
    }

    [Fact]
    public void Fact_115_All_access_is_a_read_write_view()
    {
        using Handle mapping = CSections.Memory(ExecuteReadWrite);
        Answer.Is(115, "C, 0xF001F", ReadWrite, ViewOf(mapping, 0xF001F));
    }

    [Fact]
    public void Fact_120_121_122_123_124_125_126_Sections_over_memory_allow_their_views() => Sweep("memory", p => CSections.Memory(p));

    [Fact]
    public void Fact_120_121_122_123_124_125_126_127_Sections_over_files_allow_their_views()
    {
        using var file = new TemporaryFile(0x10000);
        Sweep("file", p => CSections.OverFile(file.Path, p));
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
        using Handle mapping = CSections.Memory(protection);
        PageProtection[] views = ViewAccessFacts.Allowed.Single(a => a.Section == protection).Views;
        HashSet<string> withoutRight = [], allowed = [], notMadeForIt = [];
        for (int bits = 0; bits < 8; bits++)
        {
            MappingRights rights = ((bits & 1) != 0 ? MappingRights.MapRead : 0) | ((bits & 2) != 0 ? MappingRights.MapWrite : 0) | ((bits & 4) != 0 ? MappingRights.MapExecute : 0);
            using Handle handle = Handle.Of(HandleCalls.Duplicate(mapping, (uint)rights));
            foreach ((_, int access, PageProtection view) in ViewAccessFacts.Desired)
            {
                string answer = Outcome.OfView(ViewCalls.MapViewOfFile(handle, (ViewAccess)access));
                MappingRights needed = ViewAccessFacts.Needed(view);
                ((rights & needed) != needed ? withoutRight : views.Contains(view) ? allowed : notMadeForIt).Add(answer);
            }
        }

        // All views of a group have one answer.
        Answer.Is(105, $"{protection}, without the right", "5", string.Join(' ', withoutRight));
        Answer.Is(107, $"{protection}, allowed by both", Answer.Success, string.Join(' ', allowed));
        Answer.Is(128, $"{protection}, not made for it", protection == ExecuteReadWrite ? "" : "87", string.Join(' ', notMadeForIt));
    }

    private static void Sweep(string kind, Func<PageProtection, Handle> create)
    {
        foreach ((int allowed, int refused, PageProtection section, PageProtection[] views) in ViewAccessFacts.Allowed)
        {
            using Handle mapping = create(section);
            foreach ((_, int access, PageProtection view) in ViewAccessFacts.Desired)
            {
                bool possible = views.Contains(view);
                Answer.Is(possible ? allowed : refused, $"C, {kind}, {section}, 0x{access:X2}", possible ? $"{view}" : "5", ViewOf(mapping, access));
            }
        }
    }

    /// <summary>The protection that the system reports of a view, or the error.</summary>
    private static string ViewOf(nint mapping, int access)
    {
        nint address = ViewCalls.MapViewOfFile(mapping, (ViewAccess)access);
        if (address == 0)
        {
            return Outcome.OfView(address);
        }

        using View view = View.Of(address);
        return $"{MemoryRegion.At(view).Protection}";
    }
}
