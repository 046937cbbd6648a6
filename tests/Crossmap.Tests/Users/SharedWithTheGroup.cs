using System.Globalization;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>
/// The folder of <c>Global\</c>, set up for a group: what members share and keep, and what becomes of names when members are killed. The
/// group has a number only; no account is needed.
/// </summary>
public class SharedWithTheGroup
{
    private const int Group = 4711;
    private const int Alice = 65534, Bob = 65533;

    [Fact]
    public void A_member_opens_what_is_shared_with_the_group_and_not_what_is_kept()
    {
        using PrivateRoot root = SetUp();
        using ChildProcess alice = root.StartUnder(Linux.AsUser(Alice, Group), Share);
        alice.Expect("shared");
        root.RunUnder(Linux.AsUser(Bob, Group), UseAsMember);
        root.RunUnder(Linux.AsUser(Bob, Bob), UseAsStranger);
        alice.Expect("changed");
        alice.Finish();
        Assert.Equal([".locks"], Names(root));
    }

    [Theory]
    [InlineData(nameof(ObjectAudience.Owner))]
    [InlineData(nameof(ObjectAudience.Group))]
    public void A_killed_members_name_is_free_for_another_member_at_once(string audience)
    {
        using PrivateRoot root = SetUp();
        for (int round = 0; round < 3; round++)
        {
            using ChildProcess alice = root.StartUnder(Linux.AsUser(Alice, Group), HoldGlobal, audience);
            alice.Expect("held");
            alice.Kill();
            root.RunUnder(Linux.AsUser(Bob, Group), CreateGlobal, audience);
        }

        Assert.Equal([".locks"], Names(root));
    }

    [Fact]
    public void A_sweep_by_a_member_removes_what_another_left_and_nothing_that_lives()
    {
        using PrivateRoot root = SetUp();
        using ChildProcess living = root.StartUnder(Linux.AsUser(Bob, Group), HoldGlobal, nameof(ObjectAudience.Owner), "living");
        living.Expect("held");
        foreach (string name in (string[])["dead-1", "dead-2"])
        {
            using ChildProcess dead = root.StartUnder(Linux.AsUser(Alice, Group), HoldGlobal, nameof(ObjectAudience.Owner), name);
            dead.Expect("held");
            dead.Kill();
        }

        root.RunUnder(Linux.AsUser(Bob, Group), Sweep);
        Assert.Equal([".locks", "living"], Names(root));
        living.Finish();
        Assert.Equal([".locks"], Names(root));
    }

    [Fact]
    public void Without_the_folder_only_root_has_global_names_and_others_are_told_what_to_do()
    {
        Linux.OnlyAsRoot();
        using var root = new PrivateRoot();
        root.RunUnder(Linux.AsUser(Alice, Alice), FailsForWantOfTheFolder);
        root.Run(HoldsOneGlobal);
        root.RunUnder(Linux.AsUser(Alice, Alice), UseAsStranger);
    }

    [Fact]
    public void A_semaphore_of_the_group_hands_turns_over_between_users()
    {
        using PrivateRoot root = SetUp();
        using ChildProcess alice = root.StartUnder(Linux.AsUser(Alice, Group), GiveTurn);
        alice.Expect("waiting");
        root.RunUnder(Linux.AsUser(Bob, Group), TakeTurn);
        alice.Finish();
    }

    internal static PrivateRoot SetUp()
    {
        Linux.OnlyAsRoot();
        var root = new PrivateRoot();
        root.Run(MakeFolder, Group.ToString(CultureInfo.InvariantCulture));
        return root;
    }

