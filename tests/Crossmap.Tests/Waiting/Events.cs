using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>A named event between threads and processes.</summary>
public class Events
{
    [Theory]
    [InlineData(EventResetMode.AutoReset)]
    [InlineData(EventResetMode.ManualReset)]
    public void Event_is_opened_by_name_with_its_mode_and_state(EventResetMode mode)
    {
        string name = UniqueName.Create();
        using NamedEvent created = NamedEvent.Create(name, mode, initialState: true);
        using NamedEvent opened = NamedEvent.Create(name, EventResetMode.AutoReset, initialState: false);
        Assert.Equal((true, false), (created.CreatedNew, opened.CreatedNew));
        Assert.Equal((mode, true), (opened.Mode, opened.IsSet));
        Assert.True(opened.TryWait());
        Assert.Equal(mode == EventResetMode.ManualReset, created.TryWait());
        created.Set();
        created.Reset();
        Assert.False(opened.IsSet);
        Assert.False(opened.TryWait());
    }

    [Fact]
    public void Manual_reset_event_lets_all_go_on_even_when_it_is_reset_at_once()
    {
        string name = UniqueName.Create();
        using NamedEvent gate = NamedEvent.Create(name, EventResetMode.ManualReset);
        ChildProcess[] children = [.. Enumerable.Range(0, 3).Select(_ => ChildProcess.Start(WaitOnce, name))];
        foreach (ChildProcess child in children)
        {
            child.Expect("waiting");
            Asleep.Await(child, name);
        }

        gate.Set();
        gate.Reset();
        foreach (ChildProcess child in children)
        {
            child.Expect("went on");
            child.Finish();
            child.Dispose();
        }

        Assert.False(gate.TryWait());
    }

    [Fact]
    public void Reset_takes_nothing_from_the_sleeper_whom_an_auto_reset_event_was_set_for()
    {
        string name = UniqueName.Create();
        using NamedEvent gate = NamedEvent.Create(name, EventResetMode.AutoReset);
        using ChildProcess child = ChildProcess.Start(WaitOnce, name);
        child.Expect("waiting");
        Asleep.Await(child, name);
        gate.Set();
        gate.Reset();
        child.Expect("went on");
        child.Finish();
        Assert.False(gate.TryWait());
    }

    /// <summary>A wait that ended by the clock leaves behind that somebody may be asleep.</summary>
    [Fact]
    public void Who_waited_before_leaves_an_auto_reset_event_as_if_nobody_had()
    {
        using NamedEvent gate = NamedEvent.Create(null, EventResetMode.AutoReset);
        var moment = TimeSpan.FromMilliseconds(5);
        Assert.False(gate.Wait(moment, TestContext.Current.CancellationToken));
        gate.Pulse();
        Assert.False(gate.Wait(moment, TestContext.Current.CancellationToken));
        gate.Set();
        Assert.True(gate.IsSet);
        gate.Reset();
        Assert.False(gate.Wait(moment, TestContext.Current.CancellationToken));
        gate.Set();
        Assert.True(gate.TryWait());
        Assert.False(gate.TryWait());
    }

    [Fact]
    public void Auto_reset_event_lets_one_go_on_each_time()
    {
        string name = UniqueName.Create();
        using NamedEvent gate = NamedEvent.Create(name, EventResetMode.AutoReset);
        using NamedSemaphore through = NamedSemaphore.Create(name + "-through", 0, 10);
        ChildProcess[] children = [.. Enumerable.Range(0, 3).Select(_ => ChildProcess.Start(WaitAndTell, name))];
        foreach (ChildProcess child in children)
        {
            child.Expect("waiting");
        }

        for (int i = 0; i < children.Length; i++)
        {
            gate.Set();
            Assert.True(through.Wait(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
            Assert.False(gate.IsSet);
        }

        Assert.False(through.TryWait());
        foreach (ChildProcess child in children)
        {
            child.Finish();
            child.Dispose();
        }
    }

    [Theory]
    [InlineData(EventResetMode.AutoReset)]
    [InlineData(EventResetMode.ManualReset)]
    public void Killed_waiter_takes_no_signal_with_it(EventResetMode mode)
    {
        string name = UniqueName.Create();
        using NamedEvent gate = NamedEvent.Create(name, mode);
        using ChildProcess killed = ChildProcess.Start(WaitOnce, name);
        killed.Expect("waiting");
        Asleep.Await(killed, name);
        using ChildProcess child = ChildProcess.Start(WaitOnce, name);
        child.Expect("waiting");
        killed.Kill();
        gate.Set();
        child.Expect("went on");
        child.Finish();
        Assert.Equal(mode == EventResetMode.ManualReset, gate.IsSet);
    }

    [Fact]
    public void Pulse_lets_those_go_on_who_sleep_and_leaves_it_reset()
    {
        foreach (EventResetMode mode in new[] { EventResetMode.AutoReset, EventResetMode.ManualReset })
        {
            string name = UniqueName.Create();
            using NamedEvent gate = NamedEvent.Create(name, mode, initialState: true);
            gate.Pulse();
            Assert.False(gate.IsSet);
            gate.Pulse();
            Assert.False(gate.TryWait());
            using ChildProcess child = ChildProcess.Start(WaitOnce, name);
            child.Expect("waiting");
            Asleep.Await(child, name);
            gate.Pulse();
            child.Expect("went on");
            child.Finish();
            Assert.False(gate.IsSet);
            Assert.False(gate.TryWait());
        }
    }

    [Fact]
    public void Cancelled_or_late_wait_takes_nothing()
    {
        using NamedEvent gate = NamedEvent.Create(null, EventResetMode.AutoReset);
        using var source = new CancellationTokenSource();
        using var other = new OtherThread();
        Assert.False(gate.Wait(TimeSpan.FromMilliseconds(5), source.Token));
        OtherThread.Step step = other.Begin(() => Assert.ThrowsAny<OperationCanceledException>(() => gate.Wait(source.Token)));
        source.Cancel();
        step.Finish();
        gate.Set();
        gate.Set();
        Assert.True(gate.TryWait());
        Assert.False(gate.TryWait());
    }

    [Fact]
    public void Name_of_another_kind_is_refused()
    {
        string name = UniqueName.Create();
        using NamedEvent gate = NamedEvent.Create(name, EventResetMode.ManualReset);
        Win32.Fails<WaitHandleCannotBeOpenedException>(6, () => NamedMutex.Create(name));
        Win32.Fails<WaitHandleCannotBeOpenedException>(6, () => NamedMutex.Open(name));
        Win32.Fails<WaitHandleCannotBeOpenedException>(6, () => NamedSemaphore.Open(name));
        Win32.Fails<WaitHandleCannotBeOpenedException>(2, () => NamedEvent.Open(name + "-other"));
        Assert.False(NamedEvent.TryOpen(name + "-other", out _));
        Assert.Throws<ArgumentOutOfRangeException>("mode", () => NamedEvent.Create(null, (EventResetMode)2));
    }

    [ChildScenario]
    internal static void WaitOnce(string[] arguments)
    {
        using NamedEvent gate = NamedEvent.Open(arguments[0]);
        Console.WriteLine("waiting");
        gate.Wait();
        Console.WriteLine("went on");
    }

    [ChildScenario]
    internal static void WaitAndTell(string[] arguments)
    {
        using NamedEvent gate = NamedEvent.Open(arguments[0]);
        using NamedSemaphore through = NamedSemaphore.Open(arguments[0] + "-through");
        Console.WriteLine("waiting");
        gate.Wait();
        through.Release();
        Console.ReadLine();
    }
}
