using Crossmap.Testing;
using static Crossmap.SectionOptions;

namespace Crossmap.Conformance;

/// <summary>A. Which SEC_ flags go together, and how they read back.</summary>
public class SectionFlagFacts
{
    [Fact]
    public void Fact_008_Memory_without_flags_reads_back_as_committed() => ReadsBack(8, None, Commit);

    [Fact]
    public void Fact_009_Commit_and_reserve_read_back_as_given() => Answer.Table(9,
    [
        ("Commit", Commit, () => Attributes(Commit)),
        ("Reserve", Reserve, () => Attributes(Reserve)),
    ]);

    [Fact]
    public void Fact_010_NoCache_is_kept_beside_commit_and_reserve() => Answer.Table(10,
    [
        ("Commit", Commit | NoCache, () => Attributes(Commit | NoCache)),
        ("Reserve", Reserve | NoCache, () => Attributes(Reserve | NoCache)),
    ]);

    [Fact]
    public void Fact_011_WriteCombine_is_accepted_beside_commit_and_reserve() => Answer.Table(11,
    [
        ("Commit", Answer.Success, () => Sections.TryMemory(options: Commit | WriteCombine)),
        ("Reserve", Answer.Success, () => Sections.TryMemory(options: Reserve | WriteCombine)),
    ]);

    [Fact]
    public void Fact_012_Reserve_and_commit_exclude_each_other() => Refused(12, 87, Reserve | Commit);

    [Fact]
    public void Fact_013_Modifiers_need_commit_or_reserve() => Refused(13, 87, NoCache, WriteCombine, LargePages);

    [Fact]
    public void Fact_014_Large_pages_cannot_be_reserved_and_no_file_has_them()
    {
        Refused(14, 87, Reserve | LargePages);
        using var file = new TemporaryFile(100);
        Answer.Is(14, "file Commit, LargePages", 87, Sections.TryFile(file.Path, options: Commit | LargePages));
    }

    [Fact]
    public void Fact_015_Large_pages_need_a_privilege() =>
        Answer.Is(15, "without the privilege", 1314, Sections.TryMemory(options: Commit | LargePages, size: 4 << 20));

    [Fact]
    public void Fact_016_SecFile_is_output_only() => Refused(16, 87, SectionOptions.File, SectionOptions.File | Commit, SectionOptions.File | Reserve);

    [Fact]
    public void Fact_017_Memory_is_no_image() => Answer.Is(17, "memory", 193, Sections.TryMemory(PageProtection.ReadOnly, Image));

    [Fact]
    public void Fact_018_A_data_file_is_no_image()
    {
        using var file = new TemporaryFile(4096);
        Answer.Is(18, "file", 193, Sections.TryFile(file.Path, PageProtection.ReadOnly, Image));
    }

    [Fact]
    public void Fact_019_Image_goes_with_no_other_kind() => Refused(19, 87,
        Image | Commit, Image | Reserve, Image | SectionOptions.File, Image | LargePages, Image | WriteCombine);

    [Fact]
    public void Fact_021_A_data_file_reads_back_as_SecFile_whatever_was_given()
    {
        using var file = new TemporaryFile(4096);
        Answer.Table(21, new[] { None, Commit, Reserve }.Select(given => (
            $"{given}", (object)SectionOptions.File, (Func<object?>)(() => Attributes(file.Path, given)))));
    }

    [Fact]
    public void Fact_022_A_data_file_keeps_the_modifiers()
    {
        using var file = new TemporaryFile(4096);
        Answer.Table(22, from kind in new[] { Commit, Reserve }
                         from modifier in new[] { NoCache, WriteCombine }
                         select ($"{kind}, {modifier}", (object)(SectionOptions.File | modifier), (Func<object?>)(() => Attributes(file.Path, kind | modifier))));
    }

    [Fact]
    public void Fact_023_All_flags_at_once_are_refused() => Refused(23, 87, (SectionOptions)(-1));

    [Fact]
    public void Fact_029_An_empty_file_is_no_image()
    {
        using var file = new TemporaryFile();
        Answer.Is(29, "file", 193, Sections.TryFile(file.Path, PageProtection.ReadOnly, Image));
    }

    private static void ReadsBack(int fact, SectionOptions given, SectionOptions expected) =>
        Answer.Is(fact, $"{given}", expected, Attributes(given));

    private static SectionOptions Attributes(SectionOptions options)
    {
        using FileMapping mapping = Sections.Memory(options: options);
        return mapping.Options;
    }

    private static SectionOptions Attributes(string path, SectionOptions options)
    {
        using FileMapping mapping = Sections.OverFile(path, options: options);
        return mapping.Options;
    }

    private static void Refused(int fact, int error, params SectionOptions[] options)
    {
        using var file = new TemporaryFile(4096);
        Answer.Table(fact, options.SelectMany(o => new (string, object, Func<object?>)[]
        {
            ($"memory {o}", error, () => Sections.TryMemory(options: o)),
            ($"file {o}", error, () => Sections.TryFile(file.Path, options: o)),
        }));
    }
}
