using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>Object files that are not what they should be: damaged, foreign, newer, or no files at all.</summary>
public class DamagedObjects
{
    [Fact]
    public void A_damaged_object_that_somebody_holds_is_told_and_left_alone()
    {
        using var root = new PrivateRoot();
        root.Run(OpenDamaged);
    }

    [Fact]
    public void What_is_no_file_in_an_objects_place_is_told_and_left_alone()
    {
        using var root = new PrivateRoot();
        root.Run(OpenWhatIsNoFile);
    }

    [Fact]
    public void A_file_replaced_or_deleted_after_it_was_shared_is_found_through_a_live_holder()
    {
        using var root = new PrivateRoot();
        root.Run(OpenMovedFiles);
    }

    [Fact]
    public void A_file_that_no_holder_can_show_is_not_found()
    {
        using PrivateRoot root = SharedWithTheGroup.SetUp();
        using ChildProcess holder = root.Start(ShareDeletedFile);
        holder.Expect("shared");
        root.RunUnder(Linux.AsUser(Linux.Nobody, 4711), FailToFindFile);
        holder.Finish();
    }

    [ChildScenario]
    internal static void OpenDamaged(string[] arguments)
    {
        Traces.WarmUp();
        (ObjectFile memory, ObjectFile file, ObjectFile semaphore) = SoundOnes();
        var random = new Random(1);
        (string What, int Error, byte[] Bytes)[] damaged =
        [
            ("no bytes", 1392, []),
            ("one byte", 1392, [67]),
            ("half a header", 1392, memory.Bytes[..256]),
            ("one byte short of a header", 1392, memory.Bytes[..511]),
            ("a header alone", 1392, memory.Bytes[..512]),
            ("one byte short of its data", 1392, memory.Bytes[..^1]),
            ("zeros", 1392, new byte[8192]),
            ("random bytes", 1392, Random(random, 8192)),
            ("foreign magic", 1392, memory.With(o => o.Set(0, 0x464C457FL)).Bytes),
            ("newer version", 1306, memory.With(o => o.Set(ObjectFile.Version, 2)).Bytes),
            ("newest version", 1306, memory.With(o => o.Set(ObjectFile.Version, -1)).Bytes),
            ("a flipped bit in the size", 1392, Flipped(memory, ObjectFile.Size)),
            ("a flipped bit in the name", 1392, Flipped(memory, ObjectFile.Text)),
            ("larger than its file", 1392, memory.With(o => o.Set(ObjectFile.Size, 1L << 40)).Bytes),
            ("size negative", 1392, memory.With(o => o.Set(ObjectFile.Size, -1L)).Bytes),
            ("size 0", 1392, memory.With(o => o.Set(ObjectFile.Size, 0L)).Bytes),
            ("data before its header's end", 1392, memory.With(o => o.Set(ObjectFile.DataOffset, 0L)).Bytes),
            ("data at the end of the world", 1392, memory.With(o => o.Set(ObjectFile.DataOffset, long.MaxValue)).Bytes),
            ("name negative", 1392, memory.With(o => o.Set(ObjectFile.NameLength, -1)).Bytes),
            ("name longer than its file", 1392, memory.With(o => { o.Set(ObjectFile.NameLength, 32766); o.Set(ObjectFile.DataOffset, 69632L); }).Bytes),
            ("path longer than any", 1392, file.With(o => o.Set(ObjectFile.PathLength, int.MaxValue)).Bytes),
            ("another's name", 1392, memory.With(o => o.SetText("other", [])).Bytes),
            ("no protection", 1392, memory.With(o => o.Set(ObjectFile.Protection, 0)).Bytes),
            ("all protections", 1392, memory.With(o => o.Set(ObjectFile.Protection, -1)).Bytes),
            ("a file's options on memory", 1392, memory.With(o => o.Set(ObjectFile.Options, 0x0080_0000)).Bytes),
            ("memory's options on a file", 1392, file.With(o => o.Set(ObjectFile.Options, 0x0800_0000)).Bytes),
            ("a path that leads nowhere", 2, file.With(o => o.SetText("name", "/not/there"u8.ToArray())).Bytes),
            ("a path that leads elsewhere", 2, file.With(o => o.SetText("name", "/etc/passwd"u8.ToArray())).Bytes),
            ("a path that is none", 2, file.With(o => o.SetText("name", [0, 255, 254])).Bytes),
            ("larger than the file under it", 1006, file.With(o => o.Set(ObjectFile.Size, 1L << 40)).Bytes),
            ("an unknown kind", 6, memory.With(o => o.Set(ObjectFile.Kind, 99)).Bytes),
            ("a semaphore", 6, semaphore.Bytes),
        ];
        string path = ObjectFile.PathOf("name");
        foreach ((string what, int error, byte[] bytes) in damaged)
        {
            byte[] written = new ObjectFile(bytes).Write(path).Bytes;
            using (ObjectFile.HoldLocal(path))
            {
                foreach (Action open in (Action[])
                    [() => FileMapping.Open("name"), () => FileMapping.TryOpen("name", out _), () => FileMapping.CreateInMemory(4096, "name")])
                {
                    Traces.Unchanged(what, () =>
                    {
                        Exception e = Assert.ThrowsAny<Exception>(open);
                        Assert.True(Win32.ErrorOf(e) == error && e is InvalidDataException == error is 1392 or 1306, $"{what}: expected {error}, got {e}");
                    });
                }

                // Looking at everything does not stumble over it.
                _ = NamedObjects.List();
                Assert.Equal(written, File.ReadAllBytes(path));
            }

            // Nobody holds it any more: a leftover like any other.
            using FileMapping anew = FileMapping.CreateInMemory(4096, "name");
            Assert.True(anew.CreatedNew, what);
        }

        // Sound to the last bit, but another file's: the copy of a live object, moved to its place.
        File.WriteAllBytes(path, memory.Bytes);
        Assert.NotEqual(memory.Int64(ObjectFile.Inode), ObjectFile.InodeOf(path));
        using (ObjectFile.HoldLocal(path))
        {
            Traces.Fails<InvalidDataException>(1392, "a copy", () => FileMapping.Open("name"));
            Traces.Fails<InvalidDataException>(1392, "a copy", () => FileMapping.CreateInMemory(4096, "name"));
            Assert.Empty(NamedObjects.List());
        }

        semaphore.With(o => o.Set(ObjectFile.MaximumCount, 0)).Write(path);
        using (ObjectFile.HoldLocal(path))
        {
            Traces.Fails<InvalidDataException>(1392, "a maximum of 0", () => NamedSemaphore.Open("name"));
        }

        semaphore.With(o => Array.ForEach(ObjectFile.States, at => o.Set(at, -1L))).Write(path);
        using (ObjectFile.HoldLocal(path))
        {
            // A count that is none: nothing to take, nothing to give, and no hang.
            using NamedSemaphore opened = NamedSemaphore.Open("name");
            Assert.False(opened.TryWait());
            Win32.Fails<SemaphoreFullException>(298, () => opened.Release());
        }
    }

