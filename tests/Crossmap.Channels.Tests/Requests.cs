using System.Text;
using Crossmap.Channels.Memory;
using Crossmap.Channels.Requests;
using Crossmap.Testing;

namespace Crossmap.Channels.Tests;

/// <summary>Requests and replies between processes, and what becomes of them when one side dies.</summary>
public class Requests
{
    private const int OneMinute = 60_000;

    [Fact]
    public async Task Each_request_gets_its_own_reply()
    {
        string name = UniqueName.Create();
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using RequestReply channel = RequestReply.Create(name, new RequestReplyOptions { Capacity = 8192 });
        using ChildProcess first = ChildProcess.Start(Square, name), second = ChildProcess.Start(Square, name);
        first.Expect("serves");
        second.Expect("serves");
        Assert.True(channel.Client.HasServer);
        Task[] threads = [.. Enumerable.Range(0, 3).Select(t => OtherThread.Run(() =>
        {
            for (long i = 0; i < 3_000; i++)
            {
                Assert.Equal(i * i, channel.Client.Send<long, long>(i, OneMinute, cancellation));
            }
        }))];
        for (long i = 0; i < 3_000; i++)
        {
            using Reply reply = await channel.Client.SendAsync(BitConverter.GetBytes(i), sizeof(long), cancellation);
            Assert.Equal(i * i, reply.As<long>());
        }

        await Task.WhenAll(threads).WaitAsync(ChildProcess.Watchdog, cancellation);
        first.Finish();
        second.Finish();
    }

    /// <summary>The client looks for servers, then gives up: in between one may come. Then he has the request, and the client waits for him.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Request_that_nobody_serves_is_given_up_or_taken_and_not_both(bool isTaken)
    {
        string name = UniqueName.Create();
        var layout = ChannelLayout.OfRing(ChannelKind.RequestReply, 4096, 0, ChannelFlags.None, schema: 0);
        using var client = new RequestRing(ChannelMemory.Create(ChannelTarget.Memory(name), layout, mustBeNew: true, ObjectAudience.Owner));
        using RequestReply server = RequestReply.Open(name);
        Assert.True(client.TryClaim(sizeof(long), sizeof(long), out PendingRequest pending));
        client.Send(in pending, sizeof(long));
        Assert.True(client.IsOver(in pending));
        if (!isTaken)
        {
            Assert.Throws<RequestAbandonedException>(() => client.TryFinish(in pending, out _));
            Assert.False(server.Server.TryReceive(out _));
            return;
        }

        Assert.True(server.Server.TryReceive(out Request request));
        Assert.False(client.TryFinish(in pending, out _));
        Assert.False(client.IsOver(in pending));
        request.Reply(49L);
        Assert.True(client.TryFinish(in pending, out Reply reply));
        Assert.Equal(49, reply.As<long>());
        reply.Dispose();
    }

    [Fact]
    public void Request_and_reply_are_written_in_place()
    {
        using RequestReply channel = RequestReply.Create(UniqueName.Create(), new RequestReplyOptions { Capacity = 4096 });
        Assert.False(channel.Server.TryReceive(out _));
        for (int i = 0; i < 500; i++)
        {
            Assert.True(channel.Client.TryClaim(5, 200, out PendingRequest pending));
            "hello"u8.CopyTo(pending.Span);
            pending.Send();
            Assert.Throws<InvalidOperationException>(pending.Send);
            Assert.True(channel.Server.TryReceive(out Request request));
            Assert.Equal("hello", Encoding.UTF8.GetString(request.Span));
            "world!"u8.CopyTo(request.ReplySpan);
            request.Reply(6);
            Assert.Throws<InvalidOperationException>(() => request.Reply(6));
            request.Dispose();
            using Reply reply = pending.Wait(OneMinute, TestContext.Current.CancellationToken);
            Assert.Equal("world!", Encoding.UTF8.GetString(reply.Span));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => channel.Client.TryClaim(channel.MaximumLength + 1, 1, out _));
    }

