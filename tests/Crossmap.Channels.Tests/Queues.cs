using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Channels;
using Crossmap.Testing;

namespace Crossmap.Channels.Tests;

/// <summary>What a queue does while nobody dies: in one process, as its users see it.</summary>
public class Queues
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Messages_come_in_order_and_whole(bool single)
    {
        using SharedQueue queue = Create(single, 4096);
        var random = new Random(1);
        var expected = new Queue<byte[]>();
        for (int i = 0; i < 20_000; i++)
        {
            byte[] message = new byte[random.Next(0, 700)];
            random.NextBytes(message);
            while (!queue.Writer.TryWrite(message))
            {
                ReadOne(queue, expected);
            }

            expected.Enqueue(message);
        }

        while (expected.Count > 0)
        {
            ReadOne(queue, expected);
        }

        Assert.False(queue.Reader.TryRead(out _));
        Assert.Equal(0, queue.Reader.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Longest_message_fits_wherever_the_ring_stands(bool single)
    {
        using SharedQueue queue = Create(single, 4096);
        byte[] longest = new byte[queue.MaximumMessageLength];
        Array.Fill(longest, (byte)7);
        for (int i = 0; i < 200; i++)
        {
            Assert.True(queue.Writer.TryWrite(new byte[i * 3 % 500]));
            Take(queue).Dispose();
            queue.Writer.Write(longest, timeoutMilliseconds: 0, TestContext.Current.CancellationToken);
            using Message message = Take(queue);
            Assert.True(message.Span.SequenceEqual(longest));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => queue.Writer.TryClaim(queue.MaximumMessageLength + 1, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => queue.Writer.TryClaim(-1, out _));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Full_queue_takes_nothing_until_something_is_released(bool single)
    {
        using SharedQueue queue = Create(single, 4096);
        int count = 0;
        while (queue.Writer.TryWrite(new byte[100]))
        {
            count++;
        }

        Assert.InRange(count, 16, 41);
        Assert.Equal(count, queue.Reader.Count);
        Assert.Throws<TimeoutException>(() => queue.Writer.Claim(100, timeoutMilliseconds: 10, TestContext.Current.CancellationToken));
        Message message = Take(queue);
        Assert.False(queue.Writer.TryWrite(new byte[100]));
        message.Dispose();
        int released = 1;
        while (!queue.Writer.TryWrite(new byte[100]))
        {
            // Where a lap ends, one message's space is not in one piece.
            Take(queue).Dispose();
            Assert.InRange(++released, 2, 3);
        }

        message.Dispose();
        Assert.Equal(count + 1 - released, queue.Reader.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Claim_is_written_in_place_and_may_be_given_up_or_shortened(bool single)
    {
        using SharedQueue queue = Create(single, 4096);
        Assert.True(queue.Writer.TryClaim(1000, out Claim given));
        given.Span.Fill(1);
        given.Dispose();
        given.Dispose();
        Assert.Throws<InvalidOperationException>(given.Commit);
        Assert.True(queue.Writer.TryClaim(1000, out Claim claim));
        "short"u8.CopyTo(claim.Span);
        claim.Commit(5);
        Assert.Throws<InvalidOperationException>(claim.Commit);
        claim.Dispose();
        queue.Writer.Write(new Sample(3, 4.5), cancellationToken: TestContext.Current.CancellationToken);
        using (Message message = Take(queue))
        {
            Assert.Equal("short", Encoding.UTF8.GetString(message.Span));
        }

        using Message value = Take(queue);
        Assert.Equal(new Sample(3, 4.5), value.As<Sample>());
        Assert.Throws<ArgumentException>(() => value.As<(Sample, Sample)>().Item1.Number);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Messages_may_be_held_and_released_in_any_order(bool single)
    {
        using SharedQueue queue = Create(single, 4096);
        for (int round = 0; round < 300; round++)
        {
            for (int i = 0; i < 8; i++)
            {
                queue.Writer.Write(i, timeoutMilliseconds: 0, TestContext.Current.CancellationToken);
            }

            Message[] messages = new Message[8];
            Assert.Equal(8, queue.Reader.TryReadBatch(messages));
            foreach (int i in (int[])[3, 1, 0, 2, 7, 6, 4, 5])
            {
                Assert.Equal(i, messages[i].As<int>());
                messages[i].Dispose();
                messages[i].Dispose();
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Batch_is_written_as_far_as_there_is_space(bool single)
    {
        using SharedQueue queue = Create(single, 4096);
        int[] values = [.. Enumerable.Range(0, 10_000)];
        int written = 0;
        for (int read = 0; read < values.Length;)
        {
            int count = queue.Writer.TryWriteBatch<int>(values.AsSpan(written));
            Assert.True(count > 0 || written == values.Length);
            Assert.True(written + count == values.Length || !queue.Writer.TryClaim(sizeof(int), out _));
            written += count;
            Message[] messages = new Message[7];
            foreach (Message message in messages.AsSpan(0, queue.Reader.TryReadBatch(messages)))
            {
                Assert.Equal(read++, message.As<int>());
                message.Dispose();
            }
        }

        Assert.Equal(0, queue.Writer.TryWriteBatch<int>([]));
        queue.Writer.Complete();
        Assert.Equal(0, queue.Writer.TryWriteBatch<int>(values));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Asynchronous_reader_gets_everything_and_ends_with_the_queue(bool single)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        string name = UniqueName.Create();
        using SharedQueue queue = SharedQueue.Create(name, new SharedQueueOptions { Capacity = 4096, SingleProducerSingleConsumer = single });
        using SharedQueue other = SharedQueue.Open(name);
        Task<long> sum = Task.Run(
            async () =>
            {
                long sum = 0;
                await foreach (Message message in other.Reader.ReadAllAsync(cancellation))
                {
                    sum += message.As<long>();
                    message.Dispose();
                }

                return sum;
            },
            cancellation);
        for (long i = 1; i <= 20_000; i++)
        {
            await queue.Writer.WriteAsync(BitConverter.GetBytes(i), cancellation);
        }

        queue.Writer.Complete();
        Assert.False(queue.Writer.TryComplete());
        Assert.Throws<ChannelClosedException>(queue.Writer.Complete);
        Assert.Equal(20_000L * 20_001 / 2, await sum.WaitAsync(ChildProcess.Watchdog, cancellation));
        Assert.False(queue.Writer.TryWrite(new byte[1]));
        Assert.Throws<ChannelClosedException>(() => queue.Writer.Write(new byte[1], cancellationToken: cancellation));
        Assert.Throws<ChannelClosedException>(() => other.Reader.Read(cancellationToken: cancellation));
        Assert.False(await other.Reader.WaitToReadAsync(cancellation));
    }

    /// <summary>A producer that looks for the next slot where it was long ago comes across slots that are free again, behind one that is not.</summary>
    [Fact]
    public void Producer_that_was_idle_finds_its_way_past_the_oldest_message_that_is_held()
    {
        using SharedQueue queue = SharedQueue.Create(UniqueName.Create(), new SharedQueueOptions { Capacity = 4096, MaximumMessages = 16 });
        using SharedQueue idle = SharedQueue.Open(queue.Name!);
        for (int i = 0; i < 15; i++)
        {
            Assert.True(queue.Writer.TryWrite(i));
        }

        using Message held = Take(queue);
        for (int i = 1; i < 15; i++)
        {
            Take(queue).Dispose();
        }

        Assert.True(idle.Writer.TryWrite(15));
        Assert.False(idle.Writer.TryWrite(16));
        using Message last = Take(queue);
        Assert.Equal(15, last.As<int>());
    }

    /// <summary>What a consumer has taken itself is nothing that it could still get.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Complete_queue_ends_for_who_still_holds_its_messages(bool single)
    {
        using SharedQueue queue = Create(single, 4096);
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        queue.Writer.Write(1, cancellationToken: cancellation);
        queue.Writer.Complete();
        Message message = Take(queue);
        Task ends = OtherThread.Run(() => Assert.Throws<ChannelClosedException>(() => queue.Reader.Read(cancellationToken: cancellation)));
        await ends.WaitAsync(ChildProcess.Watchdog, cancellation);
        message.Dispose();
    }

    /// <summary>A claim from before the end may still become a message.</summary>
    [Fact]
    public async Task Complete_queue_ends_only_behind_what_is_claimed()
    {
        using SharedQueue queue = Create(single: false, 4096);
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Assert.True(queue.Writer.TryClaim(sizeof(int), out Claim claim));
        claim.As<int>() = 7;
        queue.Writer.Complete();
        Assert.False(queue.Writer.TryClaim(1, out _));
        Task<int> read = OtherThread.Run(() => Read(queue));
        Assert.Throws<TimeoutException>(() => queue.Reader.Read(20, cancellation));
        claim.Commit();
        Assert.Equal(7, await read.WaitAsync(ChildProcess.Watchdog, cancellation));
        Assert.Throws<ChannelClosedException>(() => queue.Reader.Read(cancellationToken: cancellation));

        int Read(SharedQueue from)
        {
            using Message message = from.Reader.Read(cancellationToken: cancellation);
            return message.As<int>();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Waits_end_by_time_by_cancellation_and_with_the_object(bool single)
    {
        using SharedQueue queue = Create(single, 4096);
        CancellationToken test = TestContext.Current.CancellationToken;
        Assert.Throws<TimeoutException>(() => queue.Reader.Read(timeoutMilliseconds: 0, test));
        Assert.Throws<TimeoutException>(() => queue.Reader.Read(timeoutMilliseconds: 20, test));
        using (var cancelled = new CancellationTokenSource())
        {
            Task waiting = OtherThread.Run(() => Assert.ThrowsAny<OperationCanceledException>(() => queue.Reader.Read(-1, cancelled.Token)));
            Task<bool> asynchronous = queue.Reader.WaitToReadAsync(cancelled.Token).AsTask();
            await cancelled.CancelAsync();
            await waiting.WaitAsync(ChildProcess.Watchdog, test);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asynchronous.WaitAsync(ChildProcess.Watchdog, test));
        }

        using var begun = new ManualResetEventSlim();
        Task disposed = OtherThread.Run(() =>
        {
            begun.Set();
            Assert.ThrowsAny<ObjectDisposedException>(() => queue.Reader.Read(-1, test));
        });
        begun.Wait(test);
        Task<bool> left = queue.Reader.WaitToReadAsync(test).AsTask();
        queue.Dispose();
        await disposed.WaitAsync(ChildProcess.Watchdog, test);
        await Assert.ThrowsAnyAsync<ObjectDisposedException>(() => left.WaitAsync(ChildProcess.Watchdog, test));
        Assert.Throws<ObjectDisposedException>(() => queue.Reader.TryRead(out _));
        Assert.Throws<ObjectDisposedException>(() => queue.Writer.TryWrite(new byte[1]));
    }

    [Fact]
    public void What_exists_is_opened_as_it_is_or_refused()
    {
        string name = UniqueName.Create();
        Assert.False(SharedQueue.TryOpen(name, out _));
        Assert.Throws<FileNotFoundException>(() => SharedQueue.Open(name));
        using SharedQueue queue = SharedQueue.CreateOrOpen(name, new SharedQueueOptions { Capacity = 5000, Schema = 7 });
        Assert.True(queue.CreatedNew);
        Assert.Equal(8192, queue.Capacity);
        using SharedQueue again = SharedQueue.CreateOrOpen(name, new SharedQueueOptions { Capacity = 100, Schema = 7 });
        Assert.False(again.CreatedNew);
        Assert.Equal(8192, again.Capacity);
        Assert.Equal(unchecked((int)0x800700B7), Assert.ThrowsAny<IOException>(() => SharedQueue.Create(name)).HResult);
        Assert.Throws<ArgumentException>(() => SharedQueue.CreateOrOpen(name, new SharedQueueOptions { Schema = 8 }));
        Assert.Throws<ArgumentException>(() => SharedQueue.CreateOrOpen(name, new SharedQueueOptions { Schema = 7, SingleProducerSingleConsumer = true }));
        string mapping = UniqueName.Create();
        using FileMapping other = FileMapping.CreateInMemory(65536, mapping);
        using (MappedView view = other.MapView())
        {
            view.At<long>(0) = 12345;
        }

        Assert.Throws<InvalidDataException>(() => SharedQueue.Open(mapping));
    }

    [Fact]
    public void Second_producer_or_consumer_of_a_single_queue_is_refused_until_the_first_leaves()
    {
        string name = UniqueName.Create();
        using SharedQueue first = SharedQueue.Create(name, new SharedQueueOptions { SingleProducerSingleConsumer = true });
        using SharedQueue second = SharedQueue.Open(name);
        Assert.True(first.Writer.TryWrite("1"u8));
        Assert.Equal(unchecked((int)0x80070020), Assert.ThrowsAny<IOException>(() => second.Writer.TryWrite("2"u8)).HResult);
        Take(second).Dispose();
        Assert.Equal(unchecked((int)0x80070020), Assert.ThrowsAny<IOException>(() => first.Reader.TryRead(out _)).HResult);
        first.Dispose();
        Assert.True(second.Writer.TryWrite("2"u8));
        Take(second).Dispose();
    }

    [Fact]
    public void There_is_a_limit_to_participants_and_it_says_so()
    {
        string name = UniqueName.Create();
        using SharedQueue queue = SharedQueue.Create(name, new SharedQueueOptions { Capacity = 4096 });
        var more = new List<SharedQueue>();
        try
        {
            for (int i = 1; i < 255; i++)
            {
                more.Add(SharedQueue.Open(name));
            }

            Assert.Equal(unchecked((int)0x800705AA), Assert.ThrowsAny<IOException>(() => SharedQueue.Open(name)).HResult);
            more[100].Dispose();
            SharedQueue.Open(name).Dispose();
        }
        finally
        {
            more.ForEach(q => q.Dispose());
        }
    }

    internal static SharedQueue Create(bool single, long capacity) =>
        SharedQueue.Create(UniqueName.Create(), new SharedQueueOptions { Capacity = capacity, SingleProducerSingleConsumer = single });

    internal static Message Take(SharedQueue queue)
    {
        Assert.True(queue.Reader.TryRead(out Message message));
        return message;
    }

    private static void ReadOne(SharedQueue queue, Queue<byte[]> expected)
    {
        using Message message = Take(queue);
        Assert.True(message.Span.SequenceEqual(expected.Dequeue()));
        Assert.False(message.IsRedelivered);
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Sample(int Number, double Value);
}
