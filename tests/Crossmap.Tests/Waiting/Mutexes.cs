using System.Globalization;
using Crossmap.Linux;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>A named mutex between threads and processes, and what becomes of it when its owner ends.</summary>
public class Mutexes
{
    [Fact]
    public void Owner_waits_again_and_releases_as_often()
    {
        using NamedMutex mutex = NamedMutex.Create(UniqueName.Create());
        using var other = new OtherThread();
        Assert.True(mutex.TryWait());
        Assert.True(mutex.TryWait());
        Assert.True(mutex.Wait(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken));
        Assert.True(mutex.IsOwned);
        mutex.Release();
        mutex.Release();
        Assert.False(other.Do(() => mutex.TryWait()));
        mutex.Release();
        Assert.False(mutex.IsOwned);
        Assert.True(other.Do(() => mutex.TryWait()));
        Win32.Fails<ApplicationException>(288, mutex.Release);
        other.Do(mutex.Release);
    }

    [Fact]
    public void Two_handles_of_a_process_are_one_mutex_and_closing_one_releases_nothing()
    {
        string name = UniqueName.Create();
        using NamedMutex first = NamedMutex.Create(name);
        NamedMutex second = NamedMutex.Open(name);
        using var other = new OtherThread();
        Assert.True(second.TryWait());
        Assert.True(first.TryWait());
        first.Release();
        second.Dispose();
        Assert.False(other.Do(() => first.TryWait()));
        first.Release();
        Assert.True(other.Do(() => first.TryWait()));
        other.Do(first.Release);
    }

    [Fact]
    public void New_mutex_is_owned_by_its_creator_before_anybody_can_find_it()
    {
        string name = UniqueName.Create();
        using NamedMutex mutex = NamedMutex.Create(name, initiallyOwned: true);
        using ChildProcess child = ChildProcess.Start(TryOnce, name);
        child.Expect("opened False");
        child.Finish();
        mutex.Release();
        Win32.Fails<ApplicationException>(288, mutex.Release);
        using NamedMutex again = NamedMutex.Create(name, initiallyOwned: true);
        Assert.False(again.CreatedNew);
        Win32.Fails<ApplicationException>(288, again.Release);
    }

    [Fact]
    public void Unnamed_mutex_is_shared_by_the_threads_of_the_process()
    {
        using NamedMutex mutex = NamedMutex.Create(null, initiallyOwned: true);
        using var other = new OtherThread();
        OtherThread.Step step = other.Begin(() => mutex.Wait());
        Assert.False(step.IsOver);
        mutex.Release();
        step.Finish();
        Assert.False(mutex.TryWait());
        other.Do(mutex.Release);
    }