    private static string[] Names(PrivateRoot root) =>
        [.. new DirectoryInfo(root.Global).EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = 0 }).Select(f => f.Name).Order(StringComparer.Ordinal)];

    [ChildScenario]
    internal static void MakeFolder(string[] arguments)
    {
        string folder = NamedObjects.SetUpGlobal(arguments[0]);
        Assert.Equal((UnixFileMode)0x5F8, File.GetUnixFileMode(folder));

        // Again, beside a live object: it only checks.
        using FileMapping mapping = FileMapping.CreateInMemory(4096, @"Global\beside");
        Assert.Equal(folder, NamedObjects.SetUpGlobal(arguments[0]));
        using FileMapping again = FileMapping.Open(@"Global\beside");
    }

    [ChildScenario]
    internal static void Share(string[] arguments)
    {
        var forGroup = new FileMappingOptions { Audience = ObjectAudience.Group };
        using FileMapping kept = FileMapping.CreateInMemory(4096, @"Global\kept");
        using FileMapping memory = FileMapping.CreateInMemory(4096, @"Global\memory", options: forGroup);
        using var temporary = new TemporaryFile([1, 2, 3, 4]);
        File.SetUnixFileMode(temporary.Path, (UnixFileMode)0x1B6);
        using FileMapping file = FileMapping.Create(temporary.Path, @"Global\file", options: forGroup);
        using var keptFile = new TemporaryFile([5, 6, 7, 8]);
        File.SetUnixFileMode(keptFile.Path, PrivateRoot.OwnerOnly);
        using FileMapping overKept = FileMapping.Create(keptFile.Path, @"Global\over-kept", options: forGroup);
        using MappedView view = memory.MapView();
        using MappedView fileView = file.MapView();
        using NamedSemaphore changed = NamedSemaphore.Create(@"Global\changed", 0, 1, ObjectAudience.Group);
        Console.WriteLine("shared");
        Assert.True(changed.Wait(ChildProcess.Watchdog));
        Assert.Equal(42, view.At<byte>(7));
        Assert.Equal(43, fileView.At<byte>(2));
        Console.WriteLine("changed");
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void UseAsMember(string[] arguments)
    {
        Traces.WarmUp();
        using (NamedSemaphore warm = NamedSemaphore.Open(@"Global\changed"))
        {
        }

        Traces.Fails<UnauthorizedAccessException>(5, "opening what is kept", () => FileMapping.Open(@"Global\kept"));
        Traces.Fails<UnauthorizedAccessException>(5, "creating over what is kept", () => FileMapping.CreateInMemory(4096, @"Global\kept"));
        Traces.Fails<UnauthorizedAccessException>(5, "opening a shared name over a file that is kept", () => FileMapping.Open(@"Global\over-kept"));
        Traces.Unchanged("using what is shared", () =>
        {
            using FileMapping memory = FileMapping.Open(@"Global\memory");
            using MappedView view = memory.MapView();
            view.At<byte>(7) = 42;
            using FileMapping file = FileMapping.Open(@"Global\file");
            using FileMapping duplicate = file.Duplicate(MappingRights.MapRead);
            using MappedView fileView = file.MapView();
            Assert.Equal(3, fileView.At<byte>(2));
            fileView.At<byte>(2) = 43;
        });
        string[] seen = [.. NamedObjects.List().Select(o => o.Name)];
        Assert.Contains(@"Global\memory", seen);
        Assert.DoesNotContain(@"Global\kept", seen);
        using NamedSemaphore changed = NamedSemaphore.Open(@"Global\changed");
        changed.Release();
    }

    [ChildScenario]
    internal static void UseAsStranger(string[] arguments)
    {
        Win32.Fails<UnauthorizedAccessException>(5, () => FileMapping.Open(@"Global\memory"));
        Win32.Fails<UnauthorizedAccessException>(5, () => FileMapping.CreateInMemory(4096, @"Global\mine"));
        Assert.Empty(NamedObjects.List());
    }

    [ChildScenario]
    internal static void FailsForWantOfTheFolder(string[] arguments)
    {
        Exception e = Win32.Fails<UnauthorizedAccessException>(5, () => FileMapping.CreateInMemory(4096, @"Global\mine"));
        Assert.Contains("setup-global", e.Message, StringComparison.Ordinal);
    }

    [ChildScenario]
    internal static void HoldsOneGlobal(string[] arguments)
    {
        using FileMapping mapping = FileMapping.CreateInMemory(4096, @"Global\roots");
        Assert.True(mapping.CreatedNew);
    }

    [ChildScenario]
    internal static void HoldGlobal(string[] arguments)
    {
        string name = @"Global\" + (arguments.Length > 1 ? arguments[1] : "contested");
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name, options: new FileMappingOptions { Audience = Enum.Parse<ObjectAudience>(arguments[0]) });
        Console.WriteLine("held");
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void CreateGlobal(string[] arguments)
    {
        using FileMapping mapping = FileMapping.CreateInMemory(8192, @"Global\contested", options: new FileMappingOptions { Audience = Enum.Parse<ObjectAudience>(arguments[0]) });
        Assert.True(mapping.CreatedNew);
        Assert.Equal(8192, mapping.Size);
    }

    [ChildScenario]
    internal static void Sweep(string[] arguments) => NamedObjects.Sweep();

    [ChildScenario]
    internal static void GiveTurn(string[] arguments)
    {
        using NamedSemaphore turn = NamedSemaphore.Create(@"Global\turn", 0, 1, ObjectAudience.Group);
        Console.WriteLine("waiting");
        Assert.True(turn.Wait(ChildProcess.Watchdog));
    }

    [ChildScenario]
    internal static void TakeTurn(string[] arguments)
    {
        using NamedSemaphore turn = NamedSemaphore.Open(@"Global\turn");
        Assert.Equal(0, turn.Release());
    }
}
