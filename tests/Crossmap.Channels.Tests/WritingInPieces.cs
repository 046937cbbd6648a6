using System.Buffers;
using System.Text;
using System.Text.Json;
using Crossmap.Testing;

namespace Crossmap.Channels.Tests;

/// <summary>Messages that are written piece by piece into their claims.</summary>
public class WritingInPieces
{
    private const int OneMinute = 60_000;

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Message_is_what_was_written_and_no_more(bool single)
    {
        using SharedQueue queue = Create(single);
        for (int i = 0; i < 200; i++)
        {
            using var writer = new ClaimWriter(queue.Writer.Claim(1000, 0, Test));
            Assert.Equal((0, 1000, 1000), (writer.WrittenCount, writer.FreeCapacity, writer.Capacity));
            "hello "u8.CopyTo(writer.GetSpan());
            writer.Advance(6);
            "world"u8.CopyTo(writer.GetMemory(5).Span);
            writer.Advance(5);
            writer.Write("!"u8);
            Assert.Equal("hello world!", Encoding.UTF8.GetString(writer.WrittenSpan));
            writer.Commit();
            using Message message = Queues.Take(queue);
            Assert.Equal("hello world!", Encoding.UTF8.GetString(message.Span));
        }
    }

    [Fact]
    public void It_is_written_in_the_shared_memory_itself()
    {
        using SharedQueue queue = Create(single: false);
        using Claim claim = queue.Writer.Claim(100, 0, Test);
        var writer = new ClaimWriter(claim);
        writer.GetSpan(100)[0] = 1;
        Assert.Equal(1, claim.Span[0]);
        using MemoryHandle pinned = writer.GetMemory(100)[1..].Pin();
        unsafe
        {
            *(byte*)pinned.Pointer = 2;
        }

        Assert.Equal(2, claim.Span[1]);
        Assert.Equal(100, writer.GetMemory().Length);
    }

    /// <summary>Serializers ask for more than they need.</summary>
    [Fact]
    public void Asking_for_more_than_is_left_is_no_fault_and_writing_it_is()
    {
        using SharedQueue queue = Create(single: false);
        var writer = new ClaimWriter(queue.Writer.Claim(10, 0, Test));
        "12345678"u8.CopyTo(writer.GetSpan(8));
        writer.Advance(8);
        "9"u8.CopyTo(writer.GetSpan(4000));
        writer.Advance(1);
        "ab"u8.CopyTo(writer.GetMemory(300).Span);
        Assert.Contains("10 bytes", Assert.Throws<InvalidOperationException>(() => writer.Advance(2)).Message, StringComparison.Ordinal);
        Assert.Equal(9, writer.WrittenCount);
        "a"u8.CopyTo(writer.GetSpan(300));
        writer.Advance(1);

        // Nothing is left, and yet there must be something to give.
        Assert.NotEmpty(writer.GetMemory().ToArray());
        writer.Advance(0);
        writer.Commit();
        using Message message = Queues.Take(queue);
        Assert.Equal("123456789a", Encoding.UTF8.GetString(message.Span));
    }

