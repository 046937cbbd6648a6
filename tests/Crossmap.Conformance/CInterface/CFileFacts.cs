using System.Globalization;
using Crossmap.Testing;
using static Crossmap.Conformance.CInterface.FileCalls;

namespace Crossmap.Conformance.CInterface;

/// <summary>Files by themselves: what no fact says of the calls around mappings, and their last errors.</summary>
public class CFileFacts : CFacts
{
    [Fact]
    public void Fact_275_A_section_is_a_file_of_no_type()
    {
        using var file = new TemporaryFile(4096);
        using Handle memory = CSections.Memory(), overFile = CSections.OverFile(file.Path), opened = CSections.OpenFile(file.Path);
        Answer.Is(275, "C, memory", "0, 6", $"{GetFileType(memory)}, {LastError.Code}");
        Answer.Is(275, "C, file", "0, 6", $"{GetFileType(overFile)}, {LastError.Code}");
        Assert.Equal(FILE_TYPE_DISK, GetFileType(opened));
    }

    [Fact]
    public void Dispositions_answer_by_what_is_there()
    {
        using var file = new TemporaryFile(5);
        string absent = file.Path + ".absent";
        try
        {
            Assert.Equal("2", Open(absent, OPEN_EXISTING));
            Assert.Equal("2", Open(absent, TRUNCATE_EXISTING));
            Assert.Equal("3", Open(Path.Combine(absent, "file"), OPEN_EXISTING));
            Assert.Equal("3", Open(Path.Combine(absent, "file"), CREATE_ALWAYS));
            Assert.Equal("3", Open("", OPEN_EXISTING));
            Assert.Equal("87", Open(absent, 0));
            Assert.Equal("87", Open(absent, 6));
            Assert.Equal("0, 0", Open(absent, CREATE_NEW));
            Assert.Equal("80", Open(absent, CREATE_NEW));
            File.Delete(absent);
            Assert.Equal("0, 0", Open(absent, OPEN_ALWAYS));
            Assert.Equal("183, 0", Open(absent, OPEN_ALWAYS));
            File.Delete(absent);
            Assert.Equal("0, 0", Open(absent, CREATE_ALWAYS));
            Assert.Equal("0, 5", Open(file.Path, OPEN_EXISTING));
            Assert.Equal("183, 5", Open(file.Path, OPEN_ALWAYS));
            Assert.Equal("0, 0", Open(file.Path, TRUNCATE_EXISTING));
            Assert.Equal("183, 0", Open(file.Path, CREATE_ALWAYS));
            Assert.Equal("5", Open(Path.GetTempPath().TrimEnd('/', '\\'), OPEN_EXISTING));
        }
        finally
        {
            File.Delete(absent);
        }
    }

    [Fact]
    public void Share_modes_refuse_each_other()
    {
        using var file = new TemporaryFile(5);
        (uint Access, FileShare Kind)[] accesses =
            [(GENERIC_READ, FileShare.Read), (GENERIC_WRITE, FileShare.Write), (DELETE, FileShare.Delete), (FILE_EXECUTE, FileShare.Read), (FILE_APPEND_DATA, FileShare.Write), (0, 0)];
        foreach ((uint held, FileShare heldKind) in accesses)
        {
            for (FileShare heldShare = 0; heldShare <= (FileShare)7; heldShare++)
            {
                using Handle first = Handle.Of(CreateFile(file.Path, held, heldShare));
                foreach ((uint asked, FileShare askedKind) in accesses)
                {
                    for (FileShare askedShare = 0; askedShare <= (FileShare)7; askedShare++)
                    {
                        bool conflicts = heldKind != 0 && askedKind != 0 && ((askedKind & ~heldShare) != 0 || (heldKind & ~askedShare) != 0);
                        string answer = Outcome.OfHandle(CreateFile(file.Path, asked, askedShare));
                        Assert.True(answer == (conflicts ? "32" : Answer.Success), $"0x{held:X} sharing {heldShare}, then 0x{asked:X} sharing {askedShare}: {answer}");
                    }
                }
            }
        }
    }

