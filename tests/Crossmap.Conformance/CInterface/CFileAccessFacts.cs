using Crossmap.Testing;
using static Crossmap.Conformance.CInterface.FileCalls;
using static Crossmap.PageProtection;

namespace Crossmap.Conformance.CInterface;

/// <summary>C. What access the file's handle needs.</summary>
public class CFileAccessFacts : CFacts
{
    [Fact]
    public void Fact_045_A_handle_for_reading_makes_no_writable_section() => With(45, "Read", GENERIC_READ, "5", ReadWrite, ExecuteReadWrite);

    [Fact]
    public void Fact_046_A_handle_for_reading_makes_read_only_and_copy_on_write_sections() => With(46, "Read", GENERIC_READ, Answer.Success, ReadOnly, WriteCopy);

    [Fact]
    public void Fact_047_A_handle_without_execute_makes_no_executable_section() => With(47, "Read", GENERIC_READ, "5", ExecuteRead, ExecuteWriteCopy);

    [Fact]
    public void Fact_048_A_handle_for_reading_and_writing_has_no_execute_either() => With(48, "ReadWrite", GENERIC_READ | GENERIC_WRITE, "5", ExecuteRead, ExecuteReadWrite);

    [Fact]
    public void Fact_049_Every_section_needs_to_read_its_file() => With(49, "Write", GENERIC_WRITE, "5", Sections.Protections);

    [Fact]
    public void Fact_050_A_handle_without_access_makes_no_section() => With(50, "none", 0, "5", ReadOnly, WriteCopy, ReadWrite);

    [Fact]
    public void Fact_051_The_section_holds_the_file_when_its_handle_is_closed()
    {
        using var file = new TemporaryFile(4096);
        Handle handle = Handle.Of(CreateFile(file.Path, GENERIC_READ | GENERIC_WRITE, FileShare.None));
        using Handle mapping = Handle.Of(MappingCalls.CreateFileMapping(handle, ReadWrite, SectionOptions.None, 0));
        handle.Dispose();
        using (View view = View.Whole(mapping))
        {
            view.At<int>(0) = 51;
            Answer.Is(51, "read", 51, view.At<int>(0));
        }

        Answer.Is(51, "file", 51, BitConverter.ToInt32(file.Bytes));
    }

    private static void With(int fact, string what, uint access, string answer, params PageProtection[] protections)
    {
        using var file = new TemporaryFile(4096);
        using Handle handle = Handle.Of(CreateFile(file.Path, access));
        Answer.Table(fact, protections.Select(p => (
            $"{what}, {p}", (object)answer, (Func<object?>)(() => Outcome.OfHandle(MappingCalls.CreateFileMapping(handle, p, SectionOptions.None, 0))))));
        Assert.Equal(4096, file.Length);
    }
}
