using Crossmap.Testing;
using Microsoft.Win32.SafeHandles;

namespace Crossmap.Tests;

/// <summary>Files that cannot be mapped, or not so.</summary>
public class BadFiles
{
    [Fact]
    public void Files_that_cannot_be_mapped_fail_typed_and_leave_nothing()
    {
        using var root = new PrivateRoot();
        root.Run(Files);
    }

    [Fact]
    public void Files_of_others_fail_typed_and_leave_nothing()
    {
        Linux.OnlyAsRoot();
        using var root = new PrivateRoot();
        using var secret = new TemporaryFile(4096);
        File.SetUnixFileMode(secret.Path, PrivateRoot.OwnerOnly);
        using var readable = new TemporaryFile(4096);
        File.SetUnixFileMode(readable.Path, (UnixFileMode)0x1A4);
        root.RunUnder(Linux.AsUser(Linux.Nobody, Linux.Nobody), FilesOfOthers, secret.Path, readable.Path);
        Assert.Equal(new byte[4096], readable.Bytes);
    }

    [Fact]
    public void More_descriptors_than_allowed_fail_typed_and_leave_nothing()
    {
        Linux.Only();
        using var root = new PrivateRoot();
        root.Run(RunOutOfDescriptors);
    }

    [Fact]
    public void More_bytes_than_the_process_may_write_fail_typed_and_leave_nothing()
    {
        Linux.Only();
        using var root = new PrivateRoot();
        root.Run(CreateTooLargeForTheLimit);
    }

