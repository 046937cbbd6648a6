using System.Runtime.InteropServices;
using Crossmap.Channels.Memory;
using Crossmap.Testing;

namespace Crossmap.Channels.Tests;

/// <summary>Requests through a file, which is still there when all who used it were killed.</summary>
public class RequestsInAFile
{
    private const int OneMinute = 60_000, SIGSTOP = 19;

    private static readonly RequestReplyOptions Small = new() { Capacity = 4096 };

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    /// <summary>A request in each state that it can have, and sleepers at all gates. The machine's end may leave of the file what it likes: slots whose owners' records are empty, too.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_under_way_ends_with_the_processes_and_its_space_comes_back(bool recordsAreLost)
    {
        using var file = new TemporaryFile(0);
        int room = CountRoom();
        for (int generation = 0; generation < 3; generation++)
        {
            KillAllInTheMiddle(file.Path);
            ChannelInfo left = ChannelInfo.InspectFile(file.Path);
            Assert.Equal((ChannelKind.RequestReply, file.Path, null), (left.Kind, left.FilePath, left.Name));
            Assert.True(!OperatingSystem.IsLinux() || left.Participants.Count == 6, $"{left.Participants.Count} were killed");
            Assert.DoesNotContain(left.Participants, participant => participant.IsAlive);

            if (recordsAreLost)
            {
                using FileStream records = File.OpenWrite(file.Path);
                records.Position = ChannelHeader.ParticipantsOffset;
                records.Write(new byte[ChannelHeader.SlotsOffset - ChannelHeader.ParticipantsOffset]);
            }

            using RequestReply channel = RequestReply.OpenFile(file.Path);
            Assert.False(channel.CreatedNew);
            Assert.False(channel.Client.HasServer);

            // Who asked is gone: nobody is to act on it. As often as one who polls looks after whoever is in the way.
            for (int i = 0; i < 1_000; i++)
            {
                Assert.False(channel.Server.TryReceive(out _));
            }

            Assert.Equal(room, CountRoom(channel));
            Assert.True(channel.Client.TryClaim(channel.MaximumLength, channel.MaximumLength, out PendingRequest whole));
            whole.Dispose();
        }
    }

    [Fact]
    public void Others_go_on_with_the_file_when_all_were_killed()
    {
        using var file = new TemporaryFile(0);
        KillAllInTheMiddle(file.Path);
        using ChildProcess server = ChildProcess.Start(AddOne, file.Path);
        server.Expect("serves");
        using RequestReply channel = RequestReply.OpenFile(file.Path);
        for (int i = 0; i < 1_000; i++)
        {
            Assert.Equal(i + 1, channel.Client.Send<long, long>(i, OneMinute, Test));
        }

        server.Finish();
        Assert.False(channel.Client.HasServer);
        channel.Flush();
    }

    [Fact]
    public void Client_that_lives_on_asks_the_next_server()
    {
        using var file = new TemporaryFile(0);
        using RequestReply channel = RequestReply.CreateOrOpenFile(file.Path, Small);
        for (int i = 0; i < 2; i++)
        {
            using ChildProcess killed = ChildProcess.Start(AnswerOneAndHang, file.Path);
            killed.Expect("serves");
            Assert.Equal(1, channel.Client.Send<long, long>(0, OneMinute, Test));
            PendingRequest pending = channel.Client.Claim(100, 100, OneMinute, Test);
            pending.Send();
            killed.Expect("has it");
            killed.Kill();
            Assert.Throws<RequestAbandonedException>(() => pending.Wait(-1, Test));
        }

        using ChildProcess server = ChildProcess.Start(AddOne, file.Path);
        server.Expect("serves");
        Assert.Equal(8, channel.Client.Send<long, long>(7, OneMinute, Test));
    }

