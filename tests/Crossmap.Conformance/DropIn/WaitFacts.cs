using Crossmap.Testing;

namespace Crossmap.Conformance.DropIn;

using Crossmap.Compatibility;

/// <summary>What the framework's semaphores, events and mutexes promise on Windows. Under Wine the drop-in types are the framework's own.</summary>
public class WaitFacts
{
    private static readonly NamedWaitHandleOptions OfSession = new() { CurrentUserOnly = false, CurrentSessionOnly = true };
    private static readonly NamedWaitHandleOptions OfAllSessions = new() { CurrentUserOnly = false, CurrentSessionOnly = false };

    [Fact]
    public void Fact_072_name_of_another_kind_cannot_be_opened()
    {
        string name = UniqueName.Create();
        using var semaphore = new Semaphore(1, 1, name);
        Assert.Throws<WaitHandleCannotBeOpenedException>(() => Mutex.OpenExisting(name));
        Assert.Throws<WaitHandleCannotBeOpenedException>(() => EventWaitHandle.OpenExisting(name));
        Assert.False(Mutex.TryOpenExisting(name, out Mutex? mutex));
        Assert.Null(mutex);
        Assert.False(EventWaitHandle.TryOpenExisting(name, out EventWaitHandle? opened));
        Assert.Null(opened);
        Assert.Throws<WaitHandleCannotBeOpenedException>(() => new Mutex(false, name));
        Assert.Throws<WaitHandleCannotBeOpenedException>(() => new EventWaitHandle(false, EventResetMode.AutoReset, name));
    }

    [Fact]
    public void Fact_081_mutex_may_have_a_long_name()
    {
        string name = UniqueName.Create() + new string('m', 1000);
        using var mutex = new Mutex(false, name, out bool createdNew);
        Assert.True(createdNew);
        using Mutex again = Mutex.OpenExisting(name);
    }

