using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Crossmap.Testing;

namespace Crossmap.Channels.Tests;

/// <summary>What a broadcast does while nobody dies: in one process, as its users see it.</summary>
public class Broadcasts
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_subscriber_gets_every_message_in_order_and_whole(bool overrun)
    {
        using Broadcast broadcast = Create(4096, overrun);
        using Broadcast other = Broadcast.Open(broadcast.Name!);
        using Subscriber first = broadcast.Subscribe(), second = other.Subscribe(), third = other.Subscribe();
        Subscriber[] subscribers = [first, second, third];
        var random = new Random(1);
        var messages = new List<byte[]>();
        int[] read = new int[3];
        for (int i = 0; i < 10_000; i++)
        {
            byte[] message = new byte[random.Next(0, 700)];
            random.NextBytes(message);
            (i % 2 == 0 ? broadcast : other).Publisher.Write(message, 0, Test);
            messages.Add(message);
            for (int s = 0; s < 3; s++)
            {
                // Never so far behind that the ring is full.
                while (messages.Count - read[s] > 3 || (read[s] < messages.Count && random.Next(2) == 0))
                {
                    using BroadcastMessage next = Take(subscribers[s]);
                    Assert.True(next.Span.SequenceEqual(messages[read[s]++]));
                    Assert.True(next.IsIntact);
                }
            }
        }

        Assert.All(subscribers, s => Assert.Equal(0, s.Missed));
    }

    [Fact]
    public void Full_ring_waits_for_the_slowest_subscriber_and_for_nobody_without_one()
    {
        using Broadcast broadcast = Create(4096, overrun: false);
        for (int i = 0; i < 1000; i++)
        {
            broadcast.Publisher.Write(i, 0, Test);
        }

        using Subscriber slow = broadcast.Subscribe(), fast = broadcast.Subscribe();
        int written = 0;
        while (broadcast.Publisher.TryWrite(written))
        {
            written++;
            Take(fast).Dispose();
        }

        Assert.Equal(32, written);
        Assert.Throws<TimeoutException>(() => broadcast.Publisher.Write(written, timeoutMilliseconds: 10, Test));
        BroadcastMessage oldest = Take(slow);
        Assert.False(broadcast.Publisher.TryWrite(written));
        Assert.True(oldest.Release());
        Assert.False(oldest.Release());
        Assert.True(broadcast.Publisher.TryWrite(written));
        Assert.False(broadcast.Publisher.TryWrite(written));
        slow.Dispose();
        Take(fast).Dispose();
        broadcast.Publisher.Write(written, 0, Test);
        Assert.Equal(0, fast.Missed);
    }

    [Fact]
    public async Task Publisher_asleep_goes_on_when_the_slowest_subscriber_reads_or_leaves()
    {
        using Broadcast broadcast = Create(4096, overrun: false);
        using Subscriber slow = broadcast.Subscribe(), fast = broadcast.Subscribe();
        Task publisher = OtherThread.Run(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                broadcast.Publisher.Write(i, -1, Test);
            }
        });
        for (int i = 0; i < 500; i++)
        {
            using BroadcastMessage one = slow.Read(60_000, Test), other = fast.Read(60_000, Test);
            Assert.Equal((i, i), (one.As<int>(), other.As<int>()));
        }

        slow.Dispose();
        for (int i = 500; i < 1000; i++)
        {
            using BroadcastMessage message = fast.Read(60_000, Test);
            Assert.Equal(i, message.As<int>());
        }

        await publisher.WaitAsync(ChildProcess.Watchdog, Test);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Slow_subscriber_is_told_exactly_how_many_messages_it_missed(int seed)
    {
        using Broadcast broadcast = Create(4096, overrun: true);
        using Broadcast other = Broadcast.Open(broadcast.Name!);
        var random = new Random(seed);
        int written = 0;
        for (; written < 10; written++)
        {
            broadcast.Publisher.Write(written, 0, Test);
        }

        using Subscriber late = other.Subscribe(), oldest = other.Subscribe(SubscribeOptions.FromOldest);
        (Subscriber Subscriber, int First)[] subscribers = [(late, 10), (oldest, 0)];
        int[] read = [0, 0];
        for (int round = 0; round < 2000; round++)
        {
            // Sometimes many laps, and always some that never become messages.
            for (int i = random.Next(random.Next(8) == 0 ? 500 : 20); i >= 0; i--)
            {
                Publisher publisher = (random.Next(2) == 0 ? broadcast : other).Publisher;
                Assert.True(publisher.TryClaim(random.Next(4, 300), out Claim claim));
                if (random.Next(3) == 0)
                {
                    claim.Dispose();
                    continue;
                }

                claim.As<int>() = written++;
                claim.Commit();
            }

            for (int s = 0; s < 2; s++)
            {
                for (int i = random.Next(30); i > 0 && subscribers[s].Subscriber.TryRead(out BroadcastMessage message); i--)
                {
                    Assert.Equal(subscribers[s].First + read[s] + subscribers[s].Subscriber.Missed, message.As<int>());
                    read[s]++;
                    Assert.True(message.Release());
                }
            }
        }

        Assert.True(late.Missed > 1000);
        for (int s = 0; s < 2; s++)
        {
            while (subscribers[s].Subscriber.TryRead(out BroadcastMessage message))
            {
                read[s]++;
                message.Dispose();
            }

            Assert.Equal(written, subscribers[s].First + read[s] + subscribers[s].Subscriber.Missed);
        }
    }

    [Fact]
    public void Message_that_is_written_over_while_it_is_held_says_so()
    {
        using Broadcast broadcast = Create(4096, overrun: true);
        using Subscriber subscriber = broadcast.Subscribe();
        broadcast.Publisher.Write(1, 0, Test);
        broadcast.Publisher.Write(2, 0, Test);
        BroadcastMessage one = Take(subscriber);
        Assert.True(one.IsIntact);
        Assert.True(one.Release());
        BroadcastMessage two = Take(subscriber);
        for (int i = 0; i < 100; i++)
        {
            broadcast.Publisher.Write(i, 0, Test);
        }

        Assert.Equal(4, two.Span.Length);
        Assert.False(two.IsIntact);
        Assert.False(two.Release());
        using BroadcastMessage next = Take(subscriber);
        Assert.Equal(next.As<int>(), subscriber.Missed);
        Assert.True(subscriber.Missed > 50);
        Assert.False(default(BroadcastMessage).IsIntact);
        Assert.False(default(BroadcastMessage).Release());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Late_subscriber_begins_now_or_with_what_is_still_there(bool overrun)
    {
        using Broadcast broadcast = Create(4096, overrun);
        for (int count = 0; count < 300; count++)
        {
            using Subscriber now = broadcast.Subscribe(), oldest = broadcast.Subscribe(SubscribeOptions.FromOldest);
            Assert.False(now.TryRead(out _));
            int expected = Math.Max(0, count - 32);
            BroadcastMessage message;
            while (oldest.TryRead(out message))
            {
                Assert.Equal(expected++, message.As<int>());
                message.Dispose();
            }

            Assert.Equal(count, expected);
            broadcast.Publisher.Write(count, 0, Test);
            using BroadcastMessage first = Take(now);
            Assert.Equal(count, first.As<int>());
        }
    }

    [Fact]
    public void Subscriber_that_comes_while_a_message_is_written_gets_it()
    {
        using Broadcast broadcast = Create(4096, overrun: false);
        broadcast.Publisher.Write(1, 0, Test);
        Assert.True(broadcast.Publisher.TryClaim(4, out Claim claim));
        broadcast.Publisher.Write(3, 0, Test);
        using Subscriber subscriber = broadcast.Subscribe();
        Assert.False(subscriber.TryRead(out _));
        claim.As<int>() = 2;
        claim.Commit();
        using BroadcastMessage two = Take(subscriber), three = Take(subscriber);
        Assert.Equal((2, 3), (two.As<int>(), three.As<int>()));
    }

    [Fact]
    public void Claim_is_written_in_place_and_may_be_given_up_or_shortened()
    {
        using Broadcast broadcast = Create(4096, overrun: false);
        using Subscriber subscriber = broadcast.Subscribe();
        Assert.True(broadcast.Publisher.TryClaim(1000, out Claim given));
        given.Dispose();
        given.Dispose();
        Assert.Throws<InvalidOperationException>(given.Commit);
        Assert.True(broadcast.Publisher.TryClaim(1000, out Claim claim));
        "short"u8.CopyTo(claim.Span);
        claim.Commit(5);
        Assert.Throws<InvalidOperationException>(claim.Commit);
        using BroadcastMessage message = Take(subscriber);
        Assert.Equal("short", Encoding.UTF8.GetString(message.Span));
        Assert.True(Unsafe.AreSame(in claim.Span[0], in message.Span[0]));
        Assert.Throws<ArgumentException>(() => Take(subscriber, broadcast).As<long>());
        Assert.Throws<ArgumentOutOfRangeException>(() => broadcast.Publisher.TryClaim(broadcast.MaximumMessageLength + 1, out _));

        static BroadcastMessage Take(Subscriber subscriber, Broadcast? broadcast = null)
        {
            broadcast?.Publisher.Write(1, 0, Test);
            return Broadcasts.Take(subscriber);
        }
    }

    [Fact]
    public void Messages_may_be_held_and_released_in_any_order()
    {
        using Broadcast broadcast = Create(4096, overrun: false);
        using Subscriber subscriber = broadcast.Subscribe();
        for (int round = 0; round < 300; round++)
        {
            for (int i = 0; i < 8; i++)
            {
                broadcast.Publisher.Write(i, 0, Test);
                broadcast.Publisher.Claim(100, 0, Test).Dispose();
            }

            BroadcastMessage[] messages = new BroadcastMessage[8];
            Assert.Equal(8, subscriber.TryReadBatch(messages));
            foreach (int i in (int[])[3, 1, 0, 2, 7, 6, 4, 5])
            {
                Assert.Equal(i, messages[i].As<int>());
                Assert.True(messages[i].Release());
                Assert.False(messages[i].Release());
            }
        }
    }

    [Fact]
    public void Abandoned_claims_fill_the_ring_for_nobody()
    {
        using Broadcast broadcast = Create(4096, overrun: false);
        using Subscriber idle = broadcast.Subscribe();
        for (int i = 0; i < 1000; i++)
        {
            broadcast.Publisher.Claim(100, 0, Test).Dispose();
        }

        broadcast.Publisher.Write(1, 0, Test);
        using BroadcastMessage message = Take(idle);
        Assert.Equal(1, message.As<int>());
        Assert.Equal(0, idle.Missed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Large_messages_are_read_where_they_were_written_and_nothing_is_allocated(bool overrun)
    {
        const int length = 6 << 20;
        using Broadcast broadcast = Create(16 << 20, overrun);
        using Subscriber subscriber = broadcast.Subscribe(), second = broadcast.Subscribe();
        Send(0);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 1; i < 100; i++)
        {
            Send(i);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Send(int number)
        {
            broadcast.Publisher.TryClaim(length, out Claim claim);
            claim.Span[number] = (byte)number;
            claim.Span[length - 1] = 7;
            claim.Commit();
            subscriber.TryRead(out BroadcastMessage one);
            second.TryRead(out BroadcastMessage other);
            if (one.Length != length || one.Span[number] != number || other.Span[length - 1] != 7
                || !Unsafe.AreSame(in claim.Span[0], in one.Span[0]) || !Unsafe.AreSame(in one.Span[0], in other.Span[0]) || !one.Release() || !other.Release())
            {
                throw new InvalidOperationException("The message came otherwise.");
            }
        }
    }

    [Fact]
    public async Task Asynchronous_subscriber_gets_everything_and_ends_with_the_broadcast()
    {
        using Broadcast broadcast = Create(4096, overrun: false);
        using Broadcast other = Broadcast.Open(broadcast.Name!);
        using Subscriber subscriber = other.Subscribe();
        Task<long> sum = Task.Run(
            async () =>
            {
                long sum = 0;
                await foreach (BroadcastMessage message in subscriber.ReadAllAsync(Test))
                {
                    sum += message.As<long>();
                    message.Dispose();
                }

                return sum;
            },
            Test);
        for (long i = 1; i <= 20_000; i++)
        {
            await broadcast.Publisher.WriteAsync(BitConverter.GetBytes(i), Test);
        }

        broadcast.Publisher.Complete();
        Assert.Equal(20_000L * 20_001 / 2, await sum.WaitAsync(ChildProcess.Watchdog, Test));
        Assert.False(broadcast.Publisher.TryWrite(1));
        Assert.True(subscriber.IsCompleted);
        Assert.Throws<ChannelClosedException>(() => broadcast.Publisher.Write(1, cancellationToken: Test));
        Assert.Throws<ChannelClosedException>(() => subscriber.Read(cancellationToken: Test));
        Assert.False(await subscriber.WaitToReadAsync(Test));
    }

    [Fact]
    public async Task Waits_end_by_time_by_cancellation_and_with_the_object()
    {
        using Broadcast broadcast = Create(4096, overrun: false);
        using Subscriber subscriber = broadcast.Subscribe(), other = broadcast.Subscribe();
        Assert.Throws<TimeoutException>(() => subscriber.Read(timeoutMilliseconds: 0, Test));
        Assert.Throws<TimeoutException>(() => subscriber.Read(timeoutMilliseconds: 20, Test));
        using (var cancelled = new CancellationTokenSource())
        {
            Task waiting = OtherThread.Run(() => Assert.ThrowsAny<OperationCanceledException>(() => subscriber.Read(-1, cancelled.Token)));
            await cancelled.CancelAsync();
            await waiting.WaitAsync(ChildProcess.Watchdog, Test);
        }

        Task disposed = WaitIn(subscriber), asynchronous = subscriber.WaitToReadAsync(Test).AsTask();
        subscriber.Dispose();
        await disposed.WaitAsync(ChildProcess.Watchdog, Test);
        await Assert.ThrowsAnyAsync<ObjectDisposedException>(() => asynchronous.WaitAsync(ChildProcess.Watchdog, Test));
        Assert.Throws<ObjectDisposedException>(() => subscriber.TryRead(out _));

        while (broadcast.Publisher.TryWrite(1))
        {
            // Until a publisher has to wait.
        }

        using Subscriber waits = broadcast.Subscribe();
        disposed = WaitIn(waits);
        asynchronous = waits.WaitToReadAsync(Test).AsTask();
        Task full = OtherThread.Run(() => Assert.ThrowsAny<ObjectDisposedException>(() => broadcast.Publisher.Write(1, -1, Test)));
        BroadcastMessage held = Take(other);
        broadcast.Dispose();
        await disposed.WaitAsync(ChildProcess.Watchdog, Test);
        await full.WaitAsync(ChildProcess.Watchdog, Test);
        await Assert.ThrowsAnyAsync<ObjectDisposedException>(() => asynchronous.WaitAsync(ChildProcess.Watchdog, Test));
        Assert.False(held.Release());
        Assert.Throws<ObjectDisposedException>(() => other.TryRead(out _));
        Assert.Throws<ObjectDisposedException>(() => broadcast.Subscribe());
        Assert.Throws<ObjectDisposedException>(() => broadcast.Publisher.TryWrite(1));

        static Task WaitIn(Subscriber subscriber)
        {
            using var begun = new ManualResetEventSlim();
            Task task = OtherThread.Run(() =>
            {
                begun.Set();
                Assert.ThrowsAny<ObjectDisposedException>(() => subscriber.Read(-1, Test));
            });
            begun.Wait(Test);
            return task;
        }
    }

    [Fact]
    public void What_exists_is_opened_as_it_is_or_refused()
    {
        string name = UniqueName.Create();
        Assert.False(Broadcast.TryOpen(name, out _));
        Assert.Equal(unchecked((int)0x80070002), Assert.Throws<FileNotFoundException>(() => Broadcast.Open(name)).HResult);
        using Broadcast broadcast = Broadcast.CreateOrOpen(name, new BroadcastOptions { Capacity = 5000, Overrun = true, Schema = 7 });
        Assert.True(broadcast.CreatedNew);
        using Broadcast again = Broadcast.CreateOrOpen(name, new BroadcastOptions { Schema = 7 });
        Assert.False(again.CreatedNew);
        Assert.True(again.IsOverrun);
        Assert.Equal(8192, again.Capacity);
        Assert.Equal(unchecked((int)0x800700B7), Assert.ThrowsAny<IOException>(() => Broadcast.Create(name)).HResult);
        Assert.Throws<ArgumentException>(() => Broadcast.CreateOrOpen(name));
        Assert.Equal(unchecked((int)0x80070006), Assert.ThrowsAny<IOException>(() => SharedQueue.Open(name)).HResult);
    }

    [Fact]
    public void Broadcast_in_a_file_outlives_its_objects()
    {
        using var file = new TemporaryFile(0);
        using (Broadcast broadcast = Broadcast.CreateOrOpenFile(file.Path, new BroadcastOptions { Capacity = 4096 }))
        {
            using Subscriber subscriber = broadcast.Subscribe();
            broadcast.Publisher.Write(1, 0, Test);
            broadcast.Publisher.Write(2, 0, Test);
            broadcast.Flush();
        }

        using Broadcast again = Broadcast.OpenFile(file.Path);
        Assert.Equal(file.Path, again.FilePath);
        using Subscriber oldest = again.Subscribe(SubscribeOptions.FromOldest);
        using BroadcastMessage one = Take(oldest), two = Take(oldest);
        Assert.Equal((1, 2), (one.As<int>(), two.As<int>()));
    }

    [Fact]
    public void There_is_a_limit_to_participants_and_it_says_so()
    {
        using Broadcast broadcast = Create(4096, overrun: false);
        broadcast.Publisher.Write(1, 0, Test);
        var more = new List<Subscriber>();
        for (int i = 1; i < 255; i++)
        {
            more.Add(broadcast.Subscribe());
        }

        Assert.Equal(unchecked((int)0x800705AA), Assert.ThrowsAny<IOException>(() => broadcast.Subscribe()).HResult);
        broadcast.Publisher.Write(2, 0, Test);
        Assert.All(more, subscriber =>
        {
            using BroadcastMessage message = Take(subscriber);
            Assert.Equal(2, message.As<int>());
        });
        more[100].Dispose();
        broadcast.Subscribe().Dispose();
        more.ForEach(subscriber => subscriber.Dispose());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Subscribers_come_and_go_many_times_and_miss_nothing_in_between(bool overrun)
    {
        using Broadcast broadcast = Create(4096, overrun);
        using Broadcast other = Broadcast.Open(broadcast.Name!);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Test);
        Task[] publishers =
        [
            .. Enumerable.Range(0, 2).Select(number => OtherThread.Run(() =>
            {
                using Broadcast own = Broadcast.Open(broadcast.Name!);
                for (long i = 0; !end.IsCancellationRequested; i++)
                {
                    own.Publisher.Write((number, i), -1, Test);
                    if (i % 16 == 0)
                    {
                        own.Publisher.Claim(64, -1, Test).Dispose();
                    }
                }
            })),
        ];

        // A place is two mutexes and a thread on Windows.
        int comings = OperatingSystem.IsWindows() ? 300 : 1000;
        for (int i = 0; i < comings; i++)
        {
            using Subscriber subscriber = (i % 3 == 0 ? broadcast : other).Subscribe(i % 2 == 0 ? SubscribeOptions.FromOldest : SubscribeOptions.None);
            Span<long> expected = [-1, -1];
            long missed = 0;
            for (int count = 0; count < 20; count++)
            {
                BroadcastMessage message = subscriber.Read(60_000, Test);
                (int number, long order) = message.As<(int, long)>();
                if (!message.Release())
                {
                    Assert.True(overrun);
                    expected.Fill(-1);
                    continue;
                }

                if (expected[number] >= 0)
                {
                    Assert.InRange(order - expected[number], 0, subscriber.Missed - missed);
                }

                if (subscriber.Missed != missed)
                {
                    Assert.True(overrun);
                    missed = subscriber.Missed;
                    expected.Fill(-1);
                }

                expected[number] = order + 1;
            }
        }

        await end.CancelAsync();
        await Task.WhenAll(publishers).WaitAsync(ChildProcess.Watchdog, Test);
    }

    [Fact]
    public unsafe void Memory_that_is_written_over_leads_to_no_fault()
    {
        int corrupt = 0;
        for (int seed = 0; seed < 20; seed++)
        {
            using Broadcast broadcast = Create(4096, seed % 2 == 0);
            using Subscriber subscriber = broadcast.Subscribe();
            using FileMapping mapping = FileMapping.Open(broadcast.Name!);
            using MappedView view = mapping.MapView();
            var random = new Random(seed);
            byte* bytes = (byte*)view.Address;
            for (int i = 0; i < 25; i++)
            {
                // Marks and places, cursors, or slots.
                long at = random.Next(3) switch { 0 => 128 + (random.Next(58) * 8), 1 => Memory.ChannelHeader.ParticipantsOffset + (random.Next(24) * 8), _ => Memory.ChannelHeader.SlotsOffset + (random.Next(128) * 8) };
                *(long*)(bytes + at) = random.Next(3) == 0 ? random.NextInt64(long.MinValue, long.MaxValue) : random.Next(-5, 100);
                try
                {
                    broadcast.Publisher.TryWrite(i);
                    if (subscriber.TryRead(out BroadcastMessage message))
                    {
                        _ = message.Span.ToArray();
                        message.Dispose();
                    }
                }
                catch (ChannelCorruptedException)
                {
                    corrupt++;
                }
            }
        }

        Assert.NotEqual(0, corrupt);
    }

    internal static Broadcast Create(long capacity, bool overrun) =>
        Broadcast.Create(UniqueName.Create(), new BroadcastOptions { Capacity = capacity, Overrun = overrun });

    internal static BroadcastMessage Take(Subscriber subscriber)
    {
        Assert.True(subscriber.TryRead(out BroadcastMessage message));
        return message;
    }
}
