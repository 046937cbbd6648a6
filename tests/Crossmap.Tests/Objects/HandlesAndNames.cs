using System.Runtime.CompilerServices;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>Handles by the thousand, forgotten, inherited, and with their folder taken away: what they keep alive and what not.</summary>
public class HandlesAndNames
{
    private const int Cycles = 10_000, Reported = 250;

    [Fact]
    public void Ten_thousand_cycles_leave_no_descriptor_no_mapping_and_no_file()
    {
        using var root = new PrivateRoot();
        using ChildProcess child = root.Start(Cycle);
        for (int done = 0; done < Cycles; done += Reported)
        {
            child.Expect($"{done}");
        }

        child.Finish();
    }

    [Fact]
    public void Thousands_of_objects_live_beside_each_other()
    {
        using var root = new PrivateRoot();
        root.Run(HoldThousands);
    }

    [Fact]
    public void Sixty_four_threads_on_one_name_agree_on_one_object_at_a_time()
    {
        using var root = new PrivateRoot();
        root.Run(ContendForOneName);
    }

    [Fact]
    public void A_forgotten_handle_frees_its_name_and_a_forgotten_view_stays_mapped_and_its_file_in_use()
    {
        using var root = new PrivateRoot();
        root.Run(Forget);
    }

    [Fact]
    public void A_child_inherits_what_it_shall_and_nothing_else()
    {
        using var root = new PrivateRoot();
        root.Run(HandDown);
    }

    [Fact]
    public void A_folder_removed_behind_our_back_is_made_again_and_live_handles_notice_nothing()
    {
        using var root = new PrivateRoot();
        root.Run(LoseTheFolder, root.Local);
    }

    [ChildScenario]
    internal static void Cycle(string[] arguments)
    {
        Traces.WarmUp();
        using var file = new TemporaryFile(100_000);
        Once(file.Path, 0);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        int mappings = File.ReadLines("/proc/self/maps").Count();
        Traces.Unchanged("cycles", () =>
        {
            for (int i = 0; i < Cycles; i++)
            {
                Once(file.Path, i);
                if (i % Reported == 0)
                {
                    Console.WriteLine(i);
                }
            }
        });
        GC.Collect();
        GC.WaitForPendingFinalizers();

        // The runtime maps a little now and then; a leak would show ten thousand.
        Assert.InRange(File.ReadLines("/proc/self/maps").Count(), 1, mappings + 500);
    }

    private static void Once(string file, int i)
    {
        using FileMapping memory = FileMapping.CreateInMemory(4096, "memory");
        using FileMapping opened = FileMapping.Open("memory");
        using MappedView view = opened.MapView();
        view.At<int>(0) = i;
        using FileMapping over = FileMapping.Create(file, "file");
        using MappedView fileView = over.MapView(offset: i % 90_000);
        fileView.At<byte>(0) = 1;
        using NamedSemaphore semaphore = NamedSemaphore.Create("semaphore", 1, 1);
        Assert.True(memory.CreatedNew && over.CreatedNew && semaphore.CreatedNew && semaphore.TryWait());
    }

    [ChildScenario]
    internal static void HoldThousands(string[] arguments)
    {
        Traces.WarmUp();
        Traces.Unchanged("thousands", () =>
        {
            var semaphores = new NamedSemaphore[3000];
            for (int i = 0; i < semaphores.Length; i++)
            {
                semaphores[i] = NamedSemaphore.Create($"semaphore-{i}", i, 3000);
            }

            Assert.Equal(semaphores.Length, NamedObjects.List().Count);
            for (int i = 0; i < semaphores.Length; i++)
            {
                using NamedSemaphore opened = NamedSemaphore.Open($"semaphore-{i}");
                Assert.Equal(i, opened.CurrentCount);
                semaphores[i].Dispose();
            }

            Assert.Empty(NamedObjects.List());
        });
    }

    [ChildScenario]
    internal static void ContendForOneName(string[] arguments)
    {
        Traces.WarmUp();
        Traces.Unchanged("contention", () =>
        {
            int created = 0;
            Exception? failure = null;
            var threads = new Thread[64];
            for (int i = 0; i < threads.Length; i++)
            {
                threads[i] = new Thread(() =>
                {
                    try
                    {
                        for (int round = 0; round < 50; round++)
                        {
                            using FileMapping mapping = FileMapping.CreateInMemory(4096, "one");
                            using MappedView view = mapping.MapView();

                            // Each object is counted once, by its creator; whoever holds it sees the same memory.
                            Interlocked.Add(ref created, mapping.CreatedNew ? 1 : 0);
                            ref long users = ref view.At<long>(8);
                            Interlocked.Increment(ref users);
                            using FileMapping again = FileMapping.Open("one");
                            using MappedView same = again.MapView();
                            Assert.True(same.At<long>(8) >= 1);
                            Interlocked.Decrement(ref users);
                        }
                    }
                    catch (Exception e)
                    {
                        failure = e;
                    }
                });
            }

            foreach (Thread thread in threads)
            {
                thread.Start();
            }

            foreach (Thread thread in threads)
            {
                thread.Join();
            }

            Assert.True(failure is null, $"{failure}");
            Assert.InRange(created, 1, 64 * 50);
            Assert.False(FileMapping.TryOpen("one", out _));
        });
    }

