using System.Runtime.CompilerServices;
using Crossmap.Channels.Broadcasts;

namespace Crossmap.Channels;

/// <summary>
/// A message of a <see cref="Broadcast"/> as one subscriber has it, in the shared memory itself: to be read, and then disposed; then publishers may use its
/// space when all the others are done with it too.
/// </summary>
/// <remarks>
/// Where publishers do not wait for subscribers (<see cref="BroadcastOptions.Overrun"/>) its space may be written over while it is read. That is no fault of
/// anybody, and nothing breaks but the message: so copy it, or read it, then ask <see cref="IsIntact"/> or <see cref="Release"/> whether it was still the
/// message to the end, and believe nothing of it before. Copies of it are the same message.
/// </remarks>
public readonly unsafe struct BroadcastMessage : IDisposable
{
    private readonly Subscription? _subscription;
    private readonly byte* _bytes;

    internal BroadcastMessage(Subscription subscription, long index, byte* bytes, int length)
    {
        _subscription = subscription;
        Index = index;
        _bytes = bytes;
        Length = length;
    }

    /// <summary>Bytes of the message.</summary>
    public int Length { get; }

    /// <summary>The message's bytes; until it is disposed, and as long as the subscriber is.</summary>
    public ReadOnlySpan<byte> Span => new(_bytes, Length);

    /// <summary>Whether all that was read of it so far was the message. Always true, until it is disposed, where publishers wait for subscribers.</summary>
    public bool IsIntact => _subscription is not null && _subscription.IsIntact(Index);

    internal long Index { get; }

    /// <summary>The message as a value: no copy.</summary>
    /// <typeparam name="T">An unmanaged type, in the layout of this machine, no longer than the message.</typeparam>
    /// <exception cref="ArgumentException">The message is shorter.</exception>
    public ref readonly T As<T>()
        where T : unmanaged
    {
        if (sizeof(T) > Length)
        {
            throw new ArgumentException($"The message has {Length} bytes, {typeof(T)} has {sizeof(T)}.");
        }

        return ref Unsafe.AsRef<T>(_bytes);
    }

    /// <summary>The message is done with. Returns whether all that was read of it was the message, as <see cref="IsIntact"/> does before.</summary>
    public bool Release() => _subscription is not null && _subscription.Release(Index);

    /// <summary>The message is done with. Does nothing the second time.</summary>
    public void Dispose() => Release();
}
