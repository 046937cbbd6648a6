using Crossmap.Testing;

namespace Crossmap.Compatibility.Tests.Waiting;

/// <summary>The thread pool's waits, for named objects too.</summary>
public class Registered
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pool_calls_once_for_each_signal_that_another_process_gives(bool named)
    {
        string name = UniqueName.Create();
        using var semaphore = new Semaphore(0, 100, named ? name : null);
        using var calls = new SemaphoreSlim(0);
        RegisteredWaitHandle registered = RegisteredWaits.RegisterWaitForSingleObject(semaphore, (state, timedOut) =>
        {
            Assert.Equal("state", state);
            Assert.False(timedOut);
            calls.Release();
        }, "state", Timeout.Infinite, executeOnlyOnce: false);
        if (named)
        {
            using ChildProcess child = ChildProcess.Start(Together.ReleaseWhenTold, name);
            child.Expect("opened");
            child.Send("release");
            child.Send("release");
            child.Finish();
        }
        else
        {
            semaphore.Release(2);
        }

        semaphore.Release(3);
        for (int i = 0; i < 5; i++)
        {
            Assert.True(calls.Wait(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
        }

        Assert.True(RegisteredWaits.Unregister(registered, null));
        semaphore.Release();
        Assert.True(semaphore.WaitOne(ChildProcess.Watchdog), "Somebody still takes what is given.");
        Assert.False(calls.Wait(0, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void One_call_takes_one_signal()
    {
        using var semaphore = new Semaphore(0, 100, UniqueName.Create());
        using var called = new ManualResetEventSlim();
        RegisteredWaits.UnsafeRegisterWaitForSingleObject(semaphore, (_, _) => called.Set(), null, TimeSpan.FromMinutes(5), executeOnlyOnce: true);
        semaphore.Release(3);
        Assert.True(called.Wait(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
        Assert.True(semaphore.WaitOne(ChildProcess.Watchdog));
        Assert.True(semaphore.WaitOne(ChildProcess.Watchdog));
        Assert.False(semaphore.WaitOne(0));
    }

    [Fact]
    public async Task Time_that_passes_is_told_and_takes_nothing()
    {
        using var signal = new EventWaitHandle(false, EventResetMode.AutoReset, UniqueName.Create());
        var told = new TaskCompletionSource<bool>();
        RegisteredWaits.RegisterWaitForSingleObject(signal, (_, timedOut) => told.TrySetResult(timedOut), null, 1L, executeOnlyOnce: true);
        Assert.True(await told.Task.WaitAsync(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
        signal.Set();
        Assert.True(signal.WaitOne(ChildProcess.Watchdog));
    }

    [Fact]
    public void Pool_owns_no_mutex()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There one of the pool's threads owns it, for ever.");
        using var mutex = new Mutex(false, UniqueName.Create());
        Assert.Throws<NotSupportedException>(() => RegisteredWaits.RegisterWaitForSingleObject(mutex, (_, _) => { }, null, 1u, executeOnlyOnce: true));
        Assert.True(mutex.WaitOne(0));
        mutex.ReleaseMutex();
    }

    /// <summary>Nothing that knows handles only may take a named object for one that is signalled.</summary>
    [Fact]
    public void Framework_itself_refuses_what_it_cannot_wait_for()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There everything has a handle.");
        string name = UniqueName.Create();
        using var created = new Semaphore(0, 1, name);
        using Semaphore opened = Semaphore.OpenExisting(name);
        using var mutex = new Mutex(false, UniqueName.Create());
        using var signal = new EventWaitHandle(false, EventResetMode.AutoReset, UniqueName.Create());
        foreach (System.Threading.WaitHandle handle in new System.Threading.WaitHandle[] { created, opened, mutex, signal })
        {
            Assert.Throws<ObjectDisposedException>(() => System.Threading.WaitHandle.WaitAny([handle], 0));
            Assert.Throws<ObjectDisposedException>(() => System.Threading.WaitHandle.WaitAll([handle], 0));
            Assert.Throws<ObjectDisposedException>(() => ThreadPool.RegisterWaitForSingleObject(handle, (_, _) => { }, null, 0, executeOnlyOnce: true));
        }
    }
}
