using Crossmap.Channels.Memory;
using Crossmap.Channels.Rings;

namespace Crossmap.Channels.Queues;

/// <summary>What a <see cref="SharedQueue"/> is made of: a ring in shared memory, each of whose messages one consumer takes, and how to wait for it.</summary>
internal abstract unsafe class QueueRing : ChannelRing
{
    private readonly AsyncWaiter _readable;

    protected QueueRing(ChannelMemory memory)
        : base(memory, typeof(SharedQueue)) => _readable = new AsyncWaiter(_ => WaitReadable(-1, CancellationToken.None), Type);

    /// <summary>Whether it is complete and no message will ever come here again.</summary>
    public abstract bool IsOver { get; }

    /// <summary>Messages that wait to be taken.</summary>
    public abstract long Count { get; }

    /// <summary>Whether no message is there, nobody writes one and nobody holds one.</summary>
    public abstract bool IsEmpty { get; }

    /// <summary>Takes the next message. Null: there is none now.</summary>
    /// <param name="index">Of the message.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="isRedelivered">Whether another consumer had it.</param>
    public abstract byte* Take(out long index, out int length, out bool isRedelivered);

    /// <summary>Lets go of a message that was read, if it is still held.</summary>
    public abstract void Release(long index, int length, bool isRedelivered);

    /// <summary>Waits until a take is worth a try. False: nothing more will ever come.</summary>
    /// <exception cref="TimeoutException">The time passed.</exception>
    public bool WaitReadable(long timeoutMilliseconds, CancellationToken cancellation)
    {
        using WaitCount.Entered entered = BeginWait();
        if (!WaitForMessage(timeoutMilliseconds, cancellation))
        {
            throw NoMessage(timeoutMilliseconds);
        }

        ThrowIfDisposed();
        return !IsOver;
    }

    public TimeoutException NoMessage(long timeoutMilliseconds) => new($"No message came through {Memory.Target} in {timeoutMilliseconds} ms.");

    /// <summary>Waits until all messages are released. False: the channel is complete, and they are not.</summary>
    /// <exception cref="TimeoutException">The time passed.</exception>
    public bool WaitEmpty(long timeoutMilliseconds, CancellationToken cancellation)
    {
        long deadline = timeoutMilliseconds < 0 ? -1 : Environment.TickCount64 + timeoutMilliseconds;
        using WaitCount.Entered entered = BeginWait();
        while (true)
        {
            // Before the look: what is freed after it ends the wait. The same wait as all others at this gate, or a wake would be lost on this one.
            long seen = SpaceMark;
            if (IsEmpty)
            {
                return true;
            }

            if (IsCompleted)
            {
                return false;
            }

            if (!WaitForSpace(seen, deadline < 0 ? -1 : Math.Max(0, deadline - Environment.TickCount64), cancellation))
            {
                throw new TimeoutException($"Not all messages of {Memory.Target} were released in {timeoutMilliseconds} ms.");
            }

            ThrowIfDisposed();
        }
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
