using System.Globalization;
using Crossmap.Objects;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>The numbered places of a section: who has one, has it until he lets go or dies, and everybody can tell.</summary>
public class SectionPlaces
{
    [Fact]
    public void Place_that_another_process_holds_is_taken_until_it_lets_go()
    {
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        using Places places = mapping.OpenPlaces();
        using ChildProcess child = ChildProcess.Start(Hold, "name", name, "7");
        child.Expect("held");
        Assert.True(places.IsTaken(7));
        Assert.Null(places.TryTake(7));
        Assert.False(places.IsTaken(6));
        Assert.False(places.IsTaken(8));
        child.Send("let go");
        child.Expect("let go");
        Assert.False(places.IsTaken(7));
        using IDisposable? mine = places.TryTake(7);
        Assert.NotNull(mine);
        child.Send("again");
        child.Expect("refused");
        child.Finish();
    }

    [Fact]
    public void Place_is_taken_for_the_process_that_holds_it_too()
    {
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        using FileMapping duplicate = mapping.Duplicate(MappingRights.MapRead | MappingRights.Query);
        using FileMapping opened = FileMapping.Open(name);
        using Places places = mapping.OpenPlaces(), same = mapping.OpenPlaces(), duplicates = duplicate.OpenPlaces(), others = opened.OpenPlaces();
        using (IDisposable? taken = places.TryTake(0))
        {
            Assert.NotNull(taken);
            Assert.All([places, same, duplicates, others], seen =>
            {
                Assert.True(seen.IsTaken(0));
                Assert.Null(seen.TryTake(0));
            });
        }

        using IDisposable? again = others.TryTake(0);
        Assert.NotNull(again);
        Assert.True(places.IsTaken(0));
    }

    [Fact]
    public void Every_place_can_be_held_at_once()
    {
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        using Places places = mapping.OpenPlaces();
        IDisposable?[] taken = [.. Enumerable.Range(0, Places.Count).Select(places.TryTake)];
        Assert.DoesNotContain(null, taken);
        using ChildProcess child = ChildProcess.Start(TakeAny, name);
        child.Expect("none");
        taken[Places.Count - 1]!.Dispose();
        child.Send("again");
        child.Expect("255");
        Assert.Null(places.TryTake(Places.Count - 1));
        child.Finish();
        Array.ForEach(taken, place => place!.Dispose());
        Assert.DoesNotContain(Enumerable.Range(0, Places.Count), places.IsTaken);
    }

