using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>Memory and disk that are not there show when they are promised, and never later (promise 5).</summary>
public class FullFileSystems
{
    [Fact]
    public void Two_megabytes_do_not_fit_into_a_tmpfs_of_one()
    {
        Linux.OnlyWithMounts();
        using var root = new PrivateRoot();
        root.RunUnder(root.OnTmpfs("size=1m,mode=0755"), CreateTwoMegabytes);
    }

    [Fact]
    public void A_tmpfs_without_a_byte_or_an_inode_left_fails_typed()
    {
        Linux.OnlyWithMounts();
        using var root = new PrivateRoot();
        root.RunUnder(root.OnTmpfs("size=64k,mode=0755"), FillToTheLastPage);
        root.RunUnder(root.OnTmpfs("size=8k,mode=0755"), FindRoomForAPartOfTheHeader);
        root.RunUnder(root.OnTmpfs("size=1m,nr_inodes=8,mode=0755"), FillToTheLastInode);
        root.RunUnder(root.OnTmpfs("size=1m,nr_inodes=1,mode=0755"), FindNoInodeForTheFolder);
    }

    [Fact]
    public void A_sparse_file_on_a_full_disk_cannot_be_mapped_for_writing()
    {
        Linux.OnlyWithMounts();
        using var root = new PrivateRoot();
        string disk = root.Path + "/disk";
        Directory.CreateDirectory(disk);
        string[] mount = ["unshare", "-m", "--propagation", "private", "sh", "-c", "mount -t tmpfs -o size=1m,mode=0755 none \"$0\" && exec \"$@\"", disk];
        root.RunUnder(mount, MapSparseFile, disk);
    }

    [Fact]
    public void A_root_that_is_no_tmpfs_or_not_there_is_refused()
    {
        Linux.Only();
        using var root = new PrivateRoot();
        string[] elsewhere = ["env", "CROSSMAP_ROOT=/proc/self"];
        root.RunUnder(elsewhere, FindNoStore);
        root.RunUnder(["env", "CROSSMAP_ROOT=" + root.Path + "/not/there"], FindNoStore);
    }

    [ChildScenario]
    internal static void CreateTwoMegabytes(string[] arguments)
    {
        Traces.WarmUp();
        foreach (string name in (string[])["name", new string('n', 300)])
        {
            Traces.Fails<IOException>(1455, "2 MB in 1 MB", () => FileMapping.CreateInMemory(2 << 20, name));
            Traces.Fails<IOException>(1455, "1 MB and its header in 1 MB", () => FileMapping.CreateInMemory(1 << 20, name));
        }

        // What may fit is there when it is touched; reserved memory is the documented exception, and its commit fails typed.
        using (FileMapping half = FileMapping.CreateInMemory(512 << 10, "name"))
        using (MappedView view = half.MapView())
        {
            view.AsSpan().Fill(1);
            Traces.Fails<IOException>(1455, "another 600 KB", () => FileMapping.CreateInMemory(600 << 10, "other"));
        }

        using FileMapping reserved = FileMapping.CreateInMemory(2 << 20, "name", options: new FileMappingOptions { Section = SectionOptions.Reserve });
        using MappedView window = reserved.MapView();
        window.Commit(0, 256 << 10);
        window.AsSpan(0, 256 << 10).Fill(1);
        Win32.Fails<IOException>(1455, () => window.Commit(0, 2 << 20));
    }

    [ChildScenario]
    internal static void FillToTheLastPage(string[] arguments)
    {
        Traces.WarmUp();
        Traces.Unchanged("filling", () =>
        {
            List<NamedSemaphore> semaphores = [];
            IOException full = Assert.Throws<IOException>(() =>
            {
                for (int i = 0; i < 100; i++)
                {
                    semaphores.Add(NamedSemaphore.Create($"semaphore-{i}", 1, 1));
                }
            });
            Assert.Equal(1455, Win32.ErrorOf(full));
            Assert.InRange(semaphores.Count, 10, 16);
            Traces.Fails<IOException>(1455, "memory", () => FileMapping.CreateInMemory(4096, "memory"));
            string file = Path.Combine(Path.GetTempPath(), UniqueName.Create());
            File.WriteAllBytes(file, [1]);
            Traces.Fails<IOException>(1455, "a name for a file that was to grow", () => FileMapping.Create(file, "file", size: 100_000));
            Assert.Equal(1, new FileInfo(file).Length);

            // An unnamed one needs no page here.
            using (FileMapping.Create(file))
            {
            }

            File.Delete(file);
            semaphores.ForEach(s => s.Dispose());
        });
    }

