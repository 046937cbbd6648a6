namespace Crossmap.Channels;

/// <summary>
/// Writes the reply to a <see cref="Request"/> piece by piece, at most <see cref="Request.MaximumReplyLength"/> bytes. <see cref="Reply"/> answers with what was written;
/// disposing it without tells the client that there will be no reply.
/// </summary>
public sealed class ReplyWriter : InPlaceWriter
{
    private Request _request;

    /// <param name="request">To be answered or given up through this object from now on. Its bytes are there to be read until then.</param>
    public ReplyWriter(Request request) => _request = request;

    private protected override Span<byte> Space => _request.ReplySpan;

    /// <summary>Answers with what was written.</summary>
    /// <exception cref="InvalidOperationException">It was answered or given up already.</exception>
    /// <exception cref="ObjectDisposedException">The channel was closed, and the request given up with it.</exception>
    public void Reply() => _request.Reply(End());

    /// <summary>Begins anew with another request, so that one object, and a serializer over it, write any number of replies. A request that was not answered is given up.</summary>
    public void Reset(Request request)
    {
        Dispose();
        _request = request;
        BeginAnew();
    }

    private protected override void GiveUp() => _request.Dispose();
}
