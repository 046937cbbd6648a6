using System.Runtime.InteropServices;
using Crossmap.Channels.Requests;

namespace Crossmap.Channels;

/// <summary>Who asks through a <see cref="RequestReply"/>. Thread safe; any number of requests may be under way.</summary>
public sealed class RequestClient
{
    private readonly RequestRing _ring;

    internal RequestClient(RequestRing ring) => _ring = ring;

    /// <summary>Whether anybody serves now, as far as the kernel knows.</summary>
    public bool HasServer
    {
        get
        {
            _ring.ThrowIfDisposed();
            return _ring.HasServer;
        }
    }

    /// <summary>Claims space for a request and its reply. False: there is none now.</summary>
    /// <param name="requestLength">Bytes.</param>
    /// <param name="replyLength">Bytes, at most.</param>
    /// <param name="request">To be written and sent.</param>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than <see cref="RequestReply.MaximumLength"/>.</exception>
    public bool TryClaim(int requestLength, int replyLength, out PendingRequest request)
    {
        Check(requestLength, nameof(requestLength));
        Check(replyLength, nameof(replyLength));
        return _ring.TryClaim(requestLength, replyLength, out request);
    }

    /// <summary>Claims space for a request and its reply, waiting until there is some.</summary>
    /// <param name="requestLength">Bytes.</param>
    /// <param name="replyLength">Bytes, at most.</param>
    /// <param name="timeoutMilliseconds">-1 for no limit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">The time passed.</exception>
    public PendingRequest Claim(int requestLength, int replyLength, int timeoutMilliseconds = -1, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeoutMilliseconds, -1);
        long deadline = timeoutMilliseconds < 0 ? -1 : Environment.TickCount64 + timeoutMilliseconds;
        while (true)
        {
            long seen = _ring.SpaceMark;
            if (TryClaim(requestLength, replyLength, out PendingRequest request))
            {
                return request;
            }

            if (!_ring.WaitForSpace(seen, deadline < 0 ? -1 : Math.Max(0, deadline - Environment.TickCount64), cancellationToken))
            {
                throw new TimeoutException($"No space came free in {_ring.Memory.Target} in {timeoutMilliseconds} ms.");
            }
        }
    }

    /// <summary>Sends a request and waits for the reply.</summary>
    /// <param name="request">Its bytes, which are copied.</param>
    /// <param name="replyLength">Bytes that the reply may have.</param>
    /// <param name="timeoutMilliseconds">For space, and then for the reply; -1 for no limit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>To be disposed when it was read.</returns>
    /// <exception cref="TimeoutException">The time passed; the request is given up, and a server may still act on it.</exception>
    /// <exception cref="RequestAbandonedException">Nobody serves, or the server that had it died or gave it up: at once, not after a time.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public Reply Send(ReadOnlySpan<byte> request, int replyLength, int timeoutMilliseconds = -1, CancellationToken cancellationToken = default)
    {
        PendingRequest pending = Claim(request.Length, replyLength, timeoutMilliseconds, cancellationToken);
        request.CopyTo(pending.Span);
        pending.Send();
        return pending.Wait(timeoutMilliseconds, cancellationToken);
    }

    /// <summary>Sends a value and waits for one.</summary>
    /// <typeparam name="TRequest">An unmanaged type, in the layout of this machine.</typeparam>
    /// <typeparam name="TReply">An unmanaged type, in the layout of this machine.</typeparam>
    /// <inheritdoc cref="Send(ReadOnlySpan{byte}, int, int, CancellationToken)"/>
    public unsafe TReply Send<TRequest, TReply>(in TRequest request, int timeoutMilliseconds = -1, CancellationToken cancellationToken = default)
        where TRequest : unmanaged
        where TReply : unmanaged
    {
        using Reply reply = Send(MemoryMarshal.AsBytes(new ReadOnlySpan<TRequest>(in request)), sizeof(TReply), timeoutMilliseconds, cancellationToken);
        return reply.As<TReply>();
    }

    /// <summary>Sends a request and awaits the reply. Only waiting for space blocks the thread.</summary>
    /// <inheritdoc cref="Send(ReadOnlySpan{byte}, int, int, CancellationToken)"/>
    public ValueTask<Reply> SendAsync(ReadOnlyMemory<byte> request, int replyLength, CancellationToken cancellationToken = default)
    {
        PendingRequest pending = Claim(request.Length, replyLength, -1, cancellationToken);
        request.Span.CopyTo(pending.Span);
        pending.Send();
        return pending.WaitAsync(cancellationToken);
    }

    private void Check(int length, string parameter)
    {
        if ((uint)length > (uint)_ring.MaximumLength)
        {
            throw new ArgumentOutOfRangeException(parameter, length, $"{_ring.Memory.Target} has room for {_ring.MaximumLength} bytes. The capacity is chosen when it is made.");
        }
    }
}
