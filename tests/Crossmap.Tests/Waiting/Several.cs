using System.Globalization;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>Waiting for any or all of several objects of mixed kinds.</summary>
public class Several
{
    [Fact]
    public void Any_takes_the_lowest_that_is_there_and_leaves_the_others()
    {
        using NamedSemaphore semaphore = NamedSemaphore.Create(null, 1, 1);
        using NamedEvent auto = NamedEvent.Create(null, EventResetMode.AutoReset, initialState: true), manual = NamedEvent.Create(null, EventResetMode.ManualReset, initialState: true);
        using NamedMutex mutex = NamedMutex.Create(null);
        Assert.Equal(0, WaitableObject.WaitAny(semaphore, auto, mutex, manual));
        Assert.Equal(1, WaitableObject.WaitAny(semaphore, auto, mutex, manual));
        Assert.Equal(2, WaitableObject.WaitAny(semaphore, auto, mutex, manual));
        Assert.True(mutex.IsOwned);
        Assert.Equal(3, WaitableObject.WaitAny(semaphore, auto, manual, manual) + 1);
        mutex.Release();
        manual.Reset();
        Assert.Equal(WaitHandle.WaitTimeout, WaitableObject.WaitAny([semaphore, auto, manual], TimeSpan.Zero, TestContext.Current.CancellationToken));
        Assert.Equal(WaitHandle.WaitTimeout, WaitableObject.WaitAny([semaphore, auto, manual], TimeSpan.FromMilliseconds(5), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_sleeps_until_another_process_gives_one(int which)
    {
        string name = UniqueName.Create() + "-";
        using NamedSemaphore semaphore = NamedSemaphore.Create(name + 0, 0, 1);
        using NamedEvent auto = NamedEvent.Create(name + 1, EventResetMode.AutoReset), manual = NamedEvent.Create(name + 2, EventResetMode.ManualReset);
        using NamedMutex mutex = NamedMutex.Create(name + 3, initiallyOwned: true);
        using ChildProcess child = ChildProcess.Start(WaitAnyOf, name);
        child.Expect("waiting");
        switch (which)
        {
            case 0: semaphore.Release(); break;
            case 1: auto.Set(); break;
            case 2: manual.Set(); break;
            case 3: mutex.Release(); break;
        }

        child.Expect($"{which} False");
        child.Finish();
        Assert.Equal(0, semaphore.CurrentCount);
        Assert.False(auto.IsSet);
        Assert.Equal(which == 2, manual.IsSet);
    }

    [Fact]
    public void Any_hears_of_an_owner_that_was_killed()
    {
        string name = UniqueName.Create() + "-";
        using NamedSemaphore semaphore = NamedSemaphore.Create(name + 0, 0, 1);
        using NamedEvent auto = NamedEvent.Create(name + 1, EventResetMode.AutoReset), manual = NamedEvent.Create(name + 2, EventResetMode.ManualReset);
        using NamedMutex mutex = NamedMutex.Create(name + 3);
        using ChildProcess owner = ChildProcess.Start(Mutexes.Own, name + 3);
        owner.Expect("owned");
        using ChildProcess child = ChildProcess.Start(WaitAnyOf, name);
        child.Expect("waiting");
        owner.Kill();
        child.Expect("3 True");
        child.Finish();
    }

    [Fact]
    public void Killed_waiter_for_any_takes_no_signal_with_it()
    {
        string name = UniqueName.Create() + "-";
        using NamedSemaphore semaphore = NamedSemaphore.Create(name + 0, 0, 1);
        using NamedEvent auto = NamedEvent.Create(name + 1, EventResetMode.AutoReset), manual = NamedEvent.Create(name + 2, EventResetMode.ManualReset);
        using NamedMutex mutex = NamedMutex.Create(name + 3, initiallyOwned: true);
        using ChildProcess killed = ChildProcess.Start(WaitAnyOf, name);
        killed.Expect("waiting");
        using ChildProcess child = ChildProcess.Start(WaitAnyOf, name);
        child.Expect("waiting");
        using var single = new OtherThread();
        OtherThread.Step step = single.Begin(() => semaphore.Wait(ChildProcess.Watchdog));
        killed.Kill();
        auto.Set();
        child.Expect("1 False");
        child.Finish();
        semaphore.Release();
        step.Finish();
        mutex.Release();
    }

    [Fact]
    public void All_takes_all_or_nothing()
    {
        string name = UniqueName.Create() + "-";
        using NamedSemaphore semaphore = NamedSemaphore.Create(null, 1, 2);
        using NamedEvent auto = NamedEvent.Create(null, EventResetMode.AutoReset), manual = NamedEvent.Create(null, EventResetMode.ManualReset, initialState: true);
        using NamedMutex mutex = NamedMutex.Create(name);
        Assert.False(WaitableObject.WaitAll([semaphore, manual, mutex, auto], TimeSpan.Zero));
        Assert.False(WaitableObject.WaitAll([semaphore, manual, mutex, auto], TimeSpan.FromMilliseconds(5)));
        Assert.Equal(1, semaphore.CurrentCount);
        Assert.False(mutex.IsOwned);
        using var other = new OtherThread();
        OtherThread.Step step = other.Begin(() =>
        {
            WaitableObject.WaitAll(semaphore, manual, mutex, auto);
            mutex.Release();
        });
        auto.Set();
        step.Finish();
        Assert.Equal((0, false, true), (semaphore.CurrentCount, auto.IsSet, manual.IsSet));
        Win32.Fails<ArgumentException>(87, () => WaitableObject.WaitAll(auto, auto));
        Win32.Fails<ArgumentException>(87, () => WaitableObject.WaitAny());
        Win32.Fails<ArgumentException>(87, () => WaitableObject.WaitAny([.. Enumerable.Repeat<WaitableObject>(auto, 65)]));
        Assert.Equal(0, WaitableObject.WaitAny([.. Enumerable.Repeat<WaitableObject>(manual, 64)]));
    }

    [Fact]
    public void All_gives_an_abandoned_mutex_back_abandoned_and_reports_it_once_it_has_all()
    {
        using NamedEvent auto = NamedEvent.Create(null, EventResetMode.AutoReset);
        using NamedMutex mutex = NamedMutex.Create(null);
        using (var owner = new OtherThread())
        {
            owner.Do(() => Assert.True(mutex.TryWait()));
            owner.End();
        }

        Assert.False(WaitableObject.WaitAll([mutex, auto], TimeSpan.FromMilliseconds(5)));
        auto.Set();
        AbandonedMutexException abandoned = Assert.Throws<AbandonedMutexException>(() => WaitableObject.WaitAll([mutex, auto], ChildProcess.Watchdog));
        Assert.Equal(-1, abandoned.MutexIndex);
        Assert.False(auto.IsSet);
        mutex.Release();
    }

    [Fact]
    public void Philosophers_of_several_processes_all_eat()
    {
        const int meals = 300;
        string name = UniqueName.Create() + "-";
        NamedSemaphore[] forks = [.. Enumerable.Range(0, 3).Select(i => NamedSemaphore.Create(name + i, 1, 1))];
        ChildProcess[] children = [.. Enumerable.Range(0, 3).Select(i => ChildProcess.Start(Eat, name, i.ToString(CultureInfo.InvariantCulture), meals.ToString(CultureInfo.InvariantCulture)))];
        foreach (ChildProcess child in children)
        {
            child.Finish();
            child.Dispose();
        }

        foreach (NamedSemaphore fork in forks)
        {
            Assert.Equal(1, fork.CurrentCount);
            fork.Dispose();
        }
    }

    [Fact]
    public void Producers_and_waiters_for_any_lose_nothing()
    {
        const int each = 2000;
        string name = UniqueName.Create() + "-";
        using NamedSemaphore first = NamedSemaphore.Create(name + 0, 0, int.MaxValue), second = NamedSemaphore.Create(name + 1, 0, int.MaxValue);
        using ChildProcess consumer = ChildProcess.Start(TakeFromTwo, name, (2 * each).ToString(CultureInfo.InvariantCulture));
        using ChildProcess another = ChildProcess.Start(TakeFromTwo, name, (2 * each).ToString(CultureInfo.InvariantCulture));
        using var other = new OtherThread();
        OtherThread.Step step = other.Begin(() =>
        {
            for (int i = 0; i < 2 * each; i++)
            {
                second.Release();
            }
        });
        for (int i = 0; i < 2 * each; i++)
        {
            first.Release();
        }

        step.Finish();
        consumer.Finish();
        another.Finish();
        Assert.Equal((0, 0), (first.CurrentCount, second.CurrentCount));
    }

    [Fact]
    public void Cancelled_wait_for_any_takes_nothing()
    {
        using NamedSemaphore semaphore = NamedSemaphore.Create(null, 0, 1);
        using NamedEvent auto = NamedEvent.Create(null, EventResetMode.AutoReset);
        using var source = new CancellationTokenSource();
        using var other = new OtherThread();
        OtherThread.Step step = other.Begin(() => Assert.ThrowsAny<OperationCanceledException>(() => WaitableObject.WaitAny([semaphore, auto], Timeout.InfiniteTimeSpan, source.Token)));
        source.Cancel();
        step.Finish();
        semaphore.Release();
        auto.Set();
        Assert.True(semaphore.TryWait());
        Assert.True(auto.TryWait());
    }

    [Fact]
    public void Signal_and_wait_hands_over()
    {
        using NamedEvent auto = NamedEvent.Create(null, EventResetMode.AutoReset), back = NamedEvent.Create(null, EventResetMode.AutoReset);
        using NamedSemaphore full = NamedSemaphore.Create(null, 1, 1);
        using NamedMutex mutex = NamedMutex.Create(null);
        for (int i = 0; i < 1000; i++)
        {
            Assert.True(WaitableObject.SignalAndWait(auto, auto, ChildProcess.Watchdog));
        }

        Assert.False(auto.IsSet);
        Win32.Fails<SemaphoreFullException>(298, () => WaitableObject.SignalAndWait(full, auto, ChildProcess.Watchdog));
        Win32.Fails<ApplicationException>(288, () => WaitableObject.SignalAndWait(mutex, auto, ChildProcess.Watchdog));
        Assert.False(WaitableObject.SignalAndWait(auto, back, TimeSpan.Zero));
        Assert.True(auto.IsSet);
    }

    [Fact]
    public void Pulse_that_nobody_waits_for_satisfies_no_later_wait()
    {
        using NamedEvent pulsed = NamedEvent.Create(null, EventResetMode.AutoReset), other = NamedEvent.Create(null, EventResetMode.AutoReset);
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Assert.Equal(WaitHandle.WaitTimeout, WaitableObject.WaitAny([pulsed, other], TimeSpan.FromMilliseconds(20), cancellation));
        pulsed.Pulse();
        Assert.False(pulsed.Wait(TimeSpan.FromMilliseconds(5), cancellation));
        Assert.Equal(WaitHandle.WaitTimeout, WaitableObject.WaitAny([pulsed, other], TimeSpan.FromMilliseconds(5), cancellation));
    }

    [Fact]
    public void All_of_two_handles_to_one_object_is_refused_and_of_one_mutex_is_taken_twice()
    {
        Linux.Only();
        string name = UniqueName.Create() + "-";
        using NamedEvent one = NamedEvent.Create(name, EventResetMode.AutoReset, initialState: true), same = NamedEvent.Open(name);
        Win32.Fails<ArgumentException>(87, () => WaitableObject.WaitAll([one, same], TimeSpan.Zero));
        Assert.True(one.IsSet);
        using NamedMutex mutex = NamedMutex.Create(name + "-mutex"), again = NamedMutex.Open(name + "-mutex");
        Assert.True(WaitableObject.WaitAll([mutex, again], TimeSpan.Zero));
        again.Release();
        mutex.Release();
        Win32.Fails<ApplicationException>(288, mutex.Release);
    }

    [Fact]
    public void All_gives_back_what_it_has_when_a_take_fails()
    {
        Linux.Only();
        using NamedSemaphore semaphore = NamedSemaphore.Create(null, 1, 1);
        using NamedMutex mutex = NamedMutex.Create(null);
        using var other = new OtherThread();
        NamedMutex[] many = [.. Enumerable.Range(0, 1024).Select(_ => NamedMutex.Create(null))];
        other.Do(() => Array.ForEach(many, each => Assert.True(each.TryWait())));
        Win32.Fails<IOException>(1450, () => other.Do(() => WaitableObject.WaitAll([semaphore, mutex], TimeSpan.Zero)));
        Assert.Equal(1, semaphore.CurrentCount);
        Assert.False(mutex.IsOwned);
        Assert.True(mutex.TryWait());
        Assert.False(other.Do(() => mutex.TryWait()));
        mutex.Release();
        other.Do(() => Array.ForEach(many, each => each.Release()));
        Array.ForEach(many, each => each.Dispose());
    }

    [ChildScenario]
    internal static void WaitAnyOf(string[] arguments)
    {
        using NamedSemaphore semaphore = NamedSemaphore.Open(arguments[0] + 0);
        using NamedEvent auto = NamedEvent.Open(arguments[0] + 1), manual = NamedEvent.Open(arguments[0] + 2);
        using NamedMutex mutex = NamedMutex.Open(arguments[0] + 3);
        Console.WriteLine("waiting");
        try
        {
            Console.WriteLine($"{WaitableObject.WaitAny(semaphore, auto, manual, mutex)} False");
        }
        catch (AbandonedMutexException e)
        {
            Console.WriteLine($"{e.MutexIndex} True");
        }
    }

    [ChildScenario]
    internal static void Eat(string[] arguments)
    {
        int place = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        using NamedSemaphore left = NamedSemaphore.Open(arguments[0] + place), right = NamedSemaphore.Open(arguments[0] + ((place + 1) % 3));
        for (int i = int.Parse(arguments[2], CultureInfo.InvariantCulture); i > 0; i--)
        {
            WaitableObject.WaitAll(left, right);
            left.Release();
            right.Release();
        }
    }

    [ChildScenario]
    internal static void TakeFromTwo(string[] arguments)
    {
        using NamedSemaphore first = NamedSemaphore.Open(arguments[0] + 0), second = NamedSemaphore.Open(arguments[0] + 1);
        for (int i = int.Parse(arguments[1], CultureInfo.InvariantCulture); i > 0; i--)
        {
            _ = WaitableObject.WaitAny(first, second);
        }
    }
}
