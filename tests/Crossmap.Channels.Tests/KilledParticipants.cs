using Crossmap.Testing;

namespace Crossmap.Channels.Tests;

/// <summary>What is left of a queue when a process that uses it is killed.</summary>
public class KilledParticipants
{
    [Fact]
    public async Task Producer_killed_with_a_claim_costs_that_message_alone()
    {
        string name = UniqueName.Create();
        using SharedQueue queue = SharedQueue.Create(name, new SharedQueueOptions { Capacity = 4096 });
        using ChildProcess child = ChildProcess.Start(ClaimAndHang, name);
        child.Expect("claimed");
        queue.Writer.Write(2, 0, TestContext.Current.CancellationToken);
        using (Message first = Queues.Take(queue))
        {
            Assert.Equal(1, first.As<int>());
        }

        Assert.False(queue.Reader.TryRead(out _));
        Task<int> read = OtherThread.Run(() => Read(queue));
        child.Kill();
        Assert.Equal(2, await read.WaitAsync(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Producer_killed_with_a_batch_of_claims_costs_those_that_it_had_not_committed()
    {
        string name = UniqueName.Create();
        using SharedQueue queue = SharedQueue.Create(name, new SharedQueueOptions { Capacity = 4096 });
        using ChildProcess child = ChildProcess.Start(ClaimBatchAndHang, name);
        child.Expect("claimed");
        queue.Writer.Write(6, 0, TestContext.Current.CancellationToken);
        Assert.Equal(1, Read(queue));
        Assert.False(queue.Reader.TryRead(out _));
        Task<int> read = OtherThread.Run(() => Read(queue));
        child.Kill();
        Assert.Equal(3, await read.WaitAsync(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
        Assert.Equal(6, Read(queue));
        Assert.False(queue.Reader.TryRead(out _));
    }

    [Fact]
    public void Producer_killed_with_a_claim_does_not_stop_who_polls()
    {
        string name = UniqueName.Create();
        using SharedQueue queue = SharedQueue.Create(name, new SharedQueueOptions { Capacity = 4096 });
        using ChildProcess child = ChildProcess.Start(ClaimAndHang, name);
        child.Expect("claimed");
        Queues.Take(queue).Dispose();
        child.Kill();
        queue.Writer.Write(2, 0, TestContext.Current.CancellationToken);
        Message message;
        while (!queue.Reader.TryRead(out message))
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }

        Assert.Equal(2, message.As<int>());
        message.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Message_of_a_killed_consumer_is_delivered_again(bool single)
    {
        string name = UniqueName.Create();
        using SharedQueue queue = SharedQueue.Create(name, new SharedQueueOptions { Capacity = 4096, SingleProducerSingleConsumer = single });
        queue.Writer.Write(1, 0, TestContext.Current.CancellationToken);
        queue.Writer.Write(2, 0, TestContext.Current.CancellationToken);
        using ChildProcess child = ChildProcess.Start(TakeAndHang, name);
        child.Expect("1 False");
        child.Kill();
        using ChildProcess second = ChildProcess.Start(TakeAndHang, name);
        second.Expect("1 True");
        second.Kill();
        using Message one = queue.Reader.Read(60_000, TestContext.Current.CancellationToken);
        using Message other = queue.Reader.Read(60_000, TestContext.Current.CancellationToken);
        Assert.Equal([(1, true), (2, false)], new[] { (one.As<int>(), one.IsRedelivered), (other.As<int>(), other.IsRedelivered) }.Order());
    }

    [Fact]
    public async Task Sleeping_consumer_gets_the_message_of_one_that_is_killed()
    {
        string name = UniqueName.Create();
        using SharedQueue queue = SharedQueue.Create(name, new SharedQueueOptions { Capacity = 4096 });
        using ChildProcess child = ChildProcess.Start(WaitAndHang, name);
        child.Expect("waits");
        queue.Writer.Write(1, 0, TestContext.Current.CancellationToken);
        child.Expect("1");
        Task<int> read = OtherThread.Run(() => Read(queue));
        child.Kill();
        Assert.Equal(1, await read.WaitAsync(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Producers_wait_for_a_full_queue_whose_consumer_is_killed_only_until_another_comes()
    {
        string name = UniqueName.Create();
        using SharedQueue queue = SharedQueue.Create(name, new SharedQueueOptions { Capacity = 4096 });
        int written = 0;
        while (queue.Writer.TryWrite(written))
        {
            written++;
        }

        using ChildProcess child = ChildProcess.Start(TakeAndHang, name);
        child.Expect("0 False");
        Task write = OtherThread.Run(() => queue.Writer.Write(written));
        child.Kill();
        Assert.Equal(Enumerable.Range(0, written + 1), Enumerable.Range(0, written + 1).Select(_ => Read(queue)).ToArray().Order());
        await write.WaitAsync(ChildProcess.Watchdog, TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Queue_in_a_file_outlives_all_processes(bool single)
    {
        using var file = new TemporaryFile(0);
        using (ChildProcess child = ChildProcess.Start(FillFile, file.Path, single ? "single" : "many"))
        {
            child.Expect("full");
            child.Kill();
        }

        using SharedQueue queue = SharedQueue.OpenFile(file.Path);
        Assert.Equal(single, queue.IsSingleProducerSingleConsumer);
        for (int i = 0; i < 10; i++)
        {
            using Message message = queue.Reader.Read(60_000, TestContext.Current.CancellationToken);
            Assert.Equal(i, message.As<int>());
            Assert.Equal(i == 0, message.IsRedelivered);
        }

        Assert.Throws<TimeoutException>(() => queue.Reader.Read(0, TestContext.Current.CancellationToken));
        queue.Flush();
    }

    [ChildScenario]
    internal static void FillFile(string[] arguments)
    {
        SharedQueue queue = SharedQueue.CreateOrOpenFile(arguments[0], new SharedQueueOptions { Capacity = 4096, SingleProducerSingleConsumer = arguments[1] == "single" });
        for (int i = 0; i < 10; i++)
        {
            queue.Writer.Write(i);
        }

        queue.Reader.TryRead(out _);
        queue.Writer.TryClaim(100, out _);
        Console.WriteLine("full");
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void ClaimAndHang(string[] arguments)
    {
        using SharedQueue queue = SharedQueue.Open(arguments[0]);
        queue.Writer.Write(1);
        queue.Writer.TryClaim(200, out _);
        Console.WriteLine("claimed");
        Console.ReadLine();
    }

    /// <summary>Of five claims the first and the third are committed.</summary>
    [ChildScenario]
    internal static void ClaimBatchAndHang(string[] arguments)
    {
        using SharedQueue queue = SharedQueue.Open(arguments[0]);
        var claims = new Claim[5];
        queue.Writer.TryClaimBatch(sizeof(int), claims);
        foreach (int i in (int[])[2, 0])
        {
            claims[i].As<int>() = i + 1;
            claims[i].Commit();
        }

        Console.WriteLine("claimed");
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void TakeAndHang(string[] arguments)
    {
        using SharedQueue queue = SharedQueue.Open(arguments[0]);
        Message message = queue.Reader.Read();
        Console.WriteLine($"{message.As<int>()} {message.IsRedelivered}");
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void WaitAndHang(string[] arguments)
    {
        using SharedQueue queue = SharedQueue.Open(arguments[0]);
        Console.WriteLine("waits");
        Message message = queue.Reader.Read();
        Console.WriteLine(message.As<int>());
        Console.ReadLine();
    }

    private static int Read(SharedQueue queue)
    {
        using Message message = queue.Reader.Read();
        return message.As<int>();
    }
}
