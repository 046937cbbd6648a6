using System.Runtime.CompilerServices;
using Crossmap.Channels.Queues;

namespace Crossmap.Channels;

/// <summary>
/// A message that this consumer holds, in the shared memory itself: to be read, and then disposed, which frees its space. If the process dies or
/// closes the channel before, another consumer gets it, marked as <see cref="IsRedelivered"/>.
/// </summary>
/// <remarks>
/// Copies of it are the same message. A producer that runs out of space waits for the oldest message that is held. What was written by a process
/// that is not trusted may change while it is read: copy it, then check it.
/// </remarks>
public readonly unsafe struct Message : IDisposable
{
    private readonly QueueRing? _ring;
    private readonly byte* _bytes;

    /// <summary>The length, and in the sign whether it is delivered again: four fields are what the compiler keeps in registers.</summary>
    private readonly int _lengthAndMark;

    internal Message(QueueRing ring, long index, byte* bytes, int lengthAndMark)
    {
        _ring = ring;
        Index = index;
        _bytes = bytes;
        _lengthAndMark = lengthAndMark;
    }

    /// <summary>Bytes of the message.</summary>
    public int Length => _lengthAndMark & int.MaxValue;

    /// <summary>Whether another consumer had it before, and died or left without releasing it. How far he came is not known.</summary>
    public bool IsRedelivered => _lengthAndMark < 0;

    /// <summary>The message's bytes; until it is disposed, and as long as the channel is open here.</summary>
    public ReadOnlySpan<byte> Span => new(_bytes, Length);

    internal long Index { get; }

    /// <summary>The message as a value: no copy.</summary>
    /// <typeparam name="T">An unmanaged type, in the layout of this machine, no longer than the message.</typeparam>
    /// <exception cref="ArgumentException">The message is shorter.</exception>
    public ref readonly T As<T>()
        where T : unmanaged
    {
        if (sizeof(T) > Length)
        {
            ThrowTooShort(Length, typeof(T), sizeof(T));
        }

        return ref Unsafe.AsRef<T>(_bytes);
    }

    /// <summary>Releases the message: it is done with, and its space is free. Does nothing the second time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Dispose()
    {
        if (_ring is not { IsDisposed: false })
        {
            return;
        }

        if (_ring is SingleQueue single)
        {
            single.Consumer.Release(Index, Length);
        }
        else
        {
            _ring.Release(Index, Length, IsRedelivered);
        }
    }

    // Static, so that the message can be in registers.
    private static void ThrowTooShort(int length, Type type, int size) => throw new ArgumentException($"The message has {length} bytes, {type} has {size}.");
}
