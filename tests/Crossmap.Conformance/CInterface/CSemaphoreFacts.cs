using Crossmap.Testing;
using static Crossmap.Conformance.CInterface.SemaphoreCalls;
using static Crossmap.Conformance.CInterface.WaitCalls;

namespace Crossmap.Conformance.CInterface;

/// <summary>O. Semaphores. No call tells a count: a release does, and what is taken by waits.</summary>
public class CSemaphoreFacts : CFacts
{
    private const int NotWritten = 0x77;

    [Fact]
    public void Fact_218_An_initial_count_above_the_maximum_is_refused() => Answer.Table(218, new[] { (2, 1), (-1, 1), (0, 0), (0, -1) }.Select(counts => (
        $"{counts}", (object)87, (Func<object?>)(() => Outcome.OfHandle(CreateSemaphore(counts.Item1, counts.Item2))))));

    [Fact]
    public void Fact_219_The_counts_are_those_given()
    {
        using Handle semaphore = Handle.Of(CreateSemaphore(1, 2));
        int previous = NotWritten;
        Answer.Is(219, "release", (Answer.Success, 1), (Outcome.Of(ReleaseSemaphore(semaphore, 1, ref previous)), previous));
        Answer.Is(219, "beyond the maximum", "298", Outcome.Of(ReleaseSemaphore(semaphore)));
        Answer.Is(219, "taken", 2, Drain(semaphore));
    }

    [Fact]
    public void Fact_220_The_largest_counts_are_valid()
    {
        using Handle empty = Handle.Of(CreateSemaphore(0, int.MaxValue)), full = Handle.Of(CreateSemaphore(int.MaxValue, int.MaxValue));
        int previous = NotWritten;
        Answer.Is(220, "all at once", Answer.Success, Outcome.Of(ReleaseSemaphore(empty, int.MaxValue)));
        Answer.Is(220, "full", "298", Outcome.Of(ReleaseSemaphore(empty)));
        Answer.Is(220, "full from the start", "298", Outcome.Of(ReleaseSemaphore(full)));
        Answer.Is(220, "wait", WAIT_OBJECT_0, WaitForSingleObject(full));
        Answer.Is(220, "release", (Answer.Success, int.MaxValue - 1), (Outcome.Of(ReleaseSemaphore(full, 1, ref previous)), previous));
    }

    [Fact]
    public void Fact_222_A_release_beyond_the_maximum_changes_nothing()
    {
        using Handle semaphore = Handle.Of(CreateSemaphore(0, 2));
        int previous = NotWritten;
        Answer.Is(222, "3 of 2", ("298", NotWritten), (Outcome.Of(ReleaseSemaphore(semaphore, 3, ref previous)), previous));
        Answer.Is(222, "2^31 - 1", ("298", NotWritten), (Outcome.Of(ReleaseSemaphore(semaphore, int.MaxValue, ref previous)), previous));
        Answer.Is(222, "count", 0, Drain(semaphore));
    }

    [Fact]
    public void Fact_223_A_release_tells_the_count_before()
    {
        using Handle semaphore = Handle.Of(CreateSemaphore(0, 2));
        for (int count = 0; count < 2; count++)
        {
            int previous = NotWritten;
            Answer.Is(223, $"from {count}", (Answer.Success, count), (Outcome.Of(ReleaseSemaphore(semaphore, 1, ref previous)), previous));
        }
    }

    [Fact]
    public void Fact_224_At_the_maximum_the_count_stays()
    {
        using Handle semaphore = Handle.Of(CreateSemaphore(2, 2));
        int previous = NotWritten;
        Answer.Is(224, "release", ("298", NotWritten), (Outcome.Of(ReleaseSemaphore(semaphore, 1, ref previous)), previous));
        Answer.Is(224, "count", 2, Drain(semaphore));
    }

    [Fact]
    public void Fact_227_Creating_an_existing_name_leaves_the_counts()
    {
        string name = UniqueName.Create();
        using Handle first = Handle.Of(CreateSemaphore(1, 2, name)), second = Handle.Of(CreateSemaphore(5, 10, name));
        Answer.Is(227, "last error", 183u, second.Error);
        Answer.Is(227, "beyond the maximum", "298", Outcome.Of(ReleaseSemaphore(second, 2)));
        Answer.Is(227, "count", 1, Drain(second));
    }

    [Fact]
    public void Fact_228_What_is_no_semaphore_is_not_released()
    {
        using Handle @event = Handle.Of(EventCalls.CreateEvent(manual: true, set: false)), mutex = Handle.Of(MutexCalls.CreateMutex()), section = CSections.Memory();
        using Handle semaphore = Handle.Of(CreateSemaphore(0, 1));
        Answer.Table(228, new (string What, Func<int> Call)[]
        {
            ("event", () => ReleaseSemaphore(@event)), ("mutex", () => ReleaseSemaphore(mutex)), ("section", () => ReleaseSemaphore(section)),
            ("semaphore as an event", () => EventCalls.SetEvent(semaphore)), ("semaphore as a mutex", () => MutexCalls.ReleaseMutex(semaphore)),
        }.Select(row => (row.What, (object)6, (Func<object?>)(() => Outcome.Of(row.Call())))));
        Answer.Is(228, "the event afterwards", WAIT_TIMEOUT, WaitForSingleObject(@event));
        Answer.Is(228, "the semaphore afterwards", 0, Drain(semaphore));
    }

    [Fact]
    public void Fact_229_A_full_semaphore_is_not_signaled_and_nothing_is_waited_for()
    {
        using Handle full = Handle.Of(CreateSemaphore(1, 1)), set = Handle.Of(EventCalls.CreateEvent(manual: false, set: true));
        Answer.Is(229, "call", "failed 298", Outcome.OfWait(SignalObjectAndWait(full, set)));
        Answer.Is(229, "the event afterwards", WAIT_OBJECT_0, WaitForSingleObject(set));
    }

    [Fact]
    public void Fact_230_Any_takes_the_lowest_index_and_all_takes_all_or_none()
    {
        Handle[] semaphores = [.. Enumerable.Range(0, 4).Select(_ => Handle.Of(CreateSemaphore(1, 1)))];
        nint[] handles = [.. semaphores.Select(s => s.Value)];
        Answer.Is(230, "any", (0u, 1u), (WaitForMultipleObjects(handles, all: false), WaitForMultipleObjects(handles, all: false)));
        Answer.Is(230, "all, two are taken", WAIT_TIMEOUT, WaitForMultipleObjects(handles, all: true));
        Answer.Is(230, "the others afterwards", (1, 1), (Drain(handles[2]), Drain(handles[3])));
        Array.ForEach(handles, handle => Assert.Equal(1, ReleaseSemaphore(handle)));
        Answer.Is(230, "all", 0u, WaitForMultipleObjects(handles, all: true));
        Answer.Is(230, "what all left", 0, handles.Sum(Drain));
        Array.ForEach(semaphores, semaphore => semaphore.Dispose());
    }

    /// <summary>Takes all there is.</summary>
    private static int Drain(nint semaphore)
    {
        int count = 0;
        while (WaitForSingleObject(semaphore) == WAIT_OBJECT_0)
        {
            count++;
        }

        return count;
    }
}
