using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Crossmap.Linux;
using Crossmap.Objects;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>Places as Linux has them: locks in the store, which keep nothing alive and leave nothing behind.</summary>
public sealed partial class PlacesAsLocks
{
    private const int SIGSTOP = 19;

    [Fact]
    public void Stopped_holder_keeps_its_place()
    {
        Linux.Only();
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        using Places places = mapping.OpenPlaces();
        using ChildProcess child = ChildProcess.Start(SectionPlaces.Hold, "name", name, "7");
        child.Expect("held");
        Assert.Equal(0, kill(child.Id, SIGSTOP));
        Until(() => File.ReadAllText($"/proc/{child.Id}/stat").Contains(") T ", StringComparison.Ordinal), "The holder does not stop.");
        Assert.True(places.IsTaken(7));
        Assert.Null(places.TryTake(7));
        using var thread = new OtherThread();
        OtherThread.Step watcher = thread.Begin(() => Assert.True(places.WaitUntilEmpty(7)));
        child.Kill();
        watcher.Finish();
        Assert.False(places.IsTaken(7));
    }

    [Fact]
    public void Program_that_the_holder_started_does_not_keep_its_place()
    {
        Linux.Only();
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        using Places places = mapping.OpenPlaces();
        using ChildProcess child = ChildProcess.Start(HoldAndStart, name);
        int started = int.Parse(child.Receive(), CultureInfo.InvariantCulture);
        using var program = Process.GetProcessById(started);
        try
        {
            Assert.True(places.IsTaken(1));
            child.Kill();
            using var thread = new OtherThread();
            thread.Do(() => Assert.True(places.WaitUntilEmpty(1)));
            Assert.False(places.IsTaken(1));
            Assert.False(program.HasExited);
        }
        finally
        {
            program.Kill();
        }
    }

