namespace Crossmap.Channels;

/// <summary>
/// A request will not be answered: nobody serves, or the server that had it died or gave it up. Whether it acted on the request is not known.
/// <see cref="Exception.HResult"/> carries <c>ERROR_BROKEN_PIPE</c> (109).
/// </summary>
public sealed class RequestAbandonedException : IOException
{
    /// <summary>Creates it.</summary>
    public RequestAbandonedException()
        : this("the channel")
    {
    }

    /// <summary>Creates it.</summary>
    /// <param name="channel">Whose request it was.</param>
    public RequestAbandonedException(string channel)
        : base($"The request through {channel} will not be answered: nobody serves there, or who had the request died or gave it up. Whether it acted on it is not known.", unchecked((int)0x8007_0000) | 109)
    {
    }

    /// <summary>Creates it with a message and a cause.</summary>
    public RequestAbandonedException(string message, Exception? innerException)
        : base(message, innerException) => HResult = unchecked((int)0x8007_0000) | 109;
}
