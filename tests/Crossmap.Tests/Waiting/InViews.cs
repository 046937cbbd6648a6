using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>Semaphores, mutexes and events that lie in a view: between processes, through several views, and after the view is gone.</summary>
public partial class InViews
{
    private const int Each = 1000;

    [Fact]
    public void Processes_take_turns_by_a_mutex_in_the_memory_that_it_guards()
    {
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        using MappedView view = mapping.MapView();
        using NamedMutex mutex = NamedMutex.Create(view, 64);
        Assert.Equal((null, true), (mutex.Name, mutex.CreatedNew));
        using ChildProcess first = ChildProcess.Start(Add, name), second = ChildProcess.Start(Add, name);
        AddHere(view);
        first.Finish();
        second.Finish();
        Assert.Equal(3 * Each, view.At<long>(0));
        Assert.False(mutex.IsOwned);
        GC.KeepAlive(mutex);
    }

    [Fact]
    public void Killed_owner_leaves_it_abandoned_once_and_wakes_who_sleeps()
    {
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        using MappedView view = mapping.MapView();
        using NamedMutex mutex = NamedMutex.Create(view, 0);
        using ChildProcess owner = ChildProcess.Start(Own, name);
        owner.Expect("owned");
        Assert.False(mutex.TryWait());
        Assert.True(mutex.IsOwned);
        using var sleeper = new OtherThread();
        OtherThread.Step asleep = sleeper.Begin(() => Assert.Throws<AbandonedMutexException>(() => mutex.Wait(ChildProcess.Watchdog, TestContext.Current.CancellationToken)));
        owner.Kill();
        asleep.Finish();
        sleeper.Do(mutex.Release);
        Assert.True(mutex.TryWait());
        mutex.Release();
    }

    [Fact]
    public void Killed_waiters_take_nothing_along()
    {
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        using MappedView view = mapping.MapView();
        using NamedMutex mutex = NamedMutex.Create(view, 0, initiallyOwned: true);
        using NamedSemaphore semaphore = NamedSemaphore.Create(view, 64, 0, 1);
        for (int round = 0; round < 3; round++)
        {
            using ChildProcess forMutex = ChildProcess.Start(WaitForMutex, name), forSemaphore = ChildProcess.Start(WaitForSemaphore, name);
            forMutex.Expect("waiting");
            forSemaphore.Expect("waiting");
            forMutex.Kill();
            forSemaphore.Kill();
        }

        using ChildProcess last = ChildProcess.Start(WaitForMutex, name), taker = ChildProcess.Start(WaitForSemaphore, name);
        last.Expect("waiting");
        taker.Expect("waiting");
        mutex.Release();
        Assert.Equal(0, semaphore.Release());
        last.Expect("taken");
        taker.Expect("taken");
        last.Finish();
        taker.Finish();
        Assert.Equal(0, semaphore.CurrentCount);
    }

    [Fact]
    public async Task Semaphore_counts_across_processes_and_waits_without_a_thread()
    {
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        using MappedView view = mapping.MapView();
        using NamedSemaphore semaphore = NamedSemaphore.Create(view, 64, 2, 3);
        using (NamedSemaphore same = NamedSemaphore.Open(view, 64))
        {
            Assert.Equal((false, 3, 2), (same.CreatedNew, same.MaximumCount, same.CurrentCount));
            Assert.True(same.TryWait());
        }

        Assert.True(semaphore.TryWait());
        Assert.False(semaphore.TryWait());
        Task<bool> wait = semaphore.WaitAsync(ChildProcess.Watchdog, TestContext.Current.CancellationToken);
        Assert.False(wait.IsCompleted);
        using (ChildProcess child = ChildProcess.Start(ReleaseOne, name))
        {
            child.Finish();
        }

        Assert.True(await wait);
        Assert.Equal(0, semaphore.Release(3));
        Win32.Fails<SemaphoreFullException>(298, () => semaphore.Release());
    }

