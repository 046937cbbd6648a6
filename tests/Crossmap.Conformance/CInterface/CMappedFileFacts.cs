using Crossmap.Testing;
using static Crossmap.Conformance.CInterface.FileCalls;
using static Crossmap.PageProtection;

namespace Crossmap.Conformance.CInterface;

/// <summary>N. Truncating and deleting a mapped file.</summary>
public class CMappedFileFacts : CFacts
{
    [Theory]
    [InlineData(ReadOnly, ViewAccess.Read)]
    [InlineData(ReadWrite, ViewAccess.Write)]
    public void Fact_208_209_210_211_212_213_A_mapped_file_may_grow_and_not_shrink(PageProtection protection, ViewAccess access)
    {
        using var file = new TemporaryFile(8);
        using Handle opened = Handle.Of(CreateFile(file.Path, GENERIC_READ | GENERIC_WRITE));
        string Set(long length)
        {
            Assert.Equal(1, SetFilePointerEx(opened, length, out _, FILE_BEGIN));
            return $"{Outcome.Of(SetEndOfFile(opened))}, {file.Length}";
        }

        using Handle mapping = CSections.OverFile(file.Path, protection, size: 4);
        Answer.Is(208, $"C, {protection}, 6 of 8", "1224, 8", Set(6));
        Answer.Is(209, $"C, {protection}, 8 of 8", "success, 8", Set(8));
        Answer.Is(209, $"C, {protection}, 8192 of 8", "success, 8192", Set(8192));
        Answer.Is(210, $"C, {protection}, 8191 of 8192", "1224, 8192", Set(8191));

        using View view = View.Whole(mapping, access);
        mapping.Dispose();
        Answer.Is(211, $"C, {protection}, only a view", "1224, 8192", Set(8191));
        Answer.Is(213, $"C, {protection}, only a view, to 0", "1224, 8192", Set(0));

        view.Dispose();
        Answer.Is(212, $"C, {protection}, nothing left", "success, 8191", Set(8191));
    }

    [Fact]
    public void Fact_208_211_214_A_file_mapped_by_another_process_stays_as_long_as_it_is()
    {
        using var file = new TemporaryFile(8192);
        using ChildProcess child = ChildProcess.Start(MappedFileFacts.MapFile, file.Path);
        using Handle opened = Handle.Of(CreateFile(file.Path, GENERIC_READ | GENERIC_WRITE));
        Assert.Equal(1, SetFilePointerEx(opened, 8191, out _, FILE_BEGIN));
        child.Expect("section");
        Answer.Is(208, "C, another process's section", 1224, Outcome.Of(SetEndOfFile(opened)));
        child.Send("go on");
        child.Expect("view");
        Answer.Is(211, "C, another process's view", 1224, Outcome.Of(SetEndOfFile(opened)));
        Answer.Is(214, "C, another process's view", 5, Delete(file.Path));
        child.Kill();
        Answer.Is(212, "C, the process was killed", Answer.Success, Outcome.Of(SetEndOfFile(opened)));
    }

    [Fact]
    public void Fact_214_215_216_A_mapped_file_cannot_be_deleted()
    {
        using var file = new TemporaryFile(4096);
        using Handle mapping = CSections.OverFile(file.Path);
        Answer.Is(214, "C, section", 5, Delete(file.Path));
        using View view = View.Whole(mapping);
        mapping.Dispose();
        Answer.Is(215, "C, only a view", 5, Delete(file.Path));
        Assert.True(File.Exists(file.Path));
        view.Dispose();
        Answer.Is(216, "C, nothing left", Answer.Success, Delete(file.Path));
        Assert.False(File.Exists(file.Path));
    }

    [Fact]
    public void Fact_217_A_refused_truncation_changes_no_byte()
    {
        using var file = new TemporaryFile(Enumerable.Range(0, 10000).Select(i => (byte)i).ToArray());
        byte[] before = file.Bytes;
        using Handle mapping = CSections.OverFile(file.Path);
        using View view = View.Whole(mapping);
        using Handle opened = Handle.Of(CreateFile(file.Path, GENERIC_WRITE));
        Assert.Equal(1, SetFilePointerEx(opened, 1, out _, FILE_BEGIN));
        Answer.Is(217, "C, truncation", 1224, Outcome.Of(SetEndOfFile(opened)));
        Answer.Is(217, "C, view", true, view.Bytes(before.Length).SequenceEqual(before));
        Answer.Is(217, "C, file", true, file.Bytes.AsSpan().SequenceEqual(before));
    }

    /// <summary>On Windows in the steps of <c>DeleteFile</c> that the facts speak of: Wine's asks for the deletion at closing, when nobody hears the refusal any more.</summary>
    private static string Delete(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            return Outcome.Of(DeleteFile(path));
        }

        using Handle file = Handle.Of(CreateFile(path, DELETE));
        return Outcome.Of(SetDisposition(file, deletes: true));
    }
}
