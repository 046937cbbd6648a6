using Crossmap.Channels;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>
/// The code blocks of the documentation, compiled and run. A block stands between two lines "// &lt;page&gt;", word for word; the test at the
/// end sees to it that no block stands in a page alone.
/// </summary>
public class DocumentedExamples
{
    [Fact]
    public void Readme_example_works() => RunAlone(Readme);

    [Fact]
    public void Readme_example_of_messages_works() => RunAlone(ReadmeMessages);

    [Fact]
    public void Guarantees_example_works() => RunAlone(Guarantees);

    [Fact]
    public void Synchronisation_examples_work() => RunAlone(Synchronisation);

    [Fact]
    public void Every_block_of_the_pages_is_compiled_here()
    {
        string source = Normalized(Document.Read("DocumentedExamples.cs"));
        int blocks = 0;
        foreach (string page in new[] { "README.md", "guarantees.md", "synchronisation.md" })
        {
            foreach (string block in Document.Blocks(page, "csharp"))
            {
                blocks++;
                string marker = $"// <{page}>";
                Assert.Contains($"{marker} {Normalized(block)} {marker}", source);
            }
        }

        Assert.Equal(10, blocks);
    }

    [ChildScenario]
    internal static void ReadmeMessages(string[] arguments)
    {
        // <README.md>
        using var orders = SharedQueue.CreateOrOpen("orders");                     // any number of producers and consumers, each message to one of them
        if (orders.Writer.TryClaim(64, out Claim claim)) { claim.Span.Fill(7); claim.Commit(); }
        using Message message = orders.Reader.Read();                              // in place; if this process dies now, another one gets it again
        // <README.md>

        Assert.Equal(64, message.Length);
        Assert.Equal(7, message.Span[63]);
    }

    [ChildScenario]
    internal static void Readme(string[] arguments)
    {
        Directory.SetCurrentDirectory(arguments[0]);
        File.WriteAllBytes("prices.bin", new byte[8192]);

        // <README.md>
        using var mapping = FileMapping.Create("prices.bin", name: "prices");      // an existing file, under a name
        using var view = mapping.MapView();                                        // all of it, read/write
        using var turn = NamedSemaphore.Create("prices-turn", initialCount: 1, maximumCount: 1);

        // Another process: FileMapping.Open("prices"), NamedSemaphore.Open("prices-turn").
        turn.Wait();
        view.At<long>(128) += 1;                                                   // plain memory: no call, no copy
        view.AsSpan(0, 16).Fill(42);
        turn.Release();
        view.Flush(0, 4096);                                                       // on the disk when it returns
        // <README.md>
        byte[] bytes = File.ReadAllBytes("prices.bin");
        Assert.Equal((8192, 1, 42, 42, 0), (bytes.Length, bytes[128], bytes[0], bytes[15], bytes[16]));
        Assert.Equal(1, turn.CurrentCount);
    }

    [ChildScenario]
    internal static void Guarantees(string[] arguments)
    {
        // <guarantees.md>
        using FileMapping mapping = FileMapping.CreateInMemory(1 << 20, "board");
        using (FileMapping again = FileMapping.CreateInMemory(4096, "board"))
        {
            Assert.False(again.CreatedNew);                    // the name existed: opened,
            Assert.Equal(1 << 20, again.Size);                 // whatever size was asked for
        }

        using MappedView view = mapping.MapView();
        mapping.Dispose();                                     // the last handle: the name is free at once
        Assert.False(FileMapping.TryOpen("board", out _));
        view.At<int>(0) = 7;                                   // the view keeps the memory
        // <guarantees.md>
        Assert.Equal(7, view.At<int>(0));
    }

    [ChildScenario]
    internal static void Synchronisation(string[] arguments)
    {
        Assert.True(AtMostThree().Wait(ChildProcess.Watchdog));
        OneWhoLeavesThingsInOrder();
        TheDataIsThere();
        UntilItIsAsINeedIt();
        ManyLookOrOneChanges();
        SeveralAtOnce();
        InTheMemoryItself();
    }

