using Crossmap.Testing;
using static Crossmap.Conformance.CInterface.MutexCalls;
using static Crossmap.Conformance.CInterface.WaitCalls;

namespace Crossmap.Conformance.CInterface;

/// <summary>P. Mutexes: rights, ownership, and what becomes of them when the owner ends.</summary>
public class CMutexFacts : CFacts
{
    private const uint ReadControl = 0x2_0000;

    [Fact]
    public void Fact_232_A_creation_tells_a_new_name_from_one_that_exists()
    {
        string name = UniqueName.Create();
        using Handle first = Handle.Of(CreateMutex(name: name)), second = Handle.Of(CreateMutex(name: name));
        Answer.Is(232, "last errors", (0u, 183u), (first.Error, second.Error));
    }

    [Fact]
    public void Fact_233_Opening_without_any_right_is_denied()
    {
        string name = UniqueName.Create();
        using Handle mutex = Handle.Of(CreateMutex(name: name));
        Answer.Is(233, "open", 5, Outcome.OfHandle(OpenMutex(name, 0)));
    }

    [Fact]
    public void Fact_234_Rights_that_mutexes_do_not_define_are_denied()
    {
        string name = UniqueName.Create();
        using Handle mutex = Handle.Of(CreateMutex(name: name));
        int[] undefined = [.. Enumerable.Range(1, 15), 21, 22, 23, 26, 27];
        Answer.Is(234, "bits alone", "5", string.Join(' ', undefined.Select(bit => Outcome.OfHandle(OpenMutex(name, 1u << bit))).Distinct()));
        Answer.Is(234, "bits beside all access", "5",
            string.Join(' ', undefined.Select(bit => Outcome.OfHandle(OpenMutex(name, MUTEX_ALL_ACCESS | (1u << bit)))).Distinct()));
        Answer.Is(234, "ACCESS_SYSTEM_SECURITY", 1314, Outcome.OfHandle(OpenMutex(name, 1 << 24)));
    }

    [Fact]
    public void Fact_235_GENERIC_EXECUTE_opens_for_waiting()
    {
        string name = UniqueName.Create();
        using Handle mutex = Handle.Of(CreateMutex(name: name)), opened = Handle.Of(OpenMutex(name, FileCalls.GENERIC_EXECUTE));
        Answer.Is(235, "wait", "0", Outcome.OfWait(WaitForSingleObject(opened)));
        Answer.Is(235, "release", Answer.Success, Outcome.Of(ReleaseMutex(opened)));
    }

    [Fact]
    public void Fact_236_Without_SYNCHRONIZE_nothing_can_be_waited_for()
    {
        string name = UniqueName.Create();
        using Handle mutex = Handle.Of(CreateMutex(name: name)), opened = Handle.Of(OpenMutex(name, FileCalls.GENERIC_READ | FileCalls.GENERIC_WRITE));
        Answer.Is(236, "wait", "failed 5", Outcome.OfWait(WaitForSingleObject(opened)));
        Answer.Is(236, "wait for several", "failed 5", Outcome.OfWait(WaitForMultipleObjects([mutex, opened], all: false)));
    }

    [Fact]
    public void Fact_237_Release_takes_ownership_and_no_right()
    {
        string name = UniqueName.Create();
        using Handle mutex = Handle.Of(CreateMutex(owned: true, name)), opened = Handle.Of(OpenMutex(name, ReadControl));
        Answer.Is(237, "release", Answer.Success, Outcome.Of(ReleaseMutex(opened)));
        Answer.Is(237, "again", 288, Outcome.Of(ReleaseMutex(opened)));
    }

    [Fact]
    public void Fact_238_It_takes_as_many_releases_as_waits_over_all_handles()
    {
        string name = UniqueName.Create();
        using Handle kept = Handle.Of(CreateMutex(name: name));
        Handle closed = Handle.Of(OpenMutex(name));
        for (int i = 0; i < 16; i++)
        {
            Answer.Is(238, "wait", (0u, 0u), (WaitForSingleObject(kept), WaitForSingleObject(closed)));
        }

        closed.Dispose();
        using var other = new OtherThread();
        for (int i = 0; i < 32; i++)
        {
            Answer.Is(238, "taken by another", WAIT_TIMEOUT, other.Do(() => WaitForSingleObject(kept)));
            Answer.Is(238, "release", Answer.Success, Outcome.Of(ReleaseMutex(kept)));
        }

        Answer.Is(238, "the 33rd", 288, Outcome.Of(ReleaseMutex(kept)));
        Answer.Is(238, "taken by another afterwards", WAIT_OBJECT_0, other.Do(() => WaitForSingleObject(kept)));
        Assert.Equal(1, other.Do(() => ReleaseMutex(kept)));
    }

