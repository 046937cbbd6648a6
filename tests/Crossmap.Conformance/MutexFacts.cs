using System.Diagnostics;
using Crossmap.Testing;

namespace Crossmap.Conformance;

/// <summary>P. Mutexes.</summary>
public class MutexFacts
{
    /// <summary>What a wait for an abandoned mutex answers, where others answer a boolean.</summary>
    private const string Abandoned = nameof(AbandonedMutexException);

    [Fact]
    public void Fact_232_Creating_tells_whether_the_name_existed()
    {
        string name = UniqueName.Create();
        using NamedMutex first = NamedMutex.Create(name);
        using NamedMutex second = NamedMutex.Create(name);
        Answer.Is(232, "new", true, first.CreatedNew);
        Answer.Is(232, "existing", false, second.CreatedNew);
        using ChildProcess child = ChildProcess.Start(CreateOwned, name);
        Answer.Is(232, "existing, in another process", "False 288", child.Receive());
        child.Finish();
    }

    [Fact]
    public void Fact_237_Released_through_another_handle_than_it_was_taken_by()
    {
        string name = UniqueName.Create();
        using NamedMutex one = NamedMutex.Create(name);
        using NamedMutex other = NamedMutex.Open(name);
        Assert.True(one.TryWait());
        Answer.Is(237, "through the other", Answer.Success, Answer.Of(other.Release));
        Answer.Is(237, "owned then", false, one.IsOwned);
        Answer.Is(237, "through the first, once more", 288, Answer.Of(one.Release));
    }

    [Fact]
    public void Fact_238_Owned_as_often_as_it_was_taken_whatever_the_handles()
    {
        const int times = 32;
        string name = UniqueName.Create();
        using NamedMutex kept = NamedMutex.Create(name);
        NamedMutex closed = NamedMutex.Open(name);
        using var other = new OtherThread();
        for (int i = 0; i < times; i++)
        {
            Assert.True((i % 2 == 0 ? kept : closed).TryWait());
        }

        closed.Dispose();
        Answer.Is(238, "owned when one is closed", true, kept.IsOwned);
        for (int i = 0; i < times; i++)
        {
            Answer.Is(238, $"taken by another before release {i + 1}", false, other.Do(kept.TryWait));
            Answer.Is(238, $"release {i + 1}", Answer.Success, Answer.Of(kept.Release));
        }

        Answer.Is(238, "release 33", 288, Answer.Of(kept.Release));
        Answer.Is(238, "taken by another", true, other.Do(kept.TryWait));
        other.Do(kept.Release);
    }

    [Fact]
    public void Fact_239_Only_the_owner_releases()
    {
        string name = UniqueName.Create();
        using NamedMutex mutex = NamedMutex.Create(name);
        using var other = new OtherThread();
        Answer.Is(239, "nobody's", 288, Answer.Of(mutex.Release));
        Assert.True(other.Do(mutex.TryWait));
        Answer.Is(239, "another thread's", 288, Answer.Of(mutex.Release));
        Win32.Fails<ApplicationException>(288, mutex.Release);
        other.Do(mutex.Release);
        using ChildProcess child = ChildProcess.Start(OwnUntilKilled, name);
        child.Expect("owned");
        Answer.Is(239, "another process'", 288, Answer.Of(mutex.Release));
        Answer.Is(239, "owned still", true, mutex.IsOwned);
    }

    [Fact]
    public void Fact_240_Owned_or_free()
    {
        using NamedMutex mutex = NamedMutex.Create(UniqueName.Create());
        Answer.Is(240, "free", false, mutex.IsOwned);
        Assert.True(mutex.TryWait());
        Answer.Is(240, "owned", true, mutex.IsOwned);
        Assert.True(mutex.TryWait());
        Answer.Is(240, "owned twice", true, mutex.IsOwned);
        mutex.Release();
        Answer.Is(240, "released once", true, mutex.IsOwned);
        mutex.Release();
        Answer.Is(240, "released twice", false, mutex.IsOwned);
    }

    [Fact]
    public void Fact_242_243_A_thread_that_ended_abandons_it_and_the_next_owner_hears_of_it_once()
    {
        using NamedMutex mutex = NamedMutex.Create(UniqueName.Create());
        Answer.Is(242, "abandoned before", false, mutex.IsAbandoned);
        Abandon(mutex);
        HeardOnce(mutex, "thread");
    }

