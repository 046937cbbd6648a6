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

    [Fact]
    public void Mutex_belongs_to_one_pid_namespace_and_the_others_do_not()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), Reason);
        string[] elsewhere = ["unshare", "--pid", "--fork", "--kill-child"];
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists("/usr/bin/unshare"), "Only root can make a PID namespace, with unshare.");
        string name = UniqueName.Create();
        using NamedMutex mutex = NamedMutex.Create(name);
        using NamedSemaphore semaphore = NamedSemaphore.Create(name + "-semaphore", 1, 1);
        using NamedEvent @event = NamedEvent.Create(name + "-event", EventResetMode.AutoReset, initialState: true);
        using ChildProcess child = ChildProcess.Start(OpenAll, elsewhere, environment: null, name);
        child.Expect("50 50 True True");
        child.Finish();
        Assert.Equal((0, false), (semaphore.CurrentCount, @event.IsSet));
    }

    [Fact]
    public void Thread_owns_so_many_mutexes_and_no_more()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), Reason);
        const int most = 1024;
        NamedMutex[] mutexes = [.. Enumerable.Range(0, most + 1).Select(_ => NamedMutex.Create(null))];
        using var owner = new OtherThread();
        Assert.Equal(most, owner.Do(() => mutexes[..most].Count(mutex => mutex.TryWait())));
        owner.Do(() => Win32.Fails<IOException>(1450, () => mutexes[most].TryWait()));
        Assert.True(owner.Do(mutexes[0].TryWait));
        owner.Do(() =>
        {
            mutexes[1].Release();
            Assert.True(mutexes[most].TryWait());
        });
        owner.End();
        Assert.Throws<AbandonedMutexException>(() => mutexes[most].Wait(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
        mutexes[most].Release();
        Array.ForEach(mutexes, mutex => mutex.Dispose());
    }

    [Fact]
    public void Auto_reset_event_set_twice_is_set_once()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), Reason);
        using NamedEvent @event = NamedEvent.Create(UniqueName.Create(), EventResetMode.AutoReset);
        @event.Set();
        @event.Set();
        Assert.Equal((true, false), (@event.TryWait(), @event.TryWait()));
    }

    [ChildScenario]
    internal static void OpenAll(string[] arguments)
    {
        using NamedSemaphore semaphore = NamedSemaphore.Open(arguments[0] + "-semaphore");
        using NamedEvent @event = NamedEvent.Open(arguments[0] + "-event");
        string open = Answer.Of(() => NamedMutex.Open(arguments[0])), create = Answer.Of(() => NamedMutex.Create(arguments[0]));
        Console.WriteLine($"{open} {create} {semaphore.TryWait()} {@event.TryWait()}");
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
