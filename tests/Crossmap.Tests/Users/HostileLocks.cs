using Crossmap.Linux;
using Crossmap.Testing;
using static Crossmap.Tests.HostileMembers;

namespace Crossmap.Tests;

/// <summary>What a member of the group can do with locks and leases: names he may spoil, but nobody waits for him without end (promise 4).</summary>
public class HostileLocks
{
    [Theory]
    [InlineData(nameof(LeaseObject))]
    [InlineData(nameof(LeaseFile))]
    public void A_lease_on_an_object_or_its_file_makes_nobody_wait(string attack)
    {
        using PrivateRoot root = SharedWithTheGroup.SetUp();
        using ChildProcess mallory = root.StartUnder(Linux.AsUser(Mallory, Group), attack == nameof(LeaseObject) ? LeaseObject : LeaseFile);
        mallory.Expect("ready");
        root.Run(FailOnTheLease);
        mallory.Finish();
    }

    [Fact]
    public void Who_sits_on_all_locks_stops_nobody_for_ever()
    {
        using PrivateRoot root = SharedWithTheGroup.SetUp();
        using ChildProcess owner = root.Start(ShareMemoryAndFile);
        owner.Expect("ready");
        using ChildProcess mallory = root.StartUnder(Linux.AsUser(Mallory, Group), LockEverything);
        mallory.Expect("ready");
        root.Run(FailOnTheLocks);
        mallory.Kill();
        root.Run(OpenSound, "file");
        owner.Finish();
    }

    [Theory]
    [InlineData("removed")]
    [InlineData("own")]
    [InlineData("link")]
    [InlineData("fifo")]
    [InlineData("folder")]
    public void A_lock_file_that_is_not_roots_is_refused_and_set_up_anew(string what)
    {
        using PrivateRoot root = SharedWithTheGroup.SetUp();
        using var secret = new TemporaryFile(4096);
        File.SetUnixFileMode(secret.Path, PrivateRoot.OwnerOnly);
        root.RunUnder(Linux.AsUser(Mallory, Group), ReplaceLocks, what, secret.Path);
        root.Run(FailWithoutLocks);
        if (what == "folder")
        {
            Directory.Delete(root.Global + "/.locks");
        }

        root.Run(SharedWithTheGroup.MakeFolder, "4711");
        Assert.Equal(PrivateRoot.OwnerOnly, File.GetUnixFileMode(secret.Path));
        root.RunUnder(Linux.AsUser(Mallory, Group), CreateOne);
    }

    [ChildScenario]
    internal static void LeaseObject(string[] arguments)
    {
        ObjectFile leased;
        using (FileMapping.CreateInMemory(4096, @"Global\leased", options: ForGroup))
        {
            leased = new ObjectFile(File.ReadAllBytes(InGlobal("leased")));
        }

        leased.Write(InGlobal("leased"));
        Lease(InGlobal("leased"));
    }

    [ChildScenario]
    internal static void LeaseFile(string[] arguments)
    {
        using var file = new TemporaryFile(4096);
        ObjectFile leased;
        using (FileMapping.Create(file.Path, @"Global\leased", options: ForGroup))
        {
            leased = new ObjectFile(File.ReadAllBytes(InGlobal("leased")));
        }

        // The object without its handle, whose open file would be in the lease's way.
        leased.Write(InGlobal("leased"));
        using FileStream locks = HoldInGlobal("leased");
        Lease(file.Path);
    }

    /// <summary>Takes a lease and keeps it whoever asks for it back.</summary>
    private static void Lease(string path)
    {
        const int F_SETLEASE = 1024, SIGIO = 29;
        using var ignored = System.Runtime.InteropServices.PosixSignalRegistration.Create((System.Runtime.InteropServices.PosixSignal)SIGIO, static c => c.Cancel = true);
        int fd = Libc.Open(Libc.AT_FDCWD, Libc.Terminated(path), Libc.O_RDWR);
        Assert.True(Libc.fcntl(fd, F_SETLEASE, Libc.F_WRLCK) == 0, $"No lease on '{path}': errno {Libc.Errno}.");
        SayAndWait();
    }

