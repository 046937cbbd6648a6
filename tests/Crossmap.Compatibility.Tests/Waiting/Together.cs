using Crossmap.Testing;
using Framework = System.Threading;

namespace Crossmap.Compatibility.Tests.Waiting;

/// <summary>Waits for named objects and for handles of the framework's in one call.</summary>
public class Together
{
    /// <summary>What a wait is for beside the named event at index 1.</summary>
    public enum Other
    {
        Token,
        ManualReset,
        AutoReset,
        FrameworkAutoReset,
        FrameworkSemaphore,
        FrameworkMutex,
        UnnamedMutex,
    }

    public static TheoryData<Other> Others => [.. Enum.GetValues<Other>()];

    [Theory]
    [MemberData(nameof(Others))]
    public void Any_takes_the_other_on_the_waiting_thread_and_leaves_the_named_one(Other other)
    {
        using var source = new CancellationTokenSource();
        using var signaler = new OtherThread();
        using Framework.WaitHandle handle = Make(other, signaler, source);
        using var named = new EventWaitHandle(false, EventResetMode.AutoReset, UniqueName.Create());
        using var waiter = new OtherThread();
        for (int round = 0; round < 3; round++)
        {
            Assert.Equal(WaitHandle.WaitTimeout, WaitHandle.WaitAny([handle, named], 0));
            Assert.Equal(WaitHandle.WaitTimeout, WaitHandle.WaitAny([handle, named], 2));
            int index = -1;
            OtherThread.Step waiting = waiter.Begin(() => index = WaitHandle.WaitAny([handle, named]));
            signaler.Do(() => Signal(handle, source));
            waiting.Finish();
            Assert.Equal(0, index);
            Assert.False(named.WaitOne(0));

            // Taken once: gone, but for what waits do not change, and the waiting thread's mutex.
            bool stays = other is Other.Token or Other.ManualReset;
            Assert.Equal(stays, handle.WaitOne(0));
            if (other is Other.FrameworkMutex or Other.UnnamedMutex)
            {
                waiter.Do(() => Signal(handle, source));
                signaler.Do(() => handle.WaitOne());
            }
            else if (stays)
            {
                return;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Others))]
    public void Any_takes_the_named_one_and_leaves_the_other(Other other)
    {
        using var source = new CancellationTokenSource();
        using var signaler = new OtherThread();
        using Framework.WaitHandle handle = Make(other, signaler, source);
        string name = UniqueName.Create();
        using var named = new Semaphore(0, 1, name);
        using ChildProcess child = ChildProcess.Start(ReleaseWhenTold, name);
        child.Expect("opened");
        using var waiter = new OtherThread();
        for (int round = 0; round < 3; round++)
        {
            int index = -1;
            OtherThread.Step waiting = waiter.Begin(() => index = WaitHandle.WaitAny([handle, named], (int)ChildProcess.Watchdog.TotalMilliseconds));
            child.Send("release");
            waiting.Finish();
            Assert.Equal(1, index);
            Assert.Equal(WaitHandle.WaitTimeout, WaitHandle.WaitAny([named, handle], 0));
        }

        // Nothing of the other was lost to whoever watched it.
        signaler.Do(() => Signal(handle, source));
        Assert.True(handle.WaitOne(ChildProcess.Watchdog));
        if (other is Other.FrameworkMutex or Other.UnnamedMutex)
        {
            Signal(handle, source);
        }

        child.Finish();
    }

    [Fact]
    public void Any_is_the_lowest_of_those_that_are_there()
    {
        using var own = new ManualResetEvent(true);
        using var named = new EventWaitHandle(true, EventResetMode.ManualReset, UniqueName.Create());
        using var off = new AutoResetEvent(false);
        Assert.Equal(1, WaitHandle.WaitAny([off, own, named]));
        Assert.Equal(1, WaitHandle.WaitAny([off, named, own]));
    }