    [Theory]
    [InlineData(EventResetMode.ManualReset)]
    [InlineData(EventResetMode.AutoReset)]
    public void Event_tells_another_process(EventResetMode mode)
    {
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        using MappedView view = mapping.MapView();
        using NamedEvent told = NamedEvent.Create(view, 0, mode), answer = NamedEvent.Create(view, 64, EventResetMode.AutoReset);
        using ChildProcess child = ChildProcess.Start(Answer, name);
        child.Expect(mode.ToString());
        Assert.False(answer.TryWait());
        Assert.True(WaitableObject.SignalAndWait(told, answer, ChildProcess.Watchdog));
        Assert.Equal(mode == EventResetMode.ManualReset, told.IsSet);
        child.Finish();
    }

    [Fact]
    public void Waits_for_several_mix_what_lies_in_views_with_what_has_names()
    {
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        using MappedView view = mapping.MapView();
        using NamedEvent inView = NamedEvent.Create(view, 0, EventResetMode.AutoReset);
        using NamedSemaphore count = NamedSemaphore.Create(view, 64, 0, 1);
        using NamedMutex named = NamedMutex.Create(name + "-mutex", initiallyOwned: true);
        using var other = new OtherThread();
        OtherThread.Step any = other.Begin(() => Assert.Equal(0, WaitableObject.WaitAny([inView, named, count], ChildProcess.Watchdog)));
        inView.Set();
        any.Finish();
        any = other.Begin(() => Assert.Equal(1, WaitableObject.WaitAny([inView, named, count], ChildProcess.Watchdog)));
        named.Release();
        any.Finish();
        other.Do(named.Release);
        OtherThread.Step all = other.Begin(() => Assert.True(WaitableObject.WaitAll([inView, named, count], ChildProcess.Watchdog)));
        inView.Set();
        count.Release();
        all.Finish();
        Assert.False(named.TryWait());
        other.Do(named.Release);
    }

    [Fact]
    public void Condition_by_name_goes_with_a_mutex_in_a_view()
    {
        using FileMapping mapping = FileMapping.CreateInMemory(4096);
        using MappedView view = mapping.MapView();
        using NamedMutex mutex = NamedMutex.Create(view, 0, initiallyOwned: true);
        using NamedCondition changed = NamedCondition.Create(UniqueName.Create());
        using var other = new OtherThread();
        OtherThread.Step change = other.Begin(() =>
        {
            mutex.Wait();
            view.At<int>(64) = 1;
            changed.NotifyAll();
            mutex.Release();
        });
        while (view.At<int>(64) == 0)
        {
            Assert.True(changed.Wait(mutex, ChildProcess.Watchdog, TestContext.Current.CancellationToken));
        }

        change.Finish();
        mutex.Release();
        Assert.False(mutex.IsOwned);
    }

    [Fact]
    public void Two_views_of_one_place_are_one_mutex()
    {
        using FileMapping mapping = FileMapping.CreateInMemory(2 << 16);
        using MappedView whole = mapping.MapView(), half = mapping.MapView(offset: 65536 + 128);
        Assert.NotEqual(whole.Address + 65536 + 128, half.Address);
        using NamedMutex first = NamedMutex.Create(whole, 65536 + 128), second = NamedMutex.Open(half, 0);
        using var other = new OtherThread();
        Assert.True(first.TryWait());
        Assert.True(second.TryWait());
        first.Release();
        Assert.False(other.Do(first.TryWait));
        Assert.False(other.Do(second.TryWait));
        second.Release();
        Assert.True(other.Do(second.TryWait));
        Assert.Throws<ApplicationException>(first.Release);
        other.Do(first.Release);
    }

    [Fact]
    public void Disposed_view_ends_nothing_that_lies_in_it()
    {
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        MappedView view = mapping.MapView();
        using NamedMutex mutex = NamedMutex.Create(view, 0, initiallyOwned: true);
        using NamedSemaphore semaphore = NamedSemaphore.Create(view, 64, 0, 1);
        using ChildProcess child = ChildProcess.Start(WaitForMutex, name);
        child.Expect("waiting");
        using var other = new OtherThread();
        OtherThread.Step asleep = other.Begin(() => Assert.True(semaphore.Wait(ChildProcess.Watchdog)));
        view.Dispose();
        Assert.Throws<ObjectDisposedException>(() => NamedMutex.Open(view, 0));
        using MappedView again = mapping.MapView();
        using (NamedSemaphore same = NamedSemaphore.Open(again, 64))
        {
            same.Release();
        }

        asleep.Finish();
        Assert.True(mutex.TryWait());
        mutex.Release();
        mutex.Release();
        child.Expect("taken");
        child.Finish();
    }

