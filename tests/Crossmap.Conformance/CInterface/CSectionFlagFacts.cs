using Crossmap.Testing;
using static Crossmap.SectionOptions;

namespace Crossmap.Conformance.CInterface;

/// <summary>A. Which SEC_ flags go together. No call reads them back; what they do to memory <c>VirtualQuery</c> tells.</summary>
public class CSectionFlagFacts : CFacts
{
    [Fact]
    public void Fact_012_Reserve_and_commit_exclude_each_other() => Refused(12, 87, Reserve | Commit);

    [Fact]
    public void Fact_013_Modifiers_need_commit_or_reserve() => Refused(13, 87, NoCache, WriteCombine, LargePages);

    [Fact]
    public void Fact_014_Large_pages_cannot_be_reserved_and_no_file_has_them()
    {
        Refused(14, 87, Reserve | LargePages);
        using var file = new TemporaryFile(100);
        Answer.Is(14, "file Commit, LargePages", 87, CSections.TryFile(file.Path, options: Commit | LargePages));
    }

    [Fact]
    public void Fact_015_Large_pages_need_a_privilege() =>
        Answer.Is(15, "without the privilege", 1314, CSections.TryMemory(options: Commit | LargePages, size: 4 << 20));

    [Fact]
    public void Fact_016_SecFile_is_output_only() => Refused(16, 87, SectionOptions.File, SectionOptions.File | Commit, SectionOptions.File | Reserve);

    [Fact]
    public void Fact_017_Memory_is_no_image() => Answer.Is(17, "memory", 193, CSections.TryMemory(PageProtection.ReadOnly, Image));

    [Fact]
    public void Fact_018_A_data_file_is_no_image()
    {
        using var file = new TemporaryFile(4096);
        Answer.Is(18, "file", 193, CSections.TryFile(file.Path, PageProtection.ReadOnly, Image));
    }

    [Fact]
    public void Fact_019_Image_goes_with_no_other_kind() => Refused(19, 87,
        Image | Commit, Image | Reserve, Image | SectionOptions.File, Image | LargePages, Image | WriteCombine);

    [Fact]
    public void Fact_020_A_Windows_executable_makes_an_image()
    {
        // The part of the test's own executable that is one on both systems.
        string image = typeof(CSectionFlagFacts).Assembly.Location;
        Assert.SkipWhen(image.Length == 0, "The tests are one file.");
        Answer.Table(20, new[] { Image, Image | NoCache }.Select(options => ($"{options}", (object)(OperatingSystem.IsWindows() ? Answer.Success : "193"),
            (Func<object?>)(() => CSections.TryFile(image, PageProtection.ReadOnly, options)))));
    }

    [Fact]
    public void Fact_023_All_flags_at_once_are_refused() => Refused(23, 87, (SectionOptions)(-1));

    [Fact]
    public void Fact_024_A_file_handle_of_NULL_means_memory()
    {
        using Handle mapping = Handle.Of(MappingCalls.CreateFileMapping(0, PageProtection.ReadWrite, None, 4096));
        using View one = View.Whole(mapping), two = View.Whole(mapping);
        one.At<int>(0) = 24;
        Answer.Is(24, "bytes", 24, two.At<int>(0));
    }

    [Fact]
    public void Fact_026_A_new_object_sets_the_last_error_to_0()
    {
        using Handle unnamed = CSections.Memory(), named = CSections.Memory(name: UniqueName.Create());
        Answer.Is(26, "unnamed, named", (0u, 0u), (unnamed.Error, named.Error));
        using var file = new TemporaryFile(100);
        using Handle mapped = CSections.OverFile(file.Path);
        Answer.Is(26, "file", 0u, mapped.Error);
    }

    [Fact]
    public void Fact_029_An_empty_file_is_no_image()
    {
        using var file = new TemporaryFile();
        Answer.Is(29, "file", 193, CSections.TryFile(file.Path, PageProtection.ReadOnly, Image));
    }

    private static void Refused(int fact, int error, params SectionOptions[] options)
    {
        using var file = new TemporaryFile(4096);
        Answer.Table(fact, options.SelectMany(o => new (string, object, Func<object?>)[]
        {
            ($"memory {o}", error, () => CSections.TryMemory(options: o)),
            ($"file {o}", error, () => CSections.TryFile(file.Path, options: o)),
        }));
    }
}
