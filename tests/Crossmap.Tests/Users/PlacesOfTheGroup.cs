using Crossmap.Objects;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>Places of sections in <c>Global\</c>: one set for all users, or none at all.</summary>
public class PlacesOfTheGroup
{
    private const int Group = 4711;
    private const int Alice = 65534, Bob = 65533;

    [Fact]
    public void Place_that_one_user_holds_is_taken_for_the_other_until_he_is_killed()
    {
        using PrivateRoot root = SharedWithTheGroup.SetUp();
        using ChildProcess alice = root.StartUnder(Linux.AsUser(Alice, Group), Share);
        alice.Expect("held");
        using ChildProcess bob = root.StartUnder(Linux.AsUser(Bob, Group), Watch);
        bob.Expect("watching");
        root.Run(CountHandles);
        alice.Kill();
        bob.Expect("taken");
        bob.Finish();
    }

    [Fact]
    public void Section_over_a_file_that_several_users_share_has_no_places()
    {
        using PrivateRoot root = SharedWithTheGroup.SetUp();
        using ChildProcess alice = root.StartUnder(Linux.AsUser(Alice, Group), ShareFile);
        alice.Expect("shared");
        root.RunUnder(Linux.AsUser(Bob, Group), FindNoPlaces);
        alice.Finish();
    }

    [ChildScenario]
    internal static void Share(string[] arguments)
    {
        using FileMapping mapping = FileMapping.CreateInMemory(4096, @"Global\places", options: new FileMappingOptions { Audience = ObjectAudience.Group });
        using Places places = mapping.OpenPlaces();
        using IDisposable? taken = places.TryTake(8);
        Console.WriteLine(taken is null ? "refused" : "held");
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void Watch(string[] arguments)
    {
        using FileMapping mapping = FileMapping.Open(@"Global\places");
        using Places places = mapping.OpenPlaces();
        Assert.True(places.IsTaken(8));
        Assert.Null(places.TryTake(8));
        using IDisposable? other = places.TryTake(9);
        Assert.NotNull(other);
        Console.WriteLine("watching");
        Assert.True(places.WaitUntilEmpty(8));
        using IDisposable? taken = places.TryTake(8);
        Console.WriteLine(taken is null ? "refused" : "taken");
    }

    /// <summary>As root, who may look into both processes.</summary>
    [ChildScenario]
    internal static void CountHandles(string[] arguments) => Assert.Equal(2, Assert.Single(NamedObjects.List()).HandleCount);

    [ChildScenario]
    internal static void ShareFile(string[] arguments)
    {
        using var file = new TemporaryFile(4096);
        File.SetUnixFileMode(file.Path, (UnixFileMode)0x1B6);
        using FileMapping shared = FileMapping.Create(file.Path, @"Global\file", options: new FileMappingOptions { Audience = ObjectAudience.Group });
        Win32.Fails<PlatformNotSupportedException>(50, () => shared.OpenPlaces());

        // One that nobody else may open has them, wherever its name is.
        using FileMapping own = FileMapping.Create(file.Path, @"Global\own");
        using Places places = own.OpenPlaces();
        Assert.False(places.IsTaken(0));
        Console.WriteLine("shared");
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void FindNoPlaces(string[] arguments)
    {
        using FileMapping shared = FileMapping.Open(@"Global\file");
        Win32.Fails<PlatformNotSupportedException>(50, () => shared.OpenPlaces());
    }
}