    [Fact]
    public void Deletion_asks_who_has_the_file_open()
    {
        using var file = new TemporaryFile(5);
        using (Handle.Of(CreateFile(file.Path, GENERIC_READ, FileShare.ReadWrite)))
        {
            Assert.Equal("32", Outcome.Of(DeleteFile(file.Path)));
        }

        using (Handle.Of(CreateFile(file.Path, 0, FileShare.None)))
        {
            Assert.Equal(Answer.Success, Outcome.Of(DeleteFile(file.Path)));
        }

        Assert.Equal("2", Outcome.Of(DeleteFile(file.Path)));
        Assert.Equal("3", Outcome.Of(DeleteFile(Path.Combine(file.Path + ".absent", "file"))));
        Assert.Equal("5", Outcome.Of(DeleteFile(Path.GetTempPath().TrimEnd('/', '\\'))));
    }

    [Fact]
    public void File_is_deleted_when_the_handle_is_closed_that_asks_for_it()
    {
        using var file = new TemporaryFile(5);
        using (Handle.Of(CreateFile(file.Path, GENERIC_READ, flags: FILE_FLAG_DELETE_ON_CLOSE)))
        {
            Assert.Equal("32", Outcome.OfHandle(CreateFile(file.Path, GENERIC_READ, FileShare.ReadWrite)));
            Assert.True(File.Exists(file.Path));
        }

        Assert.False(File.Exists(file.Path));
    }

    [Fact]
    public void Reading_and_writing_need_their_rights()
    {
        using var file = new TemporaryFile(5);
        byte[] buffer = new byte[10];
        using Handle reader = Handle.Of(CreateFile(file.Path, GENERIC_READ)), writer = Handle.Of(CreateFile(file.Path, GENERIC_WRITE));
        Assert.Equal("5", Outcome.Of(ReadFile(writer, buffer, out _)));
        Assert.Equal("5", Outcome.Of(WriteFile(reader, buffer, out _)));
        Assert.Equal("5", Outcome.Of(FlushFileBuffers(reader)));
        Assert.Equal(Answer.Success, Outcome.Of(FlushFileBuffers(writer)));
        foreach (nint wrong in new nint[] { 0, 0x7FFF_FFFC })
        {
            Assert.Equal("6", Outcome.Of(ReadFile(wrong, buffer, out _)));
            Assert.Equal("6", Outcome.Of(WriteFile(wrong, buffer, out _)));
            Assert.Equal("6", Outcome.Of(SetEndOfFile(wrong)));
            Assert.Equal("6", Outcome.Of(FlushFileBuffers(wrong)));
            Assert.Equal("6", Outcome.Of(GetFileSizeEx(wrong, out _)));
            Assert.Equal((INVALID, 6u), (SetFilePointer(wrong, 0, FILE_BEGIN), LastError.Code));
        }
    }

    [Fact]
    public void Reading_ends_at_the_end()
    {
        using var file = new TemporaryFile("0123456789"u8.ToArray());
        using Handle handle = Handle.Of(CreateFile(file.Path, GENERIC_READ | GENERIC_WRITE));
        Assert.Equal("success, 4, 0123", Read(handle, 4));
        Assert.Equal("success, 6, 456789", Read(handle, 100));
        Assert.Equal("success, 0, ", Read(handle, 1));
        Assert.Equal("success, 2, 23", Read(handle, 2, at: 2));
        Assert.Equal(4u, SetFilePointer(handle, 0, FILE_CURRENT));
        Assert.Equal("success, 1, 9", Read(handle, 2, at: 9));
        Assert.Equal("38, 0, ", Read(handle, 2, at: 10));
        Assert.Equal("38, 0, ", Read(handle, 2, at: 0x1_0000_0000));
        Assert.Equal("success", Outcome.Of(WriteFile(handle, "xy"u8, out _, new AtOffset { Offset = ulong.MaxValue })));
        Assert.Equal("success, 2, xy", Read(handle, 2, at: 10));
        Assert.Equal("success", Outcome.Of(WriteFile(handle, "z"u8, out _, new AtOffset { Offset = 1 })));
        Assert.Equal(2u, SetFilePointer(handle, 0, FILE_CURRENT));
        Assert.Equal("success, 3, 0z2", Read(handle, 3, at: 0));

        using Handle appender = Handle.Of(CreateFile(file.Path, FILE_APPEND_DATA));
        Assert.Equal("success", Outcome.Of(WriteFile(appender, "w"u8, out _)));
        Assert.Equal("success", Outcome.Of(WriteFile(appender, "w"u8, out _, new AtOffset { Offset = 0 })));
        Assert.Equal("success, 4, xyww", Read(handle, 10, at: 10));
    }

