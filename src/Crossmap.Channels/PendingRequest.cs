using Crossmap.Channels.Requests;

namespace Crossmap.Channels;

/// <summary>
/// A request that this client is about to send, or has sent: to be written in place, sent, and waited for. Disposing it gives it up; a server that has
/// it already may still act on it.
/// </summary>
public readonly unsafe struct PendingRequest : IDisposable, IEquatable<PendingRequest>
{
    private readonly RequestRing? _ring;

    internal PendingRequest(RequestRing ring, long index, byte* bytes, int requestLength, int replyLength)
    {
        _ring = ring;
        Index = index;
        Bytes = bytes;
        RequestLength = requestLength;
        ReplyLength = replyLength;
    }

    /// <summary>Bytes claimed for the request.</summary>
    public int RequestLength { get; }

    /// <summary>Bytes that the reply may have.</summary>
    public int ReplyLength { get; }

    /// <summary>The request's bytes, in the shared memory itself; to be written until it is sent.</summary>
    public Span<byte> Span => new(Bytes, RequestLength);

    internal long Index { get; }

    internal byte* Bytes { get; }

    private RequestRing Ring => _ring ?? throw new InvalidOperationException("This is no request: nothing was claimed.");

    /// <summary>Sends it: some server gets it.</summary>
    /// <exception cref="InvalidOperationException">It was sent or given up already.</exception>
    /// <exception cref="ObjectDisposedException">The channel was closed, and the request given up with it.</exception>
    public void Send() => Ring.Send(in this, RequestLength);

    /// <summary>Sends the first bytes of it.</summary>
    /// <param name="length">Bytes, at most <see cref="RequestLength"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than was claimed.</exception>
    /// <exception cref="InvalidOperationException">It was sent or given up already.</exception>
    /// <exception cref="ObjectDisposedException">The channel was closed, and the request given up with it.</exception>
    public void Send(int length)
    {
        if ((uint)length > (uint)RequestLength)
        {
            throw new ArgumentOutOfRangeException(nameof(length), length, $"{RequestLength} bytes were claimed for the request.");
        }

        Ring.Send(in this, length);
    }

    /// <summary>Waits for the reply. A request whose time passed or whose wait was cancelled is given up.</summary>
    /// <param name="timeoutMilliseconds">-1 for no limit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>To be disposed when it was read.</returns>
    /// <exception cref="TimeoutException">The time passed.</exception>
    /// <exception cref="RequestAbandonedException">Nobody serves, or the server that had it died or gave it up: at once, not after a time.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public Reply Wait(int timeoutMilliseconds = -1, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeoutMilliseconds, -1);
        bool isOver = false;
        try
        {
            isOver = Ring.WaitForReply(in this, timeoutMilliseconds, cancellationToken, out Reply reply);
            return isOver ? reply : throw new TimeoutException($"No reply came through {Ring.Memory.Target} in {timeoutMilliseconds} ms; the request was given up.");
        }
        finally
        {
            if (!isOver)
            {
                Dispose();
            }
        }
    }

    /// <summary>Waits for the reply without blocking the thread.</summary>
    /// <inheritdoc cref="Wait"/>
    public ValueTask<Reply> WaitAsync(CancellationToken cancellationToken = default) => new(Ring.Replies.WaitAsync(this, cancellationToken));

    /// <summary>Gives the request up, unless its reply was taken. Does nothing the second time.</summary>
    public void Dispose() => _ring?.GiveUp(in this);

    /// <summary>Whether both are the same request.</summary>
    public bool Equals(PendingRequest other) => ReferenceEquals(_ring, other._ring) && Index == other.Index;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PendingRequest other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Index.GetHashCode();

    /// <summary>Whether both are the same request.</summary>
    public static bool operator ==(PendingRequest left, PendingRequest right) => left.Equals(right);

    /// <summary>Whether they are two requests.</summary>
    public static bool operator !=(PendingRequest left, PendingRequest right) => !left.Equals(right);
}
