using Crossmap.Testing;

namespace Crossmap.Conformance;

/// <summary>O. Semaphores.</summary>
public class SemaphoreFacts
{
    [Fact]
    public void Fact_218_221_Counts_that_cannot_be()
    {
        Answer.Is(218, "2 of 1", 87, Answer.Of(() => NamedSemaphore.Create(null, 2, 1)));
        Assert.Throws<ArgumentOutOfRangeException>("initialCount", () => NamedSemaphore.Create(null, -1, 1));
        Assert.Throws<ArgumentOutOfRangeException>("maximumCount", () => NamedSemaphore.Create(null, 0, 0));
        Assert.Null(Assert.Throws<ArgumentException>(() => NamedSemaphore.Create(null, 2, 1)).ParamName);
    }

    [Fact]
    public void Fact_219_The_counts_read_back()
    {
        using NamedSemaphore semaphore = NamedSemaphore.Create(null, 1, 2);
        Answer.Is(219, "counts", (1, 2), (semaphore.CurrentCount, semaphore.MaximumCount));
        Answer.Is(219, "created", true, semaphore.CreatedNew);
    }

    [Fact]
    public void Fact_220_The_largest_counts()
    {
        using NamedSemaphore none = NamedSemaphore.Create(null, 0, int.MaxValue), all = NamedSemaphore.Create(null, int.MaxValue, int.MaxValue);
        Answer.Is(220, "counts", (0, int.MaxValue), (none.CurrentCount, all.CurrentCount));
        Answer.Is(220, "previous", 0, none.Release(int.MaxValue));
        Assert.Throws<SemaphoreFullException>(() => all.Release());
        Assert.True(all.TryWait());
        Answer.Is(220, "after a wait", int.MaxValue - 1, all.CurrentCount);
    }

    [Fact]
    public void Fact_222_223_224_A_release_gives_all_or_nothing()
    {
        using NamedSemaphore semaphore = NamedSemaphore.Create(null, 0, 2);
        Answer.Is(222, "3 of 2", 298, Answer.Of(() => { semaphore.Release(3); }));
        Answer.Is(222, "count", 0, semaphore.CurrentCount);
        Answer.Is(223, "previous", (0, 1), (semaphore.Release(), semaphore.Release()));
        Win32.Fails<SemaphoreFullException>(298, () => semaphore.Release());
        Answer.Is(224, "one more", 298, Answer.Of(() => { semaphore.Release(); }));
        Answer.Is(224, "count", 2, semaphore.CurrentCount);
    }

    [Fact]
    public void Fact_225_226_The_managed_release()
    {
        using NamedSemaphore semaphore = NamedSemaphore.Create(null, 1, 2);
        Assert.Throws<SemaphoreFullException>(() => semaphore.Release(2));
        Answer.Is(225, "count", 1, semaphore.CurrentCount);
        Answer.Is(225, "previous", 1, semaphore.Release(1));
        Assert.Throws<ArgumentOutOfRangeException>("count", () => semaphore.Release(0));
        Assert.Throws<ArgumentOutOfRangeException>("count", () => semaphore.Release(-1));
        Answer.Is(226, "count", 2, semaphore.CurrentCount);
    }

    [Fact]
    public void Fact_227_Creating_an_existing_name_leaves_its_counts()
    {
        string name = UniqueName.Create();
        using NamedSemaphore first = NamedSemaphore.Create(name, 1, 5);
        using NamedSemaphore second = NamedSemaphore.Create(name, 3, 9);
        Answer.Is(227, "created", false, second.CreatedNew);
        Answer.Is(227, "counts", (1, 5), (second.CurrentCount, second.MaximumCount));
        using ChildProcess child = ChildProcess.Start(CreateAndTake, name);
        Answer.Is(227, "in another process", "False 5 True False", child.Receive());
        child.Finish();
        Answer.Is(227, "afterwards", 0, first.CurrentCount);
    }

    [Fact]
    public void Fact_229_A_full_semaphore_is_not_signaled_and_nothing_is_waited_for()
    {
        using NamedSemaphore full = NamedSemaphore.Create(null, 2, 2), there = NamedSemaphore.Create(null, 1, 1);
        Answer.Is(229, "at the maximum", 298, Answer.Of(() => { WaitableObject.SignalAndWait(full, there, TimeSpan.Zero); }));
        Win32.Fails<SemaphoreFullException>(298, () => WaitableObject.SignalAndWait(full, there, ChildProcess.Watchdog));
        Answer.Is(229, "counts", (2, 1), (full.CurrentCount, there.CurrentCount));
    }

    [Fact]
    public void Fact_230_Any_takes_the_lowest_and_all_takes_all_or_none()
    {
        NamedSemaphore[] four = [.. Enumerable.Range(0, 4).Select(_ => NamedSemaphore.Create(UniqueName.Create(), 1, 1))];
        string Counts() => string.Join(' ', four.Select(s => s.CurrentCount));
        Answer.Is(230, "any", 0, WaitableObject.WaitAny(four));
        Answer.Is(230, "after any", "0 1 1 1", Counts());
        Answer.Is(230, "all, one is missing", false, WaitableObject.WaitAll(four, TimeSpan.Zero));
        Answer.Is(230, "all, one is missing, after a while", false, WaitableObject.WaitAll(four, TimeSpan.FromMilliseconds(20)));
        Answer.Is(230, "after all, one is missing", "0 1 1 1", Counts());
        four[0].Release();
        Answer.Is(230, "all", true, WaitableObject.WaitAll(four, TimeSpan.Zero));
        Answer.Is(230, "after all", "0 0 0 0", Counts());
        Answer.Is(230, "any, none is there", WaitHandle.WaitTimeout, WaitableObject.WaitAny(four, TimeSpan.Zero, TestContext.Current.CancellationToken));
        Array.ForEach(four, s => s.Dispose());
    }

    [ChildScenario]
    internal static void CreateAndTake(string[] arguments)
    {
        using NamedSemaphore semaphore = NamedSemaphore.Create(arguments[0], 7, 7);
        Console.WriteLine($"{semaphore.CreatedNew} {semaphore.MaximumCount} {semaphore.TryWait()} {semaphore.TryWait()}");
    }
}
