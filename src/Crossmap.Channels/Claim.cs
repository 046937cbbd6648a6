using System.Runtime.CompilerServices;
using Crossmap.Channels.Queues;
using Crossmap.Channels.Rings;

namespace Crossmap.Channels;

/// <summary>
/// Space in a channel for one message, to be written in place: <see cref="Commit()"/> publishes it; disposing it without gives the space up. If the
/// process dies before, the message never was, and nothing else is lost.
/// </summary>
/// <remarks>
/// A claim is one writer's; its readers wait for it, as they get messages in the order of the claims. So do not keep it for long. Copies of it
/// are the same claim. Its bytes are whatever was there before.
/// </remarks>
public readonly unsafe struct Claim : IDisposable
{
    private readonly ChannelRing? _ring;
    private readonly byte* _bytes;

    internal Claim(ChannelRing ring, long index, byte* bytes, int length)
    {
        _ring = ring;
        Index = index;
        _bytes = bytes;
        Length = length;
    }

    /// <summary>Bytes claimed.</summary>
    public int Length { get; }

    /// <summary>The message's bytes, in the shared memory itself; until <see cref="Commit()"/>, and as long as the channel is open here.</summary>
    public Span<byte> Span => new(_bytes, Length);

    internal long Index { get; }

    /// <summary>The message as a value: no copy.</summary>
    /// <typeparam name="T">An unmanaged type, in the layout of this machine, no longer than the claim.</typeparam>
    /// <exception cref="ArgumentException">The claim is shorter.</exception>
    public ref T As<T>()
        where T : unmanaged
    {
        if (sizeof(T) > Length)
        {
            ThrowTooShort(Length, typeof(T), sizeof(T));
        }

        return ref Unsafe.AsRef<T>(_bytes);
    }

    /// <summary>Publishes the message: whoever it is for gets it, and wakes if he sleeps.</summary>
    /// <exception cref="InvalidOperationException">It was committed or given up already.</exception>
    /// <exception cref="ObjectDisposedException">The channel was closed, and the claim given up with it.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Commit() => Commit(Length);

    /// <summary>Publishes the first bytes of it; the rest of the space is free with the message.</summary>
    /// <param name="length">Bytes, at most <see cref="Length"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than was claimed.</exception>
    /// <exception cref="InvalidOperationException">It was committed or given up already.</exception>
    /// <exception cref="ObjectDisposedException">The channel was closed, and the claim given up with it.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Commit(int length)
    {
        if ((uint)length > (uint)Length)
        {
            ThrowTooLong(Length, length);
        }

        if (_ring is SingleQueue single)
        {
            single.Producer.Commit(Index, length);
        }
        else
        {
            (_ring ?? throw new InvalidOperationException("This is no claim: nothing was claimed.")).Commit(Index, length);
        }
    }

    /// <summary>Gives the space up, unless it was committed. Does nothing the second time.</summary>
    public void Dispose()
    {
        if (_ring is { IsDisposed: false })
        {
            _ring.Abandon(Index);
        }
    }

    // Static, so that the claim can be in registers.
    private static void ThrowTooShort(int claimed, Type type, int size) => throw new ArgumentException($"The claim has {claimed} bytes, {type} has {size}.");

    private static void ThrowTooLong(int claimed, int length) => throw new ArgumentOutOfRangeException(nameof(length), length, $"The claim has {claimed} bytes.");
}