    [Fact]
    public void Any_hears_of_an_owner_that_ended()
    {
        using var off = new AutoResetEvent(false);
        using var named = new Mutex(false, UniqueName.Create());
        using var own = new Framework.Mutex();
        foreach (Framework.WaitHandle mutex in new Framework.WaitHandle[] { named, own })
        {
            using var idle = new EventWaitHandle(false, EventResetMode.AutoReset, UniqueName.Create());
            using var owner = new OtherThread();
            owner.Do(() => mutex.WaitOne());
            using var waiter = new OtherThread();
            AbandonedMutexException? told = null;
            OtherThread.Step waiting = waiter.Begin(() =>
            {
                told = Assert.Throws<AbandonedMutexException>(() => WaitHandle.WaitAny([off, idle, mutex]));
                Signal(mutex, null);
            });
            owner.End();
            waiting.Finish();
            Assert.Equal(2, told!.MutexIndex);
            Assert.Equal(mutex == own || OperatingSystem.IsWindows(), told.Mutex is not null);
            Assert.True(mutex.WaitOne(0));
            Signal(mutex, null);
        }
    }

    [Fact]
    public void Any_gives_each_of_many_signals_to_one_waiter()
    {
        const int signals = 300, threads = 3;
        using var named = new Semaphore(0, signals, UniqueName.Create());
        using var own = new Framework.Semaphore(0, signals);
        using var stop = new ManualResetEvent(false);
        int[] taken = new int[2];
        OtherThread[] waiters = [.. Enumerable.Range(0, threads).Select(_ => new OtherThread())];
        OtherThread.Step[] waits = [.. waiters.Select(w => w.Begin(() =>
        {
            int index;
            while ((index = WaitHandle.WaitAny([own, named, stop])) < 2)
            {
                Interlocked.Increment(ref taken[index]);
            }
        }))];
        for (int i = 0; i < signals; i++)
        {
            own.Release();
            named.Release();
        }

        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref taken[0]) == signals && Volatile.Read(ref taken[1]) == signals, ChildProcess.Watchdog), $"Taken: {taken[0]} and {taken[1]}.");
        stop.Set();
        Assert.All(waits, w => w.Finish());
        Assert.All(waiters, w => w.Dispose());
        Assert.Equal(0, own.Release());
        Assert.Equal(0, named.Release());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void All_takes_all_or_nothing(bool namedFirst)
    {
        using var named = new Semaphore(0, 1, UniqueName.Create());
        using var own = new AutoResetEvent(false);
        using var mutex = new Mutex(false);
        Framework.WaitHandle[] handles = namedFirst ? [named, mutex, own] : [own, mutex, named];
        own.Set();
        Assert.False(WaitHandle.WaitAll(handles, 0));
        Assert.False(WaitHandle.WaitAll(handles, TimeSpan.FromMilliseconds(5)));
        Assert.True(own.WaitOne(0));
        using var waiter = new OtherThread();
        OtherThread.Step waiting = waiter.Begin(() => Assert.True(WaitHandle.WaitAll(handles)));
        own.Set();
        named.Release();
        waiting.Finish();
        Assert.False(own.WaitOne(0));
        Assert.False(named.WaitOne(0));
        Assert.False(mutex.WaitOne(0));
        waiter.Do(mutex.ReleaseMutex);
        Assert.True(mutex.WaitOne(0));
    }

    [Fact]
    public void SignalAndWait_takes_all_kinds()
    {
        using var named = new EventWaitHandle(false, EventResetMode.AutoReset, UniqueName.Create());
        using var own = new AutoResetEvent(false);
        Assert.True(WaitHandle.SignalAndWait(named, named));
        named.Set();
        Assert.True(WaitHandle.SignalAndWait(own, named));
        Assert.True(own.WaitOne(0));
        own.Set();
        Assert.True(WaitHandle.SignalAndWait(named, own, TimeSpan.FromSeconds(1), exitContext: false));
        Assert.True(named.WaitOne(0));
        Assert.False(WaitHandle.SignalAndWait(own, named, 1, exitContext: false));
        using var source = new CancellationTokenSource();
        Assert.Equal("toWaitOn", Assert.Throws<ArgumentNullException>(() => WaitHandle.SignalAndWait(named, null!)).ParamName);
        Assert.Equal("toSignal", Assert.Throws<ArgumentNullException>(() => WaitHandle.SignalAndWait(null!, named)).ParamName);
    }

    [Fact]
    public void Bad_arguments_are_refused_as_the_framework_does()
    {
        using var named = new EventWaitHandle(true, EventResetMode.ManualReset, UniqueName.Create());
        using var own = new ManualResetEvent(true);
        Assert.Equal("waitHandles", Assert.Throws<ArgumentNullException>(() => WaitHandle.WaitAny(null!)).ParamName);
        Assert.Equal("waitHandles[1]", Assert.Throws<ArgumentNullException>(() => WaitHandle.WaitAny([named, null!])).ParamName);
        Assert.Throws<NotSupportedException>(() => WaitHandle.WaitAny([.. Enumerable.Repeat<Framework.WaitHandle>(named, 65)]));
        if (Wine.Version is null)
        {
            // Wine does not look for handles that are there twice.
            Assert.Equal("waitHandles[2]", Assert.Throws<DuplicateWaitObjectException>(() => WaitHandle.WaitAll([named, own, named])).ParamName);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => WaitHandle.WaitAny([named, own], -2));
        Assert.Throws<ArgumentOutOfRangeException>(() => named.WaitOne(-2));
        Assert.Throws<ArgumentOutOfRangeException>(() => named.WaitOne(TimeSpan.MaxValue));
        named.Close();
        Assert.Throws<ObjectDisposedException>(() => named.WaitOne());
        Assert.Throws<ObjectDisposedException>(() => named.Set());
        Assert.Throws<ObjectDisposedException>(() => WaitHandle.WaitAny([own, named]) + WaitHandle.WaitAny([named, own]));
    }

    /// <summary>Whoever was not told of this package waits for what has no name as ever.</summary>
    [Fact]
    public void What_has_no_name_is_the_frameworks_to_wait_for()
    {
        using var set = new ManualResetEvent(true);
        using var semaphore = new Semaphore(1, 1);
        Assert.Equal(1, Framework.WaitHandle.WaitAny([new Framework.AutoResetEvent(false), semaphore, set]));
        using var done = new ManualResetEvent(false);
        RegisteredWaitHandle registered = ThreadPool.RegisterWaitForSingleObject(set, (_, _) => done.Set(), null, -1, executeOnlyOnce: true);
        Assert.True(done.WaitOne(ChildProcess.Watchdog));
        registered.Unregister(null);
        set.SafeWaitHandle = new Framework.EventWaitHandle(false, EventResetMode.ManualReset).SafeWaitHandle;
        Assert.False(set.WaitOne(0));
        set.Set();
        Assert.True(set.WaitOne(0));
    }

    [ChildScenario]
    internal static void ReleaseWhenTold(string[] arguments)
    {
        using Semaphore semaphore = Semaphore.OpenExisting(arguments[0]);
        Console.WriteLine("opened");
        while (Console.ReadLine() is not null)
        {
            semaphore.Release();
        }
    }

    private static Framework.WaitHandle Make(Other other, OtherThread owner, CancellationTokenSource source)
    {
        Framework.WaitHandle handle = other switch
        {
            Other.Token => source.Token.WaitHandle,
            Other.ManualReset => new ManualResetEvent(false),
            Other.AutoReset => new AutoResetEvent(false),
            Other.FrameworkAutoReset => new Framework.AutoResetEvent(false),
            Other.FrameworkSemaphore => new Framework.Semaphore(0, 5),
            Other.FrameworkMutex => new Framework.Mutex(),
            Other.UnnamedMutex => new Mutex(),
            _ => throw new ArgumentException(other.ToString()),
        };
        if (other is Other.FrameworkMutex or Other.UnnamedMutex)
        {
            owner.Do(() => handle.WaitOne());
        }

        return handle;
    }

    private static void Signal(Framework.WaitHandle handle, CancellationTokenSource? source)
    {
        switch (handle)
        {
            case EventWaitHandle e: e.Set(); break;
            case Mutex m: m.ReleaseMutex(); break;
            case Framework.Mutex m: m.ReleaseMutex(); break;
            case Framework.Semaphore s: s.Release(); break;
            case Framework.AutoResetEvent e: e.Set(); break;
            default: source!.Cancel(); break;
        }
    }
}