    [Fact]
    public void File_is_opened_as_what_it_is()
    {
        using var file = new TemporaryFile(0);
        using var queue = new TemporaryFile(0);
        using var text = new TemporaryFile([.. Enumerable.Repeat((byte)'x', 100_000)]);
        SharedQueue.CreateOrOpenFile(queue.Path).Dispose();
        Assert.Equal(unchecked((int)0x80070002), Assert.Throws<FileNotFoundException>(() => RequestReply.OpenFile(file.Path + "-")).HResult);
        Assert.Equal(unchecked((int)0x80070006), Assert.ThrowsAny<IOException>(() => RequestReply.OpenFile(queue.Path)).HResult);
        Assert.Equal(unchecked((int)0x80070570), Assert.Throws<InvalidDataException>(() => RequestReply.OpenFile(text.Path)).HResult);
        using RequestReply channel = RequestReply.CreateOrOpenFile(file.Path, Small with { Schema = 7 });
        Assert.Equal((true, file.Path, null), (channel.CreatedNew, channel.FilePath, channel.Name));
        using RequestReply again = RequestReply.CreateOrOpenFile(file.Path, new RequestReplyOptions { Schema = 7 });
        Assert.Equal((false, 4096), (again.CreatedNew, again.Capacity));
        Assert.Throws<ArgumentException>(() => RequestReply.CreateOrOpenFile(file.Path, Small));
        using RequestReply named = RequestReply.Create(UniqueName.Create(), Small);
        Assert.Null(named.FilePath);
        again.Dispose();
        Assert.Throws<ObjectDisposedException>(again.Flush);
    }

    [ChildScenario]
    internal static void AnswerOneAndHang(string[] arguments)
    {
        using RequestReply channel = RequestReply.CreateOrOpenFile(arguments[0], Small);
        channel.Server.TryReceive(out _);
        Console.WriteLine("serves");
        channel.Server.Receive().Reply(1L);
        channel.Server.Receive();
        Console.WriteLine("has it");
        Console.ReadLine();
    }

    [ChildScenario]
    internal static void AddOne(string[] arguments)
    {
        using RequestReply channel = RequestReply.OpenFile(arguments[0]);
        channel.Server.TryReceive(out _);
        Console.WriteLine("serves");
        using var end = new CancellationTokenSource();
        new Thread(() =>
        {
            Console.ReadLine();
            end.Cancel();
        }) { IsBackground = true }.Start();
        try
        {
            while (true)
            {
                using Request request = channel.Server.Receive(-1, end.Token);
                request.Reply(request.As<long>() + 1);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    [ChildScenario]
    internal static void Ask(string[] arguments)
    {
        using RequestReply channel = RequestReply.OpenFile(arguments[0]);
        if (arguments[1] == "sleep for space")
        {
            Console.WriteLine("there");
            channel.Client.Claim(channel.MaximumLength, channel.MaximumLength);
        }

        PendingRequest pending = channel.Client.Claim(100, 100);
        if (arguments[1] != "claim")
        {
            pending.Send();
        }

        if (arguments[1] == "hold the reply")
        {
            pending.Wait();
        }

        Console.WriteLine("there");
        if (arguments[1] == "sleep for the reply")
        {
            pending.Wait();
        }

        Console.ReadLine();
    }

    /// <summary>Six processes.</summary>
    private static void KillAllInTheMiddle(string path)
    {
        var processes = new List<ChildProcess>();
        ChildProcess Start(Action<string[]> scenario, string[] arguments, string line)
        {
            ChildProcess process = ChildProcess.Start(scenario, arguments);
            processes.Add(process);
            process.Expect(line);
            return process;
        }

        try
        {
            ChildProcess server = Start(AnswerOneAndHang, [path], "serves");
            Start(Ask, [path, "hold the reply"], "there");
            Start(Ask, [path, "send"], "there");
            server.Expect("has it");
            Start(Ask, [path, "claim"], "there");
            Start(Ask, [path, "sleep for the reply"], "there");
            Start(Ask, [path, "sleep for space"], "there");
            Assert.True(SpinWait.SpinUntil(() => ChannelInfo.InspectFile(path).Participants.Any(participant => participant.WaitsFor is not null), ChildProcess.Watchdog));

            if (OperatingSystem.IsLinux())
            {
                // All at one moment, as it were: who is killed later would finish for those whom he sees killed before.
                Assert.All(processes, process => Assert.Equal(0, kill(process.Id, SIGSTOP)));
            }

            processes.ForEach(process => process.Kill());
        }
        finally
        {
            processes.ForEach(process => process.Dispose());
        }
    }

    /// <summary>How many requests there is space for when nobody has any.</summary>
    private static int CountRoom()
    {
        using RequestReply channel = RequestReply.Create(UniqueName.Create(), Small);
        return CountRoom(channel);
    }

    private static int CountRoom(RequestReply channel)
    {
        var claimed = new List<PendingRequest>();
        while (channel.Client.TryClaim(1, 1, out PendingRequest pending))
        {
            claimed.Add(pending);
        }

        claimed.ForEach(pending => pending.Dispose());
        return claimed.Count;
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int process, int signal);
}
