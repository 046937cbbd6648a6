using Crossmap.Channels;

namespace Crossmap.Bench.Exchanges;

/// <summary>A queue of Crossmap in each direction.</summary>
internal sealed class Queues : IDisposable
{
    /// <summary>Bytes for messages that are under way: room for as many of 64 bytes as the rings in C have, in both kinds.</summary>
    private const long Capacity = 128 << 10;

    /// <summary>The same for the longest messages.</summary>
    private const long LongCapacity = 16 << 20;

    public Queues(string place, int side, bool isSingle, bool isLong = false)
    {
        var options = new SharedQueueOptions { Capacity = isLong ? LongCapacity : Capacity, SingleProducerSingleConsumer = isSingle };
        string name = Path.GetFileName(place);
        SharedQueue there = SharedQueue.CreateOrOpen(name + "-0", options), back = SharedQueue.CreateOrOpen(name + "-1", options);
        (To, From) = side == 0 ? (there, back) : (back, there);
    }

    public SharedQueue To { get; }

    public SharedQueue From { get; }

    public void Dispose()
    {
        To.Dispose();
        From.Dispose();
    }
}

/// <summary>By the calls that return at once: whoever uses them spins, as the rings in C do.</summary>
internal readonly struct TryingEnd(Queues queues) : IEnd
{
    private readonly QueueWriter _to = queues.To.Writer;
    private readonly QueueReader _from = queues.From.Reader;

    public void Send(in Message64 message)
    {
        Claim claim;
        while (!_to.TryClaim(64, out claim))
        {
            // Until there is space.
        }

        claim.As<Message64>() = message;
        claim.Commit();
    }

    public void Receive(out Message64 message)
    {
        Message received;
        while (!_from.TryRead(out received))
        {
            // Until there is one.
        }

        message = received.As<Message64>();
        received.Dispose();
    }

    public void Dispose() => queues.Dispose();
}

/// <summary>By the calls that wait, and sleep when that takes long.</summary>
internal readonly struct WaitingEnd(Queues queues) : IEnd
{
    private readonly QueueWriter _to = queues.To.Writer;
    private readonly QueueReader _from = queues.From.Reader;

    public void Send(in Message64 message) => _to.Write(message);

    public void Receive(out Message64 message)
    {
        using Message received = _from.Read();
        message = received.As<Message64>();
    }

    public void Dispose() => queues.Dispose();
}

/// <summary>Messages of any length, of which nobody touches more than the number in front.</summary>
internal readonly struct UntouchedEnd(Queues queues, int length) : IEnd
{
    private readonly QueueWriter _to = queues.To.Writer;
    private readonly QueueReader _from = queues.From.Reader;

    public void Send(in Message64 message)
    {
        Claim claim;
        while (!_to.TryClaim(length, out claim))
        {
            // Until there is space.
        }

        claim.As<long>() = message.First;
        claim.Commit();
    }

    public void Receive(out Message64 message)
    {
        Message received;
        while (!_from.TryRead(out received))
        {
            // Until there is one.
        }

        message = default;
        message.First = message.Last = received.Length == length ? received.As<long>() : -1;
        received.Dispose();
    }

    public void Dispose() => queues.Dispose();
}