    [Fact]
    public void Fact_239_Only_the_owner_releases()
    {
        string name = UniqueName.Create();
        using Handle mutex = Handle.Of(CreateMutex(name: name));
        using var other = new OtherThread();
        Answer.Is(239, "nobody's", 288, Outcome.Of(ReleaseMutex(mutex)));
        Assert.Equal(0u, other.Do(() => WaitForSingleObject(mutex)));
        Answer.Is(239, "another thread's", 288, Outcome.Of(ReleaseMutex(mutex)));
        Assert.Equal(1, other.Do(() => ReleaseMutex(mutex)));
        using ChildProcess child = ChildProcess.Start(OwnUntilKilled, name);
        child.Expect("0");
        Answer.Is(239, "another process'", 288, Outcome.Of(ReleaseMutex(mutex)));
        Answer.Is(239, "owned still", WAIT_TIMEOUT, WaitForSingleObject(mutex));
    }

    [Fact]
    public void Fact_242_243_A_thread_that_ended_abandons_it_and_the_next_owner_hears_of_it_once()
    {
        using Handle mutex = Handle.Of(CreateMutex());
        Abandon(mutex);
        HeardOnce(mutex, "thread");
    }

    [Fact]
    public void Fact_242_243_A_killed_process_abandons_it_and_the_next_owner_hears_of_it_once()
    {
        string name = UniqueName.Create();
        using Handle mutex = Handle.Of(CreateMutex(name: name));
        using ChildProcess child = ChildProcess.Start(OwnUntilKilled, name);
        child.Expect("0");
        Answer.Is(242, "taken while owned", WAIT_TIMEOUT, WaitForSingleObject(mutex));
        child.Kill();
        HeardOnce(mutex, "process");
    }

    [Fact]
    public void Fact_243_Who_waits_when_the_owner_is_killed_gets_it()
    {
        string name = UniqueName.Create();
        using Handle mutex = Handle.Of(CreateMutex(name: name));
        using ChildProcess owner = ChildProcess.Start(OwnUntilKilled, name);
        owner.Expect("0");
        using var waiter = new OtherThread();
        uint result = 0;
        OtherThread.Step step = waiter.Begin(() => result = Await(mutex));
        owner.Kill();
        step.Finish();
        Answer.Is(243, "wait", WAIT_ABANDONED_0, result);
        Answer.Is(243, "release", 1, waiter.Do(() => ReleaseMutex(mutex)));
    }

    [Fact]
    public void Fact_244_Waiting_for_any_tells_which_of_them_was_abandoned()
    {
        using Handle lowest = Handle.Of(EventCalls.CreateEvent(manual: false, set: true)), first = Handle.Of(CreateMutex()), second = Handle.Of(CreateMutex());
        nint[] all = [lowest, first, second];
        Abandon(first, second);
        Answer.Is(244, "the event is set", WAIT_OBJECT_0, WaitForMultipleObjects(all, all: false));
        Answer.Is(244, "the lower", WAIT_ABANDONED_0 + 1, WaitForMultipleObjects(all, all: false, (uint)ChildProcess.Watchdog.TotalMilliseconds));
        Answer.Is(244, "the lower, owned now", WAIT_OBJECT_0 + 1, WaitForMultipleObjects(all, all: false));
        Answer.Is(244, "the higher alone", WAIT_ABANDONED_0 + 1, WaitForMultipleObjects([lowest, second], all: false, (uint)ChildProcess.Watchdog.TotalMilliseconds));
        Answer.Is(244, "releases", (1, 1, 1), (ReleaseMutex(first), ReleaseMutex(first), ReleaseMutex(second)));
    }

    [Fact]
    public void Fact_245_Waiting_for_all_tells_it_when_it_has_all()
    {
        using Handle missing = Handle.Of(EventCalls.CreateEvent(manual: false, set: false)), first = Handle.Of(CreateMutex()), second = Handle.Of(CreateMutex());
        nint[] all = [missing, first, second];
        Abandon(first, second);
        Answer.Is(245, "the event is missing", WAIT_TIMEOUT, WaitForMultipleObjects(all, all: true, 20));
        Assert.Equal(1, EventCalls.SetEvent(missing));
        uint result = WaitForMultipleObjects(all, all: true, (uint)ChildProcess.Watchdog.TotalMilliseconds);
        Answer.Is(245, "all", true, result is >= WAIT_ABANDONED_0 and < WAIT_ABANDONED_0 + 3);
        Answer.Is(245, "the event afterwards", WAIT_TIMEOUT, WaitForSingleObject(missing));
        Answer.Is(245, "releases", (1, 1, 0), (ReleaseMutex(first), ReleaseMutex(second), ReleaseMutex(second)));
    }

