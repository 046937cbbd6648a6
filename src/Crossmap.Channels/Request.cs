using System.Runtime.CompilerServices;
using Crossmap.Channels.Requests;

namespace Crossmap.Channels;

/// <summary>
/// A request that this server has, and room for its reply: both in the shared memory itself. Disposing it unanswered tells the client so, and so does
/// the death of this process.
/// </summary>
public readonly unsafe struct Request : IDisposable
{
    private readonly RequestRing? _ring;
    private readonly long _index;
    private readonly byte* _bytes, _replyBytes;

    internal Request(RequestRing ring, long index, byte* bytes, int length, byte* replyBytes, int replyLength)
    {
        _ring = ring;
        _index = index;
        _bytes = bytes;
        _replyBytes = replyBytes;
        Length = length;
        MaximumReplyLength = replyLength;
    }

    /// <summary>Bytes of the request.</summary>
    public int Length { get; }

    /// <summary>Bytes that the client has room for.</summary>
    public int MaximumReplyLength { get; }

    /// <summary>The request's bytes, until it is answered.</summary>
    public ReadOnlySpan<byte> Span => new(_bytes, Length);

    /// <summary>Where the reply is to be written, until it is answered.</summary>
    public Span<byte> ReplySpan => new(_replyBytes, MaximumReplyLength);

    /// <summary>The request as a value: no copy.</summary>
    /// <typeparam name="T">An unmanaged type, in the layout of this machine, no longer than the request.</typeparam>
    /// <exception cref="ArgumentException">The request is shorter.</exception>
    public ref readonly T As<T>()
        where T : unmanaged
    {
        if (sizeof(T) > Length)
        {
            throw new ArgumentException($"The request has {Length} bytes, {typeof(T)} has {sizeof(T)}.");
        }

        return ref Unsafe.AsRef<T>(_bytes);
    }

    /// <summary>Answers with the first bytes of <see cref="ReplySpan"/>.</summary>
    /// <param name="length">Bytes. To answer with an <see cref="int"/>, name the type: <c>Reply&lt;int&gt;(value)</c>.</param>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than <see cref="MaximumReplyLength"/>.</exception>
    /// <exception cref="InvalidOperationException">It was answered already.</exception>
    public void Reply(int length)
    {
        if ((uint)length > (uint)MaximumReplyLength)
        {
            throw new ArgumentOutOfRangeException(nameof(length), length, $"The client has room for {MaximumReplyLength} bytes.");
        }

        if (_ring is null || !_ring.TryAnswer(_index, length))
        {
            throw new InvalidOperationException("The request was answered or given up already.");
        }
    }

    /// <summary>Answers with these bytes.</summary>
    /// <inheritdoc cref="Reply(int)"/>
    /// <param name="reply">At most <see cref="MaximumReplyLength"/> bytes.</param>
    public void Reply(ReadOnlySpan<byte> reply)
    {
        if (reply.Length <= MaximumReplyLength)
        {
            reply.CopyTo(ReplySpan);
        }

        Reply(reply.Length);
    }

    /// <summary>Answers with a value.</summary>
    /// <typeparam name="T">An unmanaged type, in the layout of this machine.</typeparam>
    public void Reply<T>(in T reply)
        where T : unmanaged => Reply(System.Runtime.InteropServices.MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in reply)));

    /// <summary>Gives the request up unless it was answered: the client gets <see cref="RequestAbandonedException"/>. Does nothing the second time.</summary>
    public void Dispose() => _ring?.Refuse(_index);
}
