using Crossmap.Testing;

namespace Crossmap.Channels.Tests;

/// <summary>Several messages that are claimed at once, and each committed by itself.</summary>
public class Batches
{
    [Fact]
    public void Claims_come_in_order_and_each_is_ended_by_itself()
    {
        using SharedQueue queue = SharedQueue.Create(UniqueName.Create(), new SharedQueueOptions { Capacity = 4096 });
        var claims = new Claim[5];
        for (int round = 0; round < 100; round++)
        {
            Assert.Equal(5, queue.Writer.TryClaimBatch(sizeof(int), claims));
            Assert.True(queue.Writer.TryWrite(5));
            for (int i = 4; i > 0; i--)
            {
                claims[i].As<int>() = i;
                if (i == 3)
                {
                    claims[i].Dispose();
                }
                else
                {
                    claims[i].Commit();
                }

                // Whatever is committed behind the first one.
                Assert.False(queue.Reader.TryRead(out _));
            }

            claims[0].As<int>() = 0;
            claims[0].Commit();
            Assert.Throws<InvalidOperationException>(claims[3].Commit);
            Assert.Equal([0, 1, 2, 4, 5], ReadAll(queue));
        }
    }

    [Fact]
    public void So_many_are_claimed_as_there_is_space_for()
    {
        using SharedQueue queue = SharedQueue.Create(UniqueName.Create(), new SharedQueueOptions { Capacity = 4096 });
        int fits = 0;
        while (queue.Writer.TryWrite(fits))
        {
            fits++;
        }

        Assert.Equal(fits, ReadAll(queue).Length);
        var claims = new Claim[fits + 3];
        Assert.Equal(fits - 1, queue.Writer.TryClaimBatch(sizeof(int), claims.AsSpan(0, fits - 1)));
        Assert.Equal(1, queue.Writer.TryClaimBatch(sizeof(int), claims.AsSpan(fits - 1)));
        Assert.Equal(0, claims[fits].Length);
        Assert.Equal(0, queue.Writer.TryClaimBatch(sizeof(int), claims.AsSpan(fits)));
        for (int i = 0; i < fits; i++)
        {
            claims[i].As<int>() = i;
            claims[i].Commit();
        }

        Assert.Equal(Enumerable.Range(0, fits), ReadAll(queue));
        Assert.Equal(0, queue.Writer.TryClaimBatch(sizeof(int), []));
        Assert.Throws<ArgumentOutOfRangeException>(() => queue.Writer.TryClaimBatch(queue.MaximumMessageLength + 1, claims));
        queue.Writer.Complete();
        Assert.Equal(0, queue.Writer.TryClaimBatch(sizeof(int), claims));
    }

    [Fact]
    public void One_producer_has_one_claim_at_a_time()
    {
        using SharedQueue queue = SharedQueue.Create(UniqueName.Create(), new SharedQueueOptions { Capacity = 4096, SingleProducerSingleConsumer = true });
        var claims = new Claim[3];
        Assert.Equal(0, queue.Writer.TryClaimBatch(sizeof(int), []));
        Assert.Equal(1, queue.Writer.TryClaimBatch(sizeof(int), claims));
        Assert.Throws<InvalidOperationException>(() => queue.Writer.TryClaimBatch(sizeof(int), claims));
        claims[0].As<int>() = 7;
        claims[0].Commit();
        Assert.Equal([7], ReadAll(queue));
    }

    [Fact]
    public void Batch_of_a_broadcast_is_written_as_far_as_its_slowest_subscriber_has_read()
    {
        using Broadcast broadcast = Broadcast.Create(UniqueName.Create(), new BroadcastOptions { Capacity = 4096 });
        using Subscriber subscriber = broadcast.Subscribe();
        int[] values = [.. Enumerable.Range(0, 10_000)];
        int read = 0;
        for (int written = 0; written < values.Length;)
        {
            int count = broadcast.Publisher.TryWriteBatch<int>(values.AsSpan(written));
            Assert.True(count > 0);
            written += count;
            Assert.True(written == values.Length || !broadcast.Publisher.TryClaim(sizeof(int), out _));

            // Not always all that is there: the space of a group ends anywhere.
            for (int most = written == values.Length ? int.MaxValue : (written % 23) + 1; most > 0 && subscriber.TryRead(out BroadcastMessage message); most--)
            {
                Assert.Equal(read++, message.As<int>());
                message.Dispose();
            }
        }

        Assert.Equal(values.Length, read);
        Assert.Equal(0, broadcast.Publisher.TryWriteBatch<int>([]));
    }

    /// <summary>A group has more messages than this ring; what is committed of it is written over by the next.</summary>
    [Fact]
    public void Batch_of_a_broadcast_whose_publishers_do_not_wait_is_written_whole()
    {
        using Broadcast broadcast = Broadcast.Create(UniqueName.Create(), new BroadcastOptions { Capacity = 4096, MaximumMessages = 8, Overrun = true });
        using Subscriber subscriber = broadcast.Subscribe();
        int[] values = [.. Enumerable.Range(0, 1_000)];
        Assert.Equal(values.Length, broadcast.Publisher.TryWriteBatch<int>(values));
        var last = new List<int>();
        while (subscriber.TryRead(out BroadcastMessage message))
        {
            last.Add(message.As<int>());
            Assert.True(message.Release());
        }

        Assert.NotEmpty(last);
        Assert.Equal(values[^last.Count..], last);
        Assert.Equal(values.Length - last.Count, subscriber.Missed);
    }

    private static int[] ReadAll(SharedQueue queue)
    {
        var read = new List<int>();
        while (queue.Reader.TryRead(out Message message))
        {
            read.Add(message.As<int>());
            message.Dispose();
        }

        return [.. read];
    }
}