    [Fact]
    public void Fact_084_session_prefix_is_the_plain_name()
    {
        string name = UniqueName.Create();
        using var mutex = new Mutex(true, name);
        using var same = new Mutex(false, @"Local\" + name, out bool createdNew);
        Assert.False(createdNew);
        using var byOptions = new Mutex(name, OfSession);
        byOptions.ReleaseMutex();
        Assert.Throws<ApplicationException>(mutex.ReleaseMutex);
    }

    [Fact]
    public void Fact_089_options_and_prefix_that_disagree_are_refused()
    {
        string name = UniqueName.Create();
        Action[] calls =
        [
            () => new Mutex(@"Global\" + name, OfSession).Dispose(), () => new Mutex(@"Local\" + name, OfAllSessions).Dispose(),
            () => new Mutex(false, @"Global\" + name, OfSession, out _).Dispose(), () => Mutex.OpenExisting(@"Global\" + name, OfSession),
            () => Mutex.TryOpenExisting(@"Local\" + name, OfAllSessions, out _),
            () => new Semaphore(0, 1, @"Global\" + name, OfSession).Dispose(), () => new Semaphore(0, 1, @"Local\" + name, OfAllSessions, out _).Dispose(),
            () => Semaphore.OpenExisting(@"Global\" + name, OfSession), () => Semaphore.TryOpenExisting(@"Local\" + name, OfAllSessions, out _),
            () => new EventWaitHandle(false, EventResetMode.AutoReset, @"Global\" + name, OfSession).Dispose(),
            () => new EventWaitHandle(false, EventResetMode.AutoReset, @"Local\" + name, OfAllSessions, out _).Dispose(),
            () => EventWaitHandle.OpenExisting(@"Global\" + name, OfSession), () => EventWaitHandle.TryOpenExisting(@"Local\" + name, OfAllSessions, out _),
        ];
        Assert.All(calls, call => Assert.Equal("name", Assert.Throws<ArgumentException>(call).ParamName));
        using var agreed = new Semaphore(0, 1, @"Local\" + name, OfSession, out bool createdNew);
        Assert.True(createdNew);
    }

    /// <summary>On Linux an object of the session is in a folder of the user's own, whatever its options say.</summary>
    [Fact]
    public void Fact_090_objects_of_the_user_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The kernel's access control lists answer, and Wine keeps none of them.");
        string name = UniqueName.Create();
        using var semaphore = new Semaphore(0, 1, name, OfSession);
        using Semaphore opened = Semaphore.OpenExisting(name, default);
        opened.Release();
        Assert.True(semaphore.WaitOne(0));
    }

    [Fact]
    public void Fact_091_default_is_the_user_and_the_session_alone()
    {
        NamedWaitHandleOptions options = default;
        Assert.True(options.CurrentUserOnly);
        Assert.True(options.CurrentSessionOnly);
        string name = UniqueName.Create();
        using var created = new EventWaitHandle(true, EventResetMode.ManualReset, name, default(NamedWaitHandleOptions), out bool createdNew);
        Assert.True(createdNew);
        Assert.True(EventWaitHandle.TryOpenExisting(@"Local\" + name, out EventWaitHandle? opened));
        using (opened)
        {
            Assert.True(opened.WaitOne(0));
        }
    }

    [Fact]
    public void Fact_094_name_is_free_when_the_last_handle_is_closed()
    {
        string name = UniqueName.Create();
        var first = new Semaphore(0, 1, name);
        Semaphore second = Semaphore.OpenExisting(name);
        first.Dispose();
        Semaphore.OpenExisting(name).Close();
        second.Close();
        Assert.Throws<WaitHandleCannotBeOpenedException>(() => Semaphore.OpenExisting(name));
        Assert.False(Semaphore.TryOpenExisting(name, out _));
        Assert.Equal("name", Assert.Throws<ArgumentNullException>(() => Semaphore.OpenExisting(null!)).ParamName);
        Assert.Equal("name", Assert.Throws<ArgumentException>(() => Semaphore.OpenExisting("")).ParamName);
    }

    [Fact]
    public void Fact_221_counts_that_cannot_be_are_refused_by_parameter()
    {
        foreach (string? name in new[] { null, UniqueName.Create() })
        {
            Assert.Equal("initialCount", Assert.Throws<ArgumentOutOfRangeException>(() => new Semaphore(-1, 1, name)).ParamName);
            Assert.Equal("maximumCount", Assert.Throws<ArgumentOutOfRangeException>(() => new Semaphore(0, 0, name)).ParamName);
            Assert.Null(Assert.Throws<ArgumentException>(() => new Semaphore(2, 1, name)).ParamName);
            Assert.Equal("mode", Assert.Throws<ArgumentException>(() => new EventWaitHandle(false, (EventResetMode)2, name)).ParamName);
        }
    }

    [Fact]
    public void Fact_225_226_release_is_all_or_nothing()
    {
        foreach (string? name in new[] { null, UniqueName.Create() })
        {
            using var semaphore = new Semaphore(1, 2, name);
            Assert.Throws<SemaphoreFullException>(() => semaphore.Release(2));
            Assert.Equal(1, semaphore.Release());
            Assert.Throws<SemaphoreFullException>(() => semaphore.Release());
            Assert.Equal("releaseCount", Assert.Throws<ArgumentOutOfRangeException>(() => semaphore.Release(0)).ParamName);
        }
    }

    [Fact]
    public void Fact_239_who_is_not_the_owner_releases_nothing()
    {
        foreach (string? name in new[] { null, UniqueName.Create() })
        {
            using var mutex = new Mutex(false, name);
            Assert.Throws<ApplicationException>(mutex.ReleaseMutex);
            using var other = new OtherThread();
            other.Do(() => mutex.WaitOne());
            Assert.Throws<ApplicationException>(mutex.ReleaseMutex);
            Assert.False(mutex.WaitOne(0));
            other.Do(mutex.ReleaseMutex);
        }
    }

    [Fact]
    public void Fact_230_any_takes_the_lowest_and_all_takes_all_or_none()
    {
        string name = UniqueName.Create();
        Semaphore[] all = [.. Enumerable.Range(0, 4).Select(i => new Semaphore(1, 1, name + i))];
        Assert.Equal(0, WaitHandle.WaitAny(all));
        Assert.Equal(1, WaitHandle.WaitAny(all, 0));
        Assert.False(WaitHandle.WaitAll(all, 0));
        Assert.Equal(2, WaitHandle.WaitAny(all, TimeSpan.Zero));
        Assert.Equal(3, WaitHandle.WaitAny(all, 0, exitContext: false));
        Assert.Equal(WaitHandle.WaitTimeout, WaitHandle.WaitAny(all, 0));
        Assert.All(all, s => s.Release());
        Assert.True(WaitHandle.WaitAll(all));
        Assert.Equal(WaitHandle.WaitTimeout, WaitHandle.WaitAny(all, 0));
        Assert.All(all, s => s.Dispose());
    }

    [Fact]
    public void Fact_244_245_abandoned_mutexes_are_told()
    {
        string name = UniqueName.Create();
        using var set = new EventWaitHandle(false, EventResetMode.ManualReset, name + "-event");
        Mutex[] mutexes = [new(false, name + 1), new(false, name + 2)];
        Abandon(mutexes);
        AbandonedMutexException any = Assert.Throws<AbandonedMutexException>(() => WaitHandle.WaitAny([set, mutexes[0], mutexes[1]]));
        Assert.Equal(1, any.MutexIndex);

        // The framework's exception knows the framework's mutexes only.
        Assert.Equal(OperatingSystem.IsWindows(), any.Mutex is not null);
        AbandonedMutexException one = Assert.Throws<AbandonedMutexException>(() => mutexes[1].WaitOne());
        Assert.Equal((-1, null), (one.MutexIndex, one.Mutex));
        Assert.All(mutexes, m => m.ReleaseMutex());
        Abandon(mutexes);
        Assert.False(WaitHandle.WaitAll([set, mutexes[0], mutexes[1]], 0));
        set.Set();
        AbandonedMutexException all = Assert.Throws<AbandonedMutexException>(() => WaitHandle.WaitAll([set, mutexes[0], mutexes[1]]));
        Assert.Equal((-1, null), (all.MutexIndex, all.Mutex));
        Assert.All(mutexes, m => m.ReleaseMutex());
        Assert.All(mutexes, m => m.Dispose());
    }

    private static void Abandon(Mutex[] mutexes)
    {
        using var owner = new OtherThread();
        owner.Do(() => Assert.All(mutexes, m => m.WaitOne()));
        owner.End();
    }
}