    [Fact]
    public void Child_shares_the_places_of_unnamed_memory_that_it_inherited()
    {
        Linux.Only();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, options: new() { Inheritability = HandleInheritability.Inheritable });
        using Places places = mapping.OpenPlaces();
        using ChildProcess child = ChildProcess.Start(SectionPlaces.Hold, "handle", mapping.InheritableHandle!, "7");
        child.Expect("held");
        Assert.Null(places.TryTake(7));
        child.Kill();
        Assert.False(places.IsTaken(7));
    }

    /// <summary>A watcher that is stopped while it passes through, or somebody who means harm.</summary>
    [Fact]
    public void Read_lock_that_stays_makes_nobody_wait_for_ever()
    {
        using var root = new PrivateRoot();
        root.Run(GiveUp);
    }

    [Fact]
    public void Nothing_is_left_of_places_that_were_used()
    {
        using var root = new PrivateRoot();
        root.Run(TakeOften);
    }

    [Fact]
    public void Name_of_memory_ends_with_its_last_handle_though_a_place_is_taken_and_watched()
    {
        using var root = new PrivateRoot();
        root.Run(EndName);
    }

    [Fact]
    public void File_keeps_its_entry_while_a_place_is_taken_and_no_longer()
    {
        using var root = new PrivateRoot();
        root.Run(KeepEntry);
    }

    [Fact]
    public void Places_are_no_handles_in_a_listing()
    {
        Linux.Only();
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        using Places places = mapping.OpenPlaces();
        using IDisposable? taken = places.TryTake(0);
        using ChildProcess child = ChildProcess.Start(SectionPlaces.Hold, "name", name, "1");
        child.Expect("held");
        NamedObjectInfo info = Assert.Single(NamedObjects.List(), info => info.Name == name);
        Assert.Equal(2, info.HandleCount);
        Assert.Equal([.. new[] { Environment.ProcessId, child.Id }.Order()], info.Holders);
        child.Finish();
    }

    [ChildScenario]
    internal static void HoldAndStart(string[] arguments)
    {
        using FileMapping mapping = FileMapping.Open(arguments[0]);
        using Places places = mapping.OpenPlaces();
        using IDisposable? taken = places.TryTake(1);
        using var program = Process.Start(new ProcessStartInfo("sleep", "600") { RedirectStandardOutput = true, RedirectStandardError = true });
        Console.WriteLine(program!.Id);
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void GiveUp(string[] arguments)
    {
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        using Places places = mapping.OpenPlaces();
        using (new ObjectFile.Hold(ObjectFile.PathOf(name), LinuxPlaces.First + 4))
        {
            Assert.Null(places.TryTake(4));
            Assert.False(places.IsTaken(4));
            Assert.True(places.WaitUntilEmpty(4));
        }

        using IDisposable? taken = places.TryTake(4);
        Assert.NotNull(taken);
    }

    [ChildScenario]
    internal static void TakeOften(string[] arguments)
    {
        Traces.WarmUp();
        using var file = new TemporaryFile(4096);
        Traces.Unchanged("taking places", () =>
        {
            using FileMapping memory = FileMapping.CreateInMemory(4096, UniqueName.Create());
            using FileMapping mapping = FileMapping.Create(file.Path);
            using Places a = memory.OpenPlaces(), b = mapping.OpenPlaces();
            for (int i = 0; i < 1000; i++)
            {
                using IDisposable? first = a.TryTake(i % Places.Count), second = b.TryTake(i % Places.Count);
                Assert.NotNull(first);
                Assert.NotNull(second);
                Assert.Null(a.TryTake(i % Places.Count));
                Assert.True(a.WaitUntilEmpty((i + 1) % Places.Count));
            }

            Traces.Unchanged("a place taken and let go", () => a.TryTake(0)!.Dispose());
            Traces.Unchanged("a place refused", () =>
            {
                using IDisposable? taken = b.TryTake(0);
                using IDisposable? none = b.TryTake(0);
                Assert.Null(none);
            });
        });
    }

    [ChildScenario]
    internal static void EndName(string[] arguments)
    {
        Traces.WarmUp();
        using var thread = new OtherThread();
        Traces.Unchanged("a watched place", () =>
        {
            string name = UniqueName.Create();
            FileMapping mapping = FileMapping.CreateInMemory(4096, name);
            Places places = mapping.OpenPlaces();
            IDisposable? taken = places.TryTake(4);
            OtherThread.Step watcher = thread.Begin(() => Assert.True(places.WaitUntilEmpty(4)));
            AwaitWatcher(name, 4);
            mapping.Dispose();
            Assert.False(FileMapping.TryOpen(name, out _));

            // Another section of that name has places of its own.
            using FileMapping anew = FileMapping.CreateInMemory(4096, name);
            using Places others = anew.OpenPlaces();
            Assert.True(anew.CreatedNew);
            Assert.False(others.IsTaken(4));
            Assert.True(places.IsTaken(4));
            places.Dispose();
            Assert.False(watcher.IsOver);
            taken!.Dispose();
            watcher.Finish();
        });
    }

    [ChildScenario]
    internal static void KeepEntry(string[] arguments)
    {
        Traces.WarmUp();
        using var file = new TemporaryFile(4096);
        Traces.Unchanged("a place of a file", () =>
        {
            FileMapping mapping = FileMapping.Create(file.Path);
            Places places = mapping.OpenPlaces();
            mapping.Dispose();
            IDisposable? taken = places.TryTake(4);
            places.Dispose();
            Assert.True(MappedFiles.IsMapped(file.Path));
            using (FileMapping again = FileMapping.Create(file.Path))
            using (Places same = again.OpenPlaces())
            {
                Assert.Null(same.TryTake(4));
            }

            taken!.Dispose();
            Assert.False(MappedFiles.IsMapped(file.Path));
        });
    }

    /// <summary>Until the kernel has somebody waiting for the place: its list of locks shows them behind arrows.</summary>
    private static void AwaitWatcher(string name, int place)
    {
        string waited = string.Create(CultureInfo.InvariantCulture, $":{ObjectFile.InodeOf(ObjectFile.PathOf(name))} {LinuxPlaces.First + place} {LinuxPlaces.First + place}");
        Until(() => File.ReadAllLines("/proc/locks").Any(line => line.Contains("->", StringComparison.Ordinal) && line.Contains(waited, StringComparison.Ordinal)), "Nobody waits.");
    }

    private static void Until(Func<bool> condition, string complaint)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < ChildProcess.Watchdog, complaint);
            Thread.Yield();
        }
    }

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}