    private static async Task AtMostThree()
    {
        using NamedSemaphore connections = NamedSemaphore.Create("connections", 3, 3);
        int left = 0;
        async Task Connect()
        {
            await Task.Yield();
            left = connections.CurrentCount;
        }

        // <synchronisation.md>
        using var slots = NamedSemaphore.Create("connections", initialCount: 3, maximumCount: 3);
        if (await slots.WaitAsync(TimeSpan.FromSeconds(5)))
        {
            try
            {
                await Connect();            // may go on in another thread: nobody owns a count
            }
            finally
            {
                slots.Release();
            }
        }

        // <synchronisation.md>
        Assert.Equal((2, 3), (left, connections.CurrentCount));
    }

    private static void OneWhoLeavesThingsInOrder()
    {
        using FileMapping mapping = FileMapping.CreateInMemory(4096);
        using MappedView ledger = mapping.MapView();
        (ledger.At<long>(0), ledger.At<long>(8)) = (400, 600);
        void Repair(MappedView broken) => broken.At<long>(8) = 1000 - broken.At<long>(0);
        using NamedMutex known = NamedMutex.Create("ledger");
        using (var dead = new OtherThread())
        {
            dead.Do(() =>
            {
                known.Wait();
                ledger.At<long>(0) -= 100;
            });
            dead.End();
        }

        // <synchronisation.md>
        using var mutex = NamedMutex.Create("ledger");
        try
        {
            mutex.Wait();
        }
        catch (AbandonedMutexException)
        {
            Repair(ledger);                 // its last owner died in the middle; it is ours all the same
        }

        try
        {
            ledger.At<long>(0) -= 100;      // killed between these two,
            ledger.At<long>(8) += 100;      // we are the one whom the next one hears of
        }
        finally
        {
            mutex.Release();                // by the thread that waited
        }

        // <synchronisation.md>
        Assert.Equal((200, 800), (ledger.At<long>(0), ledger.At<long>(8)));
        Assert.False(known.IsOwned);
    }

    private static void TheDataIsThere()
    {
        using var other = new OtherThread();
        OtherThread.Step early = other.Begin(() =>
        {
            using NamedEvent same = NamedEvent.Create("ready", EventResetMode.ManualReset);
            Assert.True(same.Wait(ChildProcess.Watchdog));
        });

        // <synchronisation.md>
        using var ready = NamedEvent.Create("ready", EventResetMode.ManualReset);

        // Another process, before or after: NamedEvent.Create("ready", EventResetMode.ManualReset).Wait();
        ready.Set();                        // all go on who wait, and all who come later, until Reset
        // <synchronisation.md>
        early.Finish();
        Assert.True(ready.TryWait());
    }

    private static void UntilItIsAsINeedIt()
    {
        using FileMapping mapping = FileMapping.CreateInMemory(4096);
        using MappedView stock = mapping.MapView();
        using NamedMutex known = NamedMutex.Create("stock", initiallyOwned: true);
        using NamedCondition same = NamedCondition.Create("stock-changed");
        using var other = new OtherThread();
        int left = -1;
        OtherThread.Step buyer = other.Begin(() =>
        {
            // <synchronisation.md>
            using var mutex = NamedMutex.Create("stock");
            using var changed = NamedCondition.Create("stock-changed");

            mutex.Wait();
            while (stock.At<int>(0) == 0)       // look again, always: another may have been faster
            {
                changed.Wait(mutex);            // gives the mutex up, sleeps until somebody notifies, and takes it again
            }

            stock.At<int>(0)--;
            changed.NotifyAll();                // whoever waits for room looks again
            mutex.Release();
            // <synchronisation.md>
            left = stock.At<int>(0);
        });
        same.NotifyAll();
        stock.At<int>(0) = 3;
        same.NotifyAll();
        known.Release();
        buyer.Finish();
        Assert.Equal((2, 2), (left, stock.At<int>(0)));
    }

