using Crossmap.Linux;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>
/// What a member of the group can do to a process of root through the folder of <c>Global\</c>: names he may spoil, for members trust each
/// other with names; but root's process neither hangs, nor crashes, nor opens what it was not meant to (promise 4).
/// </summary>
public class HostileMembers
{
    private const int Group = 4711, Mallory = 65534, Bob = 65533;

    [Fact]
    public void An_object_that_names_somebody_elses_file_is_refused()
    {
        using PrivateRoot root = SharedWithTheGroup.SetUp();
        using var secret = new TemporaryFile(4096);
        using ChildProcess mallory = root.StartUnder(Linux.AsUser(Mallory, Group), ShareSecret, secret.Path);
        mallory.Expect("ready");
        root.Run(Refuse, "bait");
        root.RunUnder(Linux.AsUser(Bob, Group), Refuse, "bait");
        mallory.Finish();
    }

    [Fact]
    public void An_object_over_a_file_cannot_be_aimed_at_another()
    {
        using PrivateRoot root = SharedWithTheGroup.SetUp();
        using var secret = new TemporaryFile("secret"u8.ToArray());
        using ChildProcess owner = root.Start(ShareMemoryAndFile);
        owner.Expect("ready");
        root.RunUnder(Linux.AsUser(Mallory, Group), AimObjectsAt, secret.Path);

        // Over a file it could not be changed at all; memory that was made to name a file is refused.
        root.Run(OpenSound, "file");
        root.Run(Refuse, "memory");
        owner.Finish();
        Assert.Equal("secret"u8.ToArray(), secret.Bytes);
    }

    [Fact]
    public void Links_pipes_and_folders_in_place_of_objects_are_told()
    {
        using PrivateRoot root = SharedWithTheGroup.SetUp();
        using var secret = new TemporaryFile(4096);
        root.RunUnder(Linux.AsUser(Mallory, Group), LayTraps, secret.Path);
        root.Run(StepIntoTraps);
        Assert.Equal(new byte[4096], secret.Bytes);
    }

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

    [Fact]
    public void A_path_that_changes_while_it_is_looked_at_leads_to_the_right_file_or_nowhere()
    {
        using PrivateRoot root = SharedWithTheGroup.SetUp();
        using var secret = new TemporaryFile("secret"u8.ToArray());
        using ChildProcess mallory = root.StartUnder(Linux.AsUser(Mallory, Group), SwapFiles, secret.Path);
        mallory.Expect("ready");
        root.Run(OpenWhatSwaps);
        mallory.Kill();
    }

    [Fact]
    public void An_object_that_claims_to_be_huge_is_only_as_large_as_its_file()
    {
        using PrivateRoot root = SharedWithTheGroup.SetUp();
        using ChildProcess mallory = root.StartUnder(Linux.AsUser(Mallory, Group), ShareHuge);
        mallory.Expect("ready");
        root.Run(OpenHuge);
        mallory.Finish();
    }

    [ChildScenario]
    internal static void ShareSecret(string[] arguments)
    {
        using FileMapping bait = FileMapping.Create(arguments[0], @"Global\bait", PageProtection.ReadOnly, options: ForGroup);
        SayAndWait();
    }

    [ChildScenario]
    internal static void ShareMemoryAndFile(string[] arguments)
    {
        using var temporary = new TemporaryFile("sound"u8.ToArray());
        using FileMapping file = FileMapping.Create(temporary.Path, @"Global\file", options: ForGroup);
        using FileMapping memory = FileMapping.CreateInMemory(4096, @"Global\memory", options: ForGroup);
        SayAndWait();
    }

    [ChildScenario]
    internal static void AimObjectsAt(string[] arguments)
    {
        Assert.ThrowsAny<UnauthorizedAccessException>(() => File.OpenHandle(InGlobal("file"), FileMode.Open, FileAccess.ReadWrite));

        // Device and inode are no secret. The forger takes them from a sound object over the secret, which he may read.
        string path = InGlobal("memory");
        File.Delete(InGlobal("scratch"));
        using FileMapping scratch = FileMapping.Create(arguments[0], @"Global\scratch", PageProtection.ReadOnly);
        byte[] forged = new ObjectFile(File.ReadAllBytes(InGlobal("scratch")))
            .With(o =>
            {
                o.Set(ObjectFile.Protection, (int)PageProtection.ReadWrite);
                o.SetText(@"Global\memory", System.Text.Encoding.UTF8.GetBytes(arguments[0]));
            }).Bytes;
        using FileStream stream = File.Open(path, FileMode.Open, FileAccess.Write);
        stream.Write(forged);
    }

    [ChildScenario]
    internal static void Refuse(string[] arguments)
    {
        string name = @"Global\" + arguments[0];
        Traces.WarmUp();
        using (FileMapping.CreateInMemory(1, @"Global\warm"))
        {
        }

        Traces.Fails<UnauthorizedAccessException>(5, name, () => FileMapping.Open(name, MappingRights.MapRead));
        Traces.Fails<UnauthorizedAccessException>(5, name, () => FileMapping.CreateInMemory(4096, name));
    }