    [Fact]
    public void Wait_that_races_the_end_of_handle_and_view_never_faults()
    {
        using FileMapping mapping = FileMapping.CreateInMemory(4096);
        using MappedView kept = mapping.MapView();
        using NamedEvent end = NamedEvent.Create(kept, 64, EventResetMode.ManualReset);
        using var other = new OtherThread();
        for (int round = 0; round < 200; round++)
        {
            MappedView view = mapping.MapView();
            NamedSemaphore semaphore = NamedSemaphore.Create(view, 0, 0, 1);
            using var started = new ManualResetEventSlim();
            OtherThread.Step step = other.Begin(() =>
            {
                started.Set();
                try
                {
                    _ = WaitableObject.WaitAny([semaphore, end], ChildProcess.Watchdog);
                }
                catch (ObjectDisposedException)
                {
                }
            });
            started.Wait(TestContext.Current.CancellationToken);
            view.Dispose();
            semaphore.Dispose();
            end.Set();
            step.Finish();
            end.Reset();
            if (round % 50 == 0)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }
    }

    [Fact]
    public void Page_full_of_mutexes_can_be_owned_by_one_thread()
    {
        using FileMapping mapping = FileMapping.CreateInMemory(8192);
        using MappedView view = mapping.MapView();
        NamedMutex[] mutexes = [.. Enumerable.Range(0, 4096 / WaitableObject.SizeInView).Select(i => NamedMutex.Create(view, i * WaitableObject.SizeInView))];
        Assert.Equal(64, mutexes.Length);
        using var owner = new OtherThread();
        using NamedMutex named = NamedMutex.Create(null);
        owner.Do(() => Assert.All(mutexes[..32], mutex => Assert.True(mutex.TryWait())));
        owner.Do(() => Assert.True(named.TryWait()));
        owner.Do(() => Assert.All(mutexes[32..], mutex => Assert.True(mutex.TryWait())));
        owner.Do(() => Assert.All(mutexes.Where((_, i) => i % 3 == 0), mutex => mutex.Release()));
        Assert.Equal(mutexes.Select((_, i) => i % 3 != 0), mutexes.Select(mutex => mutex.IsOwned));
        owner.End();
        Assert.All(mutexes.Where((_, i) => i % 3 != 0).Append(named), mutex =>
            Assert.Throws<AbandonedMutexException>(() => mutex.Wait(ChildProcess.Watchdog, TestContext.Current.CancellationToken)));
        Assert.All(mutexes.Where((_, i) => i % 3 == 0), mutex => Assert.True(mutex.TryWait()));
        Assert.All(mutexes.Append(named), mutex => mutex.Release());
        Assert.All(mutexes, mutex => mutex.Dispose());
    }

    [Fact]
    public void Objects_of_one_page_cost_one_mapping_and_pages_come_to_a_limit()
    {
        Linux.Only();
        using var file = new TemporaryFile(8192);
        using ChildProcess child = ChildProcess.Start(UseManyPages, file.Path);
        child.Finish();
    }

