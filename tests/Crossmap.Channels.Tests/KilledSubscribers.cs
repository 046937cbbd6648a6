using Crossmap.Channels.Broadcasts;
using Crossmap.Channels.Memory;
using Crossmap.Channels.Rings;
using Crossmap.Testing;

namespace Crossmap.Channels.Tests;

/// <summary>Broadcasts between processes, and what is left of them when publishers and subscribers are killed.</summary>
public class KilledSubscribers
{
    private const int Publishers = 2, Messages = 10_000;

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact]
    public void Subscribers_in_all_processes_get_everything_in_one_order()
    {
        using Broadcast broadcast = Broadcasts.Create(1 << 16, overrun: false);
        using ChildProcess first = ChildProcess.Start(ReadAll, broadcast.Name!), second = ChildProcess.Start(ReadAll, broadcast.Name!);
        using Subscriber subscriber = broadcast.Subscribe();
        first.Expect("subscribed");
        second.Expect("subscribed");
        ChildProcess[] publishers = [.. Enumerable.Range(0, Publishers).Select(number => ChildProcess.Start(PublishAll, broadcast.Name!, $"{number}"))];
        try
        {
            string order = OrderOfAll(subscriber);
            first.Expect(order);
            second.Expect(order);
            Assert.All(publishers, publisher => publisher.Finish());
            first.Finish();
            second.Finish();
        }
        finally
        {
            Array.ForEach(publishers, publisher => publisher.Dispose());
        }
    }

    /// <summary>Killed, or only stopped there, which no other publisher can tell.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public unsafe void Slot_that_a_publisher_freed_and_was_killed_before_it_moved_the_mark_is_passed_over(bool overrun)
    {
        using Broadcast broadcast = Broadcasts.Create(4096, overrun);
        byte[] quarter = new byte[1024];
        for (int i = 0; i < 4; i++)
        {
            broadcast.Publisher.Write(quarter, 0, Test);
        }

        using ChannelMemory memory = ChannelMemory.TryOpen(ChannelTarget.Memory(broadcast.Name!))!;
        var ring = new KeptRing<BroadcastKeeper>(new RingMemory(memory.Base, memory.Layout), new BroadcastKeeper(overrun ? null : new Subscribers(memory)));
        Assert.True(ring.TryFree(0, ring.ReadWord(0)));
        Assert.Equal(0, ring.ReadFreed());
        for (int i = 0; i < 8; i++)
        {
            broadcast.Publisher.Write(quarter, 0, Test);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Publisher_killed_with_a_claim_costs_that_message_alone(bool overrun)
    {
        using Broadcast broadcast = Broadcasts.Create(4096, overrun);
        using Subscriber subscriber = broadcast.Subscribe(), polls = broadcast.Subscribe();
        using ChildProcess child = ChildProcess.Start(ClaimAndHang, broadcast.Name!);
        child.Expect("claimed");
        broadcast.Publisher.Write(2, 0, Test);
        Broadcasts.Take(subscriber).Dispose();
        Broadcasts.Take(polls).Dispose();
        Assert.False(subscriber.TryRead(out _));
        Task<int> read = OtherThread.Run(() => Read(subscriber));
        child.Kill();
        Assert.Equal(2, await read.WaitAsync(ChildProcess.Watchdog, Test));
        BroadcastMessage message;
        while (!polls.TryRead(out message))
        {
            Test.ThrowIfCancellationRequested();
        }

        Assert.Equal(2, message.As<int>());
        Assert.Equal((0, 0), (subscriber.Missed, polls.Missed));
    }

    [Fact]
    public async Task Publisher_killed_between_the_message_and_the_bell_leaves_nobody_asleep()
    {
        using Broadcast broadcast = Broadcasts.Create(4096, overrun: false);
        using Subscriber first = broadcast.Subscribe(), second = broadcast.Subscribe();
        using ChildProcess child = ChildProcess.Start(CommitWithoutBell, broadcast.Name!);
        child.Expect("claimed");
        Task<int>[] reads = [OtherThread.Run(() => Read(first)), OtherThread.Run(() => Read(second))];
        child.Send("commit");
        child.Expect("committed");
        child.Kill();
        int[] read = await Task.WhenAll(reads).WaitAsync(ChildProcess.Watchdog, Test);
        Assert.Equal([5, 5], read);
    }

    [Fact]
    public async Task Subscriber_holds_publishers_back_as_long_as_it_lives()
    {
        using Broadcast broadcast = Broadcasts.Create(4096, overrun: false);
        using ChildProcess child = ChildProcess.Start(SubscribeAndHang, broadcast.Name!);
        child.Expect("subscribed");
        int written = 0;
        while (broadcast.Publisher.TryWrite(written))
        {
            written++;
        }

        child.Send("read");
        child.Expect("0");
        Assert.Throws<TimeoutException>(() => broadcast.Publisher.Write(written, timeoutMilliseconds: 20, Test));
        using Subscriber oldest = broadcast.Subscribe(SubscribeOptions.FromOldest);
        Task publisher = OtherThread.Run(() => broadcast.Publisher.Write(written, -1, Test));
        child.Kill();
        for (int i = 0; i <= written; i++)
        {
            Assert.Equal(i, Read(oldest));
        }

        await publisher.WaitAsync(ChildProcess.Watchdog, Test);
    }

    [Fact]
    public void Subscriber_that_is_killed_does_not_stop_who_polls()
    {
        using Broadcast broadcast = Broadcasts.Create(4096, overrun: false);
        using ChildProcess child = ChildProcess.Start(SubscribeAndHang, broadcast.Name!);
        child.Expect("subscribed");
        while (broadcast.Publisher.TryWrite(1))
        {
            // Until it is full.
        }

        child.Kill();
        while (!broadcast.Publisher.TryWrite(2))
        {
            Test.ThrowIfCancellationRequested();
        }
    }

    [Fact]
    public void Broadcast_in_a_file_waits_for_nobody_who_had_it_before()
    {
        using var file = new TemporaryFile(0);
        using (ChildProcess child = ChildProcess.Start(FillFile, file.Path))
        {
            child.Expect("full");
            child.Kill();
        }

        using Broadcast broadcast = Broadcast.OpenFile(file.Path);
        using Subscriber subscriber = broadcast.Subscribe(SubscribeOptions.FromOldest);
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(i, Read(subscriber));
        }

        for (int i = 0; i < 100; i++)
        {
            broadcast.Publisher.Write(i, 0, Test);
            Assert.Equal(i, Read(subscriber));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Kills_at_any_moment_cost_survivors_nothing(bool overrun)
    {
        using Broadcast broadcast = Broadcasts.Create(1 << 14, overrun);
        using Broadcast own = Broadcast.Open(broadcast.Name!);
        using Subscriber subscriber = broadcast.Subscribe();
        using var end = new CancellationTokenSource();
        Task publisher = OtherThread.Run(() =>
        {
            for (long i = 0; !end.IsCancellationRequested; i++)
            {
                own.Publisher.Write(new Numbered(0, i), -1, Test);
            }

            own.Publisher.Complete();
        });
        Task<long> reader = OtherThread.Run(() =>
        {
            // Every publisher's messages in order, without a gap that was not told.
            var next = new Dictionary<long, long>();
            long gaps = 0;
            while (true)
            {
                BroadcastMessage message;
                try
                {
                    message = subscriber.Read(-1, Test);
                }
                catch (System.Threading.Channels.ChannelClosedException)
                {
                    return gaps - subscriber.Missed;
                }

                Numbered numbered = message.As<Numbered>();
                if (!message.Release())
                {
                    gaps--;
                    continue;
                }

                next.TryGetValue(numbered.Publisher, out long expected);
                Assert.True(numbered.Order >= expected, $"{numbered} comes after {expected - 1}.");
                gaps += numbered.Order - expected;
                next[numbered.Publisher] = numbered.Order + 1;
            }
        });
        var random = new Random(1);
        for (int round = 1; round <= 8; round++)
        {
            using ChildProcess writes = ChildProcess.Start(PublishWithoutEnd, broadcast.Name!, $"{round}"), reads = ChildProcess.Start(ReadWithoutEnd, broadcast.Name!);
            writes.Expect("publishes");
            reads.Expect("reads");

            // Some of its work is done now, and it is in the middle of more.
            Thread.SpinWait(random.Next(1, 1_000_000));
            (random.Next(2) == 0 ? writes : reads).Kill();
        }

        await end.CancelAsync();
        await publisher.WaitAsync(ChildProcess.Watchdog, Test);

        // What is missing at the end of a killed publisher's messages is no gap, and may still have been missed.
        long untold = await reader.WaitAsync(ChildProcess.Watchdog, Test);
        Assert.True(overrun ? untold <= 0 : untold == 0, $"{untold} messages are missing untold.");
    }

    [ChildScenario]
    internal static void ReadAll(string[] arguments)
    {
        using Broadcast broadcast = Broadcast.Open(arguments[0]);
        using Subscriber subscriber = broadcast.Subscribe();
        Console.WriteLine("subscribed");
        Console.WriteLine(OrderOfAll(subscriber));
    }

    [ChildScenario]
    internal static void PublishAll(string[] arguments)
    {
        using Broadcast broadcast = Broadcast.Open(arguments[0]);
        for (int i = 0; i < Messages; i++)
        {
            using Claim claim = broadcast.Publisher.Claim(16 + (i % 300));
            claim.Span.Fill((byte)i);
            claim.As<Numbered>() = new Numbered(int.Parse(arguments[1]), i);
            claim.Commit();
        }
    }

    [ChildScenario]
    internal static void ClaimAndHang(string[] arguments)
    {
        using Broadcast broadcast = Broadcast.Open(arguments[0]);
        broadcast.Publisher.Write(1);
        broadcast.Publisher.TryClaim(200, out _);
        Console.WriteLine("claimed");
        Console.ReadLine();
    }

    /// <summary>A publisher up to the point where it would ring.</summary>
    [ChildScenario]
    internal static unsafe void CommitWithoutBell(string[] arguments)
    {
        using Broadcast broadcast = Broadcast.Open(arguments[0]);
        using Claim claim = broadcast.Publisher.Claim(4);
        claim.As<int>() = 5;
        using ChannelMemory memory = ChannelMemory.TryOpen(ChannelTarget.Memory(arguments[0]))!;
        Console.WriteLine("claimed");
        Console.ReadLine();
        while (Volatile.Read(ref memory.Header->ReadersGate) == 0)
        {
            Thread.Yield();
        }

        var ring = new RingMemory(memory.Base, memory.Layout);
        ring.SlotOf(claim.Index)->Length = 4;
        ring.WriteWord(claim.Index, ring.ReadWord(claim.Index).With(SlotState.Committed));
        Console.WriteLine("committed");
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void SubscribeAndHang(string[] arguments)
    {
        using Broadcast broadcast = Broadcast.Open(arguments[0]);
        using Subscriber subscriber = broadcast.Subscribe();
        Console.WriteLine("subscribed");
        Console.ReadLine();
        Console.WriteLine(subscriber.Read().As<int>());
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void FillFile(string[] arguments)
    {
        Broadcast broadcast = Broadcast.CreateOrOpenFile(arguments[0], new BroadcastOptions { Capacity = 4096 });
        Subscriber subscriber = broadcast.Subscribe();
        for (int i = 0; i < 10; i++)
        {
            broadcast.Publisher.Write(i);
        }

        subscriber.TryRead(out _);
        broadcast.Publisher.TryClaim(100, out _);
        Console.WriteLine("full");
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void PublishWithoutEnd(string[] arguments)
    {
        using Broadcast broadcast = Broadcast.Open(arguments[0]);
        for (long i = 0; ; i++)
        {
            broadcast.Publisher.Write(new Numbered(long.Parse(arguments[1]), i));
            if (i == 0)
            {
                Console.WriteLine("publishes");
            }
        }
    }

    [ChildScenario]
    internal static void ReadWithoutEnd(string[] arguments)
    {
        using Broadcast broadcast = Broadcast.Open(arguments[0]);
        bool isTold = false;
        for (int count = 1; ; count++)
        {
            using Subscriber subscriber = broadcast.Subscribe(count % 2 == 0 ? SubscribeOptions.FromOldest : SubscribeOptions.None);
            for (int i = 0; i < 100; i++)
            {
                Read(subscriber);
                if (!isTold)
                {
                    isTold = true;
                    Console.WriteLine("reads");
                }
            }
        }
    }

    private static int Read(Subscriber subscriber)
    {
        using BroadcastMessage message = subscriber.Read();
        return message.As<int>();
    }

    /// <summary>Reads what all publishers send, checks it, and names the order in which it came.</summary>
    private static string OrderOfAll(Subscriber subscriber)
    {
        ulong order = 0;
        long[] next = new long[Publishers];
        for (int i = 0; i < Publishers * Messages; i++)
        {
            using BroadcastMessage message = subscriber.Read();
            Numbered numbered = message.As<Numbered>();
            Assert.Equal(next[numbered.Publisher]++, numbered.Order);
            Assert.Equal(16 + ((int)numbered.Order % 300), message.Length);
            Assert.False(message.Span[16..].ContainsAnyExcept((byte)numbered.Order));
            order = (order * 31) + (ulong)numbered.Publisher + 1;
        }

        Assert.False(subscriber.TryRead(out _));
        return $"{order:x}";
    }

    private readonly record struct Numbered(long Publisher, long Order);
}
