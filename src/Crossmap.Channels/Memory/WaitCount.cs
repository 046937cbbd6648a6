using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Crossmap.Channels.Memory;

/// <summary>Who waits in an object of this process, so that its end leaves nobody in memory that goes. Thread safe.</summary>
/// <remarks>A field of its object, never copied: each message asks whether it is closed.</remarks>
/// <param name="type">Of the object.</param>
internal struct WaitCount(Type type)
{
    private int _count;
    private volatile bool _isClosed;

    public readonly bool IsClosed => _isClosed;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void ThrowIfClosed()
    {
        if (_isClosed)
        {
            Throw();
        }
    }

    /// <summary>Until the result is disposed the memory stays.</summary>
    /// <exception cref="ObjectDisposedException">It goes already.</exception>
    [UnscopedRef]
    public Entered Enter()
    {
        var entered = new Entered(ref _count);
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

    private readonly void Throw() => throw new ObjectDisposedException(type.FullName);

    internal readonly ref struct Entered
    {
        private readonly ref int _count;

        public Entered(ref int count)
        {
            // SYNC POINT with TryClose: counted first, then asked.
            _count = ref count;
            Interlocked.Increment(ref count);
        }

        public void Dispose() => Interlocked.Decrement(ref _count);
    }
}
