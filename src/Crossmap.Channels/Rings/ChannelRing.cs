using Crossmap.Channels.Memory;
using Crossmap.Objects;

namespace Crossmap.Channels.Rings;

/// <summary>A channel of messages, of any kind: space is claimed, written and committed, and waited for when there is none.</summary>
internal abstract unsafe class ChannelRing : ChannelObject
{
    private readonly AsyncWaiter _writable;

    protected ChannelRing(ChannelMemory memory, Type type)
        : base(memory, type) => _writable = new AsyncWaiter(seen => WaitWritable(seen, -1, CancellationToken.None), type);

    public bool IsCompleted => Volatile.Read(ref Memory.Header->IsCompleted) != 0;

    /// <summary>For sleepers: whoever says that it is complete may die before the bell.</summary>
    protected SeenWord SeenNotCompleted => new(&Memory.Header->IsCompleted, 0);

    /// <summary>The same for who waits on although it is.</summary>
    protected SeenWord SeenCompletion => new(&Memory.Header->IsCompleted, (uint)Volatile.Read(ref Memory.Header->IsCompleted));

    /// <summary>Bytes of the longest message.</summary>
    public abstract int MaximumLength { get; }

    /// <summary>Changes whenever space is freed: to be read before a claim that may fail, and waited for.</summary>
    public abstract long SpaceMark { get; }

    /// <summary>Claims space for a message. Null: there is none now.</summary>
    /// <param name="length">Bytes, no more than the longest message has.</param>
    /// <param name="index">Of the claim.</param>
    public abstract byte* Claim(int length, out long index);

    /// <summary>Publishes a claimed message with that length, which is no longer than the claim.</summary>
    public abstract void Commit(long index, int length);

    /// <summary>Gives a claim up, if it is still one.</summary>
    public abstract void Abandon(long index);

    /// <summary>Waits until a claim is worth a try. False: the channel is complete.</summary>
    /// <param name="seen">The <see cref="SpaceMark"/> before the claim that failed.</param>
    /// <param name="timeoutMilliseconds">-1 for no limit.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="TimeoutException">The time passed.</exception>
    public bool WaitWritable(long seen, long timeoutMilliseconds, CancellationToken cancellation)
    {
        using WaitCount.Entered entered = BeginWait();
        if (!WaitForSpace(seen, timeoutMilliseconds, cancellation))
        {
            throw NoSpace(timeoutMilliseconds);
        }

        ThrowIfDisposed();
        return !IsCompleted;
    }

    public TimeoutException NoSpace(long timeoutMilliseconds) => new($"No space came free in {Memory.Target} in {timeoutMilliseconds} ms.");

    /// <inheritdoc cref="WaitWritable"/>
    public Task<bool> WaitWritableAsync(long seen, CancellationToken cancellation) =>
        SpaceMark != seen ? Task.FromResult(!IsCompleted) : _writable.WaitAsync(seen, cancellation);

    /// <summary>Says that nothing more will be written. False: it was said before.</summary>
    public bool TryComplete()
    {
        ThrowIfDisposed();
        nint armed = Readers.Arm();
        bool isFirst = Interlocked.Exchange(ref Memory.Header->IsCompleted, 1) == 0;
        Readers.Ring();
        Readers.Disarm(armed);
        Wake(Writers);
        return isFirst;
    }

    /// <summary>Returns when space was freed, or never will be. False when the time passed first.</summary>
    protected abstract bool WaitForSpace(long seen, long timeoutMilliseconds, CancellationToken cancellation);

    protected override void Detach() => _writable.Dispose();
}
