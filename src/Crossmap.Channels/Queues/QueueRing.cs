using Crossmap.Channels.Memory;
using Crossmap.Channels.Rings;

namespace Crossmap.Channels.Queues;

/// <summary>What a <see cref="SharedQueue"/> is made of: a ring in shared memory, each of whose messages one consumer takes, and how to wait for it.</summary>
internal abstract class QueueRing : ChannelRing
{
    private readonly AsyncWaiter _readable;

    protected QueueRing(ChannelMemory memory)
        : base(memory, typeof(SharedQueue)) => _readable = new AsyncWaiter(_ => WaitReadable(-1, CancellationToken.None), Type);

    /// <summary>Whether it is complete and no message will ever come here again.</summary>
    public abstract bool IsOver { get; }

    /// <summary>Messages that wait to be taken.</summary>
    public abstract long Count { get; }

    /// <summary>Takes the next message. False: there is none now.</summary>
    public abstract bool TryTake(out Message message);

    /// <summary>Lets go of a message that was read, if it is still held.</summary>
    public abstract void Release(in Message message);

    /// <summary>Waits until a take is worth a try. False: nothing more will ever come.</summary>
    /// <exception cref="TimeoutException">The time passed.</exception>
    public bool WaitReadable(long timeoutMilliseconds, CancellationToken cancellation)
    {
        using WaitCount.Entered entered = BeginWait();
        if (!WaitForMessage(timeoutMilliseconds, cancellation))
        {
            throw new TimeoutException($"No message came through {Memory.Target} in {timeoutMilliseconds} ms.");
        }

        ThrowIfDisposed();
        return !IsOver;
    }

    public Task<bool> WaitReadableAsync(CancellationToken cancellation) => _readable.WaitAsync(0, cancellation);

    /// <summary>Returns when there may be a message, or never will be one. False when the time passed first.</summary>
    protected abstract bool WaitForMessage(long timeoutMilliseconds, CancellationToken cancellation);

    protected override void Detach()
    {
        base.Detach();
        _readable.Dispose();
    }
}