    [ChildScenario]
    internal static void FailOnTheLease(string[] arguments)
    {
        Win32.Fails<IOException>(33, () => FileMapping.Open(@"Global\leased"));
        Win32.Fails<IOException>(33, () => FileMapping.CreateInMemory(4096, @"Global\leased"));
        _ = NamedObjects.List();
    }

    [ChildScenario]
    internal static void LockEverything(string[] arguments)
    {
        using FileStream locks = File.Open(InGlobal(".locks"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        int fd = (int)locks.SafeFileHandle.DangerousGetHandle();
        string[] held = Directory.GetFiles(InGlobal(""), "*").Select(f => Path.GetFileName(f)).ToArray();
        Assert.Equal([".locks", "file", "memory"], held.Order(StringComparer.Ordinal));

        // The inodes to come, and not those that are held: on these the owner's locks are in the way.
        Assert.True(Libc.Status(Libc.AT_FDCWD, Libc.Terminated(InGlobal("memory")), 0, out Libc.FileStatus last));
        for (long inode = 1; inode < 200_000; inode++)
        {
            if (!Libc.Lock(fd, Libc.F_WRLCK, (long)last.Inode + inode))
            {
                break;
            }
        }

        SayAndWait();
    }

    [ChildScenario]
    internal static void FailOnTheLocks(string[] arguments)
    {
        IOException e = Win32.Fails<IOException>(33, () => FileMapping.CreateInMemory(64 << 20, @"Global\new"));

        // Each new file has another inode number: a hundred that are locked tell enough, on a busy machine too.
        Assert.Contains(" 100 tries", e.Message, StringComparison.Ordinal);
        using FileMapping held = FileMapping.Open(@"Global\file");
    }

    [ChildScenario]
    internal static void ReplaceLocks(string[] arguments)
    {
        string path = InGlobal(".locks");
        File.Delete(path);
        switch (arguments[0])
        {
            case "own":
                File.WriteAllBytes(path, []);
                break;
            case "link":
                File.CreateSymbolicLink(path, arguments[1]);
                break;
            case "fifo":
                Linux.Run("mkfifo", "-m", "666", path);
                break;
            case "folder":
                Directory.CreateDirectory(path);
                break;
        }
    }

    [ChildScenario]
    internal static void FailWithoutLocks(string[] arguments)
    {
        Exception e = Win32.Fails<UnauthorizedAccessException>(5, () => FileMapping.CreateInMemory(4096, @"Global\one"));
        Assert.Contains("setup-global", e.Message, StringComparison.Ordinal);
        Win32.Fails<UnauthorizedAccessException>(5, () => NamedSemaphore.Create(@"Global\one", 1, 1));

        // What has nothing to do with it goes on.
        using FileMapping local = FileMapping.CreateInMemory(4096, "local");
        Assert.Contains(NamedObjects.List(), o => o.Name == "local");
        _ = NamedObjects.Sweep();
    }

    [ChildScenario]
    internal static void CreateOne(string[] arguments)
    {
        using FileMapping one = FileMapping.CreateInMemory(4096, @"Global\one");
        Assert.True(one.CreatedNew);
    }

    /// <summary>Holds a file of the folder as a live handle does.</summary>
    private static FileStream HoldInGlobal(string file)
    {
        Assert.True(Libc.Status(Libc.AT_FDCWD, Libc.Terminated(InGlobal(file)), 0, out Libc.FileStatus status));
        FileStream locks = File.Open(InGlobal(".locks"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        Assert.True(Libc.Lock((int)locks.SafeFileHandle.DangerousGetHandle(), Libc.F_RDLCK, (long)status.Inode));
        return locks;
    }
}
