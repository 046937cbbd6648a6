using Crossmap.Testing;

namespace Crossmap.Conformance;

/// <summary>What docs/win32.md says of Linux alone, "What stays different": that, too, is asserted.</summary>
public class LinuxDifferences
{
    private const string Reason = "A difference of Linux.";

    [Fact]
    public void Deleted_file_lives_on_under_its_sections_and_views()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), Reason);
        using var file = new TemporaryFile(4096);
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.Create(file.Path, name);
        using MappedView view = mapping.MapView();
        File.Delete(file.Path);
        view.At<int>(0) = 214;
        using FileMapping opened = FileMapping.Open(name);
        using MappedView again = opened.MapView();
        Assert.Equal(214, again.At<int>(0));
    }

    [Fact]
    public void File_that_another_program_truncated_is_refused_by_its_name()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), Reason);
        using var file = new TemporaryFile(8192);
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.Create(file.Path, name);
        using (var other = new FileStream(file.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            other.SetLength(100);
        }

        Win32.Fails<IOException>(1006, () => FileMapping.Open(name));
    }

    [Fact]
    public void Touching_what_another_program_truncated_kills()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), Reason);
        using var file = new TemporaryFile(8192);
        using ChildProcess child = ChildProcess.Start(TouchTheEnd, prefix: ["prlimit", "--core=0"], environment: null, file.Path);
        child.Expect("mapped");
        using (var other = new FileStream(file.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            other.SetLength(100);
        }

        child.Send("touch");
        const int killedBySignal = 128;
        Assert.True(child.WaitForExit() > killedBySignal);
    }

    [Fact]
    public void Memory_of_a_killed_holder_goes_when_its_name_is_used()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), Reason);
        string name = UniqueName.Create(), file = Path.Combine(Linux.StoreFolder.LocalPath, name);
        using ChildProcess child = ChildProcess.Start(HoldMemory, name);
        child.Expect("held");
        Assert.True(File.Exists(file));
        child.Kill();
        Assert.False(FileMapping.TryOpen(name, out _));
        Assert.False(File.Exists(file));
    }

    [Fact]
    public void Reserved_memory_can_be_touched_without_commit()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), Reason);
        using FileMapping mapping = Sections.Memory(options: SectionOptions.Reserve);
        using MappedView one = mapping.MapView(), two = mapping.MapView();
        one.At<int>(0x5000) = 201;
        Assert.Equal(201, two.At<int>(0x5000));
        two.Commit(0x5000, 4);
        Assert.Equal(201, two.At<int>(0x5000));
    }

    [ChildScenario]
    internal static void TouchTheEnd(string[] arguments)
    {
        using FileMapping mapping = FileMapping.Create(arguments[0]);
        using MappedView view = mapping.MapView();
        Console.WriteLine("mapped");
        Console.ReadLine();
        view.At<int>(8000) = 1;
    }

    [ChildScenario]
    internal static void HoldMemory(string[] arguments)
    {
        using FileMapping mapping = FileMapping.CreateInMemory(1 << 20, arguments[0]);
        Console.WriteLine("held");
        Console.ReadLine();
    }
}
