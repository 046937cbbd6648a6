using Crossmap.Testing;

namespace Crossmap.Channels.Tests;

/// <summary>Clients that sleep for space: it comes to them whatever became of the request that had it.</summary>
public class RequestSpace
{
    private const int OneMinute = 60_000;

    [Fact]
    public async Task Space_of_a_request_that_was_given_up_comes_with_its_answer()
    {
        string name = UniqueName.Create();
        using RequestReply channel = RequestReply.Create(name, new RequestReplyOptions { Capacity = 4096 }), server = RequestReply.Open(name);
        Assert.False(server.Server.TryReceive(out _));
        PendingRequest pending = channel.Client.Claim(1500, 1500, OneMinute, TestContext.Current.CancellationToken);
        pending.Send();
        Assert.True(server.Server.TryReceive(out Request request));
        pending.Dispose();
        Task waits = SleepForSpace(name);
        request.Reply(1);
        await waits.WaitAsync(ChildProcess.Watchdog, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Space_of_a_request_that_is_given_up_after_its_answer_comes_at_once()
    {
        string name = UniqueName.Create();
        using RequestReply channel = RequestReply.Create(name, new RequestReplyOptions { Capacity = 4096 }), server = RequestReply.Open(name);
        Assert.False(server.Server.TryReceive(out _));
        PendingRequest pending = channel.Client.Claim(1500, 1500, OneMinute, TestContext.Current.CancellationToken);
        pending.Send();
        Assert.True(server.Server.TryReceive(out Request request));
        Task waits = SleepForSpace(name);
        request.Reply(1);
        pending.Dispose();
        await waits.WaitAsync(ChildProcess.Watchdog, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Space_of_a_client_that_is_killed_when_it_has_its_reply_comes_then()
    {
        string name = UniqueName.Create();
        using RequestReply server = RequestReply.Create(name, new RequestReplyOptions { Capacity = 4096 });
        Assert.False(server.Server.TryReceive(out _));
        using ChildProcess client = ChildProcess.Start(Requests.AskAndHang, name);
        client.Expect("asked");
        Assert.True(server.Server.TryReceive(out Request request));
        Task waits = SleepForSpace(name);
        request.Reply(1);
        client.Kill();
        await waits.WaitAsync(ChildProcess.Watchdog, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Space_of_a_request_that_was_given_up_is_there_when_nobody_has_the_first_place()
    {
        string name = UniqueName.Create();
        RequestReply first = RequestReply.Create(name, new RequestReplyOptions { Capacity = 4096 });
        using RequestReply server = RequestReply.Open(name), channel = RequestReply.Open(name);
        first.Dispose();
        Assert.False(server.Server.TryReceive(out _));
        PendingRequest pending = channel.Client.Claim(1500, 1500, OneMinute, TestContext.Current.CancellationToken);
        pending.Send();
        Assert.True(server.Server.TryReceive(out Request request));
        pending.Dispose();
        request.Reply(1);
        Assert.True(channel.Client.TryClaim(1500, 1500, out pending));
        pending.Dispose();
    }

    /// <summary>Returns when somebody, with the channel open for himself, sleeps for the space that is in use, and watches who has it.</summary>
    private static Task SleepForSpace(string name)
    {
        string? thread = null;
        Task waits = OtherThread.Run(() =>
        {
            Volatile.Write(ref thread, OperatingSystem.IsLinux() ? Path.GetFileName(new FileInfo("/proc/thread-self").LinkTarget!) : "");
            using RequestReply channel = RequestReply.Open(name);
            channel.Client.Claim(1500, 1500).Dispose();
        });
        Assert.True(SpinWait.SpinUntil(() => ChannelInfo.Inspect(name).Participants.Any(participant => participant.WaitsFor is not null), ChildProcess.Watchdog));
        if (OperatingSystem.IsLinux())
        {
            // In futex_waitv; elsewhere it may still be on its way there.
            Assert.True(SpinWait.SpinUntil(() => File.ReadAllText($"/proc/self/task/{thread}/syscall").StartsWith("449 ", StringComparison.Ordinal), ChildProcess.Watchdog));
        }

        return waits;
    }
}
