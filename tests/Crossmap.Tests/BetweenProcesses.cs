using System.Globalization;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>The main job: an existing file under a name, in several processes that take turns.</summary>
public class BetweenProcesses
{
    [Fact]
    public void File_opened_by_name_is_written_by_another_process_and_is_on_disk_after_its_flush()
    {
        using var file = new TemporaryFile(200_000);
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.Create(file.Path, name);
        using MappedView view = mapping.MapView();
        view.At<long>(70_000) = 41;
        using ChildProcess child = ChildProcess.Start(Change, name);
        child.Expect("200000 ReadWrite File");
        child.Expect("41");
        Assert.Equal(42, view.At<long>(70_000));
        Assert.Equal(42, BitConverter.ToInt64(file.Bytes, 70_000));
        child.Finish();
    }

    [Fact]
    public void File_stays_mapped_for_everybody_until_the_last_view_in_any_process_is_gone()
    {
        using var file = new TemporaryFile(8192);
        Assert.False(MappedFiles.IsMapped(file.Path));
        using (ChildProcess child = ChildProcess.Start(KeepView, file.Path))
        {
            child.Expect("only a view");
            Assert.True(MappedFiles.IsMapped(file.Path));
            Win32.Fails<IOException>(1224, () => MappedFiles.SetLength(file.Path, 8191));
            Win32.Fails<UnauthorizedAccessException>(5, () => MappedFiles.Delete(file.Path));
            MappedFiles.SetLength(file.Path, 8193);
            child.Kill();
        }

        Assert.False(MappedFiles.IsMapped(file.Path));
        MappedFiles.SetLength(file.Path, 100);
        Assert.Equal(100, file.Length);
        MappedFiles.Delete(file.Path);
        Assert.False(File.Exists(file.Path));
    }

    [Fact]
    public void Processes_take_turns_by_a_semaphore()
    {
        const int each = 500;
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        using MappedView view = mapping.MapView();
        using NamedSemaphore turn = NamedSemaphore.Create(name + "-turn", 1, 1);
        using ChildProcess first = ChildProcess.Start(Add, name, each.ToString(CultureInfo.InvariantCulture));
        using ChildProcess second = ChildProcess.Start(Add, name, each.ToString(CultureInfo.InvariantCulture));
        first.Finish();
        second.Finish();
        Assert.Equal(2 * each, view.At<long>(0));
        Assert.Equal(1, turn.CurrentCount);
    }

    [Fact]
    public void Waiter_of_another_process_gets_the_count_that_is_released()
    {
        string name = UniqueName.Create();
        using NamedSemaphore semaphore = NamedSemaphore.Create(name, 0, 3);
        using ChildProcess killed = ChildProcess.Start(Take, name);
        killed.Expect("waiting");
        killed.Kill();
        using ChildProcess child = ChildProcess.Start(Take, name);
        child.Expect("waiting");
        Assert.Equal(0, semaphore.Release());
        child.Expect("taken");
        child.Finish();
        Assert.Equal(0, semaphore.CurrentCount);
    }

    [Fact]
    public void Cancelled_wait_takes_nothing()
    {
        using NamedSemaphore semaphore = NamedSemaphore.Create(UniqueName.Create(), 0, 1);
        using var source = new CancellationTokenSource();
        Task wait = Task.Run(() => semaphore.Wait(source.Token), TestContext.Current.CancellationToken);
        Assert.False(semaphore.Wait(TimeSpan.FromMilliseconds(1), source.Token));
        source.Cancel();
        AggregateException failure = Assert.Throws<AggregateException>(() => wait.Wait(ChildProcess.Watchdog, CancellationToken.None));
        Assert.IsType<OperationCanceledException>(failure.InnerException, exactMatch: false);
        Assert.Equal(0, semaphore.Release());
        Assert.True(semaphore.TryWait());
    }

    [Fact]
    public void List_and_find_tell_what_other_processes_hold()
    {
        using var file = new TemporaryFile(5000);
        string name = UniqueName.Create();
        using ChildProcess child = ChildProcess.Start(Hold, name, file.Path);
        child.Expect("held");
        NamedObjectInfo mapping = Assert.Single(NamedObjects.List(), info => info.Name == name);
        Assert.Equal(NamedObjectKind.Mapping, mapping.Kind);
        Assert.Equal(5000, mapping.Size);
        Assert.Equal(1, mapping.HandleCount);
        Assert.Equal(Path.GetFullPath(file.Path), mapping.BackingFile, ignoreCase: OperatingSystem.IsWindows());
        NamedObjectInfo semaphore = Assert.Single(NamedObjects.List(), info => info.Name == name + "-turn");
        Assert.Equal((NamedObjectKind.Semaphore, 2, 5, 1), (semaphore.Kind, semaphore.CurrentCount, semaphore.MaximumCount, semaphore.HandleCount));
        Assert.Equal(NamedObjectKind.Mapping, NamedObjects.Find(@"Local\" + name)?.Kind);
        Assert.Equal(NamedObjectKind.Semaphore, NamedObjects.Find(name + "-turn")?.Kind);
        child.Kill();
        Assert.DoesNotContain(NamedObjects.List(), info => info.Name.StartsWith(name, StringComparison.Ordinal));
        Assert.Null(NamedObjects.Find(name));
    }

    [ChildScenario]
    internal static void Change(string[] arguments)
    {
        using FileMapping mapping = FileMapping.Open(arguments[0]);
        Console.WriteLine($"{mapping.Size} {(mapping.Protection is PageProtection.ReadWrite or PageProtection.ExecuteReadWrite ? PageProtection.ReadWrite : mapping.Protection)} {mapping.Options}");
        using MappedView view = mapping.MapView(offset: 70_000, length: 100);
        long before = view.At<long>(0)++;
        view.Flush();
        Console.WriteLine(before);
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void KeepView(string[] arguments)
    {
        FileMapping mapping = FileMapping.Create(arguments[0], protection: PageProtection.ReadOnly);
        using MappedView view = mapping.MapView(ViewAccess.Read);
        mapping.Dispose();
        Console.WriteLine("only a view");
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void Add(string[] arguments)
    {
        using FileMapping mapping = FileMapping.Open(arguments[0]);
        using MappedView view = mapping.MapView();
        using NamedSemaphore turn = NamedSemaphore.Open(arguments[0] + "-turn");
        for (int i = 0; i < int.Parse(arguments[1], CultureInfo.InvariantCulture); i++)
        {
            turn.Wait();
            long seen = view.At<long>(0);
            Thread.SpinWait(20);
            view.At<long>(0) = seen + 1;
            turn.Release();
        }
    }

    [ChildScenario]
    internal static void Take(string[] arguments)
    {
        using NamedSemaphore semaphore = NamedSemaphore.Open(arguments[0]);
        Console.WriteLine("waiting");
        semaphore.Wait();
        Console.WriteLine("taken");
    }

    [ChildScenario]
    internal static void Hold(string[] arguments)
    {
        using FileMapping mapping = FileMapping.Create(arguments[1], arguments[0]);
        using NamedSemaphore turn = NamedSemaphore.Create(arguments[0] + "-turn", 2, 5);
        Console.WriteLine("held");
        Console.ReadLine();
    }
}