    [ChildScenario]
    internal static void OpenSound(string[] arguments)
    {
        using FileMapping mapping = FileMapping.Open(@"Global\" + arguments[0]);
        using MappedView view = mapping.MapView();
        Assert.Equal("sound"u8.ToArray(), view.AsSpan().ToArray());
    }

    [ChildScenario]
    internal static void LayTraps(string[] arguments)
    {
        File.CreateSymbolicLink(InGlobal("link"), arguments[0]);
        File.CreateSymbolicLink(InGlobal("zero"), "/dev/zero");
        File.CreateSymbolicLink(InGlobal("loop"), InGlobal("loop"));
        Linux.Run("mkfifo", "-m", "666", InGlobal("fifo"));
        Directory.CreateDirectory(InGlobal("folder"));
    }

    [ChildScenario]
    internal static void StepIntoTraps(string[] arguments)
    {
        foreach (string trap in (string[])["link", "zero", "loop", "fifo", "folder"])
        {
            string name = @"Global\" + trap;
            Win32.Fails<InvalidDataException>(1392, () => FileMapping.Open(name));
            Win32.Fails<InvalidDataException>(1392, () => FileMapping.CreateInMemory(4096, name));
            Win32.Fails<InvalidDataException>(1392, () => NamedSemaphore.Create(name, 1, 1));
        }

        _ = NamedObjects.List();
        _ = NamedObjects.Sweep();
    }

    [ChildScenario]
    internal static void LeaseObject(string[] arguments)
    {
        byte[] bytes;
        using (FileMapping.CreateInMemory(4096, @"Global\leased", options: ForGroup))
        {
            bytes = File.ReadAllBytes(InGlobal("leased"));
        }

        File.WriteAllBytes(InGlobal("leased"), bytes);
        Lease(InGlobal("leased"));
    }

    [ChildScenario]
    internal static void LeaseFile(string[] arguments)
    {
        using var file = new TemporaryFile(4096);
        byte[] bytes;
        using (FileMapping.Create(file.Path, @"Global\leased", options: ForGroup))
        {
            bytes = File.ReadAllBytes(InGlobal("leased"));
        }

        // The object without its handle, whose open file would be in the lease's way.
        File.WriteAllBytes(InGlobal("leased"), bytes);
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
        Win32.Fails<IOException>(33, () => FileMapping.CreateInMemory(64 << 20, @"Global\new"));
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

    [ChildScenario]
    internal static void SwapFiles(string[] arguments)
    {
        using var own = new TemporaryFile("sound"u8.ToArray());
        string other = own.Path + ".other", link = own.Path + ".link";
        using FileMapping mapping = FileMapping.Create(own.Path, @"Global\swapping", options: ForGroup);
        File.SetUnixFileMode(own.Path, (UnixFileMode)0x1B6);
        Console.WriteLine("ready");
        while (true)
        {
            File.Move(own.Path, other);
            File.CreateSymbolicLink(link, arguments[0]);
            File.Move(link, own.Path);
            File.Move(other, own.Path, overwrite: true);
        }
    }

    [ChildScenario]
    internal static void OpenWhatSwaps(string[] arguments)
    {
        for (int i = 0; i < 300; i++)
        {
            try
            {
                using FileMapping mapping = FileMapping.Open(@"Global\swapping");
                using MappedView view = mapping.MapView();
                Assert.Equal("sound"u8.ToArray(), view.AsSpan().ToArray());
            }
            catch (FileNotFoundException e) when (Win32.ErrorOf(e) == 2)
            {
                // Moved just now, and moved again when the holder was asked.
            }
        }
    }

    [ChildScenario]
    internal static void ShareHuge(string[] arguments)
    {
        const long size = 1L << 45;
        using FileMapping mapping = FileMapping.CreateInMemory(4096, @"Global\huge", options: ForGroup);
        byte[] forged = new ObjectFile(File.ReadAllBytes(InGlobal("huge"))).With(o => o.Set(ObjectFile.Size, size)).Bytes;
        using FileStream stream = File.Open(InGlobal("huge"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        stream.Write(forged);
        stream.SetLength(size + 4096);
        stream.Flush();
        SayAndWait();
    }

    [ChildScenario]
    internal static void OpenHuge(string[] arguments)
    {
        using FileMapping mapping = FileMapping.Open(@"Global\huge");
        Assert.Equal(1L << 45, mapping.Size);
        using (MappedView view = mapping.MapView(ViewAccess.Read))
        {
            Assert.Equal(0, view.At<byte>((1L << 45) - 1));
        }

        using MappedView end = mapping.MapView(ViewAccess.Read, offset: (1L << 45) - 100);
        Assert.Equal(100, end.Length);
        Win32.Fails<UnauthorizedAccessException>(5, () => mapping.MapView(ViewAccess.Read, offset: 1L << 45));
    }

    private static readonly FileMappingOptions ForGroup = new() { Audience = ObjectAudience.Group };

    private static string InGlobal(string file) => Path.Combine(Environment.GetEnvironmentVariable("CROSSMAP_ROOT")!, "crossmap-global", file);

    /// <summary>Holds a file of the folder as a live handle does.</summary>
    private static FileStream HoldInGlobal(string file)
    {
        Assert.True(Libc.Status(Libc.AT_FDCWD, Libc.Terminated(InGlobal(file)), 0, out Libc.FileStatus status));
        FileStream locks = File.Open(InGlobal(".locks"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        Assert.True(Libc.Lock((int)locks.SafeFileHandle.DangerousGetHandle(), Libc.F_RDLCK, (long)status.Inode));
        return locks;
    }

    private static void SayAndWait()
    {
        Console.WriteLine("ready");
        Console.ReadLine();
    }
}
