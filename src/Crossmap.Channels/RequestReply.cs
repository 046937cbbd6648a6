using System.Diagnostics.CodeAnalysis;
using Crossmap.Channels.Memory;
using Crossmap.Channels.Requests;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Channels;

/// <summary>
/// Calls between processes, in shared memory or in a file: any number of clients send requests, any number of servers answer them, each request one of them.
/// </summary>
/// <remarks>
/// <para>Request and reply are written and read in place. A client whose server dies is told at once, when the kernel drops the dead process's lock
/// (<see cref="RequestAbandonedException"/>); so is one that asks where nobody serves. A request is never given to a second server: it may have been acted on. A
/// stopped server is alive, and waited for.</para>
/// <para>Thread safe. A channel in memory lives while any process has it open. One in a file outlives all processes, but not what was under way in it: a request is
/// its client's, and ends with him. 255 may have it open at a time.</para>
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

    /// <summary>The name; null for a channel in a file.</summary>
    public string? Name => _ring.Memory.Target.Name;

    /// <summary>The full path of the file; null for a channel in memory.</summary>
    public string? FilePath => _ring.Memory.Target.Path;

    /// <summary>Bytes for requests and replies that are under way.</summary>
    public long Capacity => _ring.Memory.Layout.DataLength;

    /// <summary>Bytes of the longest request, and of the longest reply.</summary>
    public int MaximumLength => _ring.MaximumLength;

    /// <summary>Whether it was made now, and not found.</summary>
    public bool CreatedNew => _ring.Memory.CreatedNew;

    /// <summary>Makes a channel in memory.</summary>
    /// <param name="name">A name, with <c>Local\</c> or <c>Global\</c> if wished. Named objects of all kinds share one namespace.</param>
    /// <param name="options">How it is made.</param>
    /// <exception cref="IOException">183: the name exists. 1455: not that much memory.</exception>
    /// <exception cref="ArgumentException">A bad name (3, 123, 161), or options out of range.</exception>
    public static RequestReply Create(string name, RequestReplyOptions? options = null) => Make(ChannelTarget.Memory(name), options, mustBeNew: true);

    /// <summary>Makes a channel in memory, or opens the one that has the name.</summary>
    /// <inheritdoc cref="Create(string, RequestReplyOptions?)"/>
    /// <exception cref="ArgumentException">A channel of that name exists and is of another kind or schema (87).</exception>
    public static RequestReply CreateOrOpen(string name, RequestReplyOptions? options = null) => Make(ChannelTarget.Memory(name), options, mustBeNew: false);

    /// <summary>Opens the channel that has the name.</summary>
    /// <exception cref="FileNotFoundException">No such name (2).</exception>
    /// <exception cref="InvalidDataException">The name is a mapping that is no channel (1392), or a channel of another version (1306).</exception>
    /// <exception cref="IOException">The name belongs to another kind of object or channel (6).</exception>
    public static RequestReply Open(string name) => TryOpen(name, out RequestReply? channel) ? channel : throw Missing(ChannelTarget.Memory(name));

    /// <summary>Opens the channel that has the name, if there is one.</summary>
    public static bool TryOpen(string name, [NotNullWhen(true)] out RequestReply? channel) => TryOpen(ChannelTarget.Memory(name), out channel);

    /// <summary>Makes a channel in a file, or opens the one that lies there: without the requests of clients that live no more.</summary>
    /// <param name="path">Of a file that is made if it is missing. All processes that have this file open meet there, by whatever path.</param>
    /// <param name="options">How it is made.</param>
    /// <exception cref="UnauthorizedAccessException">No permission to read and write it (5).</exception>
    /// <exception cref="InvalidDataException">The file is no channel (1392), or one of another version (1306).</exception>
    /// <exception cref="ArgumentException">The file has a channel of another kind or schema (87), or options are out of range.</exception>
    public static RequestReply CreateOrOpenFile(string path, RequestReplyOptions? options = null) => Make(ChannelTarget.File(path), options, mustBeNew: false);

    /// <summary>Opens the channel in a file: without the requests of clients that live no more.</summary>
    /// <exception cref="FileNotFoundException">No such file (2).</exception>
    /// <exception cref="InvalidDataException">The file is no channel (1392), or one of another version (1306).</exception>
    public static RequestReply OpenFile(string path) => TryOpen(ChannelTarget.File(path), out RequestReply? channel) ? channel : throw Missing(ChannelTarget.File(path));

    /// <summary>Writes what a channel in a file holds to the disk, and waits until it is there. Requests that are under way end with their clients all the same.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public void Flush()
    {
        _ring.ThrowIfDisposed();
        _ring.Memory.Flush();
    }

    /// <summary>
    /// Closes the channel here: this client's requests are given up, what this server had is answered as abandoned. What waits in this process ends with
    /// <see cref="ObjectDisposedException"/>.
    /// </summary>
    public void Dispose() => _ring.Dispose();

    private static RequestReply Make(ChannelTarget target, RequestReplyOptions? options, bool mustBeNew)
    {
        options ??= new RequestReplyOptions();
        var layout = ChannelLayout.OfRing(ChannelKind.RequestReply, options.Capacity, options.MaximumRequests, ChannelFlags.None, options.Schema);
        return Over(ChannelMemory.Create(target, layout, mustBeNew, options.Audience));
    }

    private static bool TryOpen(ChannelTarget target, [NotNullWhen(true)] out RequestReply? channel)
    {
        channel = ChannelMemory.TryOpen(target) is { } memory ? Over(memory) : null;
        return channel is not null;
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

    private static Exception Missing(ChannelTarget target) =>
        Errors.Of(ERROR_FILE_NOT_FOUND, $"There is no channel of requests at {target}. One in memory ends when the last process closes it.");
}
