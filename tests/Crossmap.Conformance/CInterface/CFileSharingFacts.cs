using Crossmap.Testing;
using static Crossmap.Conformance.CInterface.FileCalls;
using static Crossmap.Conformance.CInterface.MappingCalls;
using static Crossmap.PageProtection;

namespace Crossmap.Conformance.CInterface;

/// <summary>C. What an open section does to other opens of its file.</summary>
public class CFileSharingFacts : CFacts
{
    private const FileShare ShareAll = FileShare.ReadWrite | FileShare.Delete;

    [Fact]
    public void Fact_052_A_writable_section_refuses_who_does_not_share_writing()
    {
        using var file = new TemporaryFile(4096);
        using Handle mapping = Exclusive(file);
        Answer.Table(52, from access in new[] { GENERIC_READ, GENERIC_WRITE, GENERIC_READ | GENERIC_WRITE, FILE_EXECUTE, DELETE }
                         from share in new[] { FileShare.None, FileShare.Read, FileShare.Delete, FileShare.Read | FileShare.Delete }
                         select ($"C, 0x{access:X} sharing {share}", (object)32, (Func<object?>)(() => Outcome.OfHandle(CreateFile(file.Path, access, share)))));
    }

    [Fact]
    public void Fact_053_A_writable_section_lets_through_who_shares_writing()
    {
        using var file = new TemporaryFile(4096);
        using Handle mapping = Exclusive(file);
        Answer.Table(53, from access in new[] { GENERIC_READ, GENERIC_WRITE, GENERIC_READ | GENERIC_WRITE, FILE_EXECUTE, DELETE, FILE_READ_ATTRIBUTES }
                         from share in new[] { FileShare.Write, FileShare.ReadWrite, ShareAll }
                         select ($"C, 0x{access:X} sharing {share}", (object)Answer.Success, (Func<object?>)(() => Outcome.OfHandle(CreateFile(file.Path, access, share)))));
    }

    [Fact]
    public void Fact_054_A_read_only_section_refuses_nobody()
    {
        using var file = new TemporaryFile(4096);
        foreach (PageProtection protection in new[] { ReadOnly, WriteCopy })
        {
            using Handle mapping = CSections.OverFile(file.Path, protection);
            Answer.Table(54, from access in new[] { GENERIC_READ, GENERIC_WRITE, GENERIC_READ | GENERIC_WRITE, FILE_EXECUTE, DELETE, 0u }
                             from share in new[] { FileShare.None, FileShare.Read, FileShare.ReadWrite, ShareAll }
                             select ($"C, {protection}, 0x{access:X} sharing {share}", (object)Answer.Success, (Func<object?>)(() => Outcome.OfHandle(CreateFile(file.Path, access, share)))));
        }
    }

    [Fact]
    public void Fact_056_A_mapped_file_is_not_truncated_by_creating_it_again()
    {
        using var file = new TemporaryFile(4096);
        foreach (PageProtection protection in new[] { ReadOnly, ReadWrite })
        {
            using Handle mapping = CSections.OverFile(file.Path, protection);
            Answer.Is(56, $"C, {protection}, CREATE_ALWAYS", 1224, Outcome.OfHandle(CreateFile(file.Path, GENERIC_READ | GENERIC_WRITE, disposition: CREATE_ALWAYS)));
            Answer.Is(56, $"C, {protection}, CREATE_ALWAYS to read", 1224, Outcome.OfHandle(CreateFile(file.Path, GENERIC_READ, disposition: CREATE_ALWAYS)));
            Answer.Is(56, $"C, {protection}, TRUNCATE_EXISTING", 1224, Outcome.OfHandle(CreateFile(file.Path, GENERIC_WRITE, disposition: TRUNCATE_EXISTING)));
            Answer.Is(56, $"C, {protection}, OPEN_ALWAYS", Answer.Success, Outcome.OfHandle(CreateFile(file.Path, GENERIC_WRITE, disposition: OPEN_ALWAYS)));
            Assert.Equal(4096, file.Length);
        }

        Answer.Is(56, "C, nothing left", Answer.Success, Outcome.OfHandle(CreateFile(file.Path, GENERIC_WRITE, disposition: CREATE_ALWAYS)));
        Assert.Equal(0, file.Length);
    }

    [Fact]
    public void Fact_057_A_mapped_file_can_be_opened_to_be_deleted_on_close()
    {
        foreach (PageProtection protection in new[] { ReadOnly, ReadWrite })
        {
            using var file = new TemporaryFile(4096);
            using Handle mapping = CSections.OverFile(file.Path, protection);
            Answer.Is(57, $"C, {protection}", Answer.Success, Outcome.OfHandle(CreateFile(file.Path, GENERIC_READ, flags: FILE_FLAG_DELETE_ON_CLOSE)));
        }
    }

    /// <summary>A writable section over a file whose only handle shared nothing and is closed.</summary>
    private static Handle Exclusive(TemporaryFile file)
    {
        using Handle handle = Handle.Of(CreateFile(file.Path, GENERIC_READ | GENERIC_WRITE, FileShare.None));
        return Handle.Of(CreateFileMapping(handle, ReadWrite, SectionOptions.None, 0));
    }
}
