using System.Runtime.CompilerServices;
using Crossmap.Channels.Requests;

namespace Crossmap.Channels;

/// <summary>The reply to a request, in the shared memory itself: to be read, and then disposed, which frees its space.</summary>
public readonly unsafe struct Reply : IDisposable
{
    private readonly RequestRing? _ring;
    private readonly long _index;
    private readonly byte* _bytes;

    internal Reply(RequestRing ring, long index, byte* bytes, int length)
    {
        _ring = ring;
        _index = index;
        _bytes = bytes;
        Length = length;
    }

    /// <summary>Bytes of the reply.</summary>
    public int Length { get; }

    /// <summary>The reply's bytes; until it is disposed, and as long as the channel is open here.</summary>
    public ReadOnlySpan<byte> Span => new(_bytes, Length);

    /// <summary>The reply as a value: no copy.</summary>
    /// <typeparam name="T">An unmanaged type, in the layout of this machine, no longer than the reply.</typeparam>
    /// <exception cref="ArgumentException">The reply is shorter.</exception>
    public ref readonly T As<T>()
        where T : unmanaged
    {
        if (sizeof(T) > Length)
        {
            throw new ArgumentException($"The reply has {Length} bytes, {typeof(T)} has {sizeof(T)}.");
        }

        return ref Unsafe.AsRef<T>(_bytes);
    }

    /// <summary>Frees its space. Does nothing the second time.</summary>
    public void Dispose()
    {
        if (_ring is { IsDisposed: false })
        {
            _ring.Release(_index);
        }
    }
}
