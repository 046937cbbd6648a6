using System.Diagnostics;
using Crossmap.Testing;

namespace Crossmap.Conformance;

/// <summary>Q. Events, and waiting for one object.</summary>
public class EventFacts
{
    private static readonly EventResetMode[] Modes = [EventResetMode.ManualReset, EventResetMode.AutoReset];

    [Fact]
    public void Fact_249_There_are_two_ways_of_being_reset()
    {
        Answer.Is(249, "2", 87, Answer.Of(() => NamedEvent.Create(null, (EventResetMode)2)));
        Answer.Is(249, "-1", 87, Answer.Of(() => NamedEvent.Create(null, (EventResetMode)(-1))));
        Assert.Throws<ArgumentOutOfRangeException>("mode", () => NamedEvent.Create(null, (EventResetMode)2));
    }

    [Fact]
    public void Fact_250_Setting_and_resetting_twice()
    {
        foreach (EventResetMode mode in Modes)
        {
            using NamedEvent @event = NamedEvent.Create(UniqueName.Create(), mode);
            List<bool> before = [];
            foreach (Action change in new Action[] { @event.Set, @event.Set, @event.Reset, @event.Reset })
            {
                before.Add(@event.IsSet);
                change();
            }

            Answer.Is(250, $"before each, {mode}", "False True True False", string.Join(' ', before));
            Answer.Is(250, $"afterwards, {mode}", false, @event.IsSet);
        }
    }

    [Fact]
    public void Fact_251_A_pulse_leaves_it_reset()
    {
        foreach (EventResetMode mode in Modes)
        {
            string name = UniqueName.Create();
            using NamedEvent @event = NamedEvent.Create(name, mode);
            @event.Pulse();
            Answer.Is(251, $"of one that was reset, {mode}", "False False", $"{@event.IsSet} {@event.TryWait()}");
            @event.Set();
            @event.Pulse();
            Answer.Is(251, $"of one that was set, {mode}", "False False", $"{@event.IsSet} {@event.TryWait()}");

            // When the child is asleep nobody can tell on both systems; the pulse that finds it so counts.
            using NamedEvent through = NamedEvent.Create(name + "-through", EventResetMode.ManualReset);
            using ChildProcess child = ChildProcess.Start(WaitForPulse, name);
            child.Expect("waiting");
            var watch = Stopwatch.StartNew();
            do
            {
                Assert.True(watch.Elapsed < ChildProcess.Watchdog, "No pulse reaches the child.");
                @event.Pulse();
            }
            while (!through.Wait(TimeSpan.FromMilliseconds(1), TestContext.Current.CancellationToken));
            child.Finish();
            Answer.Is(251, $"with a waiter, {mode}", "False", $"{@event.IsSet}");
        }
    }

    [Fact]
    public void Fact_252_State_and_mode_are_the_objects_and_no_handles()
    {
        foreach (EventResetMode mode in Modes)
        {
            string name = UniqueName.Create();
            NamedEvent first = NamedEvent.Create(name, mode, initialState: true);
            using NamedEvent second = NamedEvent.Open(name);
            first.Dispose();
            Answer.Is(252, $"the second handle, {mode}", $"{mode} True", $"{second.Mode} {second.IsSet}");
            using ChildProcess child = ChildProcess.Start(Look, name);
            Answer.Is(252, $"another process, {mode}", $"{mode} True", child.Receive());
            child.Finish();
        }
    }

    [Fact]
    public void Fact_256_A_wait_succeeds_or_times_out()
    {
        using NamedEvent set = NamedEvent.Create(null, EventResetMode.ManualReset, initialState: true), reset = NamedEvent.Create(null, EventResetMode.ManualReset);
        foreach (TimeSpan timeout in new[] { TimeSpan.Zero, TimeSpan.FromMilliseconds(10) })
        {
            Answer.Is(256, $"set, {timeout}", true, set.Wait(timeout, TestContext.Current.CancellationToken));
            Answer.Is(256, $"reset, {timeout}", false, reset.Wait(timeout, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public void Fact_257_A_closed_handle_is_no_object()
    {
        WaitableObject[] objects =
        [
            NamedEvent.Create(UniqueName.Create(), EventResetMode.ManualReset, initialState: true),
            NamedMutex.Create(UniqueName.Create()),
            NamedSemaphore.Create(UniqueName.Create(), 1, 1),
        ];
        foreach (WaitableObject closed in objects)
        {
            closed.Dispose();
            Assert.Throws<ObjectDisposedException>(() => closed.TryWait());
            Assert.Throws<ObjectDisposedException>(() => closed.Wait(TestContext.Current.CancellationToken));
            Assert.Throws<ObjectDisposedException>(() => closed.CreatedNew);
        }
    }

    [ChildScenario]
    internal static void WaitForPulse(string[] arguments)
    {
        using NamedEvent @event = NamedEvent.Open(arguments[0]), through = NamedEvent.Open(arguments[0] + "-through");
        Console.WriteLine("waiting");
        @event.Wait();
        through.Set();
    }

    [ChildScenario]
    internal static void Look(string[] arguments)
    {
        using NamedEvent @event = NamedEvent.Create(arguments[0], EventResetMode.AutoReset);
        Console.WriteLine($"{@event.Mode} {@event.IsSet}");
    }
}