    [Fact]
    public void Fact_246_An_owner_that_ends_while_the_last_handle_is_closed_leaves_no_name()
    {
        const int rounds = 100;
        string name = UniqueName.Create();
        int kept = 0;
        for (int i = 0; i < rounds; i++)
        {
            Handle mutex = Handle.Of(CreateMutex(name: name));
            kept += mutex.CreatedNew ? 0 : 1;
            using var together = new Barrier(2);
            var owner = new Thread(() =>
            {
                _ = Await(mutex);
                together.SignalAndWait(ChildProcess.Watchdog);
            });
            owner.Start();
            Assert.True(together.SignalAndWait(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
            mutex.Dispose();
            Assert.True(owner.Join(ChildProcess.Watchdog));
        }

        Answer.Is(246, "names that were left", 0, kept);
        using Handle last = Handle.Of(CreateMutex(name: name));
        Answer.Is(246, "the name afterwards", (0u, WAIT_OBJECT_0, 1), (last.Error, WaitForSingleObject(last), ReleaseMutex(last)));
    }

    [Fact]
    public void Fact_247_Owned_mutexes_are_closed_without_release_by_many_threads()
    {
        // More rounds than a thread on Linux may own mutexes: one that nobody can reach any more must not count.
        const int threads = 4, rounds = 1100;
        string[] names = [UniqueName.Create(), UniqueName.Create()];
        int failed = 0;
        Thread[] all = [.. Enumerable.Range(0, threads).Select(t => new Thread(() =>
        {
            for (int i = 0; i < rounds; i++)
            {
                nint mutex = CreateMutex(owned: true, names[(i + t) % names.Length]);
                if (mutex == 0 || HandleCalls.CloseHandle(mutex) == 0)
                {
                    Interlocked.Increment(ref failed);
                }
            }
        }))];
        foreach (Thread thread in all)
        {
            thread.Start();
        }

        Assert.All(all, thread => Assert.True(thread.Join(ChildProcess.Watchdog)));
        Answer.Is(247, "calls that failed", 0, failed);
        foreach (string name in names)
        {
            using Handle mutex = Handle.Of(CreateMutex(name: name));
            Answer.Is(247, "the name afterwards", (0u, WAIT_OBJECT_0, 1), (mutex.Error, WaitForSingleObject(mutex), ReleaseMutex(mutex)));
        }
    }

    [Fact]
    public void Fact_248_Who_opens_by_creating_does_not_own_it()
    {
        string name = UniqueName.Create();
        using Handle first = Handle.Of(CreateMutex(name: name)), second = Handle.Of(CreateMutex(owned: true, name));
        Answer.Is(248, "last error", 183u, second.Error);
        Answer.Is(248, "release", 288, Outcome.Of(ReleaseMutex(second)));
        using Handle owned = Handle.Of(CreateMutex(owned: true));
        Answer.Is(248, "of a new one", Answer.Success, Outcome.Of(ReleaseMutex(owned)));
    }

    [ChildScenario]
    internal static void OwnUntilKilled(string[] arguments)
    {
        using Handle mutex = Handle.Of(OpenMutex(arguments[0]));
        Console.WriteLine(WaitForSingleObject(mutex));
        Console.ReadLine();
    }

    /// <summary>A thread takes them and ends.</summary>
    private static void Abandon(params Handle[] mutexes)
    {
        using var owner = new OtherThread();
        Assert.All(mutexes, mutex => Assert.Equal(WAIT_OBJECT_0, owner.Do(() => WaitForSingleObject(mutex))));
        owner.End();
    }

    private static void HeardOnce(Handle mutex, string whose)
    {
        Answer.Is(242, $"first wait, {whose}", WAIT_ABANDONED_0, Await(mutex));
        using var other = new OtherThread();
        Answer.Is(243, $"taken by another, {whose}", WAIT_TIMEOUT, other.Do(() => WaitForSingleObject(mutex)));
        Answer.Is(243, $"second wait, {whose}", WAIT_OBJECT_0, WaitForSingleObject(mutex));
        Answer.Is(243, $"releases, {whose}", (1, 1, 0), (ReleaseMutex(mutex), ReleaseMutex(mutex), ReleaseMutex(mutex)));
        Answer.Is(243, $"the next owner, {whose}", WAIT_OBJECT_0, other.Do(() => WaitForSingleObject(mutex)));
        Assert.Equal(1, other.Do(() => ReleaseMutex(mutex)));
    }
}
