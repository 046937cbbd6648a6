namespace Crossmap.Channels;

/// <summary>
/// What lies in the channel's memory cannot be: somebody who may write there has written over it. Whatever was read before is to be doubted; the
/// process is not. <see cref="Exception.HResult"/> carries <c>ERROR_FILE_CORRUPT</c> (1392).
/// </summary>
public sealed class ChannelCorruptedException : IOException
{
    /// <summary>Creates it.</summary>
    public ChannelCorruptedException()
        : this("The channel's memory is corrupt: somebody wrote over it.")
    {
    }

    /// <summary>Creates it with a message.</summary>
    public ChannelCorruptedException(string message)
        : base(message, unchecked((int)0x8007_0000) | 1392)
    {
    }

    /// <summary>Creates it with a message and a cause.</summary>
    public ChannelCorruptedException(string message, Exception? innerException)
        : base(message, innerException) => HResult = unchecked((int)0x8007_0000) | 1392;
}
