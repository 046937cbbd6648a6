using Crossmap.Testing;

namespace Crossmap.Conformance;

/// <summary>Q. Waiting for several objects, and signaling one while waiting for another.</summary>
public class WaitFacts
{
    [Fact]
    public void Fact_254_The_lowest_index_is_taken_and_no_other()
    {
        NamedEvent[] events = [.. Enumerable.Range(0, WaitableObject.MaximumWaitObjects).Select(_ => NamedEvent.Create(null, EventResetMode.AutoReset, initialState: true))];
        for (int i = 0; i < events.Length; i++)
        {
            Answer.Is(254, $"wait {i}", i, WaitableObject.WaitAny(events));
            Answer.Is(254, $"set after wait {i}", events.Length - i - 1, events.Count(e => e.IsSet));
        }

        Answer.Is(254, "none is set", WaitHandle.WaitTimeout, WaitableObject.WaitAny(events, TimeSpan.Zero, TestContext.Current.CancellationToken));
        using NamedEvent manual = NamedEvent.Create(null, EventResetMode.ManualReset, initialState: true);
        events[1].Set();
        for (int i = 0; i < 3; i++)
        {
            Answer.Is(254, "manual-reset, at index 0", 0, WaitableObject.WaitAny(manual, events[1]));
        }

        Answer.Is(254, "behind it", true, events[1].IsSet);
        Array.ForEach(events, e => e.Dispose());
    }

    [Fact]
    public void Fact_255_Sixty_four_objects_and_no_more()
    {
        using NamedSemaphore there = NamedSemaphore.Create(null, 1, 1);
        NamedSemaphore[] missing = [.. Enumerable.Range(0, WaitableObject.MaximumWaitObjects).Select(_ => NamedSemaphore.Create(null, 0, 1))];
        Answer.Is(255, "the last of 64", 63, WaitableObject.WaitAny([.. missing[1..], there]));
        Answer.Is(255, "65", 87, Answer.Of(() => { WaitableObject.WaitAny([.. missing, there]); }));
        Answer.Is(255, "none", 87, Answer.Of(() => { WaitableObject.WaitAny(); }));
        Array.ForEach(missing, s => s.Release());
        Answer.Is(255, "all of 64", true, WaitableObject.WaitAll(missing, ChildProcess.Watchdog));
        Answer.Is(255, "all of 64, taken", 0, missing.Sum(s => s.CurrentCount));
        Array.ForEach(missing, s => s.Dispose());
    }

    [Fact]
    public void Fact_260_No_object_is_none()
    {
        using NamedEvent @event = NamedEvent.Create(null, EventResetMode.AutoReset);
        Assert.Throws<ArgumentNullException>("signaled", () => WaitableObject.SignalAndWait(null!, @event, TimeSpan.Zero));
        Assert.Throws<ArgumentNullException>("waitedFor", () => WaitableObject.SignalAndWait(@event, null!, TimeSpan.Zero));
        Answer.Is(260, "signaled", false, @event.IsSet);
    }

    [Fact]
    public void Fact_261_One_event_as_both()
    {
        using NamedEvent @event = NamedEvent.Create(UniqueName.Create(), EventResetMode.AutoReset);
        int satisfied = 0;
        for (int i = 0; i < 10_000; i++)
        {
            satisfied += WaitableObject.SignalAndWait(@event, @event, ChildProcess.Watchdog) ? 1 : 0;
        }

        Answer.Is(261, "satisfied", 10_000, satisfied);
        Answer.Is(261, "at the end", false, @event.IsSet);
    }

    [Fact]
    public void Fact_263_The_signal_is_given_whether_the_wait_succeeds_or_not()
    {
        using NamedEvent signaled = NamedEvent.Create(UniqueName.Create(), EventResetMode.AutoReset), manual = NamedEvent.Create(UniqueName.Create(), EventResetMode.ManualReset, initialState: true);
        Answer.Is(263, "set", true, WaitableObject.SignalAndWait(signaled, manual, TimeSpan.Zero));
        Answer.Is(263, "signaled", "True True", $"{signaled.TryWait()} {manual.IsSet}");
        manual.Reset();
        Answer.Is(263, "reset", false, WaitableObject.SignalAndWait(signaled, manual, TimeSpan.Zero));
        Answer.Is(263, "signaled all the same", "True False", $"{signaled.TryWait()} {manual.IsSet}");
    }
}
