using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>
/// What a member of the group can do to a process of root through the folder of <c>Global\</c>: names he may spoil, for members trust each
/// other with names; but root's process neither hangs, nor crashes, nor opens what it was not meant to (promise 4).
/// </summary>
public class HostileMembers
{
    internal const int Group = 4711, Mallory = 65534, Bob = 65533;

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
                o.Set(ObjectFile.Inode, ObjectFile.InodeOf(path));
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
    internal static void SwapFiles(string[] arguments)
    {
        // In the test's own folder: this process ends by being killed, and removes nothing.
        string own = Path.Combine(Environment.GetEnvironmentVariable("CROSSMAP_ROOT")!, "swapping"), other = own + ".other", link = own + ".link";
        File.WriteAllText(own, "sound");
        using FileMapping mapping = FileMapping.Create(own, @"Global\swapping", options: ForGroup);
        File.SetUnixFileMode(own, (UnixFileMode)0x1B6);
        Console.WriteLine("ready");
        while (true)
        {
            File.Move(own, other);
            File.CreateSymbolicLink(link, arguments[0]);
            File.Move(link, own);
            File.Move(other, own, overwrite: true);
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

    internal static readonly FileMappingOptions ForGroup = new() { Audience = ObjectAudience.Group };

    internal static string InGlobal(string file) => Path.Combine(Environment.GetEnvironmentVariable("CROSSMAP_ROOT")!, "crossmap-global", file);

    internal static void SayAndWait()
    {
        Console.WriteLine("ready");
        Console.ReadLine();
    }
}
