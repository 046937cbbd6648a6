using Crossmap.Channels.Memory;
using Crossmap.Objects;

namespace Crossmap.Channels.Queues;

/// <summary>What a <see cref="SharedQueue"/> is made of: a ring in shared memory, and how to wait for it.</summary>
internal abstract unsafe class QueueRing : IDisposable
{
    private const int ReadersBell = 0, WritersBell = 1;

    /// <summary>Tries between two looks at whether whoever is in the way still lives, for users who poll: each such look is a system call.</summary>
    private const int PollsPerProbe = 64;

    private readonly AsyncWaiter _readable, _writable;
    private int _polls, _waits;
    private volatile bool _disposed;

    protected QueueRing(ChannelMemory memory)
    {
        Memory = memory;
        Readers = memory.OpenDoorbell(&memory.Header->ReadersGate, ReadersBell);
        Writers = memory.OpenDoorbell(&memory.Header->WritersGate, WritersBell);
        Watchers = new Watchers(memory.Places, OnGone);
        _readable = new AsyncWaiter(_ => WaitReadable(-1, CancellationToken.None));
        _writable = new AsyncWaiter(seen => WaitWritable(seen, -1, CancellationToken.None));
    }

    public ChannelMemory Memory { get; }

    public bool IsDisposed => _disposed;

    public bool IsCompleted => Volatile.Read(ref Memory.Header->IsCompleted) != 0;

    /// <summary>Bytes of the longest message.</summary>
    public abstract int MaximumLength { get; }

    /// <summary>Messages that wait to be taken.</summary>
    public abstract long Count { get; }

    protected Doorbell Readers { get; }

    protected Doorbell Writers { get; }

    protected Watchers Watchers { get; }

    /// <summary>Whether whoever dies with an announcement under way leaves sleepers that nobody wakes, so that they must watch him.</summary>
    protected bool MustWatchAll => !Readers.WakesForTheDead;

    /// <summary>Changes whenever space is freed: to be read before a claim that may fail, and waited for.</summary>
    public abstract long SpaceMark { get; }

    /// <summary>Claims space for a message. False: there is none now.</summary>
    public abstract bool TryClaim(int length, out Claim claim);

    /// <summary>Publishes a claimed message with that length, which is no longer than the claim.</summary>
    public abstract void Commit(in Claim claim, int length);

    /// <summary>Gives a claim up, if it is still one.</summary>
    public abstract void Abandon(in Claim claim);

    /// <summary>Takes the next message. False: there is none now.</summary>
    public abstract bool TryTake(out Message message);

    /// <summary>Lets go of a message that was read, if it is still held.</summary>
    public abstract void Release(in Message message);

    /// <summary>Waits until a take is worth a try. False: nothing more will ever come.</summary>
    /// <exception cref="TimeoutException">The time passed.</exception>
    public bool WaitReadable(long timeoutMilliseconds, CancellationToken cancellation)
    {
        using Waiting waiting = BeginWait();
        if (!WaitForMessage(timeoutMilliseconds, cancellation))
        {
            throw new TimeoutException($"No message came through {Memory.Target} in {timeoutMilliseconds} ms.");
        }

        ThrowIfDisposed();
        return !IsCompleted || Count > 0;
    }

    /// <summary>Waits until a claim is worth a try. False: the channel is complete.</summary>
    /// <param name="seen">The <see cref="SpaceMark"/> before the claim that failed.</param>
    /// <param name="timeoutMilliseconds">-1 for no limit.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="TimeoutException">The time passed.</exception>
    public bool WaitWritable(long seen, long timeoutMilliseconds, CancellationToken cancellation)
    {
        using Waiting waiting = BeginWait();
        if (!WaitForSpace(seen, timeoutMilliseconds, cancellation))
        {
            throw new TimeoutException($"No space came free in {Memory.Target} in {timeoutMilliseconds} ms.");
        }

        ThrowIfDisposed();
        return !IsCompleted;
    }

    public Task<bool> WaitReadableAsync(CancellationToken cancellation) => _readable.WaitAsync(0, cancellation);

    /// <inheritdoc cref="WaitWritable"/>
    public Task<bool> WaitWritableAsync(long seen, CancellationToken cancellation) =>
        SpaceMark != seen ? Task.FromResult(!IsCompleted) : _writable.WaitAsync(seen, cancellation);

    public void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, typeof(SharedQueue));

    /// <summary>Says that nothing more will be written. False: it was said before.</summary>
    public bool TryComplete()
    {
        ThrowIfDisposed();
        nint armed = Readers.Arm();
        bool isFirst = Interlocked.Exchange(ref Memory.Header->IsCompleted, 1) == 0;
        Readers.Ring();
        Readers.Disarm(armed);
        armed = Writers.Arm();
        Writers.Ring();
        Writers.Disarm(armed);
        return isFirst;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        Detach();
        Watchers.Dispose();
        _readable.Dispose();
        _writable.Dispose();

        // Who waits in this process notices, and is out of the memory before it goes; who waits in others looks once more.
        RingAll();
        while (Volatile.Read(ref _waits) != 0)
        {
            Thread.Yield();
            RingAll();
        }

        Readers.Dispose();
        Writers.Dispose();
        Memory.Dispose();
    }

    /// <summary>Returns when there may be a message, or never will be one. False when the time passed first.</summary>
    protected abstract bool WaitForMessage(long timeoutMilliseconds, CancellationToken cancellation);

    /// <summary>Returns when space was freed, or never will be. False when the time passed first.</summary>
    protected abstract bool WaitForSpace(long seen, long timeoutMilliseconds, CancellationToken cancellation);

    /// <summary>Gives up what this object holds, and its places.</summary>
    protected abstract void Detach();

    /// <summary>What a dead participant held becomes nobody's. The place is the caller's meanwhile.</summary>
    protected abstract void Recover(int place);

    /// <summary>For who polls: whether it is time to look after a participant that is in the way.</summary>
    protected bool IsTimeToProbe() => ++_polls % PollsPerProbe == 0;

    /// <summary>
    /// Finishes for a participant that is dead. Only with the place in hand: otherwise somebody could take it meanwhile, and what is his would be
    /// taken from him; whoever does take it finishes for his predecessor himself.
    /// </summary>
    /// <returns>Whether it was dead.</returns>
    protected bool TryRecover(int place)
    {
        using IDisposable? taken = Memory.Places.TryTake(place);
        if (taken is null)
        {
            return false;
        }

        Recover(place);
        Memory.Participants[place].Process = 0;
        return true;
    }

    protected void RingAll()
    {
        Readers.Ring();
        Writers.Ring();
    }

    private Waiting BeginWait()
    {
        // SYNC POINT with Dispose: counted first, then asked.
        Interlocked.Increment(ref _waits);
        var waiting = new Waiting(this);
        if (_disposed)
        {
            waiting.Dispose();
            ThrowIfDisposed();
        }

        return waiting;
    }

    private void OnGone(int place)
    {
        Interlocked.Increment(ref _waits);
        using var waiting = new Waiting(this);
        if (_disposed)
        {
            return;
        }

        // Whoever took the place anew recovers, and rings; whoever waits here is to look again in any case.
        TryRecover(place);
        RingAll();
    }

    private readonly ref struct Waiting(QueueRing ring) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref ring._waits);
    }
}
