using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>Waits that hold no thread.</summary>
public class AsyncWaiting
{
    [Fact]
    public async Task Waits_are_completed_by_another_process()
    {
        string name = UniqueName.Create();
        using NamedSemaphore semaphore = NamedSemaphore.Create(name, 0, 10);
        using NamedEvent gate = NamedEvent.Create(name + "-gate", EventResetMode.ManualReset);
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Task first = semaphore.WaitAsync(cancellation), second = semaphore.WaitAsync(cancellation), event1 = gate.WaitAsync(cancellation), event2 = gate.WaitAsync(cancellation);
        Assert.False(first.IsCompleted || second.IsCompleted || event1.IsCompleted || event2.IsCompleted);
        using ChildProcess child = ChildProcess.Start(Give, name);
        await Task.WhenAll(first, second, event1, event2).WaitAsync(ChildProcess.Watchdog, cancellation);
        child.Finish();
        Assert.Equal(0, semaphore.CurrentCount);
        Assert.True(gate.IsSet);
        await semaphore.WaitAsync(TimeSpan.Zero, cancellation).ContinueWith(task => Assert.False(task.Result), TaskScheduler.Default);
    }

    [Fact]
    public async Task Thousands_of_waits_for_a_hundred_objects_hold_one_thread()
    {
        const int objects = 100, each = 100;
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        NamedSemaphore[] semaphores = [.. Enumerable.Range(0, objects).Select(_ => NamedSemaphore.Create(null, 0, each))];
        Task[] waits = [.. semaphores.SelectMany(semaphore => Enumerable.Range(0, each).Select(_ => semaphore.WaitAsync(cancellation)))];
        if (OperatingSystem.IsLinux())
        {
            int threads = ThreadsOfProcess.CountNamed("Crossmap waits");
            Assert.InRange(threads, 1, 2);
        }

        foreach (NamedSemaphore semaphore in semaphores)
        {
            semaphore.Release(each - 1);
            semaphore.Release();
        }

        await Task.WhenAll(waits).WaitAsync(ChildProcess.Watchdog, cancellation);
        Assert.All(semaphores, semaphore => Assert.Equal(0, semaphore.CurrentCount));
        Array.ForEach(semaphores, semaphore => semaphore.Dispose());
    }

    [Fact]
    public async Task Late_and_cancelled_waits_take_nothing()
    {
        using NamedSemaphore semaphore = NamedSemaphore.Create(null, 0, 1);
        using NamedEvent gate = NamedEvent.Create(null, EventResetMode.AutoReset);
        using var source = new CancellationTokenSource();
        Task cancelled = semaphore.WaitAsync(source.Token);
        Task<bool> late = gate.WaitAsync(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
        Assert.False(await late.WaitAsync(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
        semaphore.Release();
        gate.Set();
        Assert.True(semaphore.TryWait());
        Assert.True(gate.TryWait());
        Assert.True(semaphore.WaitAsync(source.Token).IsCanceled);
        Assert.True(gate.WaitAsync(source.Token).IsCanceled);
    }

    [Fact]
    public async Task Races_of_giving_and_cancelling_neither_lose_nor_invent()
    {
        using NamedSemaphore semaphore = NamedSemaphore.Create(null, 0, int.MaxValue);
        int taken = 0;
        for (int round = 0; round < 300; round++)
        {
            using var source = new CancellationTokenSource();
            Task<bool> wait = semaphore.WaitAsync(Timeout.InfiniteTimeSpan, source.Token);
            Task release = Task.Run(() => semaphore.Release(), TestContext.Current.CancellationToken);
            await source.CancelAsync();
            await release;
            try
            {
                taken += await wait.WaitAsync(ChildProcess.Watchdog, TestContext.Current.CancellationToken) ? 1 : 0;
            }
            catch (OperationCanceledException)
            {
            }
        }

        // What a cancelled wait had taken comes back a moment later.
        while (taken < 300)
        {
            Assert.True(await semaphore.WaitAsync(ChildProcess.Watchdog, TestContext.Current.CancellationToken), $"{taken} of 300 were found again.");
            taken++;
        }

        Assert.Equal(300, taken);
        Assert.False(semaphore.TryWait());
    }

    [Fact]
    public void Cancelled_waits_are_kept_by_nobody()
    {
        using NamedSemaphore semaphore = NamedSemaphore.Create(null, 0, 1);
        WeakReference[] cancelled = [.. Enumerable.Range(0, 20).Select(_ => WaitAndCancel(semaphore))];
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (cancelled.Any(wait => wait.IsAlive))
        {
            Assert.True(watch.Elapsed < ChildProcess.Watchdog, "Somebody keeps waits that are over.");
            GC.Collect();
            Thread.Yield();
        }

        static WeakReference WaitAndCancel(NamedSemaphore semaphore)
        {
            using var source = new CancellationTokenSource();
            Task wait = semaphore.WaitAsync(source.Token);
            source.Cancel();
            return new WeakReference(wait);
        }
    }

    [ChildScenario]
    internal static void Give(string[] arguments)
    {
        using NamedSemaphore semaphore = NamedSemaphore.Open(arguments[0]);
        using NamedEvent gate = NamedEvent.Open(arguments[0] + "-gate");
        semaphore.Release(2);
        gate.Set();
    }
}
