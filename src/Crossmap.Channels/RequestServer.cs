using System.Runtime.CompilerServices;
using Crossmap.Channels.Requests;

namespace Crossmap.Channels;

/// <summary>Who answers through a <see cref="RequestReply"/>. Thread safe. Serving begins with the first call, and ends when the channel is closed.</summary>
public sealed class RequestServer
{
    private readonly RequestRing _ring;

    internal RequestServer(RequestRing ring) => _ring = ring;

    /// <summary>Takes the next request. False: there is none now.</summary>
    /// <param name="request">To be answered, or disposed.</param>
    /// <exception cref="ChannelCorruptedException">Somebody wrote over the channel's memory.</exception>
    public bool TryReceive(out Request request)
    {
        _ring.Serve();
        return _ring.TryTake(out request);
    }

    /// <summary>Takes the next request, waiting until there is one.</summary>
    /// <param name="timeoutMilliseconds">-1 for no limit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">The time passed.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public Request Receive(int timeoutMilliseconds = -1, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeoutMilliseconds, -1);
        long deadline = timeoutMilliseconds < 0 ? -1 : Environment.TickCount64 + timeoutMilliseconds;
        while (true)
        {
            if (TryReceive(out Request request))
            {
                return request;
            }

            if (!_ring.WaitForRequest(deadline < 0 ? -1 : Math.Max(0, deadline - Environment.TickCount64), cancellationToken))
            {
                throw new TimeoutException($"No request came through {_ring.Memory.Target} in {timeoutMilliseconds} ms.");
            }
        }
    }

    /// <summary>Takes the next request without blocking the thread.</summary>
    /// <inheritdoc cref="Receive"/>
    public async ValueTask<Request> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        Request request;
        while (!TryReceive(out request))
        {
            await _ring.WaitForRequestAsync(cancellationToken).ConfigureAwait(false);
        }

        return request;
    }

    /// <summary>All requests from now on, until it is cancelled.</summary>
    public async IAsyncEnumerable<Request> ReceiveAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            yield return await ReceiveAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
