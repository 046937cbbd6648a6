using System.Threading.Channels;

namespace Crossmap.Bench.Exchanges;

/// <summary>.NET's own channels between two threads of one process. Neither side ever sleeps: awaiting costs it more.</summary>
internal readonly struct ThreadsEnd(int side) : IEnd
{
    /// <summary>One in each direction. No two rows run at once.</summary>
    private static readonly Channel<Message64>[] Both = [Make(), Make()];

    private readonly ChannelWriter<Message64> _to = Both[side].Writer;
    private readonly ChannelReader<Message64> _from = Both[1 - side].Reader;

    public void Send(in Message64 message)
    {
        while (!_to.TryWrite(message))
        {
            Thread.SpinWait(10);
        }
    }

    public void Receive(out Message64 message)
    {
        while (!_from.TryRead(out message))
        {
            Thread.SpinWait(10);
        }
    }

    public void Dispose()
    {
        // Nothing but memory.
    }

    private static Channel<Message64> Make() => Channel.CreateBounded<Message64>(new BoundedChannelOptions(1024) { SingleReader = true, SingleWriter = true });
}
