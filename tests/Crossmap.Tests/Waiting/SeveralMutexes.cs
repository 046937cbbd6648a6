using System.Diagnostics;
using System.Globalization;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>Sleeping for any of several mutexes: on Linux another thread sleeps for each beyond the first, and none of them may keep a wake-up.</summary>
public class SeveralMutexes
{
    private const int Count = 3, FutexWaitv = 449;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Any_sleeps_until_one_of_several_is_released(int released)
    {
        string name = UniqueName.Create() + "-";
        using ChildProcess owner = ChildProcess.Start(OwnAll, name);
        owner.Expect("owned");
        using ChildProcess waiter = ChildProcess.Start(WaitForAny, name);
        waiter.Expect("waiting");
        owner.Send(released.ToString(CultureInfo.InvariantCulture));
        waiter.Expect($"{released + 1} False");
        waiter.Finish();
        owner.Send("end");
        owner.Finish();
    }

    [Fact]
    public void Any_hears_that_the_owner_of_all_was_killed()
    {
        string name = UniqueName.Create() + "-";
        using ChildProcess owner = ChildProcess.Start(OwnAll, name);
        owner.Expect("owned");
        using ChildProcess waiter = ChildProcess.Start(WaitForAny, name);
        waiter.Expect("waiting");
        owner.Kill();
        Assert.EndsWith(" True", waiter.Receive(), StringComparison.Ordinal);
        waiter.Finish();
    }

    [Fact]
    public void Late_or_cancelled_wait_takes_nothing_and_keeps_nothing_from_others()
    {
        using NamedMutex one = NamedMutex.Create(null), two = NamedMutex.Create(null);
        using NamedEvent reset = NamedEvent.Create(null, EventResetMode.AutoReset);
        using OtherThread owner = new(), waiter = new(), single = new();
        owner.Do(() => WaitableObject.WaitAll(one, two));
        Assert.Equal(WaitHandle.WaitTimeout, WaitableObject.WaitAny([one, two, reset], TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken));
        using var source = new CancellationTokenSource();
        OtherThread.Step cancelled = waiter.Begin(() =>
            Assert.ThrowsAny<OperationCanceledException>(() => WaitableObject.WaitAny([reset, one, two], Timeout.InfiniteTimeSpan, source.Token)));
        source.Cancel();
        cancelled.Finish();
        OtherThread.Step satisfied = waiter.Begin(() => Assert.Equal(0, WaitableObject.WaitAny(reset, one, two)));
        OtherThread.Step taken = single.Begin(() =>
        {
            Assert.True(two.Wait(ChildProcess.Watchdog));
            two.Release();
        });
        reset.Set();
        satisfied.Finish();
        owner.Do(two.Release);
        taken.Finish();
        owner.Do(one.Release);
        Assert.Equal((false, false), (one.IsOwned, two.IsOwned));
    }

    [Fact]
    public void Mutex_that_others_take_first_is_slept_for_again()
    {
        const int rounds = 2000;
        using NamedMutex one = NamedMutex.Create(null), two = NamedMutex.Create(null);
        int owners = 0, most = 0;
        OtherThread[] threads = [new(), new(), new(), new()];
        OtherThread.Step[] steps = [.. threads.Select((thread, i) => thread.Begin(() =>
        {
            for (int round = 0; round < rounds; round++)
            {
                NamedMutex taken = i % 2 == 0 ? one : two;
                if (i < 2)
                {
                    taken.Wait();
                }
                else
                {
                    taken = WaitableObject.WaitAny(one, two) == 0 ? one : two;
                }

                int now = Interlocked.Increment(ref owners);
                most = Math.Max(most, now);
                _ = Interlocked.Decrement(ref owners);
                taken.Release();
            }
        }))];
        Array.ForEach(steps, step => step.Finish());
        Array.ForEach(threads, thread => thread.Dispose());
        Assert.InRange(most, 1, 2);
        if (OperatingSystem.IsLinux())
        {
            // One each time for the two that wait for any; an idle one is used again.
            int standIns = ThreadsOfProcess.CountNamed("Crossmap stand");
            Assert.InRange(standIns, 0, 64);
        }
    }

    /// <summary>Whom the kernel wakes first is the one that is killed: the wake-up goes on to who sleeps behind it, or he hears of a dead owner.</summary>
    [Fact]
    public void Killed_waiter_for_any_takes_no_wake_up_with_it()
    {
        Linux.Only();
        const int rounds = 12;
        string name = UniqueName.Create() + "-";
        NamedMutex[] mutexes = Create(name);
        using var single = new OtherThread();
        for (int round = 0; round < rounds; round++)
        {
            try
            {
                WaitableObject.WaitAll(mutexes);
            }
            catch (AbandonedMutexException)
            {
                // The killed one of the last round got his after the one behind him.
            }

            NamedMutex wanted = mutexes[round % Count];
            using ChildProcess killed = ChildProcess.Start(WaitForAny, name);
            killed.Expect("waiting");
            AwaitSleep(killed);
            OtherThread.Step behind = single.Begin(() =>
            {
                try
                {
                    // Without a time: at its end a sleeper looks again, and would find what nobody told him of.
                    wanted.Wait();
                }
                catch (AbandonedMutexException)
                {
                    // The killed one had it already.
                }

                wanted.Release();
            });
            wanted.Release();
            killed.Kill();
            behind.Finish();
            Array.ForEach(mutexes, mutex =>
            {
                if (mutex != wanted)
                {
                    mutex.Release();
                }
            });
        }

        Array.ForEach(mutexes, mutex => mutex.Dispose());
    }

    [ChildScenario]
    internal static void OwnAll(string[] arguments)
    {
        NamedMutex[] mutexes = Create(arguments[0]);
        WaitableObject.WaitAll(mutexes);
        Console.WriteLine("owned");
        while (Console.ReadLine() is { } line && line != "end")
        {
            mutexes[int.Parse(line, CultureInfo.InvariantCulture)].Release();
        }
    }

    [ChildScenario]
    internal static void WaitForAny(string[] arguments)
    {
        NamedMutex[] mutexes = Create(arguments[0]);
        using NamedEvent never = NamedEvent.Create(null, EventResetMode.ManualReset);
        Console.WriteLine("waiting");
        try
        {
            Console.WriteLine($"{WaitableObject.WaitAny([never, .. mutexes])} False");
        }
        catch (AbandonedMutexException e)
        {
            Console.WriteLine($"{e.MutexIndex} True");
        }
    }

    private static NamedMutex[] Create(string name) => [.. Enumerable.Range(0, Count).Select(i => NamedMutex.Create(name + i))];

    /// <summary>Until its main thread and those who sleep in its place are in the kernel.</summary>
    private static void AwaitSleep(ChildProcess child)
    {
        var watch = Stopwatch.StartNew();
        while (ThreadsOfProcess.CountIn(child.Id, FutexWaitv) < Count)
        {
            Assert.True(watch.Elapsed < ChildProcess.Watchdog, "The child does not fall asleep.");
            Thread.Yield();
        }
    }
}
