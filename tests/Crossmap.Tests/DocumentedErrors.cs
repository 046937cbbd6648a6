using System.Globalization;
using System.Text.RegularExpressions;
using Crossmap.Linux;
using Crossmap.Objects;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>What goes wrong in real installations says what docs/guarantees.md quotes; numbers and names apart.</summary>
public partial class DocumentedErrors
{
    [Fact]
    public void Folder_of_a_wrong_mode()
    {
        Fails(5, folder =>
        {
            Directory.CreateDirectory(folder);
            Linux.Run("chmod", "755", folder);
        });
    }

    [Fact]
    public void Folder_of_somebody_else()
    {
        Linux.OnlyAsRoot();
        Fails(5, folder =>
        {
            Directory.CreateDirectory(folder);
            Linux.Run("chmod", "700", folder);
            Linux.Run("chown", $"{Linux.Nobody}", folder);
        });
    }

    [Fact]
    public void Folder_that_is_a_link() => Fails(5, folder => Directory.CreateSymbolicLink(folder, Path.GetTempPath()));

    [Fact]
    public void Root_that_is_not_there()
    {
        Linux.Only();
        using ChildProcess child = ChildProcess.Start(Create, [], new Dictionary<string, string> { ["CROSSMAP_ROOT"] = "/nowhere" }, "x");

        // Not 2, which would say that there is no such name.
        Expect(child, 3);
    }

    [Fact]
    public void Small_tmpfs()
    {
        Linux.OnlyWithMounts();
        using var root = new PrivateRoot();
        using ChildProcess child = root.StartUnder(root.OnTmpfs("size=1m,mode=0755"), Create, "x");
        Expect(child, 1455);
    }

    [Fact]
    public void Memory_limit()
    {
        Linux.Only();
        using var root = new PrivateRoot();
        string group = Path.Combine(root.Path, "sys/fs/cgroup/app");
        Directory.CreateDirectory(group);
        Directory.CreateDirectory(Path.Combine(root.Path, "proc/self"));
        File.WriteAllText(Path.Combine(root.Path, "proc/self/cgroup"), "0::/app\n");
        File.WriteAllText(Path.Combine(group, "memory.max"), "2097152\n");
        File.WriteAllText(Path.Combine(group, "memory.current"), "1048576\n");
        Exception refused = Win32.Fails<IOException>(1455, () => new MemoryBudget(root.Path).Require(2 << 20, -1, "the object 'x'"));
        Quoted(refused.Message);
    }

    [Fact]
    public void Global_without_its_folder()
    {
        using var root = new PrivateRoot();
        Assert.SkipUnless(Linux.Succeeds(["unshare", "-U", "true"]), "User namespaces are not allowed here.");

        // In one without a map this process is nobody, and not root.
        using ChildProcess child = root.StartUnder(["unshare", "-U"], Create, @"Global\x");
        Expect(child, 5);
    }

    [Fact]
    public void Mutex_of_another_PID_namespace()
    {
        Linux.Only();
        string[] elsewhere = ["unshare", "--pid", "--fork", "--kill-child"];
        Assert.SkipUnless(Linux.Succeeds([.. elsewhere, "true"]), "PID namespaces cannot be made here (unshare --pid).");
        string name = UniqueName.Create();
        using NamedMutex mutex = NamedMutex.Create(name);
        using ChildProcess child = ChildProcess.Start(OpenMutex, elsewhere, environment: null, name);
        Expect(child, 50);
    }

    [Fact]
    public void Thread_that_owns_too_many_mutexes()
    {
        Linux.Only();
        NamedMutex[] mutexes = [.. Enumerable.Range(0, RobustList.MaximumEntries).Select(_ => NamedMutex.Create(null))];
        using var owner = new OtherThread();
        owner.Do(() =>
        {
            Assert.All(mutexes, mutex => Assert.True(mutex.TryWait()));
            Quoted(Win32.Fails<IOException>(1450, () => NamedMutex.Create(null)).Message);
        });
        owner.End();
        Array.ForEach(mutexes, mutex => mutex.Dispose());
    }

    [Fact]
    public void File_cut_after_it_was_shared()
    {
        Linux.Only();
        string name = UniqueName.Create();
        using var file = new TemporaryFile(65536);
        using FileMapping mapping = FileMapping.Create(file.Path, name);
        File.WriteAllBytes(file.Path, new byte[4096]);
        Quoted(Win32.Fails<IOException>(1006, () => FileMapping.TryOpen(name, out _)).Message);
    }

    [Theory]
    [InlineData(8, 1306)]
    [InlineData(24, 1392)]
    public void Object_that_was_scribbled_on(int at, int error)
    {
        Linux.Only();
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        using (var file = new FileStream(Path.Combine(StoreFolder.LocalPath, name), FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0))
        {
            file.Position = at;
            file.WriteByte(2);
        }

        Quoted(Win32.Fails<InvalidDataException>(error, () => FileMapping.TryOpen(name, out _)).Message);
    }

    [Fact]
    public void Lock_that_somebody_sits_on()
    {
        Linux.Only();
        string name = UniqueName.Create();
        FileMapping.CreateInMemory(4096, name).Dispose();
        string path = Path.Combine(StoreFolder.LocalPath, name);
        File.WriteAllBytes(path, []);
        int fd = Libc.Open(Libc.AT_FDCWD, Libc.Terminated(path), Libc.O_RDWR);
        try
        {
            Assert.True(Libc.Lock(fd, Libc.F_WRLCK, 0));
            Quoted(Win32.Fails<IOException>(33, () => FileMapping.TryOpen(name, out _)).Message);
        }
        finally
        {
            _ = Libc.close(fd);
            File.Delete(path);
        }
    }

    [ChildScenario]
    internal static void Create(string[] arguments) => Tell(() => FileMapping.CreateInMemory(2 << 20, arguments[0]));

    [ChildScenario]
    internal static void OpenMutex(string[] arguments) => Tell(() => NamedMutex.Open(arguments[0]));

    private static void Tell(Func<IDisposable> make)
    {
        try
        {
            make().Dispose();
            Console.WriteLine("made");
        }
        catch (Exception e)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Errors.CodeOf(e)} {e.Message}"));
        }
    }

    /// <summary>The child's creation fails with that error, in words that the page quotes, once its folder is so prepared.</summary>
    private static void Fails(int error, Action<string> prepare)
    {
        Linux.Only();
        using var root = new PrivateRoot();
        prepare(root.LocalOf((int)Libc.geteuid()));
        using ChildProcess child = root.Start(Create, "x");
        Expect(child, error);
    }

    private static void Expect(ChildProcess child, int error)
    {
        string said = child.Receive();
        child.Finish();
        Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"{error} "), said);
        Quoted(said[(said.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
    }

    private static void Quoted(string message) => Assert.Contains($"`{Shape(message)}`", Shape(Document.Read("guarantees.md")));

    /// <summary>A text without what differs from case to case: numbers, what stands in quotes, line breaks.</summary>
    private static string Shape(string text) => Quotes().Replace(Numbers().Replace(Blanks().Replace(text, " "), "0"), "'…'");

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Numbers();

    [GeneratedRegex("'[^'`]*'")]
    private static partial Regex Quotes();
}
