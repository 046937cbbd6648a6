using Crossmap.Testing;

namespace Crossmap.Channels.Tests;

/// <summary>A publisher that waits until somebody listens.</summary>
public class WaitingForSubscribers
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Publisher_waits_until_so_many_are_there()
    {
        using Broadcast broadcast = Broadcast.Create(UniqueName.Create());
        using Broadcast other = Broadcast.Open(broadcast.Name!);
        Assert.Equal(0, broadcast.Publisher.SubscriberCount);
        Assert.Throws<TimeoutException>(() => broadcast.Publisher.WaitForSubscribers(1, 20, Test));
        Task<bool> two = OtherThread.Run(() => broadcast.Publisher.WaitForSubscribers(2, -1, Test));
        using (Subscriber first = other.Subscribe())
        {
            Assert.True(broadcast.Publisher.WaitForSubscribers(1, 0, Test));
            Assert.Equal(1, broadcast.Publisher.SubscriberCount);
        }

        // One that has left is none.
        Assert.Equal(0, broadcast.Publisher.SubscriberCount);
        using Subscriber second = other.Subscribe();
        Assert.Throws<TimeoutException>(() => broadcast.Publisher.WaitForSubscribers(2, 20, Test));
        Assert.False(two.IsCompleted);
        using Subscriber third = broadcast.Subscribe();
        Assert.True(await two.WaitAsync(ChildProcess.Watchdog, Test));
        Assert.Equal(2, other.Publisher.SubscriberCount);
        Assert.Throws<ArgumentOutOfRangeException>(() => broadcast.Publisher.WaitForSubscribers(0, 0, Test));
    }

    [Fact]
    public void Subscriber_of_a_process_that_was_killed_is_none()
    {
        using Broadcast broadcast = Broadcast.Create(UniqueName.Create());
        using ChildProcess child = ChildProcess.Start(SubscribeAndHang, broadcast.Name!);
        Assert.True(broadcast.Publisher.WaitForSubscribers(1, -1, Test));
        child.Kill();
        Assert.Equal(0, broadcast.Publisher.SubscriberCount);
        Assert.Throws<TimeoutException>(() => broadcast.Publisher.WaitForSubscribers(1, 20, Test));
        using ChildProcess next = ChildProcess.Start(SubscribeAndHang, broadcast.Name!);
        Assert.True(broadcast.Publisher.WaitForSubscribers(1, -1, Test));
        next.Kill();
    }

    [Fact]
    public async Task Wait_ends_with_the_channel_its_object_or_its_token()
    {
        using Broadcast broadcast = Broadcast.Create(UniqueName.Create());
        using Broadcast disposed = Broadcast.Open(broadcast.Name!), complete = Broadcast.Open(broadcast.Name!);
        using var cancelled = new CancellationTokenSource();
        Task<bool> byDispose = OtherThread.Run(() => disposed.Publisher.WaitForSubscribers(1, -1, Test));
        Task<bool> byToken = OtherThread.Run(() => broadcast.Publisher.WaitForSubscribers(1, -1, cancelled.Token));
        Task<bool> byEnd = OtherThread.Run(() => complete.Publisher.WaitForSubscribers(1, -1, Test));
        cancelled.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => byToken.WaitAsync(ChildProcess.Watchdog, Test));
        disposed.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => byDispose.WaitAsync(ChildProcess.Watchdog, Test));
        Assert.Throws<ObjectDisposedException>(() => disposed.Publisher.SubscriberCount);
        Assert.False(byEnd.IsCompleted);
        broadcast.Publisher.Complete();
        Assert.False(await byEnd.WaitAsync(ChildProcess.Watchdog, Test));
    }

    /// <summary>All gates have sleepers that others' bells wake in vain: nobody's own bell may be lost by that.</summary>
    [Fact]
    public async Task Waits_for_space_for_messages_and_for_subscribers_end_each_by_its_own()
    {
        using Broadcast broadcast = Broadcast.Create(UniqueName.Create(), new BroadcastOptions { Capacity = 4096 });
        using Broadcast other = Broadcast.Open(broadcast.Name!);
        using Subscriber first = broadcast.Subscribe(), second = other.Subscribe();
        Task<bool> waits = OtherThread.Run(() => other.Publisher.WaitForSubscribers(3, -1, Test));
        Task publishes = OtherThread.Run(() =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                broadcast.Publisher.Write(i, -1, Test);
            }
        });
        Task[] reads = [.. new[] { first, second }.Select(subscriber => OtherThread.Run(() =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                using BroadcastMessage message = subscriber.Read(60_000, Test);
                Assert.Equal(i, message.As<int>());
            }
        }))];
        await Task.WhenAll([publishes, .. reads]).WaitAsync(ChildProcess.Watchdog, Test);
        Assert.False(waits.IsCompleted);
        using Subscriber third = broadcast.Subscribe();
        Assert.True(await waits.WaitAsync(ChildProcess.Watchdog, Test));
    }

    [ChildScenario]
    internal static void SubscribeAndHang(string[] arguments)
    {
        using Broadcast broadcast = Broadcast.Open(arguments[0]);
        using Subscriber subscriber = broadcast.Subscribe();
        Thread.Sleep(Timeout.Infinite);
    }
}
