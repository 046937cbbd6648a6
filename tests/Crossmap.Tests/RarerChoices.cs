using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>Audiences, reserved memory, hints, and files that their owner does not share.</summary>
public class RarerChoices
{
    [Theory]
    [InlineData(ObjectAudience.Owner)]
    [InlineData(ObjectAudience.Group)]
    [InlineData(ObjectAudience.Everyone)]
    public void Whoever_the_audience_its_owner_opens_with_all_rights(ObjectAudience audience)
    {
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name, options: new FileMappingOptions { Audience = audience });
        using NamedSemaphore turn = NamedSemaphore.Create(name + "-turn", 0, 1, audience);
        using ChildProcess child = ChildProcess.Start(OpenAll, name);
        child.Expect("opened");
        child.Finish();
        Assert.Equal(1, turn.CurrentCount);
    }

    [Fact]
    public void Reserved_memory_is_committed_for_all_views()
    {
        using FileMapping mapping = FileMapping.CreateInMemory(1 << 20, options: new FileMappingOptions { Section = SectionOptions.Reserve });
        using MappedView first = mapping.MapView();
        using MappedView second = mapping.MapView();
        first.Commit(65536, 65536);
        first.At<int>(65536) = 5;
        Assert.Equal(5, second.At<int>(65536));
        second.Commit(65536, 4096);
        Assert.Equal(5, second.At<int>(65536));
    }

    [Fact]
    public void What_one_process_commits_the_other_may_use()
    {
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(1 << 20, name, options: new FileMappingOptions { Section = SectionOptions.Reserve });
        using MappedView view = mapping.MapView();
        using ChildProcess child = ChildProcess.Start(CommitAndAnswer, name);
        child.Expect("Reserve");
        view.Commit(65536, 65536);
        view.At<int>(65536) = 5;
        view.At<int>(131_068) = 6;
        child.Send("committed");
        child.Expect("5 6");
        Assert.Equal(7, view.At<int>(262_144));
        Assert.Equal(-5, view.At<int>(65536));
        child.Finish();
    }

    [ChildScenario]
    internal static void CommitAndAnswer(string[] arguments)
    {
        using FileMapping mapping = FileMapping.Open(arguments[0]);
        using MappedView view = mapping.MapView();
        Console.WriteLine(mapping.Options);
        Console.ReadLine();
        int first = view.At<int>(65536), last = view.At<int>(131_068);

        // Committing what the other has committed changes nothing.
        view.Commit(65536, 65536);
        view.At<int>(65536) = -first;
        view.Commit(262_144, 4096);
        view.At<int>(262_144) = 7;
        Console.WriteLine($"{first} {last}");
        Console.ReadLine();
    }

    [Fact]
    public void View_of_a_file_is_committed_already()
    {
        using var file = new TemporaryFile(8192);
        using FileMapping mapping = FileMapping.Create(file.Path);
        using MappedView view = mapping.MapView();
        Win32.Fails<UnauthorizedAccessException>(5, () => view.Commit(0, 4096));
    }

    [Fact]
    public void Hints_change_nothing()
    {
        using var file = new TemporaryFile(300_000);
        using FileMapping mapping = FileMapping.Create(file.Path);
        using MappedView view = mapping.MapView();
        using MappedView copy = mapping.MapView(ViewAccess.CopyOnWrite);
        using FileMapping memory = FileMapping.CreateInMemory(300_000);
        using MappedView inMemory = memory.MapView(), copyOfMemory = memory.MapView(ViewAccess.CopyOnWrite);
        view.AsSpan().Fill(7);
        copy.AsSpan(0, 100_000).Fill(8);
        inMemory.AsSpan().Fill(9);
        copyOfMemory.AsSpan(0, 100_000).Fill(10);
        foreach (MappedView each in (MappedView[])[view, copy, inMemory, copyOfMemory])
        {
            each.Prefetch(1000, 200_000);
            each.Discard(1000, 200_000);
            each.Discard(0, 0);
            each.Flush();
        }

        Assert.Equal(-1, view.AsSpan().IndexOfAnyExcept((byte)7));
        Assert.Equal(-1, copy.AsSpan(0, 100_000).IndexOfAnyExcept((byte)8));
        Assert.Equal(-1, copy.AsSpan(102_400, 100_000).IndexOfAnyExcept((byte)7));
        Assert.Equal(-1, inMemory.AsSpan().IndexOfAnyExcept((byte)9));
        Assert.Equal(-1, copyOfMemory.AsSpan(0, 100_000).IndexOfAnyExcept((byte)10));
        Assert.Equal(-1, file.Bytes.AsSpan().IndexOfAnyExcept((byte)7));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void View_of_a_file_that_its_owner_does_not_share_is_flushed(bool closed)
    {
        using var file = new TemporaryFile(8192);
        using var stream = new FileStream(file.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        using FileMapping mapping = FileMapping.Create(stream.SafeFileHandle);
        using MappedView view = mapping.MapView();
        if (closed)
        {
            stream.Dispose();
            mapping.Dispose();
        }

        view.At<int>(4096) = 3;
        view.Flush();
        view.Flush(4096, 4);
        stream.Dispose();
        Assert.Equal(3, file.Bytes[4096]);
    }

    [Fact]
    public void File_under_a_long_path_is_mapped()
    {
        string folder = Directory.CreateTempSubdirectory("crossmap-test-").FullName;
        try
        {
            string deep = Path.Combine([folder, .. Enumerable.Repeat(new string('d', 100), 4)]);
            Directory.CreateDirectory(deep);
            string path = Path.Combine(deep, "file.bin");
            File.WriteAllBytes(path, new byte[100]);
            using (FileMapping mapping = FileMapping.Create(path))
            {
                Assert.Equal(100, mapping.Size);
            }

            MappedFiles.SetLength(path, 50);
            MappedFiles.Delete(path);
            Assert.False(File.Exists(path));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [ChildScenario]
    internal static void OpenAll(string[] arguments)
    {
        using FileMapping mapping = FileMapping.Open(arguments[0]);
        using NamedSemaphore turn = NamedSemaphore.Open(arguments[0] + "-turn");
        turn.Release();
        Console.WriteLine("opened");
    }
}
