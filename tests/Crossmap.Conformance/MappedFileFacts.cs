using Crossmap.Testing;

namespace Crossmap.Conformance;

/// <summary>N. Truncating and deleting a mapped file, through <see cref="MappedFiles"/>.</summary>
public class MappedFileFacts
{
    [Theory]
    [InlineData(PageProtection.ReadOnly, ViewAccess.Read)]
    [InlineData(PageProtection.ReadWrite, ViewAccess.Write)]
    public void Fact_208_209_210_211_212_213_A_mapped_file_may_grow_and_not_shrink(PageProtection protection, ViewAccess access)
    {
        using var file = new TemporaryFile(8);
        string Set(long length) => $"{Answer.Of(() => MappedFiles.SetLength(file.Path, length))}, {file.Length}";

        using FileMapping mapping = Sections.OverFile(file.Path, protection, size: 4);
        Answer.Is(208, $"{protection}, 6 of 8", "1224, 8", Set(6));
        Answer.Is(209, $"{protection}, 8 of 8", "success, 8", Set(8));
        Answer.Is(209, $"{protection}, 8192 of 8", "success, 8192", Set(8192));
        Answer.Is(210, $"{protection}, 8191 of 8192", "1224, 8192", Set(8191));

        using MappedView view = mapping.MapView(access);
        mapping.Dispose();
        Answer.Is(211, $"{protection}, only a view", "1224, 8192", Set(8191));
        Answer.Is(213, $"{protection}, only a view, to 0", "1224, 8192", Set(0));
        Assert.True(MappedFiles.IsMapped(file.Path));

        view.Dispose();
        Answer.Is(212, $"{protection}, nothing left", "success, 8191", Set(8191));
        Assert.False(MappedFiles.IsMapped(file.Path));
    }

    [Fact]
    public void Fact_208_211_A_file_mapped_by_another_process_does_not_shrink()
    {
        using var file = new TemporaryFile(8192);
        using ChildProcess child = ChildProcess.Start(MapFile, file.Path);
        child.Expect("section");
        Answer.Is(208, "another process's section", 1224, Answer.Of(() => MappedFiles.SetLength(file.Path, 8191)));
        Answer.Is(214, "another process's section", 5, Answer.Of(() => MappedFiles.Delete(file.Path)));
        child.Send("go on");
        child.Expect("view");
        Answer.Is(211, "another process's view", 1224, Answer.Of(() => MappedFiles.SetLength(file.Path, 8191)));
        child.Kill();
        Answer.Is(212, "the process was killed", Answer.Success, Answer.Of(() => MappedFiles.SetLength(file.Path, 8191)));
    }

    [Fact]
    public void Fact_214_215_216_A_mapped_file_cannot_be_deleted()
    {
        using var file = new TemporaryFile(4096);
        using FileMapping mapping = Sections.OverFile(file.Path);
        Answer.Is(214, "section", 5, Answer.Of(() => MappedFiles.Delete(file.Path)));
        Win32.Fails<UnauthorizedAccessException>(5, () => MappedFiles.Delete(file.Path));
        using MappedView view = mapping.MapView();
        mapping.Dispose();
        Answer.Is(215, "only a view", 5, Answer.Of(() => MappedFiles.Delete(file.Path)));
        Assert.True(File.Exists(file.Path));
        view.Dispose();
        Answer.Is(216, "nothing left", Answer.Success, Answer.Of(() => MappedFiles.Delete(file.Path)));
        Assert.False(File.Exists(file.Path));
    }

    [Fact]
    public void Fact_217_A_refused_truncation_changes_no_byte()
    {
        using var file = new TemporaryFile(Enumerable.Range(0, 10000).Select(i => (byte)i).ToArray());
        byte[] before = file.Bytes;
        using FileMapping mapping = Sections.OverFile(file.Path);
        using MappedView view = mapping.MapView();
        Answer.Is(217, "truncation", 1224, Answer.Of(() => MappedFiles.SetLength(file.Path, 1)));
        Answer.Is(217, "view", true, view.AsSpan().SequenceEqual(before));
        Answer.Is(217, "file", true, file.Bytes.AsSpan().SequenceEqual(before));
    }

    [ChildScenario]
    internal static void MapFile(string[] arguments)
    {
        using FileMapping mapping = FileMapping.Create(arguments[0]);
        Console.WriteLine("section");
        Console.ReadLine();
        using MappedView view = mapping.MapView();
        mapping.Dispose();
        Console.WriteLine("view");
        Console.ReadLine();
    }
}