    [Fact]
    public void Position_and_size_have_64_bits()
    {
        using var file = new TemporaryFile(100);
        using Handle handle = Handle.Of(CreateFile(file.Path, GENERIC_READ | GENERIC_WRITE));
        Assert.Equal(90u, SetFilePointer(handle, -10, FILE_END));
        Assert.Equal((INVALID, 131u), (SetFilePointer(handle, -91, FILE_CURRENT), LastError.Code));
        Assert.Equal((INVALID, 131u), (SetFilePointer(handle, -1, FILE_BEGIN), LastError.Code));
        Assert.Equal((INVALID, 87u), (SetFilePointer(handle, 0, 3), LastError.Code));
        Assert.Equal(90u, SetFilePointer(handle, 0, FILE_CURRENT));
        Assert.Equal((0, 131u), (SetFilePointerEx(handle, -1, out _, FILE_BEGIN), LastError.Code));
        Assert.Equal(1, SetFilePointerEx(handle, 0x2_FFFF_FFFF, out long position, FILE_BEGIN));
        Assert.Equal(0x2_FFFF_FFFF, position);
        int high = 0;
        Assert.Equal((INVALID, 0u), (SetFilePointer(handle, 0, ref high, FILE_CURRENT), LastError.Code));
        Assert.Equal(2, high);
        high = -1;
        Assert.Equal((0xFFFF_FFFAu, LastError.Untouched), (SetFilePointer(handle, -5, ref high, FILE_CURRENT), LastError.Code));
        Assert.Equal(2, high);

        // The position lies behind the end, and the file is as long as it was.
        Assert.Equal((100u, 0u), (GetFileSize(handle, out uint sizeHigh), sizeHigh));
        Assert.Equal(1, GetFileSizeEx(handle, out long size));
        Assert.Equal(100, size);
        Assert.Equal(50u, SetFilePointer(handle, 50, FILE_BEGIN));
        Assert.Equal(Answer.Success, Outcome.Of(SetEndOfFile(handle)));
        Assert.Equal(50, file.Length);
        using Handle looker = Handle.Of(CreateFile(file.Path, FILE_READ_ATTRIBUTES));
        Assert.Equal(50u, GetFileSize(looker, out _));
    }

    private static string Open(string path, uint disposition)
    {
        nint handle = CreateFile(path, GENERIC_WRITE, disposition: disposition);
        if (handle == -1)
        {
            return LastError.Code.ToString(CultureInfo.InvariantCulture);
        }

        uint error = LastError.Code;
        using Handle opened = Handle.Of(handle);
        Assert.Equal(1, GetFileSizeEx(opened, out long size));
        return $"{error}, {size}";
    }

    private static string Read(nint handle, int count, ulong? at = null)
    {
        byte[] buffer = new byte[count];
        string outcome = Outcome.Of(ReadFile(handle, buffer, out uint done, at is { } offset ? new AtOffset { Offset = offset } : null));
        return $"{outcome}, {done}, {System.Text.Encoding.ASCII.GetString(buffer, 0, (int)done)}";
    }
}