    [Fact]
    public void Fact_242_243_A_killed_process_abandons_it_and_the_next_owner_hears_of_it_once()
    {
        string name = UniqueName.Create();
        using NamedMutex mutex = NamedMutex.Create(name);
        using ChildProcess child = ChildProcess.Start(OwnUntilKilled, name);
        child.Expect("owned");
        Answer.Is(242, "taken while owned", false, mutex.TryWait());
        child.Kill();
        Answer.Is(242, "abandoned by a killed process", true, mutex.IsAbandoned);
        HeardOnce(mutex, "process");
    }

    [Fact]
    public void Fact_243_Who_waits_when_the_owner_is_killed_gets_it()
    {
        string name = UniqueName.Create();
        using NamedMutex mutex = NamedMutex.Create(name);
        using ChildProcess owner = ChildProcess.Start(OwnUntilKilled, name);
        owner.Expect("owned");
        using ChildProcess waiter = ChildProcess.Start(WaitAndTell, name);
        waiter.Expect("waiting");
        owner.Kill();
        Answer.Is(243, "in another process", $"{Abandoned} True success True", waiter.Receive());
        waiter.Finish();
        Answer.Is(243, "afterwards", "False False", $"{mutex.IsOwned} {mutex.IsAbandoned}");
    }

    [Fact]
    public void Fact_244_Waiting_for_any_tells_which_of_them_was_abandoned()
    {
        using NamedEvent lowest = NamedEvent.Create(null, EventResetMode.AutoReset, initialState: true);
        using NamedMutex first = NamedMutex.Create(UniqueName.Create()), second = NamedMutex.Create(UniqueName.Create());
        Abandon(first, second);
        Answer.Is(244, "the event is set", 0, WaitableObject.WaitAny(lowest, first, second));
        Answer.Is(244, "abandoned still", "True True", $"{first.IsAbandoned} {second.IsAbandoned}");
        Answer.Is(244, "index of the lower", 1, Assert.Throws<AbandonedMutexException>(() => WaitableObject.WaitAny(lowest, first, second)).MutexIndex);
        Answer.Is(244, "then", "True False False True", $"{first.IsOwned} {first.IsAbandoned} {second.IsOwned} {second.IsAbandoned}");
        AbandonedMutexException higher = Assert.Throws<AbandonedMutexException>(() => WaitableObject.WaitAny(lowest, lowest, second));
        Answer.Is(244, "index of the higher", 2, higher.MutexIndex);
        Assert.Null(higher.Mutex);
        Answer.Is(244, "release", "success success", $"{Answer.Of(first.Release)} {Answer.Of(second.Release)}");
        Abandon(first);
        Answer.Is(244, "index of a wait for one", -1, Assert.Throws<AbandonedMutexException>(() => first.TryWait()).MutexIndex);
        first.Release();
    }

    [Fact]
    public void Fact_245_Waiting_for_all_tells_it_when_it_has_all()
    {
        using NamedEvent missing = NamedEvent.Create(null, EventResetMode.AutoReset);
        using NamedMutex first = NamedMutex.Create(UniqueName.Create()), second = NamedMutex.Create(UniqueName.Create());
        Abandon(first, second);
        WaitableObject[] all = [missing, first, second];
        Answer.Is(245, "the event is missing", false, WaitableObject.WaitAll(all, TimeSpan.FromMilliseconds(20)));
        Answer.Is(245, "abandoned still", "True True", $"{first.IsAbandoned} {second.IsAbandoned}");
        missing.Set();
        AbandonedMutexException abandoned = Assert.Throws<AbandonedMutexException>(() => WaitableObject.WaitAll(all, ChildProcess.Watchdog));
        Answer.Is(245, "index", -1, abandoned.MutexIndex);
        Answer.Is(245, "taken", "False True True", $"{missing.IsSet} {first.IsOwned} {second.IsOwned}");
        Answer.Is(245, "release", "success success", $"{Answer.Of(first.Release)} {Answer.Of(second.Release)}");
    }