    [ChildScenario]
    internal static void OpenWhatIsNoFile(string[] arguments)
    {
        Traces.WarmUp();
        string path = ObjectFile.PathOf("name");
        (_, ObjectFile file, _) = SoundOnes();
        string elsewhere = ObjectFile.PathOf("elsewhere");
        file.Write(elsewhere);
        (string What, Action Make, Action Remove)[] things =
        [
            ("a link", () => File.CreateSymbolicLink(path, elsewhere), () => File.Delete(path)),
            ("a link to nothing", () => File.CreateSymbolicLink(path, "/not/there"), () => File.Delete(path)),
            ("a link to a device", () => File.CreateSymbolicLink(path, "/dev/zero"), () => File.Delete(path)),
            ("a folder", () => Directory.CreateDirectory(path), () => Directory.Delete(path)),
            ("a FIFO", () => Linux.Run("mkfifo", path), () => File.Delete(path)),
        ];
        foreach ((string what, Action make, Action remove) in things)
        {
            make();
            Traces.Fails<InvalidDataException>(1392, what, () => FileMapping.Open("name"));
            Traces.Fails<InvalidDataException>(1392, what, () => FileMapping.CreateInMemory(4096, "name"));
            Traces.Fails<InvalidDataException>(1392, what, () => NamedSemaphore.Create("name", 1, 1));
            Traces.Fails<InvalidDataException>(1392, what, () => NamedObjects.Find("name"));
            Traces.Unchanged(what, () => _ = NamedObjects.List());
            remove();
        }
    }

