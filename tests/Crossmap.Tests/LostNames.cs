using Crossmap.Linux;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>
/// An object may be buried between its opening and its locking. Whoever has the lock then asks whether the name still leads to the file that
/// he locked; here at the moments at which the answer changes.
/// </summary>
public class LostNames
{
    [Theory]
    [InlineData("gone")]
    [InlineData("another's")]
    [InlineData("no file's")]
    public void A_locked_file_that_has_lost_its_name_is_not_opened(string fate)
    {
        using var root = new PrivateRoot();
        root.Run(LoseNameAndAsk, fate);
    }

    [Fact]
    public void A_locked_file_that_has_its_name_is_opened_or_called_corrupt()
    {
        using var root = new PrivateRoot();
        root.Run(KeepNameAndAsk);
    }

    [ChildScenario]
    internal static void LoseNameAndAsk(string[] arguments)
    {
        using FileMapping mapping = FileMapping.CreateInMemory(4096, "name");
        string path = ObjectFile.PathOf("name");
        int locked = Lock(path);
        File.Delete(path);
        using FileMapping? another = arguments[0] == "another's" ? FileMapping.CreateInMemory(8192, "name") : null;
        if (arguments[0] == "no file's")
        {
            Linux.Run("mkfifo", path);
        }

        Traces.Unchanged(arguments[0], () => Assert.False(Ask(locked, out _, out _)));
        _ = Libc.close(locked);
        File.Delete(path);
    }

    [ChildScenario]
    internal static void KeepNameAndAsk(string[] arguments)
    {
        using FileMapping mapping = FileMapping.CreateInMemory(4096, "name");
        string path = ObjectFile.PathOf("name");
        ObjectFile sound = ObjectFile.Of("name");
        int locked = Lock(path);
        Assert.True(Ask(locked, out int file, out Libc.FileStatus status));
        Assert.NotEqual(locked, file);
        Assert.True(Libc.Status(file, out Libc.FileStatus opened));
        Assert.Equal((opened.Inode, opened.Size), (status.Inode, status.Size));
        _ = Libc.close(file);

        // What another file's header says is no proof, and no reason to try again.
        using (FileStream stream = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0))
        {
            stream.Write(sound.With(o => o.Set(ObjectFile.Inode, sound.Int64(ObjectFile.Inode) + 1)).Bytes);
        }

        Traces.Fails<InvalidDataException>(1392, "a copy", () => Ask(locked, out _, out _));
        _ = Libc.close(locked);
    }

    private static int Lock(string path)
    {
        int locked = Libc.Open(Libc.AT_FDCWD, Libc.Terminated(path), Libc.O_RDWR);
        Assert.True(locked >= 0 && Libc.Lock(locked, Libc.F_RDLCK, 0));
        return locked;
    }

    private static bool Ask(int locked, out int file, out Libc.FileStatus status)
    {
        (file, status) = (locked, default);
        return ObjectStore.TryOpenForMapping(StoreFolder.For(isGlobal: false), Libc.Terminated("name"), locked, "the object", ref file, ref status, out _);
    }
}
