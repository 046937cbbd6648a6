using System.Diagnostics.CodeAnalysis;
using Crossmap.Channels.Memory;
using Crossmap.Channels.Requests;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Channels;

/// <summary>
/// Calls between processes: any number of clients send requests, any number of servers answer them, each request one of them.
/// </summary>
/// <remarks>
/// <para>Request and reply are written and read in place. A client whose server dies is told at once, when the kernel drops the dead process's lock
/// (<see cref="RequestAbandonedException"/>); so is one that asks where nobody serves. A request is never given to a second server: it may have been acted on. A
/// stopped server is alive, and waited for.</para>
/// <para>Thread safe. A channel in memory lives while any process has it open. 255 may have it open at a time.</para>
/// </remarks>
public sealed class RequestReply : IDisposable
{
    private readonly RequestRing _ring;

    private RequestReply(ChannelMemory memory)
    {
        if (memory.Layout.Kind != ChannelKind.RequestReply)
        {
            Errors.Throw(ERROR_INVALID_HANDLE, $"{memory.Target} is no channel of requests.");
        }

        _ring = new RequestRing(memory);
        Client = new RequestClient(_ring);
        Server = new RequestServer(_ring);
    }

    /// <summary>Who asks.</summary>
    public RequestClient Client { get; }

    /// <summary>Who answers.</summary>
    public RequestServer Server { get; }

    /// <summary>The name.</summary>
    public string? Name => _ring.Memory.Target.Name;

    /// <summary>Bytes for requests and replies that are under way.</summary>
    public long Capacity => _ring.Memory.Layout.DataLength;

    /// <summary>Bytes of the longest request, and of the longest reply.</summary>
    public int MaximumLength => _ring.MaximumLength;

    /// <summary>Whether it was made now, and not found.</summary>
    public bool CreatedNew => _ring.Memory.CreatedNew;

    /// <summary>Makes a channel.</summary>
    /// <param name="name">A name, with <c>Local\</c> or <c>Global\</c> if wished. Named objects of all kinds share one namespace.</param>
    /// <param name="options">How it is made.</param>
    /// <exception cref="IOException">183: the name exists. 1455: not that much memory.</exception>
    /// <exception cref="ArgumentException">A bad name (3, 123, 161), or options out of range.</exception>
    public static RequestReply Create(string name, RequestReplyOptions? options = null) => Make(name, options, mustBeNew: true);

    /// <summary>Makes a channel, or opens the one that has the name.</summary>
    /// <inheritdoc cref="Create"/>
    public static RequestReply CreateOrOpen(string name, RequestReplyOptions? options = null) => Make(name, options, mustBeNew: false);

    /// <summary>Opens the channel that has the name.</summary>
    /// <exception cref="FileNotFoundException">No such name (2).</exception>
    /// <exception cref="InvalidDataException">The name is a mapping that is no channel (1392), or a channel of another version (1306).</exception>
    /// <exception cref="IOException">The name belongs to another kind of object or channel (6).</exception>
    public static RequestReply Open(string name) => TryOpen(name, out RequestReply? channel)
        ? channel : throw Errors.Of(ERROR_FILE_NOT_FOUND, $"There is no channel named '{name}'. It ends when the last process closes it.");

    /// <summary>Opens the channel that has the name, if there is one.</summary>
    public static bool TryOpen(string name, [NotNullWhen(true)] out RequestReply? channel)
    {
        channel = ChannelMemory.TryOpen(ChannelTarget.Memory(name)) is { } memory ? Over(memory) : null;
        return channel is not null;
    }

    /// <summary>
    /// Closes the channel here: this client's requests are given up, what this server had is answered as abandoned. What waits in this process ends with
    /// <see cref="ObjectDisposedException"/>.
    /// </summary>
    public void Dispose() => _ring.Dispose();

    private static RequestReply Make(string name, RequestReplyOptions? options, bool mustBeNew)
    {
        options ??= new RequestReplyOptions();
        var layout = ChannelLayout.OfRing(ChannelKind.RequestReply, options.Capacity, options.MaximumRequests, ChannelFlags.None, options.Schema);
        return Over(ChannelMemory.Create(ChannelTarget.Memory(name), layout, mustBeNew, options.Audience));
    }

    private static RequestReply Over(ChannelMemory memory)
    {
        try
        {
            return new RequestReply(memory);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }
}
