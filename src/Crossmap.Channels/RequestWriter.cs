namespace Crossmap.Channels;

/// <summary>
/// Writes a request into a <see cref="PendingRequest"/> piece by piece. <see cref="Send"/> sends what was written, which may be less than was claimed; the reply is then
/// the <see cref="PendingRequest"/>'s to wait for.
/// </summary>
public sealed class RequestWriter : InPlaceWriter
{
    private PendingRequest _request;

    /// <param name="request">To be sent, or given up unsent, through this object from now on; its reply is waited for as ever.</param>
    public RequestWriter(PendingRequest request) => _request = request;

    private protected override Span<byte> Space => _request.Span;

    /// <summary>Sends what was written: some server gets it.</summary>
    /// <exception cref="InvalidOperationException">It was sent or given up already.</exception>
    /// <exception cref="ObjectDisposedException">The channel was closed, and the request given up with it.</exception>
    public void Send() => _request.Send(End());

    /// <summary>Begins anew with another request, so that one object, and a serializer over it, write any number. A request that was not sent is given up.</summary>
    public void Reset(PendingRequest request)
    {
        Dispose();
        _request = request;
        BeginAnew();
    }

    private protected override void GiveUp() => _request.Dispose();
}