    private static void InTheMemoryItself()
    {
        // <synchronisation.md>
        // In the process that makes the memory, before it shares the name:
        using var memory = FileMapping.CreateInMemory(1 << 20, "orders");
        using var orders = memory.MapView();
        using var turn = NamedMutex.Create(orders, offset: 0);                                // bytes 0 to 63
        using var filled = NamedEvent.Create(orders, WaitableObject.SizeInView, EventResetMode.AutoReset);

        // In the others: FileMapping.Open("orders"), and there NamedMutex.Open(view, 0), NamedEvent.Open(view, 64).
        turn.Wait();
        orders.At<long>(128) = 4711;
        turn.Release();
        filled.Set();

        // <synchronisation.md>
        using FileMapping others = FileMapping.Open("orders");
        using MappedView view = others.MapView();
        using NamedMutex same = NamedMutex.Open(view, 0);
        using NamedEvent told = NamedEvent.Open(view, 64);
        Assert.True(told.TryWait());
        Assert.True(same.TryWait());
        Assert.Equal(4711, view.At<long>(128));
        same.Release();
    }

    private static void ManyLookOrOneChanges()
    {
        using FileMapping mapping = FileMapping.CreateInMemory(4096);
        using MappedView table = mapping.MapView();
        (table.At<long>(0), table.At<long>(8)) = (400, 600);
        using NamedReaderWriterLock known = NamedReaderWriterLock.Create("prices");
        using var other = new OtherThread();
        long Once()
        {
            // <synchronisation.md>
            using var prices = NamedReaderWriterLock.Create("prices");
            long sum = 0;
            try
            {
                prices.EnterReadLock();             // beside other readers, never beside a writer
            }
            catch (AbandonedMutexException)
            {
                sum = long.MinValue;                // a writer died inside: we are inside all the same, and know what to think of it
            }

            sum += table.At<long>(0) + table.At<long>(8);
            prices.ExitReadLock();                  // by the thread that entered

            if (prices.TryEnterWriteLock(TimeSpan.FromSeconds(5)))
            {
                table.At<long>(0)++;                // killed between these two, we are whom they hear of
                table.At<long>(8)--;
                prices.ExitWriteLock();
            }

            // <synchronisation.md>
            return sum;
        }

        Assert.Equal((1000, 401, 599), (Once(), table.At<long>(0), table.At<long>(8)));
        other.Do(() => known.EnterWriteLock());
        other.End();
        Assert.True(SpinWait.SpinUntil(() => known.IsAbandoned, ChildProcess.Watchdog));
        Assert.Throws<AbandonedMutexException>(() => Once());
        known.ExitWriteLock();
        Assert.Equal((1000, 402, 598), (Once(), table.At<long>(0), table.At<long>(8)));
    }

    private static void SeveralAtOnce()
    {
        using NamedEvent stop = NamedEvent.Create("stop", EventResetMode.ManualReset);
        using NamedSemaphore work = NamedSemaphore.Create("work", 2, 10);
        int done = 0;
        void Once()
        {
            // <synchronisation.md>
            switch (WaitableObject.WaitAny([stop, work], TimeSpan.FromSeconds(30)))
            {
                case 0: return;                              // the lowest index that is there
                case 1: done++; break;                       // taken: one count of work, nothing of stop
                case WaitHandle.WaitTimeout: break;
            }

            // <synchronisation.md>
        }

        Once();
        Assert.Equal((1, 1), (done, work.CurrentCount));
        stop.Set();
        Once();
        Assert.Equal((1, 1), (done, work.CurrentCount));
    }

    /// <summary>In a process whose names meet nobody else's, and in a folder of its own: the examples use plain names.</summary>
    private static void RunAlone(Action<string[]> scenario)
    {
        using var root = new PrivateRoot();
        root.Run(scenario, root.Path);
    }

    private static string Normalized(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