    [Fact]
    public void Place_stays_taken_when_its_section_and_places_are_closed()
    {
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        using Places watched = mapping.OpenPlaces();
        IDisposable? taken;
        using (FileMapping opened = FileMapping.Open(name))
        using (Places places = opened.OpenPlaces())
        {
            taken = places.TryTake(3);
        }

        Assert.True(watched.IsTaken(3));
        taken!.Dispose();
        taken.Dispose();
        Assert.False(watched.IsTaken(3));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Watchers_in_all_processes_come_through_when_the_holder_is_killed(bool isFile)
    {
        using var file = new TemporaryFile(4096);
        string name = UniqueName.Create();
        using FileMapping mapping = isFile ? FileMapping.Create(file.Path, name) : FileMapping.CreateInMemory(4096, name);
        using Places places = mapping.OpenPlaces();
        using ChildProcess holder = ChildProcess.Start(Hold, "name", name, "200");
        holder.Expect("held");
        using ChildProcess other = ChildProcess.Start(Watch, name, "200");
        other.Expect("watching");
        using var thread = new OtherThread();
        using var second = new OtherThread();
        OtherThread.Step[] steps = [thread.Begin(() => Assert.True(places.WaitUntilEmpty(200))), second.Begin(() => Assert.True(places.WaitUntilEmpty(200)))];
        Assert.DoesNotContain(steps, step => step.IsOver);
        holder.Kill();
        Array.ForEach(steps, step => step.Finish());
        other.Expect("empty");
        other.Finish();
        Assert.False(places.IsTaken(200));
        using IDisposable? taken = places.TryTake(200);
        Assert.NotNull(taken);
    }

    [Fact]
    public void Watcher_comes_through_when_the_holder_lets_go_or_ends_without()
    {
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        using Places places = mapping.OpenPlaces();
        using var thread = new OtherThread();
        thread.Do(() => Assert.True(places.WaitUntilEmpty(9)));
        IDisposable? own = places.TryTake(9);
        OtherThread.Step step = thread.Begin(() => Assert.True(places.WaitUntilEmpty(9)));
        own!.Dispose();
        step.Finish();
        using ChildProcess child = ChildProcess.Start(Hold, "name", name, "9");
        child.Expect("held");
        step = thread.Begin(() => Assert.True(places.WaitUntilEmpty(9)));
        child.Send("end");
        step.Finish();
        child.Finish();
    }

    [Fact]
    public void All_names_of_a_file_and_none_share_its_places()
    {
        using var file = new TemporaryFile(4096);
        using FileMapping named = FileMapping.Create(file.Path, UniqueName.Create());
        using FileMapping another = FileMapping.Create(file.Path, UniqueName.Create(), PageProtection.ReadOnly);
        using Places places = named.OpenPlaces(), others = another.OpenPlaces();
        using ChildProcess child = ChildProcess.Start(Hold, "file", file.Path, "255");
        child.Expect("held");
        Assert.True(places.IsTaken(255));
        Assert.Null(others.TryTake(255));
        child.Kill();
        using IDisposable? taken = others.TryTake(255);
        Assert.NotNull(taken);
        Assert.True(places.IsTaken(255));
    }

    [Fact]
    public void Places_of_different_sections_are_different()
    {
        using var file = new TemporaryFile(4096);
        using var otherFile = new TemporaryFile(4096);
        string name = UniqueName.Create();
        using FileMapping memory = FileMapping.CreateInMemory(4096, name), otherMemory = FileMapping.CreateInMemory(4096, name + "0");
        using FileMapping first = FileMapping.Create(file.Path), second = FileMapping.Create(otherFile.Path);
        using Places a = memory.OpenPlaces(), b = otherMemory.OpenPlaces(), c = first.OpenPlaces(), d = second.OpenPlaces();
        IDisposable?[] taken = [a.TryTake(1), b.TryTake(1), c.TryTake(1), d.TryTake(1)];
        Assert.DoesNotContain(null, taken);
        Array.ForEach(taken, place => place!.Dispose());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(Places.Count)]
    public void There_are_no_other_places(int place)
    {
        using FileMapping mapping = FileMapping.CreateInMemory(4096, UniqueName.Create());
        using Places places = mapping.OpenPlaces();
        Assert.Throws<ArgumentOutOfRangeException>(() => places.TryTake(place));
        Assert.Throws<ArgumentOutOfRangeException>(() => places.IsTaken(place));
        Assert.Throws<ArgumentOutOfRangeException>(() => places.WaitUntilEmpty(place));
    }

    [Fact]
    public void Closed_places_are_refused()
    {
        using FileMapping mapping = FileMapping.CreateInMemory(4096, UniqueName.Create());
        Places places = mapping.OpenPlaces();
        places.Dispose();
        Assert.Throws<ObjectDisposedException>(() => places.TryTake(0));
        Assert.Throws<ObjectDisposedException>(() => places.IsTaken(0));
        Assert.Throws<ObjectDisposedException>(() => places.WaitUntilEmpty(0));
        mapping.Dispose();
        Assert.Throws<ObjectDisposedException>(mapping.OpenPlaces);
    }

    [Fact]
    public void Unnamed_memory_has_no_places_on_Windows()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "On Linux it has: children may inherit it.");
        using FileMapping mapping = FileMapping.CreateInMemory(4096);
        Win32.Fails<ArgumentException>(87, () => mapping.OpenPlaces());
    }

    [Fact]
    public void Watcher_is_told_on_Windows_when_its_places_are_closed()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "On Linux the wait goes on until the place is empty.");
        using FileMapping mapping = FileMapping.CreateInMemory(4096, UniqueName.Create());
        using Places places = mapping.OpenPlaces(), closed = mapping.OpenPlaces();
        using IDisposable? taken = places.TryTake(0);
        using var thread = new OtherThread();
        using var begun = new ManualResetEventSlim();
        OtherThread.Step watcher = thread.Begin(() =>
        {
            begun.Set();
            try
            {
                Assert.False(closed.WaitUntilEmpty(0));
            }
            catch (ObjectDisposedException)
            {
                // It was closed before the wait began.
            }
        });
        begun.Wait(ChildProcess.Watchdog, TestContext.Current.CancellationToken);
        closed.Dispose();
        watcher.Finish();
        Assert.True(places.IsTaken(0));
    }

    [Fact]
    public void Places_are_no_objects_in_a_listing()
    {
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        using Places places = mapping.OpenPlaces();
        string[] before = Names();
        using IDisposable? taken = places.TryTake(0);
        Assert.NotNull(taken);
        Assert.DoesNotContain(Names().Except(before), found => found.Contains("place", StringComparison.OrdinalIgnoreCase));
        Assert.Contains(name, before);

        static string[] Names() => [.. NamedObjects.List().Select(info => info.Name)];
    }

    /// <summary>Each who comes through has a lock for a moment, which is nobody's hold.</summary>
    [Fact]
    public void Watchers_passing_through_are_no_takers()
    {
        const int rounds = 500;
        using FileMapping mapping = FileMapping.CreateInMemory(4096, UniqueName.Create());
        using Places places = mapping.OpenPlaces();
        bool isOver = false;
        using var thread = new OtherThread();
        OtherThread.Step watcher = thread.Begin(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                Assert.True(places.WaitUntilEmpty(5));
            }
        });
        int refused = 0;
        try
        {
            for (int i = 0; i < rounds; i++)
            {
                Assert.False(places.IsTaken(5));
                IDisposable? taken = places.TryTake(5);
                refused += taken is null ? 1 : 0;
                Assert.Equal(taken is not null, places.IsTaken(5));
                taken?.Dispose();
            }
        }
        finally
        {
            Volatile.Write(ref isOver, true);
            watcher.Finish();
        }

        // Who is stopped by the scheduler just then may have it for longer than anybody tries.
        Assert.InRange(refused, 0, OperatingSystem.IsWindows() ? 0 : rounds / 50);
    }

    private static FileMapping Section(string kind, string which) => kind switch
    {
        "name" => FileMapping.Open(which),
        "file" => FileMapping.Create(which),
        _ => FileMapping.FromInheritedHandle(which),
    };

    /// <summary>Takes a place; lets it go at the first word, tries again at the second. At "end" it ends, and the place with it.</summary>
    [ChildScenario]
    internal static void Hold(string[] arguments)
    {
        using FileMapping mapping = Section(arguments[0], arguments[1]);
        using Places places = mapping.OpenPlaces();
        int place = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        IDisposable? taken = places.TryTake(place);
        Console.WriteLine(taken is null ? "refused" : "held");
        if (Console.ReadLine() is null or "end")
        {
            return;
        }

        taken?.Dispose();
        Console.WriteLine("let go");
        Console.ReadLine();
        Console.WriteLine(places.TryTake(place) is null ? "refused" : "held");
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void TakeAny(string[] arguments)
    {
        using FileMapping mapping = FileMapping.Open(arguments[0]);
        using Places places = mapping.OpenPlaces();
        for (string? line = ""; line is not null; line = Console.ReadLine())
        {
            int taken = Enumerable.Range(0, Places.Count).FirstOrDefault(place => places.TryTake(place) is not null, -1);
            Console.WriteLine(taken < 0 ? "none" : taken.ToString(CultureInfo.InvariantCulture));
        }
    }

    [ChildScenario]
    internal static void Watch(string[] arguments)
    {
        using FileMapping mapping = FileMapping.Open(arguments[0]);
        using Places places = mapping.OpenPlaces();
        int place = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        Console.WriteLine(places.IsTaken(place) ? "watching" : "empty already");
        Console.WriteLine(places.WaitUntilEmpty(place) ? "empty" : "ended early");
    }
}
