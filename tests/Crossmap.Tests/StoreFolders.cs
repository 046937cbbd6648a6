using Crossmap.Linux;
using Crossmap.Objects;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>The folders of the store: removed behind a process's back, on a file system that cannot hold them, with leftovers in them.</summary>
public class StoreFolders
{
    [Fact]
    public void Folder_removed_while_in_use_is_made_again()
    {
        using var root = new PrivateRoot();
        root.Run(RemoveAndUse);
    }

    [Fact]
    public void Unfit_file_system_is_refused_each_time()
    {
        Linux.OnlyWithMounts();
        Assert.SkipUnless(Linux.Succeeds(["unshare", "-m", "mount", "-t", "bpf", "none", "/mnt"]), "There is no file system at hand that has no unnamed files.");
        using var root = new PrivateRoot();
        string[] prefix = ["unshare", "-m", "sh", "-c", "mount -t bpf none \"$0\" && exec \"$@\"", root.Path];
        using ChildProcess child = root.StartUnder(prefix, CreateTwice);
        string first = child.Receive();
        Assert.StartsWith("50 The file system of ", first, StringComparison.Ordinal);
        Assert.Equal(first, child.Receive());
        child.Finish();
    }

    [Fact]
    public void Global_folder_whose_maker_was_killed_before_its_locks_is_finished_by_the_next()
    {
        using var root = new PrivateRoot();
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root makes the folder of Global\\ by its first use.");
        Directory.CreateDirectory(root.Global, PrivateRoot.OwnerOnly);
        root.Run(CreateGlobal);
        Assert.True(File.Exists(root.Global + "/.locks"));
    }

    [Fact]
    public void Entry_of_a_killed_process_goes_with_the_next_use_of_any_other()
    {
        using var root = new PrivateRoot();
        using var first = new TemporaryFile(4096);
        using var second = new TemporaryFile(4096);
        string entries = Path.Combine(root.LocalOf((int)Libc.geteuid()), ".files");
        string killed;
        using (ChildProcess child = root.Start(HoldFile, first.Path))
        {
            child.Expect("held");
            killed = Assert.Single(Directory.GetFiles(entries));
            child.Kill();
        }

        Assert.True(File.Exists(killed));
        using ChildProcess other = root.Start(HoldFile, second.Path);
        other.Expect("held");
        Assert.NotEqual(killed, Assert.Single(Directory.GetFiles(entries)));
        other.Finish();
        Assert.Empty(Directory.GetFiles(entries));
    }

    [Fact]
    public void Relative_root_stays_where_it_was_when_the_process_moves()
    {
        Linux.Only();
        using var root = new PrivateRoot();
        var environment = new Dictionary<string, string> { ["CROSSMAP_ROOT"] = Path.GetRelativePath(Environment.CurrentDirectory, root.Path) };
        using ChildProcess child = ChildProcess.Start(MoveBetweenUses, [], environment);
        child.Finish();
    }

    [ChildScenario]
    internal static void MoveBetweenUses(string[] arguments)
    {
        using FileMapping mapping = FileMapping.CreateInMemory(4096, "moved");
        Environment.CurrentDirectory = "/";
        Assert.True(FileMapping.TryOpen("moved", out FileMapping? again));
        again.Dispose();
        Assert.Contains(NamedObjects.List(), found => found.Name == "moved");
    }

    [ChildScenario]
    internal static void HoldFile(string[] arguments)
    {
        using FileMapping mapping = FileMapping.Create(arguments[0]);
        Console.WriteLine("held");
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void RemoveAndUse(string[] arguments)
    {
        using var file = new TemporaryFile(4096);
        FileMapping.Create(file.Path).Dispose();
        using FileMapping before = FileMapping.CreateInMemory(4096, "before");
        using MappedView view = before.MapView();
        view.At<int>(0) = 7;

        Directory.Delete(StoreFolder.LocalPath, recursive: true);
        FileMapping.Create(file.Path).Dispose();
        Assert.False(FileMapping.TryOpen("before", out _));

        Directory.Delete(StoreFolder.LocalPath, recursive: true);
        Assert.Empty(NamedObjects.List());
        Directory.Delete(StoreFolder.LocalPath, recursive: true);
        Assert.Empty(NamedObjects.Sweep());

        Directory.Delete(StoreFolder.LocalPath, recursive: true);
        Assert.False(FileMapping.TryOpen("before", out _));
        using FileMapping after = FileMapping.Create(file.Path, "before");
        Assert.True(after.CreatedNew);
        Assert.Equal(7, view.At<int>(0));
        before.Dispose();

        // The handle whose name was taken from it has not taken the new one's.
        using FileMapping again = FileMapping.Open("before");
        Assert.Equal(4096, again.Size);
    }

    [ChildScenario]
    internal static void CreateGlobal(string[] arguments)
    {
        using FileMapping made = FileMapping.CreateInMemory(4096, @"Global\made");
        using FileMapping found = FileMapping.Open(@"Global\made");
        Assert.Equal(4096, found.Size);
    }

    [ChildScenario]
    internal static void CreateTwice(string[] arguments)
    {
        for (int i = 0; i < 2; i++)
        {
            Exception refused = Assert.ThrowsAny<Exception>(() => FileMapping.CreateInMemory(4096, "x"));
            Console.WriteLine($"{Errors.CodeOf(refused)} {refused.Message}");
        }
    }
}