    [Fact]
    public void What_lies_in_a_real_file_is_there_for_another_process()
    {
        using var file = new TemporaryFile(8192);
        using FileMapping mapping = FileMapping.Create(file.Path);
        using MappedView view = mapping.MapView();
        using NamedMutex mutex = NamedMutex.Create(view, 4096, initiallyOwned: true);
        using NamedSemaphore semaphore = NamedSemaphore.Create(view, 4096 + 64, 1, 5);
        using (ChildProcess child = ChildProcess.Start(UseFile, file.Path))
        {
            child.Expect("owned 1");
            mutex.Release();
            child.Expect("taken");
            child.Kill();
        }

        Assert.Throws<AbandonedMutexException>(() => mutex.Wait(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
        mutex.Release();
        Assert.Equal(0, semaphore.CurrentCount);
        semaphore.Dispose();

        // Here the state lies in the bytes; on Windows it ended with the last handle.
        Assert.Equal(OperatingSystem.IsLinux(), NamedSemaphore.TryOpen(view, 4096 + 64, out NamedSemaphore? again));
        again?.Dispose();
    }

    [Fact]
    public void Place_must_be_inside_aligned_and_shared_for_writing()
    {
        using FileMapping mapping = FileMapping.CreateInMemory(4096);
        using MappedView view = mapping.MapView(), odd = mapping.MapView(offset: 8), readOnly = mapping.MapView(ViewAccess.Read);
        using FileMapping copied = FileMapping.CreateInMemory(4096);
        using MappedView copy = copied.MapView(ViewAccess.CopyOnWrite);
        foreach (long offset in (long[])[-64, 4096, 4096 - 63, long.MaxValue, long.MinValue])
        {
            Win32.Fails<ArgumentOutOfRangeException>(87, () => NamedMutex.Create(view, offset));
            Win32.Fails<ArgumentOutOfRangeException>(87, () => NamedSemaphore.Open(view, offset));
            Win32.Fails<ArgumentOutOfRangeException>(87, () => NamedEvent.TryOpen(view, offset, out _));
        }

        foreach (long offset in (long[])[1, 8, 32, 100])
        {
            Win32.Fails<ArgumentException>(87, () => NamedEvent.Create(view, offset, EventResetMode.AutoReset));
        }

        Win32.Fails<ArgumentException>(87, () => NamedMutex.Create(odd, 0));
        NamedMutex.Create(odd, 56).Dispose();
        Assert.All((MappedView[])[readOnly, copy], other =>
        {
            Win32.Fails<UnauthorizedAccessException>(5, () => NamedMutex.Create(other, 0));
            Win32.Fails<UnauthorizedAccessException>(5, () => NamedSemaphore.Open(other, 0));
        });
        Win32.Fails<ArgumentOutOfRangeException>(87, () => NamedSemaphore.Create(view, 0, -1, 1));
        Win32.Fails<ArgumentException>(87, () => NamedSemaphore.Create(view, 0, 2, 1));
        Win32.Fails<ArgumentOutOfRangeException>(87, () => NamedEvent.Create(view, 0, (EventResetMode)7));
        Assert.Throws<ArgumentNullException>(() => NamedMutex.Create((MappedView)null!, 0));
        Assert.Throws<ArgumentNullException>(() => NamedMutex.Open(null!, 0));
        Assert.All(view.AsSpan(0, 64).ToArray(), b => Assert.Equal(0, b));
    }

    [Fact]
    public void Open_finds_its_own_kind_and_nothing_in_garbage()
    {
        using FileMapping mapping = FileMapping.CreateInMemory(4096);
        using MappedView view = mapping.MapView();
        Win32.Fails<WaitHandleCannotBeOpenedException>(2, () => NamedMutex.Open(view, 0));
        Assert.False(NamedEvent.TryOpen(view, 0, out _));
        var random = new Random(4711);
        for (int i = 0; i < 100; i++)
        {
            random.NextBytes(view.AsSpan(0, 64));
            Assert.False(NamedSemaphore.TryOpen(view, 0, out _));
            Assert.False(NamedMutex.TryOpen(view, 0, out _));
        }

        // Whatever lies there, a creation makes it new.
        using NamedMutex mutex = NamedMutex.Create(view, 0);
        Assert.True(mutex.TryWait());
        mutex.Release();
        Win32.Fails<WaitHandleCannotBeOpenedException>(6, () => NamedSemaphore.Open(view, 0));
        Win32.Fails<WaitHandleCannotBeOpenedException>(6, () => NamedEvent.TryOpen(view, 0, out _));
        Damage(view, 8, 1306, () => NamedMutex.Open(view, 0));
        Damage(view, 12, 1392, () => NamedMutex.Open(view, 0));
        using NamedEvent @event = NamedEvent.Create(view, 64, EventResetMode.ManualReset);
        Damage(view, 64 + 13, 1392, () => NamedEvent.Open(view, 64));
        using NamedSemaphore semaphore = NamedSemaphore.Create(view, 128, 1, 1);
        Damage(view, 128 + 15, 1392, () => NamedSemaphore.Open(view, 128));
        view.At<long>(128) = 0;
        Win32.Fails<WaitHandleCannotBeOpenedException>(2, () => NamedSemaphore.Open(view, 128));
    }

    [Fact]
    public void Mutex_of_another_start_or_namespace_is_to_be_created_anew()
    {
        Linux.Only();
        using FileMapping mapping = FileMapping.CreateInMemory(4096);
        using MappedView view = mapping.MapView();
        using NamedMutex mutex = NamedMutex.Create(view, 0);
        Damage(view, 24, 50, () => NamedMutex.Open(view, 0));
        Damage(view, 56, 50, () => NamedMutex.Open(view, 0));
        NamedMutex.Open(view, 0).Dispose();
        view.At<byte>(24) ^= 1;
        using NamedMutex anew = NamedMutex.Create(view, 0);
        NamedMutex.Open(view, 0).Dispose();
    }

    [Fact]
    public void Creation_takes_no_owned_mutex_from_under_a_thread()
    {
        Linux.Only();
        using FileMapping mapping = FileMapping.CreateInMemory(4096);
        using MappedView view = mapping.MapView();
        using var owner = new OtherThread();
        owner.Do(() => NamedMutex.Create(view, 0, initiallyOwned: true).Dispose());
        Win32.Fails<IOException>(170, () => NamedMutex.Create(view, 0));
        Win32.Fails<IOException>(170, () => NamedEvent.Create(view, 0, EventResetMode.AutoReset));
        using (NamedMutex still = NamedMutex.Open(view, 0))
        {
            Assert.False(still.TryWait());
            owner.Do(() => Assert.True(still.TryWait()));
        }

        // By its own thread it may: then nobody owns it.
        using NamedMutex anew = owner.Do(() => NamedMutex.Create(view, 0));
        Assert.True(anew.TryWait());
        anew.Release();
        owner.Do(() => Win32.Fails<ApplicationException>(288, anew.Release));
    }

    [Fact]
    public void Garbled_entries_do_not_lead_the_library_astray()
    {
        Linux.Only();
        using FileMapping mapping = FileMapping.CreateInMemory(4096);
        using MappedView view = mapping.MapView();
        NamedMutex[] mutexes = [.. Enumerable.Range(0, 5).Select(i => NamedMutex.Create(view, i * 64))];
        using var owner = new OtherThread();
        owner.Do(() => Assert.All(mutexes, mutex => Assert.True(mutex.TryWait())));
        for (int i = 0; i < mutexes.Length; i++)
        {
            view.AsSpan<long>((i * 64) + 40, 2).Fill(0x1234_5678_9ABC);
        }

        owner.Do(() => Assert.All((int[])[2, 0, 4, 1, 3], i => mutexes[i].Release()));
        Assert.All(mutexes, mutex => Assert.True(mutex.TryWait()));
        Assert.All(mutexes, mutex => mutex.Release());
        Assert.All(mutexes, mutex => mutex.Dispose());
    }

    private static void Damage(MappedView view, long at, int error, Action open)
    {
        view.At<byte>(at) ^= 0x81;
        Exception e = Assert.ThrowsAny<Exception>(open);
        Assert.Equal(error, Win32.ErrorOf(e));
        Assert.True(e is InvalidDataException or PlatformNotSupportedException, e.ToString());
        view.At<byte>(at) ^= 0x81;
    }

    private static void AddHere(MappedView view)
    {
        using NamedMutex mutex = NamedMutex.Open(view, 64);
        Assert.False(mutex.CreatedNew);
        for (int i = 0; i < Each; i++)
        {
            mutex.Wait();
            view.At<long>(0)++;
            mutex.Release();
        }
    }
}