    [Fact]
    public void What_is_over_is_not_written_any_more()
    {
        using SharedQueue queue = Create(single: false);
        var writer = new ClaimWriter(queue.Writer.Claim(10, 0, Test));
        Memory<byte> handedOut = writer.GetMemory();
        writer.Advance(3);
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Advance(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Advance(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.GetSpan(-1).Length);
        writer.Commit();
        Assert.Throws<InvalidOperationException>(writer.Commit);
        Assert.Throws<InvalidOperationException>(() => writer.GetMemory());
        Assert.Throws<InvalidOperationException>(() => writer.GetSpan().Length);
        Assert.Throws<InvalidOperationException>(() => writer.Advance(0));
        Assert.Throws<InvalidOperationException>(() => handedOut.Span.Length);
        writer.Dispose();
        Assert.Equal(3, Queues.Take(queue).Length);

        // Given up: by Dispose, and by the next one.
        writer.Reset(queue.Writer.Claim(10, 0, Test));
        writer.Write("first"u8);
        writer.Reset(queue.Writer.Claim(10, 0, Test));
        Assert.Equal(0, writer.WrittenCount);
        writer.Write("second"u8);
        writer.Dispose();
        writer.Reset(queue.Writer.Claim(10, 0, Test));
        writer.Write("third"u8);
        writer.Commit();
        Assert.Equal("third", Encoding.UTF8.GetString(Queues.Take(queue).Span));
        Assert.False(queue.Reader.TryRead(out _));
    }

    [Fact]
    public void Json_is_written_into_the_ring_and_read_from_it()
    {
        using Broadcast broadcast = Broadcast.Create(UniqueName.Create());
        using Subscriber subscriber = broadcast.Subscribe();
        string[] names = ["", "a", new string('ü', 50), "\"quoted\"\n", new string('x', 5000)];
        using var json = new Utf8JsonWriter(Stream.Null);
        var writer = new ClaimWriter(default);
        foreach (string name in names)
        {
            writer.Reset(broadcast.Publisher.Claim(8192, 0, Test));
            json.Reset(writer);
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteNumber("length", name.Length);
            json.WriteEndObject();
            json.Flush();
            writer.Commit();
            using BroadcastMessage message = Broadcasts.Take(subscriber);
            using var document = JsonDocument.Parse(message.Span.ToArray());
            Assert.Equal((name, name.Length), (document.RootElement.GetProperty("name").GetString(), document.RootElement.GetProperty("length").GetInt32()));
        }

        // Exactly as many bytes as it has, and one fewer.
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(names);
        writer.Reset(broadcast.Publisher.Claim(text.Length, 0, Test));
        json.Reset(writer);
        JsonSerializer.Serialize(json, names);
        writer.Commit();
        Assert.Equal(text, Broadcasts.Take(subscriber).Span.ToArray());
        writer.Reset(broadcast.Publisher.Claim(text.Length - 1, 0, Test));
        json.Reset(writer);
        Assert.Throws<InvalidOperationException>(() => JsonSerializer.Serialize(json, names));
        json.Reset(Stream.Null);
        writer.Dispose();
        Assert.False(subscriber.TryRead(out _));
    }

    [Fact]
    public void Request_and_reply_are_what_was_written_and_no_more()
    {
        using RequestReply channel = RequestReply.Create(UniqueName.Create(), new RequestReplyOptions { Capacity = 8192 });
        Assert.False(channel.Server.TryReceive(out _));
        var asks = new RequestWriter(default);
        var answers = new ReplyWriter(default);
        for (int i = 0; i < 300; i++)
        {
            byte[] question = [.. Enumerable.Range(0, i).Select(n => (byte)n)], answer = [.. Enumerable.Range(0, 300 - i).Select(n => (byte)~n)];
            PendingRequest pending = channel.Client.Claim(1000, 500, 0, Test), next = channel.Client.Claim(100, 100, 0, Test);
            next.Span.Fill(7);
            asks.Reset(pending);
            asks.Write(question);
            asks.Send();
            next.Send(99);
            Assert.True(channel.Server.TryReceive(out Request request));
            Assert.Equal((question.Length, 500), (request.Length, request.MaximumReplyLength));

            // All that it may write to, and it is nobody else's.
            request.ReplySpan.Fill(9);
            Assert.Equal(question, request.Span.ToArray());
            answers.Reset(request);
            answers.Write(answer);
            answers.Reply();
            using (Reply reply = pending.Wait(OneMinute, Test))
            {
                Assert.Equal(answer, reply.Span.ToArray());
            }

            Assert.True(channel.Server.TryReceive(out Request last));
            Assert.Equal(Enumerable.Repeat((byte)7, 99), last.Span.ToArray());
            last.Reply(0);
            next.Wait(OneMinute, Test).Dispose();
        }
    }

    [Fact]
    public void Requests_and_replies_that_are_not_finished_are_given_up()
    {
        using RequestReply channel = RequestReply.Create(UniqueName.Create(), new RequestReplyOptions { Capacity = 4096 });
        Assert.False(channel.Server.TryReceive(out _));

        // More than half of the space: there is none for another one until it is given up.
        var asks = new RequestWriter(channel.Client.Claim(2000, 1000, 0, Test));
        Assert.False(channel.Client.TryClaim(2000, 1000, out _));
        asks.Write("first"u8);
        asks.Dispose();
        Assert.Throws<InvalidOperationException>(asks.Send);
        PendingRequest pending = channel.Client.Claim(10, 10, 0, Test);
        asks.Reset(pending);
        Assert.Throws<InvalidOperationException>(() => asks.Write(new byte[11]));
        Assert.Throws<ArgumentOutOfRangeException>(() => pending.Send(11));
        Assert.Throws<ArgumentOutOfRangeException>(() => pending.Send(-1));
        asks.Reset(channel.Client.Claim(10, 10, 0, Test));
        Assert.Throws<InvalidOperationException>(pending.Send);
        asks.Dispose();
        Assert.False(channel.Server.TryReceive(out _));

        // The server's: told at once that there is no reply.
        pending = channel.Client.Claim(10, 10, 0, Test);
        asks.Reset(pending);
        asks.Write("second"u8);
        asks.Send();
        Assert.Throws<InvalidOperationException>(() => pending.Send(1));
        Assert.True(channel.Server.TryReceive(out Request request));
        using (var answers = new ReplyWriter(request))
        {
            Assert.Equal((10, 10), (answers.Capacity, answers.FreeCapacity));
            Assert.Throws<InvalidOperationException>(() => answers.Write(new byte[11]));
        }

        Assert.Throws<RequestAbandonedException>(() => pending.Wait(OneMinute, Test));
        Assert.Throws<InvalidOperationException>(() => request.Reply(1));

        // What was sent is not given up with its writer.
        pending = channel.Client.Claim(10, 10, 0, Test);
        asks.Reset(pending);
        asks.Send();
        asks.Dispose();
        Assert.True(channel.Server.TryReceive(out request));
        Assert.Equal(0, request.Length);
        var answered = new ReplyWriter(request);
        answered.Reply();
        answered.Dispose();
        Assert.Throws<InvalidOperationException>(answered.Reply);
        using Reply reply = pending.Wait(OneMinute, Test);
        Assert.Equal(0, reply.Length);
    }

    [Fact]
    public void Json_is_asked_and_answered_between_processes()
    {
        string name = UniqueName.Create();
        using RequestReply channel = RequestReply.Create(name);
        using ChildProcess server = ChildProcess.Start(AddUp, name);
        server.Expect("serves");
        for (int i = 0; i < 50; i++)
        {
            PendingRequest pending = channel.Client.Claim(4096, 4096, OneMinute, Test);
            using var question = new RequestWriter(pending);
            using (var json = new Utf8JsonWriter(question))
            {
                JsonSerializer.Serialize(json, Enumerable.Range(0, i));
            }

            question.Send();
            using Reply reply = pending.Wait(OneMinute, Test);
            Assert.Equal(new Dictionary<string, int> { ["count"] = i, ["sum"] = i * (i - 1) / 2 }, JsonSerializer.Deserialize<Dictionary<string, int>>(reply.Span));
        }

        server.Finish();
    }

    [ChildScenario]
    internal static void AddUp(string[] arguments)
    {
        using RequestReply channel = RequestReply.Open(arguments[0]);
        channel.Server.TryReceive(out _);
        Console.WriteLine("serves");
        for (int i = 0; i < 50; i++)
        {
            Request request = channel.Server.Receive();
            int[] numbers = JsonSerializer.Deserialize<int[]>(request.Span)!;
            using var answer = new ReplyWriter(request);
            using (var json = new Utf8JsonWriter(answer))
            {
                JsonSerializer.Serialize(json, new Dictionary<string, int> { ["count"] = numbers.Length, ["sum"] = numbers.Sum() });
            }

            answer.Reply();
        }
    }

    private static SharedQueue Create(bool single) =>
        SharedQueue.Create(UniqueName.Create(), new SharedQueueOptions { Capacity = 4096, SingleProducerSingleConsumer = single });
}
