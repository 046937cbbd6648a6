using Crossmap.Testing;

namespace Crossmap.Conformance.CInterface;

/// <summary>
/// The .NET runtime inside libcrossmap.so beside the one that runs the tests: both have handlers for SIGSEGV, SIGFPE and SIGRTMIN, and both
/// stop threads to collect garbage. Each must leave the other's faults and threads to it.
/// </summary>
public unsafe class TwoRuntimes : CFacts
{
    private const int Rounds = 100;

    public TwoRuntimes() => Assert.SkipWhen(OperatingSystem.IsWindows(), "The library is kernel32 there.");

    [Fact]
    public void Faults_are_caught_by_the_runtime_whose_code_made_them()
    {
        using Handle there = CSections.Memory();
        Array.ForEach(Enumerable.Range(0, 4).Select(_ => new OtherThread()).ToArray(), thread =>
        {
            thread.Do(() =>
            {
                for (int i = 0; i < 20; i++)
                {
                    Assert.Throws<NullReferenceException>(() => *(int*)8);
                    Assert.Throws<DivideByZeroException>(() => 1 / int.Parse("0"));

                    // Handles that are read from next to NULL: a fault in the library's code, which it answers.
                    Assert.Equal("failed 998", Outcome.OfWait(WaitCalls.WaitForMultipleObjects(2, (nint*)8, all: false, 0)));
                }
            });
            thread.End();
        });
    }

    [Fact]
    public void Collections_of_both_stop_threads_of_both()
    {
        int running = 4, wrong = 0;
        Thread[] threads = [.. Enumerable.Range(0, running).Select(t => new Thread(() =>
        {
            // Garbage on both sides: long names there, handles here.
            string name = UniqueName.Create().PadRight(30_000, 'x');
            for (int i = 0; i < Rounds; i++)
            {
                using Handle mutex = Handle.Of(MutexCalls.CreateMutex(owned: true, name));
                if (mutex.Error != 0 || MutexCalls.ReleaseMutex(mutex) != 1)
                {
                    Interlocked.Increment(ref wrong);
                }
            }

            Interlocked.Decrement(ref running);
        }))];
        Array.ForEach(threads, thread => thread.Start());
        while (Volatile.Read(ref running) > 0)
        {
            GC.Collect();
        }

        Assert.All(threads, thread => Assert.True(thread.Join(ChildProcess.Watchdog)));
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void Thread_that_called_the_library_ends_as_others_do()
    {
        using Handle semaphore = Handle.Of(SemaphoreCalls.CreateSemaphore(0, 2 * Rounds));
        for (int i = 0; i < Rounds; i++)
        {
            var thread = new Thread(() => SemaphoreCalls.ReleaseSemaphore(semaphore));
            thread.Start();
            Assert.True(thread.Join(ChildProcess.Watchdog));
        }

        int previous = 0;
        Assert.Equal(1, SemaphoreCalls.ReleaseSemaphore(semaphore, 1, ref previous));
        Assert.Equal(Rounds, previous);
    }
}