    [ChildScenario]
    internal static void Files(string[] arguments)
    {
        Traces.WarmUp();
        string folder = Directory.CreateTempSubdirectory("crossmap-test-").FullName;
        try
        {
            Files(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Files(string folder)
    {
        string file = Path.Combine(folder, "file"), empty = Path.Combine(folder, "empty"), fifo = Path.Combine(folder, "fifo"), loop = Path.Combine(folder, "loop");
        File.WriteAllBytes(file, new byte[5000]);
        File.WriteAllBytes(empty, []);
        Linux.Run("mkfifo", fifo);
        File.CreateSymbolicLink(loop, loop);
        foreach (string? name in (string?[])[null, "name", new string('n', 300)])
        {
            Traces.Fails<FileNotFoundException>(2, "missing", () => FileMapping.Create(file + "-not", name));
            Traces.Fails<DirectoryNotFoundException>(3, "missing folder", () => FileMapping.Create(folder + "/not/file", name));
            Traces.Fails<DirectoryNotFoundException>(3, "below a file", () => FileMapping.Create(file + "/below", name));
            Traces.Fails<DirectoryNotFoundException>(3, "link to itself", () => FileMapping.Create(loop, name));
            Traces.Fails<IOException>(1006, "empty", () => FileMapping.Create(empty, name));
            Traces.Fails<UnauthorizedAccessException>(5, "directory", () => FileMapping.Create(folder, name));
            Traces.Fails<NotSupportedException>(50, "FIFO", () => FileMapping.Create(fifo, name));
            Traces.Fails<NotSupportedException>(50, "device", () => FileMapping.Create("/dev/zero", name));
            Traces.Fails<ArgumentException>(161, "long path", () => FileMapping.Create("/" + new string('p', 5000), name));
            Traces.Fails<ArgumentException>(87, "NUL in the path", () => FileMapping.Create("a\0b", name));
            Traces.Fails<IOException>(8, "larger than a file that is only read", () => FileMapping.Create(file, name, PageProtection.ReadOnly, 5001));
            Traces.Fails<IOException>(112, "larger than the disk", () => FileMapping.Create(file, name, size: 1L << 50));
            Traces.Fails<IOException>(8, "larger than any file", () => FileMapping.Create(file, name, size: long.MaxValue));
            Traces.Fails<IOException>(112, "an empty file larger than the disk", () => FileMapping.Create(empty, name, size: 1L << 50));
            Traces.Fails<ArgumentOutOfRangeException>(87, "negative", () => FileMapping.Create(file, name, size: -1));
            Assert.Equal(5000, new FileInfo(file).Length);
            Assert.Equal(0, new FileInfo(empty).Length);

            // Opened outside what is compared: the handles are the test's own.
            using SafeFileHandle writeOnly = File.OpenHandle(file, FileMode.Open, FileAccess.Write), readOnly = File.OpenHandle(file);
            Traces.Fails<UnauthorizedAccessException>(5, "write-only handle", () => FileMapping.Create(writeOnly, name, PageProtection.ReadOnly));
            Traces.Fails<UnauthorizedAccessException>(5, "read-only handle", () => FileMapping.Create(readOnly, name));
            using var invalid = new SafeFileHandle(987654, ownsHandle: false);
            Traces.Fails<IOException>(6, "no handle", () => FileMapping.Create(invalid, name));
            var closed = new SafeFileHandle(987654, ownsHandle: false);
            closed.Dispose();
            Traces.Unchanged("closed handle", () => Assert.Throws<ObjectDisposedException>(() => FileMapping.Create(closed, name)));
        }

        // A name that exists, in vain: the file stays as long as it is.
        using FileMapping taken = FileMapping.CreateInMemory(4096, "taken");
        Traces.Fails<IOException>(183, "must be new", () => FileMapping.Create(file, "taken", size: 100_000, options: new FileMappingOptions { MustBeNew = true }));
        using NamedSemaphore semaphore = NamedSemaphore.Create("semaphore", 1, 1);
        Traces.Fails<IOException>(6, "another kind", () => FileMapping.Create(file, "semaphore", size: 100_000));
        Traces.Fails<ArgumentException>(123, "bad name", () => FileMapping.Create(file, "a\0b", size: 100_000));
        Traces.Fails<ArgumentException>(3, "bad name", () => FileMapping.Create(file, @"a\b", size: 100_000));
        Assert.Equal(5000, new FileInfo(file).Length);
    }

    [ChildScenario]
    internal static void FilesOfOthers(string[] arguments)
    {
        Traces.WarmUp();
        (string secret, string readable) = (arguments[0], arguments[1]);
        foreach (string? name in (string?[])[null, "name"])
        {
            Traces.Fails<UnauthorizedAccessException>(5, "no permission", () => FileMapping.Create(secret, name, PageProtection.ReadOnly));
            Traces.Fails<UnauthorizedAccessException>(5, "writable over a read-only file", () => FileMapping.Create(readable, name));
            Traces.Fails<UnauthorizedAccessException>(5, "in a closed folder", () => FileMapping.Create("/proc/1/fd/0/x", name));
            using FileMapping copies = FileMapping.Create(readable, name, PageProtection.WriteCopy);
            using MappedView view = copies.MapView(ViewAccess.CopyOnWrite);
            view.At<byte>(0) = 1;
        }
    }

    [ChildScenario]
    internal static void RunOutOfDescriptors(string[] arguments)
    {
        Traces.WarmUp();
        Linux.LoadAllAssemblies();

        // The assemblies stay open.
        Linux.Limit(Linux.RLIMIT_NOFILE, Directory.GetFileSystemEntries("/proc/self/fd").Max(d => int.Parse(Path.GetFileName(d), System.Globalization.CultureInfo.InvariantCulture)) + 100);
        using var file = new TemporaryFile(4096);
        foreach (bool inheritable in (bool[])[false, true])
        {
            var options = new FileMappingOptions { Inheritability = inheritable ? HandleInheritability.Inheritable : HandleInheritability.None };
            foreach (Func<string, IDisposable> open in (Func<string, IDisposable>[])
                [
                    name => FileMapping.CreateInMemory(4096, name, options: options),
                    name => FileMapping.Create(file.Path, name, options: options),
                    _ => FileMapping.Create(file.Path, options: options),
                    name => NamedSemaphore.Create(name, 1, 1),
                ])
            {
                FillAndEmpty(open);
            }
        }

        WalkWithFew();
    }

    /// <summary>Looking at all objects with no descriptor left, and with a few: all of them or error 4, and never a part.</summary>
    private static void WalkWithFew()
    {
        using FileMapping one = FileMapping.CreateInMemory(4096, "one"), other = FileMapping.CreateInMemory(4096, "other");
        int all = NamedObjects.List().Count;
        Assert.True(all >= 2);
        List<SafeFileHandle> ballast = Ballast();
        try
        {
            Win32.Fails<IOException>(4, () => NamedObjects.List());
            Win32.Fails<IOException>(4, () => NamedObjects.Sweep());
            int listed = 0;
            while (listed == 0)
            {
                ballast[^1].Dispose();
                ballast.RemoveAt(ballast.Count - 1);
                try
                {
                    listed = NamedObjects.List().Count;
                }
                catch (IOException e)
                {
                    Assert.Equal(4, Win32.ErrorOf(e));
                }
            }

            Assert.Equal(all, listed);
        }
        finally
        {
            ballast.ForEach(b => b.Dispose());
        }
    }

    /// <summary>All descriptors that are left.</summary>
    private static List<SafeFileHandle> Ballast()
    {
        List<SafeFileHandle> ballast = [];
        while (true)
        {
            try
            {
                ballast.Add(File.OpenHandle("/dev/null"));
            }
            catch (IOException)
            {
                return ballast;
            }
        }
    }

    /// <summary>Opens until it fails, then makes room descriptor by descriptor, so that it fails at each of its steps.</summary>
    private static void FillAndEmpty(Func<string, IDisposable> open)
    {
        string[] before = Traces.Now();
        Stack<IDisposable> opened = [];
        List<SafeFileHandle> ballast = [];
        try
        {
            Fill(opened, open);
            for (int i = 0; i < 8; i++)
            {
                opened.Pop().Dispose();
            }

            ballast = Ballast();
            for (int free = 1; free <= 8; free++)
            {
                ballast[^1].Dispose();
                ballast.RemoveAt(ballast.Count - 1);
                Fill(opened, open);
            }
        }
        finally
        {
            ballast.ForEach(b => b.Dispose());
            while (opened.TryPop(out IDisposable? one))
            {
                one.Dispose();
            }
        }

        string[] after = Traces.Now();
        Assert.True(before.SequenceEqual(after), $"Left: {string.Join(", ", after.Except(before))}; {before.Length} before, {after.Length} after.");
    }

    private static void Fill(Stack<IDisposable> opened, Func<string, IDisposable> open)
    {
        for (int i = 0; i < 1000; i++)
        {
            try
            {
                opened.Push(open(UniqueName.Create()));
            }
            catch (IOException e)
            {
                Assert.Equal(4, Win32.ErrorOf(e));
                return;
            }
        }

        Assert.Fail("The limit of descriptors was never met.");
    }

    [ChildScenario]
    internal static void CreateTooLargeForTheLimit(string[] arguments)
    {
        Traces.WarmUp();

        // Here and not before: the runtime itself does not start under this limit.
        Linux.Limit(Linux.RLIMIT_FSIZE, 1 << 20);
        using var file = new TemporaryFile(4096);
        Traces.Fails<IOException>(8, "memory", () => FileMapping.CreateInMemory(2 << 20, "name"));
        Traces.Fails<IOException>(8, "unnamed memory", () => FileMapping.CreateInMemory(2 << 20));
        Traces.Fails<IOException>(8, "reserved memory", () => FileMapping.CreateInMemory(2 << 20, "name", options: new FileMappingOptions { Section = SectionOptions.Reserve }));
        Traces.Fails<IOException>(8, "a file", () => FileMapping.Create(file.Path, "name", size: 2 << 20));
        Assert.Equal(4096, file.Bytes.Length);
    }
}
