using System.Text.Json;
using Crossmap.Testing;

namespace Crossmap.Channels.Tests;

/// <summary>
/// The code blocks of docs/channels.md, compiled and run. A block stands between two lines "// &lt;channels.md&gt;", word for word; the test at the
/// end sees to it that no block stands in the page alone.
/// </summary>
public class DocumentedExamples
{
    [Fact]
    public void Examples_work()
    {
        // The examples use plain names: in a process whose names meet nobody else's.
        string root = Path.Combine(OperatingSystem.IsWindows() ? Path.GetTempPath() : "/dev/shm", UniqueName.Create());
        Directory.CreateDirectory(root);
        try
        {
            using ChildProcess child = ChildProcess.Start(Run, [], new Dictionary<string, string> { ["CROSSMAP_ROOT"] = root });
            child.Finish();
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public void Every_block_of_the_page_is_compiled_here()
    {
        string source = Normalized(Document.Read("DocumentedExamples.cs"));
        string[] blocks = [.. Document.Blocks("channels.md", "csharp")];
        Assert.All(blocks, block => Assert.Contains($"// <channels.md> {Normalized(block)} // <channels.md>", source, StringComparison.Ordinal));
        Assert.Equal(12, blocks.Length);
    }

    [ChildScenario]
    internal static void Run(string[] arguments)
    {
        Queue();
        ToAll();
        InPieces();
        LatestValue();
        Requests();
    }

    private static void Queue()
    {
        var done = new List<(long, long, bool)>();
        void Do(long id, long amount, bool again) => done.Add((id, amount, again));

        // <channels.md>
        // In the processes that have work to give:
        using var queue = SharedQueue.CreateOrOpen("jobs", new SharedQueueOptions { Capacity = 4 << 20 });
        using (Claim claim = queue.Writer.Claim(sizeof(long) * 2))      // waits while the queue is full
        {
            claim.As<(long Id, long Amount)>() = (1, 250);              // in the shared memory itself
            claim.Commit();                                             // now it is a message; without, it never was one
        }

        queue.Writer.Write("or a copy of some bytes"u8);

        // In the processes that do it:
        using var same = SharedQueue.Open("jobs");
        using (Message message = same.Reader.Read())                    // waits until there is one
        {
            (long id, long amount) = message.As<(long Id, long Amount)>();
            Do(id, amount, again: message.IsRedelivered);
        }                                                               // disposed: done with, and its space is free

        // <channels.md>
        Assert.Equal([(1, 250, false)], done);
        Assert.Equal(1, queue.Reader.Count);

        // <channels.md>
        var claims = new Claim[8];
        int count = queue.Writer.TryClaimBatch(sizeof(long) * 2, claims);   // how many there was space for now
        for (int i = 0; i < count; i++)
        {
            claims[i].As<(long Id, long Amount)>() = (2 + i, 250);
            claims[i].Commit();
        }

        // <channels.md>
        Assert.Equal(8, count);
        Assert.Equal(9, queue.Reader.Count);
        var output = new StringWriter();
        TextWriter console = System.Console.Out;
        System.Console.SetOut(output);
        try
        {
            // <channels.md>
            ChannelInfo info = ChannelInfo.Inspect("jobs");                 // takes no part in it; needs only to read
            Console.WriteLine($"{info.Kind} with {info.Depth} messages that nobody has taken");
            foreach (ChannelParticipant participant in info.Participants)
            {
                Console.WriteLine($"process {participant.ProcessId}: {participant.Written} written, {participant.Read} read, {participant.Held} held");
            }

            // <channels.md>
        }
        finally
        {
            System.Console.SetOut(console);
        }

        Assert.Equal(
            ["Queue with 9 messages that nobody has taken", $"process {Environment.ProcessId}: 10 written, 0 read, 0 held", $"process {Environment.ProcessId}: 0 written, 1 read, 0 held"],
            output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    private static void ToAll()
    {
        (long, double, long) traded = default;
        void Trade(long time, double price, long alreadyMissed) => traded = (time, price, alreadyMissed);
        using var subscribed = new ManualResetEventSlim();
        Task listening = Task.Run(() =>
        {
            Assert.True(subscribed.Wait(ChildProcess.Watchdog));

            // <channels.md>
            // In those that listen:
            using var heard = Broadcast.Open("ticks");
            using Subscriber subscriber = heard.Subscribe();                // SubscribeOptions.FromOldest: and what is still there
            BroadcastMessage tick = subscriber.Read();                      // waits until there is one
            (long time, double price) = tick.As<(long Time, double Price)>();
            if (tick.Release())                                             // done with; false: it was written over while it was read
            {
                Trade(time, price, alreadyMissed: subscriber.Missed);
            }

            // <channels.md>
        });
        using (Broadcast.Create("ticks", new BroadcastOptions { Capacity = 16 << 20, Overrun = true }))
        {
            subscribed.Set();

            // <channels.md>
            // In the processes that have something to tell:
            using var ticks = Broadcast.CreateOrOpen("ticks", new BroadcastOptions { Capacity = 16 << 20, Overrun = true });
            ticks.Publisher.WaitForSubscribers(1);                          // who comes later gets what comes later
            ticks.Publisher.Write((Time: 1L, Price: 99.5));
            // <channels.md>
            Assert.True(listening.Wait(ChildProcess.Watchdog));
        }

        Assert.Equal((1, 99.5, 0), traded);
    }

    private static void InPieces()
    {
        // <channels.md>
        using var lines = SharedQueue.CreateOrOpen("lines");
        using var body = new ClaimWriter(lines.Writer.Claim(4096));     // at most so long
        using (var json = new Utf8JsonWriter(body))
        {
            JsonSerializer.Serialize(json, new[] { "any", "object" });  // straight into the ring
        }

        body.Commit();                                                  // as long as it has become
        // <channels.md>
        using Message line = lines.Reader.Read();
        Assert.Equal("""["any","object"]""", System.Text.Encoding.UTF8.GetString(line.Span));
    }

    private static void LatestValue()
    {
        (long, double, double) shown = default;
        void Show((long, double, double) value) => shown = value;

        // <channels.md>
        // In the one process that knows:
        using var price = SharedValue<(long Time, double Bid, double Ask)>.CreateOrOpen("price");
        price.Write((Time: 1, Bid: 99.5, Ask: 100.5));

        // In any number of others:
        using var seen = SharedValue<(long Time, double Bid, double Ask)>.Open("price");
        long version = 0;
        while (seen.WaitForChange(ref version) && seen.Read() is { Time: < 1 })
        {
            // sleeps until there is a newer one; who is slow misses those in between
        }

        Show(seen.Read());                                              // always a whole value, never half of one and half of the next
        // <channels.md>
        Assert.Equal((1, 99.5, 100.5), shown);
        Assert.Equal((ChannelKind.Value, 1L), (ChannelInfo.Inspect("price").Kind, ChannelInfo.Inspect("price").Next));
    }

    private static void Requests()
    {
        // <channels.md>
        // In the process that serves, on threads of its own:
        using var service = RequestReply.CreateOrOpen("square");
        var serving = Task.Run(() =>
        {
            using Request request = service.Server.Receive();
            request.Reply(request.As<long>() * request.As<long>());
        });

        // <channels.md>
        Assert.True(SpinWait.SpinUntil(() => service.Client.HasServer, ChildProcess.Watchdog));

        // <channels.md>
        // In those that ask, while HasServer says that somebody serves:
        using var asking = RequestReply.Open("square");
        long answer = asking.Client.Send<long, long>(12);
        // <channels.md>
        Assert.True(serving.Wait(ChildProcess.Watchdog));
        Assert.Equal(144, answer);
        RequestsInPieces(service, asking);
    }

    private static void RequestsInPieces(RequestReply service, RequestReply asking)
    {
        // <channels.md>
        // The client: at most so long a request, and so long a reply.
        PendingRequest pending = asking.Client.Claim(4096, 1024);
        using var question = new RequestWriter(pending);
        JsonSerializer.Serialize(new Utf8JsonWriter(question), new[] { 1, 2, 3 });
        question.Send();                                                // as long as it has become
        // <channels.md>
        // <channels.md>
        // The server:
        Request asked = service.Server.Receive();
        using var answer = new ReplyWriter(asked);                      // disposed without Reply: the client learns that there will be none
        JsonSerializer.Serialize(new Utf8JsonWriter(answer), JsonSerializer.Deserialize<int[]>(asked.Span)!.Sum());
        answer.Reply();
        // <channels.md>
        // <channels.md>
        // And the client again:
        using Reply sum = pending.Wait();
        // <channels.md>
        Assert.Equal("6"u8.ToArray(), sum.Span.ToArray());
    }

    private static string Normalized(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