    [Fact]
    public void Killed_owner_leaves_it_abandoned_and_the_next_one_hears_of_it_once()
    {
        string name = UniqueName.Create();
        using NamedMutex mutex = NamedMutex.Create(name);
        using (ChildProcess child = ChildProcess.Start(Own, name))
        {
            child.Expect("owned");
            Assert.False(mutex.TryWait());
            child.Kill();
        }

        Assert.True(mutex.IsAbandoned);
        Assert.False(mutex.IsOwned);
        Assert.Throws<AbandonedMutexException>(() => mutex.Wait(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
        Assert.False(mutex.IsAbandoned);
        mutex.Release();
        mutex.Wait(TestContext.Current.CancellationToken);
        mutex.Release();
    }

    [Fact]
    public void Killed_owner_wakes_who_sleeps_for_it()
    {
        string name = UniqueName.Create();
        using NamedMutex mutex = NamedMutex.Create(name);
        using ChildProcess child = ChildProcess.Start(Own, name);
        child.Expect("owned");
        using ChildProcess waiter = ChildProcess.Start(WaitFor, name);
        waiter.Expect("waiting");
        using var other = new OtherThread();
        OtherThread.Step here = other.Begin(() =>
        {
            try
            {
                Assert.True(mutex.Wait(ChildProcess.Watchdog));
            }
            catch (AbandonedMutexException)
            {
            }

            mutex.Release();
        });
        child.Kill();
        Assert.StartsWith("taken", waiter.Receive(), StringComparison.Ordinal);
        here.Finish();
        waiter.Finish();
    }

    [Fact]
    public void Thread_that_ends_abandons_what_it_owns()
    {
        using NamedMutex mutex = NamedMutex.Create(UniqueName.Create());
        using NamedMutex another = NamedMutex.Create(UniqueName.Create());
        using var other = new OtherThread();
        other.Do(() => mutex.Wait());
        other.Do(() => another.Wait());
        other.Do(() => mutex.Wait());
        other.End();
        Assert.Throws<AbandonedMutexException>(() => mutex.Wait(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
        Assert.Throws<AbandonedMutexException>(() => another.Wait(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
        mutex.Release();
        another.Release();
        Assert.True(mutex.TryWait());
        mutex.Release();
    }

    [Fact]
    public void Mutex_that_its_owner_closed_is_free_to_be_created_again()
    {
        string name = UniqueName.Create();
        for (int round = 0; round < 100; round++)
        {
            using NamedMutex mutex = NamedMutex.Create(name, initiallyOwned: true);
            Assert.True(mutex.CreatedNew);
        }

        using NamedMutex last = NamedMutex.Create(name);
        Assert.True(last.CreatedNew);
        Assert.True(last.TryWait());
        last.Release();
    }

    [Fact]
    public void Mutexes_that_nobody_can_reach_do_not_count_whoever_closed_them()
    {
        Linux.Only();
        NamedMutex[] mutexes = [.. Enumerable.Range(0, RobustList.MaximumEntries).Select(_ => NamedMutex.Create(UniqueName.Create()))];
        using NamedMutex another = NamedMutex.Create(null);
        using var owner = new OtherThread();
        owner.Do(() =>
        {
            Assert.All(mutexes, mutex => Assert.True(mutex.TryWait()));
            Win32.Fails<IOException>(1450, () => another.TryWait());
        });
        mutexes[0].Dispose();
        Assert.True(owner.Do(another.TryWait));
        owner.Do(another.Release);
        Array.ForEach(mutexes, mutex => mutex.Dispose());
        owner.Do(() =>
        {
            for (int i = 0; i < 2 * RobustList.MaximumEntries; i++)
            {
                NamedMutex.Create(null, initiallyOwned: true).Dispose();
            }
        });
        Assert.True(another.TryWait());
        another.Release();
    }

    [Fact]
    public void Owner_who_closes_his_handle_owns_it_while_others_can_reach_it()
    {
        string name = UniqueName.Create();
        using var owner = new OtherThread();
        NamedMutex mutex = owner.Do(() => NamedMutex.Create(name, initiallyOwned: true));
        using ChildProcess child = ChildProcess.Start(TryWhenTold, name);
        child.Expect("opened");
        mutex.Dispose();
        child.Send("try");
        child.Expect("False");
        owner.End();
        child.Send("wait");
        child.Expect("abandoned");
        child.Finish();
    }

    [Fact]
    public void Cancelled_or_late_wait_takes_nothing()
    {
        using NamedMutex mutex = NamedMutex.Create(UniqueName.Create(), initiallyOwned: true);
        using var other = new OtherThread();
        using var source = new CancellationTokenSource();
        Assert.False(other.Do(() => mutex.Wait(TimeSpan.FromMilliseconds(5))));
        OtherThread.Step step = other.Begin(() => Assert.ThrowsAny<OperationCanceledException>(() => mutex.Wait(source.Token)));
        source.Cancel();
        step.Finish();
        mutex.Release();
        Assert.True(mutex.TryWait());
        mutex.Release();
    }

    [Fact]
    public void Processes_and_threads_never_own_it_together()
    {
        const int each = 3000;
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name + "-memory");
        using MappedView view = mapping.MapView();
        using NamedMutex mutex = NamedMutex.Create(name);
        string count = each.ToString(CultureInfo.InvariantCulture);
        using ChildProcess first = ChildProcess.Start(Add, name, count);
        using ChildProcess second = ChildProcess.Start(Add, name, count);
        first.Finish();
        second.Finish();
        Assert.Equal(4 * each, view.At<long>(0));
        Assert.False(mutex.IsOwned);
    }

    [Fact]
    public void Thread_owns_many_at_once_and_releases_them_in_any_order()
    {
        NamedMutex[] mutexes = [.. Enumerable.Range(0, 200).Select(_ => NamedMutex.Create(null, initiallyOwned: true))];
        using var other = new OtherThread();
        foreach (NamedMutex mutex in mutexes.Where((_, i) => i % 3 == 0).Concat(mutexes.Where((_, i) => i % 3 == 1).Reverse()))
        {
            mutex.Release();
        }

        Assert.Equal(mutexes.Select((_, i) => i % 3 != 2), mutexes.Select(mutex => other.Do(() => mutex.TryWait())));
        other.End();
        foreach (NamedMutex mutex in mutexes.Where((_, i) => i % 3 != 2))
        {
            Assert.Throws<AbandonedMutexException>(() => mutex.Wait(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
            mutex.Release();
        }

        foreach (NamedMutex mutex in mutexes)
        {
            mutex.Dispose();
        }
    }

    [ChildScenario]
    internal static void TryOnce(string[] arguments)
    {
        using NamedMutex mutex = NamedMutex.Open(arguments[0]);
        Console.WriteLine($"opened {mutex.TryWait()}");
    }

    [ChildScenario]
    internal static void TryWhenTold(string[] arguments)
    {
        using NamedMutex mutex = NamedMutex.Open(arguments[0]);
        Console.WriteLine("opened");
        Console.ReadLine();
        Console.WriteLine(mutex.TryWait());
        Console.ReadLine();
        try
        {
            mutex.Wait();
        }
        catch (AbandonedMutexException)
        {
            Console.WriteLine("abandoned");
        }

        mutex.Release();
    }

    [ChildScenario]
    internal static void Own(string[] arguments)
    {
        using NamedMutex mutex = NamedMutex.Open(arguments[0]);
        mutex.Wait();
        mutex.Wait();
        Console.WriteLine("owned");
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void WaitFor(string[] arguments)
    {
        using NamedMutex mutex = NamedMutex.Open(arguments[0]);
        Console.WriteLine("waiting");
        string how = "taken";
        try
        {
            mutex.Wait();
        }
        catch (AbandonedMutexException)
        {
            how = "taken, abandoned";
        }

        mutex.Release();
        Console.WriteLine(how);
    }

    [ChildScenario]
    internal static void Add(string[] arguments)
    {
        using FileMapping mapping = FileMapping.Open(arguments[0] + "-memory");
        using MappedView view = mapping.MapView();
        int times = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        Thread[] threads = [.. Enumerable.Range(0, 2).Select(_ => new Thread(() =>
        {
            using NamedMutex mutex = NamedMutex.Open(arguments[0]);
            for (int i = 0; i < times; i++)
            {
                mutex.Wait();
                view.At<long>(0)++;
                mutex.Release();
            }
        }))];
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        foreach (Thread thread in threads)
        {
            thread.Join();
        }
    }
}
