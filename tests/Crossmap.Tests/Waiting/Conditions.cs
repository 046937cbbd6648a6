using Crossmap.Objects;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>A condition with its mutex, between threads and processes, and what becomes of those who wait when somebody is killed.</summary>
public partial class Conditions
{
    /// <summary>What a test's processes share: a mutex, a condition, and memory that they are about.</summary>
    private sealed class Shared : IDisposable
    {
        private readonly FileMapping _mapping;
        private readonly MappedView _view;

        private Shared(FileMapping mapping, NamedMutex mutex, NamedCondition condition)
        {
            _mapping = mapping;
            _view = mapping.MapView();
            (Mutex, Condition) = (mutex, condition);
        }

        public NamedMutex Mutex { get; }

        public NamedCondition Condition { get; }

        /// <summary>How many have come to wait.</summary>
        public ref int Arrived => ref _view.At<int>(0);

        /// <summary>What they wait for.</summary>
        public ref int Flag => ref _view.At<int>(4);

        public static Shared Create(string name) =>
            new(FileMapping.CreateInMemory(4096, name + "-memory"), NamedMutex.Create(name + "-mutex"), NamedCondition.Create(name));

        public static Shared Open(string name) => new(FileMapping.Open(name + "-memory"), NamedMutex.Open(name + "-mutex"), NamedCondition.Open(name));

        /// <summary>Waits until so many have given the mutex up: from then on a notification is for them.</summary>
        public void Await(int arrived)
        {
            bool Came()
            {
                Take();
                bool came = Arrived == arrived;
                Mutex.Release();
                return came;
            }

            Assert.True(SpinWait.SpinUntil(Came, ChildProcess.Watchdog), "Not all come to wait.");
        }

        public void Change(bool notifyOwning = true)
        {
            Take();
            Flag = 1;
            if (notifyOwning)
            {
                Condition.NotifyAll();
            }

            Mutex.Release();
            if (!notifyOwning)
            {
                Condition.NotifyAll();
            }
        }

        public void Take() => Assert.True(Mutex.Wait(ChildProcess.Watchdog));

        public void Dispose()
        {
            Condition.Dispose();
            Mutex.Dispose();
            _view.Dispose();
            _mapping.Dispose();
        }
    }

    /// <summary>A mutex that somebody else takes at once when it is given up, notifies and is gone, before its owner comes to sleep.</summary>
    private sealed class NotifyingMutex(Condition condition) : Objects.Mutex
    {
        public const int Depth = 3;

        public int TakenAgain { get; private set; }

        public override bool CreatedNew => true;

        public override MutexState State => default;

        public override int ReleaseAll()
        {
            condition.NotifyAll();
            return Depth;
        }

        public override WaitResult TakeAgain(int depth)
        {
            TakenAgain = depth;
            return WaitResult.Signaled;
        }

        public override WaitResult Wait(long timeoutMilliseconds, CancellationToken cancellation) => throw new NotSupportedException();

        public override bool TryRelease() => throw new NotSupportedException();

