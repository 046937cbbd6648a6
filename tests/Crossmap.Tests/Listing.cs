using Crossmap.Linux;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>List shows what somebody holds, and nothing else that a lock stands on for a moment.</summary>
public class Listing
{
    /// <summary>Whoever buries a leftover has the exclusive lock for a few calls: that is no holder.</summary>
    [Fact]
    public void A_killed_holders_object_is_not_listed_while_somebody_buries_it()
    {
        using var root = new PrivateRoot();
        using (ChildProcess child = root.Start(KilledHolder.Hold, "name"))
        {
            child.Expect("held");
            child.Kill();
        }

        root.Run(ListWhileBuried, "name");
    }

    /// <summary>Whoever opens a name may come to hold its old file for a few calls, until he sees that the name does not lead to it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_without_its_name_is_not_held_whoever_locks_it(bool replaced)
    {
        using var root = new PrivateRoot();
        root.Run(AskForFileWithoutName, $"{replaced}");
    }

    [ChildScenario]
    internal static void ListWhileBuried(string[] arguments)
    {
        string path = ObjectFile.PathOf(arguments[0]);
        int burier = Libc.Open(Libc.AT_FDCWD, Libc.Terminated(path), Libc.O_RDWR);
        Assert.True(burier >= 0 && Libc.Lock(burier, Libc.F_WRLCK, 0), "The leftover is not there, or is held.");
        Assert.Empty(NamedObjects.List());
        Assert.True(File.Exists(path));

        // The same file under a holder's lock: what was missing above was the holder.
        Assert.True(Libc.Lock(burier, Libc.F_RDLCK, 0));
        Assert.Equal(arguments[0], Assert.Single(NamedObjects.List()).Name);
        _ = Libc.close(burier);
    }

    [ChildScenario]
    internal static void AskForFileWithoutName(string[] arguments)
    {
        using FileMapping mapping = FileMapping.CreateInMemory(4096, "name");
        string path = ObjectFile.PathOf("name");
        byte[] fileName = Libc.Terminated("name");
        StoreFolder folder = StoreFolder.For(isGlobal: false);
        int fd = Libc.Open(Libc.AT_FDCWD, Libc.Terminated(path), Libc.O_RDONLY);
        Assert.True(Libc.Status(fd, out Libc.FileStatus status));
        LivenessLock liveness = LivenessLock.For(folder, fd, status.Inode);
        Assert.True(liveness.IsHeldByOthers(folder, fileName, in status));
        File.Delete(path);
        if (bool.Parse(arguments[0]))
        {
            using FileMapping another = FileMapping.CreateInMemory(4096, "name");
            Assert.False(liveness.IsHeldByOthers(folder, fileName, in status));
        }

        Assert.False(liveness.IsHeldByOthers(folder, fileName, in status));
        _ = Libc.close(fd);
    }
}