    [Fact]
    public void Fact_246_An_owner_that_ends_while_the_last_handle_is_closed_leaves_no_name()
    {
        const int rounds = 1000;
        string name = UniqueName.Create();
        int kept = 0;
        for (int i = 0; i < rounds; i++)
        {
            NamedMutex mutex = NamedMutex.Create(name);
            kept += mutex.CreatedNew ? 0 : 1;
            using var together = new Barrier(2);
            var owner = new Thread(() =>
            {
                mutex.Wait();
                together.SignalAndWait(ChildProcess.Watchdog);
            });
            owner.Start();
            Assert.True(together.SignalAndWait(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
            mutex.Dispose();
            Assert.True(owner.Join(ChildProcess.Watchdog));
        }

        Answer.Is(246, "names that were left", 0, kept);
        using NamedMutex last = NamedMutex.Create(name);
        Answer.Is(246, "the name afterwards", "True False True", $"{last.CreatedNew} {last.IsAbandoned} {last.TryWait()}");
        last.Release();
    }

    [Fact]
    public void Fact_247_Owned_mutexes_are_closed_without_release_by_many_threads()
    {
        // More rounds than a thread on Linux may own mutexes: one that nobody can reach any more must not count.
        const int threads = 4, rounds = 1500;
        string[] names = [UniqueName.Create(), UniqueName.Create()];
        string[] ends = new string[threads];
        Thread[] all = [.. Enumerable.Range(0, threads).Select(t => new Thread(() => ends[t] = Answer.Of(() =>
        {
            for (int i = 0; i < rounds; i++)
            {
                NamedMutex.Create(names[(i + t) % names.Length], initiallyOwned: true).Dispose();
            }
        })))];
        foreach (Thread thread in all)
        {
            thread.Start();
        }

        Assert.All(all, thread => Assert.True(thread.Join(ChildProcess.Watchdog)));
        Answer.Is(247, "how the threads ended", string.Join(' ', Enumerable.Repeat(Answer.Success, threads)), string.Join(' ', ends));
        foreach (string name in names)
        {
            using NamedMutex mutex = NamedMutex.Create(name);
            Answer.Is(247, "the name afterwards", "True False", $"{mutex.CreatedNew} {mutex.IsOwned}");
        }
    }

    [Fact]
    public void Fact_248_Who_opens_by_creating_does_not_own_it()
    {
        string name = UniqueName.Create();
        using NamedMutex first = NamedMutex.Create(name);
        using NamedMutex second = NamedMutex.Create(name, initiallyOwned: true);
        Answer.Is(248, "created", false, second.CreatedNew);
        Answer.Is(248, "owned", false, second.IsOwned);
        Answer.Is(248, "release", 288, Answer.Of(second.Release));
        string owned = UniqueName.Create();
        using NamedMutex third = NamedMutex.Create(owned, initiallyOwned: true);
        Answer.Is(248, "of a new one", true, third.IsOwned);
        using ChildProcess child = ChildProcess.Start(CreateOwned, owned);
        Answer.Is(248, "in another process", "False 288", child.Receive());
        child.Finish();
        third.Release();
    }

    [ChildScenario]
    internal static void CreateOwned(string[] arguments)
    {
        using NamedMutex mutex = NamedMutex.Create(arguments[0], initiallyOwned: true);
        Console.WriteLine($"{mutex.CreatedNew} {Answer.Of(mutex.Release)}");
    }

    [ChildScenario]
    internal static void OwnUntilKilled(string[] arguments)
    {
        using NamedMutex mutex = NamedMutex.Open(arguments[0]);
        mutex.Wait();
        Console.WriteLine("owned");
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void WaitAndTell(string[] arguments)
    {
        using NamedMutex mutex = NamedMutex.Open(arguments[0]);
        Console.WriteLine("waiting");
        string first = Answer.Of(() => mutex.Wait());
        bool isOwned = mutex.IsOwned;
        Console.WriteLine($"{first} {isOwned} {Answer.Of(mutex.Release)} {mutex.TryWait()}");
        mutex.Release();
    }

    /// <summary>A thread takes them and ends.</summary>
    private static void Abandon(params NamedMutex[] mutexes)
    {
        using (var owner = new OtherThread())
        {
            Assert.All(mutexes, mutex => Assert.True(owner.Do(mutex.TryWait)));
        }

        // The thread's own code is over; the system still has to end it.
        Await(() => mutexes.All(mutex => mutex.IsAbandoned));
    }

    private static void HeardOnce(NamedMutex mutex, string whose)
    {
        Answer.Is(242, $"owned, its {whose} ended", false, mutex.IsOwned);
        Answer.Is(243, $"first wait, {whose}", Abandoned, Answer.Of(() => { mutex.TryWait(); }));
        Answer.Is(243, $"then, {whose}", "True False", $"{mutex.IsOwned} {mutex.IsAbandoned}");
        using var other = new OtherThread();
        Answer.Is(243, $"taken by another, {whose}", false, other.Do(mutex.TryWait));
        Answer.Is(243, $"release, {whose}", Answer.Success, Answer.Of(mutex.Release));
        Answer.Is(243, $"second wait, {whose}", true, other.Do(mutex.TryWait));
        other.Do(mutex.Release);
    }

    private static void Await(Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < ChildProcess.Watchdog, "It does not happen.");
            Thread.Yield();
        }
    }
}