    [ChildScenario]
    internal static void Forget(string[] arguments)
    {
        Traces.WarmUp();
        using var file = new TemporaryFile(4096);
        nint address = ForgetAll(file.Path);
        for (int i = 0; i < 10 && (FileMapping.TryOpen("forgotten", out FileMapping? seen) | FileMapping.TryOpen("inheritable", out FileMapping? other)); i++)
        {
            seen?.Dispose();
            other?.Dispose();
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(FileMapping.TryOpen("forgotten", out _));
        Assert.False(FileMapping.TryOpen("inheritable", out _));
        Assert.False(FileMapping.TryOpen("file", out _));

        // Somebody may have a span into it still.
        unsafe
        {
            Assert.Equal(42, *(byte*)address);
        }

        Assert.True(MappedFiles.IsMapped(file.Path));
        Win32.Fails<IOException>(1224, () => MappedFiles.SetLength(file.Path, 0));
        Win32.Fails<UnauthorizedAccessException>(5, () => MappedFiles.Delete(file.Path));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint ForgetAll(string path)
    {
#pragma warning disable CROSSMAP001, CROSSMAP002 // Forgetting is what is tested.
        FileMapping.CreateInMemory(4096, "forgotten");
        FileMapping.CreateInMemory(4096, "inheritable", options: new FileMappingOptions { Inheritability = HandleInheritability.Inheritable });
        MappedView view = FileMapping.Create(path, "file").MapView();
#pragma warning restore CROSSMAP001, CROSSMAP002
        view.At<byte>(0) = 42;
        return view.Address;
    }

    [ChildScenario]
    internal static void HandDown(string[] arguments)
    {
        Traces.WarmUp();
        using var file = new TemporaryFile([1, 2, 3]);
        var inheritable = new FileMappingOptions { Inheritability = HandleInheritability.Inheritable };
        string[] before = Traces.Now();
        using FileMapping plain = FileMapping.CreateInMemory(4096, "plain");
        using (FileMapping named = FileMapping.CreateInMemory(4096, "named", options: inheritable))
        using (FileMapping unnamed = FileMapping.CreateInMemory(4096, options: inheritable))
        using (FileMapping overFile = FileMapping.Create(file.Path, options: inheritable))
        using (MappedView view = named.MapView())
        {
            view.At<int>(0) = 4711;
            using ChildProcess child = ChildProcess.Start(Inherit, named.InheritableHandle!, unnamed.InheritableHandle!, overFile.InheritableHandle!);
            child.Expect("adopted");
            Assert.Equal(4712, view.At<int>(0));
            named.Dispose();
            plain.Dispose();

            // The child keeps what it was given, and not what it was not.
            using (FileMapping kept = FileMapping.Open("named"))
            {
                Assert.Equal(4096, kept.Size);
            }

            Assert.False(FileMapping.TryOpen("plain", out _));
            child.Kill();
            Assert.False(FileMapping.TryOpen("named", out _));
        }

        Assert.Equal(before, Traces.Now());
        foreach (string nonsense in (string[])["x", "1:2", "0:-1:-1:983071", "-1:-1:-1:4", "99999:-1:-1:4", "::::", "1:2:3:4:5", "2147483648:0:0:0"])
        {
            Traces.Fails<IOException>(6, nonsense, () => FileMapping.FromInheritedHandle(nonsense));
        }
    }

    [ChildScenario]
    internal static void Inherit(string[] arguments)
    {
        using FileMapping named = FileMapping.FromInheritedHandle(arguments[0]), unnamed = FileMapping.FromInheritedHandle(arguments[1]), file = FileMapping.FromInheritedHandle(arguments[2]);
        using MappedView view = named.MapView(), fileView = file.MapView(), unnamedView = unnamed.MapView();
        Assert.Equal(4711, view.At<int>(0)++);
        Assert.Equal([1, 2, 3], fileView.AsSpan().ToArray());
        Assert.Equal(4096, unnamedView.Length);
        Console.WriteLine("adopted");
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void LoseTheFolder(string[] arguments)
    {
        Traces.WarmUp();
        using var file = new TemporaryFile(4096);
        for (int round = 0; round < 3; round++)
        {
            using FileMapping old = FileMapping.CreateInMemory(4096, "name");
            using FileMapping over = FileMapping.Create(file.Path, "file");
            using MappedView view = old.MapView();
            view.At<byte>(0) = 7;
            Directory.Delete(arguments[0], recursive: true);
            Assert.False(FileMapping.TryOpen("name", out _));
            using (FileMapping unnamed = FileMapping.Create(file.Path))
            {
                Assert.Equal(4096, unnamed.Size);
            }

            using FileMapping anew = FileMapping.CreateInMemory(8192, "name");
            Assert.True(anew.CreatedNew);
            Assert.Equal(7, view.At<byte>(0));
            old.Dispose();
            over.Dispose();
            using FileMapping opened = FileMapping.Open("name");
            Assert.Equal(8192, opened.Size);

            // Taken away between the two folders: the inner one alone.
            Directory.Delete(arguments[0] + "/.files", recursive: true);
            using FileMapping again = FileMapping.Create(file.Path, "file");
            Assert.True(again.CreatedNew);
        }

        // At the very first use of the entries' folder.
        using ChildProcess child = ChildProcess.Start(FirstUseAfterLoss, arguments[0]);
        child.Finish();
    }

    [ChildScenario]
    internal static void FirstUseAfterLoss(string[] arguments)
    {
        using FileMapping memory = FileMapping.CreateInMemory(4096, "other");
        Directory.Delete(arguments[0], recursive: true);
        using var file = new TemporaryFile(4096);
        using FileMapping unnamed = FileMapping.Create(file.Path);
        Assert.Equal(4096, unnamed.Size);
    }
}
