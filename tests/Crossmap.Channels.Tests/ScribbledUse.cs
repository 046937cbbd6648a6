namespace Crossmap.Channels.Tests;

/// <summary>One channel and how <see cref="ScribbledChannels"/> uses it, in all the ways that do not wait for long.</summary>
internal abstract class ScribbledUse(Random random) : IDisposable
{
    /// <summary>A round of use: each says how it ended, or throws what a user may expect.</summary>
    public abstract IEnumerable<Func<string>> Deeds { get; }

    protected Random Random => random;

    public abstract void Dispose();

    protected static void Look(ReadOnlySpan<byte> message)
    {
        long sum = 0;
        foreach (byte value in message)
        {
            sum += value;
        }

        GC.KeepAlive(sum);
    }

    protected string Write(MessageWriter writer)
    {
        int length = Random.Next(8) == 0 ? Random.Next(writer.MaximumMessageLength + 1) : Random.Next(200);
        if (!writer.TryClaim(length, out Claim claim))
        {
            return "full";
        }

        claim.Span.Fill(0x5A);
        if (Random.Next(8) == 0)
        {
            claim.Dispose();
            return "given up";
        }

        claim.Commit();
        return "written";
    }

    protected string WaitAndClaim(MessageWriter writer)
    {
        using Claim claim = writer.Claim(Random.Next(100), timeoutMilliseconds: 0);
        return "claimed";
    }
}

internal sealed class ScribbledQueue : ScribbledUse
{
    private readonly SharedQueue _producer, _consumer;

    public ScribbledQueue(string name, Random random, bool isSingle)
        : base(random)
    {
        _producer = SharedQueue.Create(name, new SharedQueueOptions { Capacity = Scribbler.Capacity, MaximumMessages = Scribbler.Slots, SingleProducerSingleConsumer = isSingle });
        _consumer = SharedQueue.Open(name);
    }

    public override IEnumerable<Func<string>> Deeds => Random.Next(50) == 0
        ? [() => Write(_producer.Writer), Read, () => _producer.Reader.Count >= 0 ? "counted" : throw new InvalidDataException("Fewer than none."), WaitAndRead, () => WaitAndClaim(_producer.Writer)]
        : [() => Write(_producer.Writer), Read];

    public override void Dispose()
    {
        _consumer.Dispose();
        _producer.Dispose();
    }

    private string Read()
    {
        if (!_consumer.Reader.TryRead(out Message message))
        {
            return "empty";
        }

        Look(message.Span);
        if (Random.Next(8) != 0)
        {
            message.Dispose();
        }

        return "read";
    }

    private string WaitAndRead()
    {
        using Message message = _consumer.Reader.Read(timeoutMilliseconds: 0);
        return "read";
    }
}

internal sealed class ScribbledBroadcast : ScribbledUse
{
    private readonly Broadcast _there, _here;
    private readonly Subscriber _subscriber;

    public ScribbledBroadcast(string name, Random random, bool isOverrun)
        : base(random)
    {
        _there = Broadcast.Create(name, new BroadcastOptions { Capacity = Scribbler.Capacity, MaximumMessages = Scribbler.Slots, Overrun = isOverrun });
        _here = Broadcast.Open(name);
        _subscriber = _here.Subscribe();
    }

    public override IEnumerable<Func<string>> Deeds => Random.Next(50) == 0
        ? [() => Write(_there.Publisher), Read, Join, WaitAndRead, () => WaitAndClaim(_there.Publisher)]
        : [() => Write(_there.Publisher), Read];

    public override void Dispose()
    {
        _subscriber.Dispose();
        _here.Dispose();
        _there.Dispose();
    }

    private string Read()
    {
        if (!_subscriber.TryRead(out BroadcastMessage message))
        {
            return "empty";
        }

        Look(message.Span);
        if (Random.Next(8) != 0)
        {
            message.Dispose();
        }

        return "read";
    }

    private string WaitAndRead()
    {
        using BroadcastMessage message = _subscriber.Read(timeoutMilliseconds: 0);
        return "read";
    }

    private string Join()
    {
        using Subscriber other = _there.Subscribe(SubscribeOptions.FromOldest);
        return other.TryRead(out BroadcastMessage message) && message.Length >= 0 ? "joined and read" : "joined";
    }
}

internal sealed class ScribbledValue : ScribbledUse
{
    private readonly SharedValue<Guid> _writer, _reader;
    private long _version;

    public ScribbledValue(string name, Random random)
        : base(random)
    {
        _writer = SharedValue<Guid>.Create(name);
        _reader = SharedValue<Guid>.Open(name);
    }

    public override IEnumerable<Func<string>> Deeds => Random.Next(50) == 0 ? [Write, Read, WaitAndRead] : [Write, Read];

    public override void Dispose()
    {
        _reader.Dispose();
        _writer.Dispose();
    }

    private string Write()
    {
        _writer.Write(Guid.NewGuid());
        return "written";
    }

    private string Read() => _reader.TryRead(out _, out _version) ? "read" : "empty";

    private string WaitAndRead()
    {
        _reader.WaitForChange(ref _version, timeoutMilliseconds: 0);
        return "changed";
    }
}

internal sealed class ScribbledRequests : ScribbledUse
{
    private readonly RequestReply _client, _server;
    private readonly Queue<PendingRequest> _asked = new();

    public ScribbledRequests(string name, Random random)
        : base(random)
    {
        _client = RequestReply.Create(name, new RequestReplyOptions { Capacity = Scribbler.Capacity, MaximumRequests = Scribbler.Slots });
        _server = RequestReply.Open(name);
    }

    public override IEnumerable<Func<string>> Deeds => [Ask, Answer, Receive];

    public override void Dispose()
    {
        _server.Dispose();
        _client.Dispose();
    }

    private string Ask()
    {
        int length = Random.Next(8) == 0 ? Random.Next(_client.MaximumLength + 1) : Random.Next(200);
        if (!_client.Client.TryClaim(length, Random.Next(100), out PendingRequest pending))
        {
            return "full";
        }

        pending.Span.Fill(0x5A);
        if (Random.Next(8) == 0)
        {
            pending.Dispose();
            return "given up";
        }

        pending.Send();
        _asked.Enqueue(pending);
        return "written";
    }

    private string Answer()
    {
        if (!_server.Server.TryReceive(out Request request))
        {
            return "empty";
        }

        using (request)
        {
            Look(request.Span);
            if (Random.Next(8) == 0)
            {
                return "left unanswered";
            }

            request.ReplySpan.Fill(0x5A);
            request.Reply(request.MaximumReplyLength);
            return "answered";
        }
    }

    private string Receive()
    {
        if (!_asked.TryDequeue(out PendingRequest pending))
        {
            return "nothing asked";
        }

        using (pending)
        {
            using Reply reply = pending.Wait(timeoutMilliseconds: 0);
            Look(reply.Span);
            return "read";
        }
    }
}