        public override void Dispose()
        {
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Notification_wakes_all_who_wait_in_several_processes(bool notifyOwning)
    {
        string name = UniqueName.Create();
        using var shared = Shared.Create(name);
        ChildProcess[] children = [.. Enumerable.Range(0, 3).Select(_ => ChildProcess.Start(WaitForFlag, name))];
        shared.Await(children.Length);
        shared.Change(notifyOwning);
        foreach (ChildProcess child in children)
        {
            child.Expect("went on");
            child.Finish();
            child.Dispose();
        }
    }

    /// <summary>Killed asleep, or on its way back to the mutex, where the others that were woken are too.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Killed_waiter_takes_nobodys_notification_with_it(bool notified)
    {
        string name = UniqueName.Create();
        using var shared = Shared.Create(name);
        using ChildProcess killed = ChildProcess.Start(WaitForFlag, name), child = ChildProcess.Start(WaitForFlag, name);
        shared.Await(2);
        if (OperatingSystem.IsLinux())
        {
            Asleep.Await(killed, name);
        }

        shared.Take();
        if (notified)
        {
            shared.Flag = 1;
            shared.Condition.NotifyAll();
        }

        killed.Kill();
        shared.Mutex.Release();
        if (!notified)
        {
            shared.Change();
        }

        child.Expect("went on");
        child.Finish();
        shared.Take();
        shared.Mutex.Release();
    }

    [Fact]
    public void Who_takes_the_mutex_of_a_killed_notifier_notifies_in_his_place()
    {
        string name = UniqueName.Create();
        using var shared = Shared.Create(name);
        using ChildProcess child = ChildProcess.Start(WaitForFlag, name), notifier = ChildProcess.Start(Own, name);
        notifier.Expect("owns");
        notifier.Kill();
        bool wasTold = false;
        try
        {
            // Either this process or the waiter that comes is the next owner.
            shared.Await(1);
        }
        catch (AbandonedMutexException)
        {
            wasTold = true;
            shared.Mutex.Release();
        }

        shared.Await(1);
        shared.Change();
        Assert.Equal(wasTold ? "went on" : "abandoned", child.Receive());
        child.Finish();
    }

    [Fact]
    public void Waiter_hears_of_an_owner_who_died_meanwhile_and_owns_the_mutex_as_often_as_before()
    {
        string name = UniqueName.Create();
        using var shared = Shared.Create(name);
        using var waiter = new OtherThread();
        OtherThread.Step step = waiter.Begin(() =>
        {
            shared.Take();
            shared.Take();
            shared.Arrived++;
            Assert.Throws<AbandonedMutexException>(() => shared.Condition.Wait(shared.Mutex, ChildProcess.Watchdog, TestContext.Current.CancellationToken));
            shared.Mutex.Release();
            Assert.True(shared.Mutex.IsOwned);
            shared.Mutex.Release();
            Win32.Fails<ApplicationException>(288, shared.Mutex.Release);
        });
        shared.Await(1);
        using ChildProcess owner = ChildProcess.Start(Own, name);
        owner.Expect("owns");
        shared.Condition.NotifyAll();
        Assert.False(step.IsOver);
        owner.Kill();
        step.Finish();
        shared.Take();
        shared.Mutex.Release();
    }

    /// <summary>Killed between any two steps of a notification, a notifier leaves nothing that keeps the next from being heard.</summary>
    [Fact]
    public void Killed_notifiers_leave_a_condition_that_works()
    {
        string name = UniqueName.Create();
        using var shared = Shared.Create(name);
        for (int round = 0; round < 4; round++)
        {
            using ChildProcess notifier = ChildProcess.Start(NotifyForEver, name), child = ChildProcess.Start(WaitForFlag, name);
            notifier.Expect("notifies");
            shared.Await(1);
            notifier.Kill();
            shared.Change();
            child.Expect("went on");
            child.Finish();
            (shared.Arrived, shared.Flag) = (0, 0);
        }
    }

    [Fact]
    public void Late_wait_owns_the_mutex_as_often_as_before()
    {
        using NamedMutex mutex = NamedMutex.Create(UniqueName.Create());
        using NamedCondition condition = NamedCondition.Create(UniqueName.Create());
        using var other = new OtherThread();
        for (int i = 0; i < 3; i++)
        {
            Assert.True(mutex.TryWait());
        }

        Assert.False(condition.Wait(mutex, TimeSpan.FromMilliseconds(5), TestContext.Current.CancellationToken));
        Assert.False(condition.Wait(mutex, TimeSpan.Zero, TestContext.Current.CancellationToken));
        for (int i = 0; i < 3; i++)
        {
            Assert.False(other.Do(() => mutex.TryWait()));
            mutex.Release();
        }

        Win32.Fails<ApplicationException>(288, mutex.Release);
    }

    [Fact]
    public void Mutex_that_is_owned_several_times_is_given_up_altogether()
    {
        using NamedMutex mutex = NamedMutex.Create(null);
        using NamedCondition condition = NamedCondition.Create(null);
        using var other = new OtherThread();
        bool changed = false;
        Assert.True(mutex.TryWait());
        Assert.True(mutex.TryWait());
        OtherThread.Step step = other.Begin(() =>
        {
            Assert.True(mutex.Wait(ChildProcess.Watchdog));
            changed = true;
            condition.NotifyAll();
            mutex.Release();
        });
        while (!changed)
        {
            Assert.True(condition.Wait(mutex, ChildProcess.Watchdog, TestContext.Current.CancellationToken));
        }

        step.Finish();
        mutex.Release();
        Assert.True(mutex.IsOwned);
        mutex.Release();
        Assert.False(mutex.IsOwned);
    }

    [Fact]
    public void Cancelled_wait_comes_back_only_with_the_mutex()
    {
        using NamedMutex mutex = NamedMutex.Create(null);
        using NamedCondition condition = NamedCondition.Create(null);
        using var source = new CancellationTokenSource();
        using var other = new OtherThread();
        other.Do(() => mutex.Wait());
        OtherThread.Step step = other.Begin(() =>
        {
            Assert.ThrowsAny<OperationCanceledException>(() => condition.Wait(mutex, source.Token));

            // Cancelled from the start: it does not even give it up.
            Assert.ThrowsAny<OperationCanceledException>(() => condition.Wait(mutex, source.Token));
            mutex.Release();
            Win32.Fails<ApplicationException>(288, mutex.Release);
        });
        Assert.True(mutex.Wait(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
        source.Cancel();
        Assert.False(step.IsOver);
        mutex.Release();
        step.Finish();
        Assert.False(mutex.IsOwned);
    }

    [Fact]
    public void Who_does_not_own_the_mutex_is_refused()
    {
        using NamedMutex mutex = NamedMutex.Create(null);
        using NamedCondition condition = NamedCondition.Create(null);
        using var other = new OtherThread();
        Win32.Fails<ApplicationException>(288, () => condition.Wait(mutex, TestContext.Current.CancellationToken));
        other.Do(() => mutex.Wait());
        Win32.Fails<ApplicationException>(288, () => condition.Wait(mutex, TimeSpan.Zero, TestContext.Current.CancellationToken));
        other.Do(mutex.Release);
        mutex.Wait(TestContext.Current.CancellationToken);
        Win32.Fails<ArgumentOutOfRangeException>(87, () => condition.Wait(mutex, TimeSpan.FromMilliseconds(-2), TestContext.Current.CancellationToken));
        Assert.Throws<ArgumentNullException>("mutex", () => condition.Wait(null!, TestContext.Current.CancellationToken));
        condition.Dispose();
        Assert.Throws<ObjectDisposedException>(() => condition.Wait(mutex, TestContext.Current.CancellationToken));
        Assert.Throws<ObjectDisposedException>(condition.NotifyAll);
        mutex.Release();
    }

    [Fact]
    public void Notification_between_giving_the_mutex_up_and_sleeping_is_heard()
    {
        string name = UniqueName.Create();
        using Condition waiter = ObjectSystem.Current.CreateCondition(ObjectName.Parse(name), ObjectAudience.Owner);
        using Condition notifier = ObjectSystem.Current.OpenCondition(ObjectName.Parse(name))!;
        Assert.Equal((true, false), (waiter.CreatedNew, notifier.CreatedNew));
        ulong first = waiter.Arrive();
        notifier.NotifyAll();
        ulong second = waiter.Arrive();
        Assert.Equal(WaitResult.Signaled, waiter.Sleep(first, 0, CancellationToken.None));
        Assert.Equal(WaitResult.Signaled, waiter.Sleep(first, -1, CancellationToken.None));
        Assert.Equal(WaitResult.TimedOut, waiter.Sleep(second, 0, CancellationToken.None));
        Assert.Equal(WaitResult.TimedOut, waiter.Sleep(second, 5, CancellationToken.None));
        notifier.NotifyAll();
        notifier.NotifyAll();
        Assert.Equal(WaitResult.Signaled, waiter.Sleep(second, -1, CancellationToken.None));
    }

    [Fact]
    public void Wait_has_begun_when_the_mutex_is_given_up()
    {
        using Condition condition = ObjectSystem.Current.CreateCondition(ObjectName.Parse(null), ObjectAudience.Owner);
        using var mutex = new NotifyingMutex(condition);
        Assert.Equal(WaitResult.Signaled, condition.Wait(mutex, (long)ChildProcess.Watchdog.TotalMilliseconds, CancellationToken.None));
        Assert.Equal(NotifyingMutex.Depth, mutex.TakenAgain);
    }

    [Fact]
    public void Half_a_notification_on_Windows_is_finished_by_who_hears_it()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "This is about the events that a condition is made of on Windows.");
        string name = UniqueName.Create();
        using var waiter = (Windows.WindowsCondition)ObjectSystem.Current.CreateCondition(ObjectName.Parse(name), ObjectAudience.Everyone);
        using var notifier = (Windows.WindowsCondition)ObjectSystem.Current.OpenCondition(ObjectName.Parse(name))!;
        ulong arrived = waiter.Arrive();
        notifier.WakeGeneration(out ulong generation).Dispose();
        Assert.Equal(arrived, generation);
        Assert.Equal(WaitResult.Signaled, waiter.Sleep(arrived, -1, CancellationToken.None));
        Assert.Equal(arrived + 1, waiter.Arrive());
        Assert.Equal(WaitResult.TimedOut, waiter.Sleep(arrived + 1, 0, CancellationToken.None));
        notifier.NotifyAll();
        Assert.Equal(WaitResult.Signaled, waiter.Sleep(arrived + 1, -1, CancellationToken.None));
    }

    [Fact]
    public void Two_processes_that_wait_for_each_other_in_turn_lose_no_notification()
    {
        const int rounds = 2000;
        string name = UniqueName.Create();
        using var shared = Shared.Create(name);
        using ChildProcess child = ChildProcess.Start(TakeTurns, name, "1", $"{rounds}");
        TakeTurns([name, "0", $"{rounds}"]);
        child.Finish();
        Assert.Equal(2 * rounds, shared.Flag);
    }

    [Fact]
    public void Items_of_several_producers_reach_several_consumers_once()
    {
        const int each = 500;
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(65536, name + "-memory");
        using MappedView view = mapping.MapView();
        using NamedMutex mutex = NamedMutex.Create(name + "-mutex");
        using NamedCondition notFull = NamedCondition.Create(name + "-full"), notEmpty = NamedCondition.Create(name + "-empty");
        ChildProcess[] children =
        [
            ChildProcess.Start(Consume, name, $"{each}"), ChildProcess.Start(Produce, name, $"{each}", "0"),
            ChildProcess.Start(Consume, name, $"{each}"), ChildProcess.Start(Produce, name, $"{each}", $"{each}"),
        ];
        Array.ForEach(children, child => child.Finish());
        Array.ForEach(children, child => child.Dispose());
        Assert.Equal(0, view.At<int>(0));
        Assert.Equal(-1, view.AsSpan(4096, 2 * each).IndexOfAnyExcept((byte)1));
        Assert.Equal(-1, view.AsSpan(4096 + (2 * each), 100).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void Name_of_another_kind_is_refused()
    {
        string name = UniqueName.Create();
        using (NamedCondition condition = NamedCondition.Create(name))
        {
            using NamedCondition again = NamedCondition.Create(name, ObjectAudience.Everyone), opened = NamedCondition.Open(name);
            Assert.Equal((true, false, false, name), (condition.CreatedNew, again.CreatedNew, opened.CreatedNew, opened.Name));
            Assert.Equal(NamedObjectKind.Condition, NamedObjects.Find(name)?.Kind);
            Win32.Fails<WaitHandleCannotBeOpenedException>(6, () => NamedMutex.Create(name));
            Win32.Fails<WaitHandleCannotBeOpenedException>(6, () => NamedEvent.Open(name));
            Win32.Fails<IOException>(6, () => FileMapping.CreateInMemory(20480, name));
            Win32.Fails<IOException>(6, () => FileMapping.Open(name));
            Win32.Fails<WaitHandleCannotBeOpenedException>(2, () => NamedCondition.Open(name + "-other"));
            Assert.False(NamedCondition.TryOpen(name + "-other", out _));
        }

        Assert.False(NamedCondition.TryOpen(name, out _));
        using (FileMapping mapping = FileMapping.CreateInMemory(4096, name))
        {
            Win32.Fails<WaitHandleCannotBeOpenedException>(6, () => NamedCondition.Create(name));
        }

        using NamedSemaphore semaphore = NamedSemaphore.Create(name, 0, 1);
        Win32.Fails<WaitHandleCannotBeOpenedException>(6, () => NamedCondition.Create(name));
        Win32.Fails<WaitHandleCannotBeOpenedException>(6, () => NamedCondition.Open(name));
    }

    [Fact]
    public void Nothing_is_allocated_by_waiting_and_notifying()
    {
        Linux.Only();
        const int rounds = 300;
        using NamedMutex mutex = NamedMutex.Create(null);
        using NamedCondition condition = NamedCondition.Create(null);
        using var never = new CancellationTokenSource();
        using var other = new OtherThread();
        int turn = 0;

        // Each changes the turn of the other, with a token and without.
        long Play(int who)
        {
            long least = long.MaxValue;
            for (int game = 0; game < 5; game++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                for (int round = 0; round < rounds; round++)
                {
                    mutex.Wait();
                    while (turn % 2 != who)
                    {
                        Assert.True(condition.Wait(mutex, ChildProcess.Watchdog, round % 2 == 0 ? CancellationToken.None : never.Token));
                    }

                    turn++;
                    condition.NotifyAll();
                    mutex.Release();
                }

                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            return least;
        }

        long there = -1;
        OtherThread.Step step = other.Begin(() => there = Play(1));
        Assert.Equal(0, Play(0));
        step.Finish();
        Assert.Equal(0, there);
    }
}