    [Fact]
    public void Client_whose_server_is_killed_is_told_at_once()
    {
        string name = UniqueName.Create();
        using RequestReply channel = RequestReply.Create(name);
        Assert.Throws<RequestAbandonedException>(() => channel.Client.Send("?"u8, 1, -1, TestContext.Current.CancellationToken));
        using ChildProcess server = ChildProcess.Start(TakeAndHang, name);
        server.Expect("serves");
        Assert.True(channel.Client.TryClaim(1, 1, out PendingRequest pending));
        pending.Send();
        server.Expect("has it");
        Assert.True(channel.Client.TryClaim(1, 1, out PendingRequest waits));
        waits.Send();
        server.Kill();
        Assert.Throws<RequestAbandonedException>(() => pending.Wait(-1, TestContext.Current.CancellationToken));
        Assert.Throws<RequestAbandonedException>(() => waits.Wait(-1, TestContext.Current.CancellationToken));
        Assert.False(channel.Client.HasServer);
    }

    [Fact]
    public async Task Asynchronous_client_whose_server_is_killed_is_told_at_once()
    {
        string name = UniqueName.Create();
        using RequestReply channel = RequestReply.Create(name);
        using ChildProcess server = ChildProcess.Start(TakeAndHang, name);
        server.Expect("serves");
        Task<Reply> first = channel.Client.SendAsync("1"u8.ToArray(), 1, TestContext.Current.CancellationToken).AsTask();
        server.Expect("has it");
        using var cancelled = new CancellationTokenSource();
        Task<Reply> second = channel.Client.SendAsync("2"u8.ToArray(), 1, cancelled.Token).AsTask();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WaitAsync(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
        Task<Reply> third = channel.Client.SendAsync("3"u8.ToArray(), 1, TestContext.Current.CancellationToken).AsTask();
        server.Kill();
        await Assert.ThrowsAsync<RequestAbandonedException>(() => first.WaitAsync(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<RequestAbandonedException>(() => third.WaitAsync(ChildProcess.Watchdog, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Server_may_give_a_request_up()
    {
        using RequestReply channel = RequestReply.Create(UniqueName.Create());
        Assert.False(channel.Server.TryReceive(out _));
        Assert.True(channel.Client.TryClaim(1, 1, out PendingRequest pending));
        pending.Send();
        Assert.True(channel.Server.TryReceive(out Request request));
        request.Dispose();
        Assert.Throws<RequestAbandonedException>(() => pending.Wait(-1, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Requests_that_are_given_up_or_whose_clients_are_killed_take_no_space()
    {
        string name = UniqueName.Create();
        using RequestReply channel = RequestReply.Create(name, new RequestReplyOptions { Capacity = 4096 });
        Assert.False(channel.Server.TryReceive(out _));
        for (int i = 0; i < 100; i++)
        {
            PendingRequest pending = channel.Client.Claim(1000, 500, OneMinute, TestContext.Current.CancellationToken);
            pending.Send();
            Assert.Throws<TimeoutException>(() => pending.Wait(0, TestContext.Current.CancellationToken));
            using (PendingRequest late = channel.Client.Claim(1000, 500, OneMinute, TestContext.Current.CancellationToken))
            {
                late.Send();
                Assert.True(channel.Server.TryReceive(out Request request));
                late.Dispose();
                request.Reply(1);
            }
        }

        for (int i = 0; i < 3; i++)
        {
            using ChildProcess client = ChildProcess.Start(AskAndHang, name);
            client.Expect("asked");
            Assert.True(channel.Server.TryReceive(out Request request));
            client.Kill();
            request.Reply(1);
            PendingRequest pending = channel.Client.Claim(1000, 1000, OneMinute, TestContext.Current.CancellationToken);
            pending.Dispose();
        }
    }

    [ChildScenario]
    internal static void Square(string[] arguments)
    {
        using RequestReply channel = RequestReply.Open(arguments[0]);
        channel.Server.TryReceive(out _);
        Console.WriteLine("serves");
        using var end = new CancellationTokenSource();
        var input = new Thread(() =>
        {
            Console.ReadLine();
            end.Cancel();
        }) { IsBackground = true };
        input.Start();
        try
        {
            while (true)
            {
                using Request request = channel.Server.Receive(-1, end.Token);
                long value = request.As<long>();
                request.Reply(value * value);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    [ChildScenario]
    internal static void TakeAndHang(string[] arguments)
    {
        using RequestReply channel = RequestReply.Open(arguments[0]);
        channel.Server.TryReceive(out _);
        Console.WriteLine("serves");
        channel.Server.Receive();
        Console.WriteLine("has it");
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void AskAndHang(string[] arguments)
    {
        using RequestReply channel = RequestReply.Open(arguments[0]);
        PendingRequest pending = channel.Client.Claim(1500, 1500);
        pending.Send();
        Console.WriteLine("asked");
        Console.ReadLine();
    }
}