    [ChildScenario]
    internal static void OpenMovedFiles(string[] arguments)
    {
        Traces.WarmUp();
        using var file = new TemporaryFile([1, 2, 3, 4]);
        string moved = file.Path + ".moved";
        using FileMapping mapping = FileMapping.Create(file.Path, "name");
        void Check(string what) => Traces.Unchanged(what, () =>
        {
            using FileMapping opened = FileMapping.Open("name");
            using MappedView view = opened.MapView();
            Assert.Equal([1, 2, 3, 4], view.AsSpan().ToArray());
        });

        Check("as it was");
        File.Move(file.Path, moved);
        Check("moved");
        File.WriteAllBytes(file.Path, [9, 9, 9, 9]);
        Check("replaced");
        File.Delete(moved);
        Check("replaced and deleted");
        File.Delete(file.Path);
        Check("deleted");
        File.CreateSymbolicLink(file.Path, "/etc/passwd");
        Check("replaced by a link");
        File.Delete(file.Path);

        // Cut by a program that does not ask: told, not touched.
        using var cut = new TemporaryFile(8192);
        using FileMapping overCut = FileMapping.Create(cut.Path, "cut");
        using (FileStream stream = File.OpenWrite(cut.Path))
        {
            stream.SetLength(4096);
        }

        Traces.Fails<IOException>(1006, "cut short", () => FileMapping.Open("cut"));
        Traces.Fails<IOException>(1006, "cut short", () => FileMapping.CreateInMemory(4096, "cut"));
    }

    [ChildScenario]
    internal static void ShareDeletedFile(string[] arguments)
    {
        using var file = new TemporaryFile(4096);
        File.SetUnixFileMode(file.Path, (UnixFileMode)0x1B6);
        using FileMapping mapping = FileMapping.Create(file.Path, @"Global\deleted", options: new FileMappingOptions { Audience = ObjectAudience.Group });
        File.Delete(file.Path);
        Console.WriteLine("shared");
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void FailToFindFile(string[] arguments)
    {
        Traces.WarmUp();
        using (Assert.IsType<FileMapping>(FileMapping.CreateInMemory(4096, @"Global\warm")))
        {
        }

        Traces.Fails<FileNotFoundException>(2, "deleted", () => FileMapping.Open(@"Global\deleted"));
        Traces.Fails<FileNotFoundException>(2, "deleted", () => FileMapping.CreateInMemory(4096, @"Global\deleted"));
    }

    internal static (ObjectFile Memory, ObjectFile File, ObjectFile Semaphore) SoundOnes()
    {
        ObjectFile memory, semaphore;
        using (FileMapping.CreateInMemory(4096, "name"))
        {
            memory = ObjectFile.Of("name");
        }

        using (NamedSemaphore.Create("name", 1, 3))
        {
            semaphore = ObjectFile.Of("name");
        }

        return (memory, ObjectFile.Over("name", Environment.ProcessPath!), semaphore);
    }

    private static byte[] Random(Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Flipped(ObjectFile file, int at)
    {
        byte[] bytes = [.. file.Bytes];
        bytes[at] ^= 1;
        return bytes;
    }
}
