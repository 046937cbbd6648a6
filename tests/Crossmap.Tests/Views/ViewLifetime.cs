using System.Globalization;
using System.Runtime.CompilerServices;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>A view ends when it is disposed, at once and for good; what was kept of it never reaches anything else.</summary>
public class ViewLifetime
{
    [Fact]
    public void Every_member_throws_after_Dispose_and_so_does_its_memory()
    {
        using FileMapping mapping = FileMapping.CreateInMemory(8192);
        MappedView view = mapping.MapView();
        Memory<byte> all = view.AsMemory(), part = view.AsMemory(100, 10);
        Memory<byte> slice = all[5..10];
        all.Span[0] = 1;
        view.Dispose();
        view.Dispose();
        Assert.True(view.IsDisposed);
        foreach (Action use in (Action[])
            [
                () => _ = view.Address, () => _ = view.Length, () => view.At<byte>(0) = 1, () => view.AsSpan(), () => view.AsSpan(0, 0), () => view.AsSpan<int>(),
                () => view.AsSpan<int>(0, 1), () => view.AsMemory(), () => view.AsMemory(0, 0), () => view.Flush(), () => view.Flush(0, 0), () => view.Prefetch(0, 0),
                () => view.Discard(0, 0), () => view.Commit(0, 0), () => view.IsDirty(0, 0), () => _ = all.Span, () => _ = part.Span, () => _ = slice.Span, () => all.Pin().Dispose(),
            ])
        {
            Assert.Throws<ObjectDisposedException>(use);
        }

        mapping.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _ = mapping.Size);
        Assert.Throws<ObjectDisposedException>(() => mapping.MapView());
        Assert.Throws<ObjectDisposedException>(() => mapping.Duplicate(MappingRights.MapRead));
    }

    [Theory]
    [InlineData("read")]
    [InlineData("write")]
    public void A_span_kept_too_long_ends_the_process_and_touches_nothing_else(string how)
    {
        Linux.Only();
        using ChildProcess child = ChildProcess.Start(KeepSpan, how);
        child.Expect("keeping");
        int code = child.WaitForExit();
        Assert.True(code is 128 + 11 or 128 + 6, $"The child ended with {code}.");
    }

    [Fact]
    public void Addresses_come_back_only_when_the_view_object_is_gone()
    {
        Linux.Only();
        using ChildProcess child = ChildProcess.Start(ReuseAddresses);
        child.Finish();
    }

    [Fact]
    public void Mapping_and_disposing_from_many_threads_never_meets()
    {
        using FileMapping mapping = FileMapping.CreateInMemory(1 << 20);
        Exception? failure = null;
        var threads = new Thread[8];
        for (int i = 0; i < threads.Length; i++)
        {
            int own = i + 1;
            threads[i] = new Thread(() =>
            {
                try
                {
                    var random = new Random(own);
                    for (int round = 0; round < 500; round++)
                    {
                        int page = random.Next(64);
                        using MappedView shared = mapping.MapView(offset: page * 16384, length: random.Next(1, 16384));
                        using MappedView copy = mapping.MapView(ViewAccess.CopyOnWrite, length: 65536);
                        copy.AsSpan().Fill((byte)own);
                        shared.AsSpan().Fill((byte)own);
                        Assert.Equal(-1, copy.AsSpan().IndexOfAnyExcept((byte)own));
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
    }

    [Fact]
    public void A_section_disposed_while_others_map_it_gives_views_or_says_that_it_is_disposed()
    {
        using var file = new TemporaryFile(200_000);
        for (int round = 0; round < 50; round++)
        {
            FileMapping mapping = FileMapping.Create(file.Path);
            using var go = new Barrier(3);
            Exception? failure = null;
            var threads = new Thread[2];
            for (int i = 0; i < threads.Length; i++)
            {
                threads[i] = new Thread(() =>
                {
                    go.SignalAndWait();
                    try
                    {
                        while (true)
                        {
                            using MappedView view = mapping.MapView(offset: 65536);
                            view.At<byte>(0)++;

                            // While a view is there the file is in use, whatever became of the section.
                            Assert.True(MappedFiles.IsMapped(file.Path));
                        }
                    }
                    catch (ObjectDisposedException)
                    {
                        // The end that was meant.
                    }
                    catch (Exception e)
                    {
                        failure = e;
                    }
                });
                threads[i].Start();
            }

            go.SignalAndWait(TestContext.Current.CancellationToken);
            Thread.Yield();
            mapping.Dispose();
            threads[0].Join();
            threads[1].Join();
            Assert.True(failure is null, $"{failure}");
            Assert.False(MappedFiles.IsMapped(file.Path));
        }
    }

    [Fact]
    public void Views_beyond_two_gigabytes_are_reached_by_offset()
    {
        // A hole, mapped for reading: it takes no disk.
        using var file = new TemporaryFile();
        const long size = (5L << 30) + 123;
        using (FileStream stream = File.OpenWrite(file.Path))
        {
            Assert.SkipUnless(OperatingSystem.IsLinux(), "On Windows a long file takes disk unless it is marked sparse.");
            stream.SetLength(size);
            stream.Position = size - 4;
            stream.Write([1, 2, 3, 4]);
        }

        using FileMapping mapping = FileMapping.Create(file.Path, protection: PageProtection.ReadOnly);
        using MappedView view = mapping.MapView(ViewAccess.Read);
        Assert.Equal(size, view.Length);
        Assert.Equal(0x04030201, view.At<int>(size - 4));
        Assert.Equal([3, 4], view.AsSpan(size - 2, 2).ToArray());
        Assert.Equal(0, view.AsSpan(3L << 30, 4096)[4095]);
        Assert.Equal(0, view.AsMemory(1L << 32, int.MaxValue >> 2).Span[^1]);
        Assert.Throws<InvalidOperationException>(() => view.AsSpan());
        Assert.Throws<InvalidOperationException>(() => view.AsMemory());
        Assert.Throws<InvalidOperationException>(() => view.AsSpan<short>());
        Assert.Equal((int)(size / 8), view.AsSpan<long>().Length);
        Win32.Fails<ArgumentOutOfRangeException>(87, () => view.At<long>(size - 7));
        using MappedView tail = mapping.MapView(ViewAccess.Read, offset: size - 1);
        Assert.Equal(4, tail.At<byte>(0));
    }

    [Fact]
    public void A_file_of_almost_two_to_the_63_bytes_has_views_of_its_parts_and_none_of_all()
    {
        Linux.Only();
        string path = "/dev/shm/" + UniqueName.Create();
        try
        {
            using (FileStream stream = File.Create(path))
            {
                stream.SetLength(long.MaxValue);
            }

            using FileMapping mapping = FileMapping.Create(path, protection: PageProtection.ReadOnly);
            Assert.Equal(long.MaxValue, mapping.Size);
            for (int i = 0; i < 3; i++)
            {
                Exception e = Assert.ThrowsAny<Exception>(() => mapping.MapView(ViewAccess.Read));
                Assert.Contains(Win32.ErrorOf(e), (int[])[8, 87]);
                using MappedView part = mapping.MapView(ViewAccess.Read, offset: 1L << 62, length: 4096);
                Assert.Equal(0, part.At<byte>(0));
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Nothing_is_allocated_by_access_wait_release_and_flush()
    {
        using var file = new TemporaryFile(65536);

        // Over the caller's handle: over a path each Flush opens the file on Windows, which is a handle object.
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(file.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        using FileMapping mapping = FileMapping.Create(handle);
        using MappedView view = mapping.MapView();
        using NamedSemaphore semaphore = NamedSemaphore.Create(null, 1, 1);
        using var never = new CancellationTokenSource();
        long sum = 0;
        long least = long.MaxValue;

        // What the runtime itself allocates once, when it compiles a loop anew, is not in every round.
        for (int round = 0; round < 5; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++)
            {
                view.At<long>(i * 8)++;
                sum += view.AsSpan(i, 100)[5] + view.AsSpan<int>(0, 10)[1];
                sum += semaphore.TryWait() ? 1 : 0;
                semaphore.Release();
                semaphore.Wait(never.Token);
                semaphore.Release();
            }

            view.Flush(0, 4096);
            view.Prefetch(0, 4096);
            view.Discard(0, 4096);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
        Assert.True(sum > 0);
    }

    [ChildScenario]
    internal static void KeepSpan(string[] arguments)
    {
        using FileMapping mapping = FileMapping.CreateInMemory(65536);
        MappedView view = mapping.MapView();
        Span<byte> kept = view.AsSpan();
        view.Dispose();
        var others = new List<MappedView>();
        for (int i = 0; i < 100; i++)
        {
            others.Add(mapping.MapView());
        }

        Console.WriteLine("keeping");
        if (arguments[0] == "write")
        {
            kept[0] = 42;
        }

        Console.WriteLine(kept[0].ToString(CultureInfo.InvariantCulture));
        others.ForEach(o => o.Dispose());
        GC.KeepAlive(view);
    }

    [ChildScenario]
    internal static void ReuseAddresses(string[] arguments)
    {
        using FileMapping mapping = FileMapping.CreateInMemory(65536);
        MappedView first = mapping.MapView();
        nint address = first.Address;
        first.Dispose();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        for (int i = 0; i < 50; i++)
        {
            using MappedView other = mapping.MapView();
            Assert.NotEqual(address, other.Address);
        }

        GC.KeepAlive(first);
        HashSet<nint> seen = Addresses(mapping, 50);
        int again = 0;
        for (int round = 0; round < 10 && again == 0; round++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            again = Addresses(mapping, 50).Count(seen.Contains);
        }

        Assert.True(again > 0, "Addresses of collected views were never used again.");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static HashSet<nint> Addresses(FileMapping mapping, int count)
    {
        HashSet<nint> addresses = [];
        for (int i = 0; i < count; i++)
        {
            using MappedView view = mapping.MapView();
            addresses.Add(view.Address);
        }

        return addresses;
    }

    /// <summary>The runtime does not survive an address space without areas: views are refused before that.</summary>
    [Fact]
    public void Too_many_views_are_refused_and_the_process_goes_on()
    {
        Linux.Only();
        using ChildProcess child = ChildProcess.Start(MapUntilRefused);
        child.Expect("refused");
        child.Finish();
    }

    [ChildScenario]
    internal static void MapUntilRefused(string[] arguments)
    {
        using FileMapping mapping = FileMapping.CreateInMemory(4096);
        List<MappedView> views = [];
        Action mapOn = () =>
        {
            while (true)
            {
                views.Add(mapping.MapView());
            }
        };
        IOException refused = Assert.Throws<IOException>(mapOn);
        Assert.Equal(8, Win32.ErrorOf(refused));
        Assert.NotEmpty(views);
        views[0].Dispose();
        views[0] = mapping.MapView();
        Assert.All(views, view => Assert.Equal(0, view.At<int>(0)));
        views.ForEach(view => view.Dispose());
        Console.WriteLine("refused");
    }
}
