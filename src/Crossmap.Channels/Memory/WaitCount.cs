namespace Crossmap.Channels.Memory;

/// <summary>Who waits in an object of this process, so that its end leaves nobody in memory that goes. Thread safe.</summary>
/// <param name="type">Of the object.</param>
internal sealed class WaitCount(Type type)
{
    private int _count;
    private volatile bool _isClosed;

    public bool IsClosed => _isClosed;

    public void ThrowIfClosed() => ObjectDisposedException.ThrowIf(_isClosed, type);

    /// <summary>Until the result is disposed the memory stays.</summary>
    /// <exception cref="ObjectDisposedException">It goes already.</exception>
    public Entered Enter()
    {
        var entered = new Entered(this);
        if (_isClosed)
        {
            entered.Dispose();
            ThrowIfClosed();
        }

        return entered;
    }

    /// <summary>From here on nobody enters. False: it was said before.</summary>
    public bool TryClose() => !Interlocked.Exchange(ref _isClosed, true);

    /// <summary>After the close: returns when nobody waits any more.</summary>
    /// <param name="ring">Makes those who wait look again.</param>
    public void Drain(Action ring)
    {
        ring();
        while (Volatile.Read(ref _count) != 0)
        {
            Thread.Yield();
            ring();
        }
    }

    internal readonly ref struct Entered
    {
        private readonly WaitCount _count;

        public Entered(WaitCount count)
        {
            // SYNC POINT with TryClose: counted first, then asked.
            _count = count;
            Interlocked.Increment(ref count._count);
        }

        public void Dispose() => Interlocked.Decrement(ref _count._count);
    }
}