    [ChildScenario]
    internal static void FillToTheLastInode(string[] arguments)
    {
        Traces.WarmUp();
        Traces.Unchanged("filling", () =>
        {
            List<FileMapping> mappings = [];
            IOException full = Assert.Throws<IOException>(() =>
            {
                for (int i = 0; i < 100; i++)
                {
                    mappings.Add(FileMapping.CreateInMemory(4096, $"mapping-{i}"));
                }
            });
            Assert.Equal(1455, Win32.ErrorOf(full));
            Assert.InRange(mappings.Count, 1, 8);
            using var file = new TemporaryFile(1);
            Traces.Fails<IOException>(1455, "an entry", () => FileMapping.Create(file.Path));
            mappings.ForEach(m => m.Dispose());
        });
    }

    /// <summary>Two pages are there, and the header of a long name takes three: the call that writes it says that it wrote two.</summary>
    [ChildScenario]
    internal static void FindRoomForAPartOfTheHeader(string[] arguments)
    {
        Win32.Fails<IOException>(1455, () => NamedSemaphore.Create(new string('n', 5000), 1, 1));
        NamedSemaphore.Create("short", 1, 1).Dispose();
    }

    [ChildScenario]
    internal static void FindNoInodeForTheFolder(string[] arguments) =>
        Traces.Fails<IOException>(1455, "the folder", () => FileMapping.CreateInMemory(4096, "name"));

    [ChildScenario]
    internal static void MapSparseFile(string[] arguments)
    {
        Traces.WarmUp();
        string sparse = Path.Combine(arguments[0], "sparse"), small = Path.Combine(arguments[0], "small");
        using (FileStream stream = File.Create(sparse))
        {
            stream.SetLength(16 << 20);
            stream.Position = 8 << 20;
            stream.WriteByte(42);
        }

        File.WriteAllBytes(small, [1, 2, 3]);
        string ballast = Path.Combine(arguments[0], "ballast");
        File.WriteAllBytes(ballast, new byte[700 << 10]);
        foreach (string? name in (string?[])[null, "name"])
        {
            Traces.Fails<IOException>(112, "16 MB of holes", () => FileMapping.Create(sparse, name));
            Traces.Fails<IOException>(112, "growing to 2 MB", () => FileMapping.Create(small, name, size: 2 << 20));
            Traces.Fails<IOException>(112, "growing to what the rest no longer holds", () => FileMapping.Create(small, name, size: 600 << 10));
            Assert.Equal(16 << 20, new FileInfo(sparse).Length);
            Assert.Equal([1, 2, 3], File.ReadAllBytes(small));

            // For reading nothing is promised: the holes are there as zeros.
            using FileMapping mapping = FileMapping.Create(sparse, name, PageProtection.ReadOnly);
            using MappedView view = mapping.MapView(ViewAccess.Read);
            Assert.Equal(42, view.At<byte>(8 << 20));
            Assert.Equal(0, view.At<byte>(0));
        }

        // With room it works, and then writing to every page cannot fail.
        File.Delete(ballast);
        using (FileMapping mapping = FileMapping.Create(small, size: 600 << 10))
        using (MappedView view = mapping.MapView())
        {
            File.WriteAllBytes(ballast, new byte[300 << 10]);
            view.AsSpan().Fill(7);
        }
    }

    [ChildScenario]
    internal static void FindNoStore(string[] arguments)
    {
        for (int i = 0; i < 2; i++)
        {
            Exception e = Assert.ThrowsAny<Exception>(() => FileMapping.CreateInMemory(4096, "name"));
            Assert.Contains(Win32.ErrorOf(e), (int[])[2, 3, 5, 50]);
            Assert.Contains("CROSSMAP_ROOT", e.Message, StringComparison.Ordinal);
        }

        using FileMapping unnamed = FileMapping.CreateInMemory(4096);
        Assert.Equal(4096, unnamed.Size);
    }
}
