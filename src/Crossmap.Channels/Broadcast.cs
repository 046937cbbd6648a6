using System.Diagnostics.CodeAnalysis;
using Crossmap.Channels.Memory;
using Crossmap.Channels.Broadcasts;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Channels;

/// <summary>
/// Messages from any number of publishers to any number of subscribers, in shared memory or in a file: each subscriber gets every message, all in the same
/// order, which is the order of the claims.
/// </summary>
/// <remarks>
/// <para>Messages are written and read in place. Publishing costs the same however many subscribers there are, and like reading no system call as long as
/// nobody sleeps.</para>
/// <para>A full ring makes publishers wait for the slowest subscriber; without subscribers nothing waits. Or, with <see cref="BroadcastOptions.Overrun"/>,
/// publishers never wait for subscribers, and who is too slow is told exactly how many messages it missed.</para>
/// <para>A publisher that is killed costs the message it was writing. A subscriber that is killed is waited for no longer, from when the kernel drops its lock.
/// A stopped process is alive: its claims and its cursor are waited for.</para>
/// <para>Each subscriber, and each object that publishes, is a participant: 255 at a time. A broadcast in memory lives while any process has it open. One in a
/// file outlives all processes, and its messages with it; subscribers do not: after a new start they begin anew, perhaps with the oldest message.</para>
/// <para>Thread safe, but for its subscribers: there one thread at a time reads. Nobody may use claims and messages of a broadcast that is disposed.</para>
/// </remarks>
public sealed class Broadcast : IDisposable
{
    private readonly BroadcastRing _ring;

    private Broadcast(ChannelMemory memory)
    {
        if (memory.Layout.Kind != ChannelKind.Broadcast)
        {
            throw Errors.Of(ERROR_INVALID_HANDLE, $"{memory.Target} is no broadcast.");
        }

        _ring = new BroadcastRing(memory);
        Publisher = new Publisher(_ring);
    }

    /// <summary>The publisher's side. It becomes a participant with its first claim.</summary>
    public Publisher Publisher { get; }

    /// <summary>The name; null for a broadcast in a file.</summary>
    public string? Name => _ring.Memory.Target.Name;

    /// <summary>The full path of the file; null for a broadcast in memory.</summary>
    public string? FilePath => _ring.Memory.Target.Path;

    /// <summary>Bytes for messages.</summary>
    public long Capacity => _ring.Memory.Layout.DataLength;

    /// <summary>Bytes of the longest message.</summary>
    public int MaximumMessageLength => _ring.MaximumLength;

    /// <summary>Whether publishers do not wait for subscribers (<see cref="BroadcastOptions.Overrun"/>).</summary>
    public bool IsOverrun => _ring.IsOverrun;

    /// <summary>Whether it was made now, and not found.</summary>
    public bool CreatedNew => _ring.Memory.CreatedNew;

    /// <summary>Makes a broadcast in memory.</summary>
    /// <param name="name">A name, with <c>Local\</c> or <c>Global\</c> if wished. Named objects of all kinds share one namespace.</param>
    /// <param name="options">How it is made.</param>
    /// <exception cref="IOException">183: the name exists. 1455: not that much memory.</exception>
    /// <exception cref="ArgumentException">A bad name (3, 123, 161), or options out of range.</exception>
    public static Broadcast Create(string name, BroadcastOptions? options = null) => Make(ChannelTarget.Memory(name), options, mustBeNew: true);

    /// <summary>Makes a broadcast in memory, or opens the one that has the name.</summary>
    /// <inheritdoc cref="Create(string, BroadcastOptions?)"/>
    /// <exception cref="ArgumentException">A broadcast of that name exists and is of another kind or schema (87).</exception>
    public static Broadcast CreateOrOpen(string name, BroadcastOptions? options = null) => Make(ChannelTarget.Memory(name), options, mustBeNew: false);

    /// <summary>Opens the broadcast that has the name.</summary>
    /// <exception cref="FileNotFoundException">No such name (2).</exception>
    /// <exception cref="InvalidDataException">The name is a mapping that is no channel (1392), or a channel of another version (1306).</exception>
    /// <exception cref="IOException">The name belongs to another kind of object or channel (6).</exception>
    public static Broadcast Open(string name) => TryOpen(name, out Broadcast? broadcast) ? broadcast : throw Missing(ChannelTarget.Memory(name));

    /// <summary>Opens the broadcast that has the name, if there is one.</summary>
    public static bool TryOpen(string name, [NotNullWhen(true)] out Broadcast? broadcast) => TryOpen(ChannelTarget.Memory(name), out broadcast);

    /// <summary>Makes a broadcast in a file, or opens the one that lies there: with the messages that are still in it, whoever wrote them and when.</summary>
    /// <param name="path">Of a file that is made if it is missing. All processes that have this file open meet there, by whatever path.</param>
    /// <param name="options">How it is made.</param>
    /// <exception cref="UnauthorizedAccessException">No permission to read and write it (5).</exception>
    /// <exception cref="InvalidDataException">The file is no channel (1392), or one of another version (1306).</exception>
    public static Broadcast CreateOrOpenFile(string path, BroadcastOptions? options = null) => Make(ChannelTarget.File(path), options, mustBeNew: false);

    /// <summary>Opens the broadcast in a file.</summary>
    /// <exception cref="FileNotFoundException">No such file (2).</exception>
    public static Broadcast OpenFile(string path) => TryOpen(ChannelTarget.File(path), out Broadcast? broadcast) ? broadcast : throw Missing(ChannelTarget.File(path));

    /// <summary>Subscribes, until the result or this object is disposed.</summary>
    /// <param name="options">Where to begin.</param>
    /// <exception cref="IOException">1450: 255 participants are there already.</exception>
    public Subscriber Subscribe(SubscribeOptions options = SubscribeOptions.None) => new(_ring.Subscribe(options));

    /// <summary>
    /// Writes what a broadcast in a file holds to the disk, and waits until it is there. Without it the messages outlive all processes, but not the
    /// machine's sudden end.
    /// </summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public void Flush()
    {
        _ring.ThrowIfDisposed();
        _ring.Memory.Flush();
    }

    /// <summary>Closes the broadcast here: claims are given up, and its subscribers leave. What waits in this process ends with <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose() => _ring.Dispose();

    private static Broadcast Make(ChannelTarget target, BroadcastOptions? options, bool mustBeNew)
    {
        options ??= new BroadcastOptions();
        ChannelFlags flags = options.Overrun ? ChannelFlags.Overrun : ChannelFlags.None;
        ChannelLayout layout = ChannelLayout.OfRing(ChannelKind.Broadcast, options.Capacity, options.MaximumMessages, flags, options.Schema);
        return Over(ChannelMemory.Create(target, layout, mustBeNew, options.Audience));
    }

    private static bool TryOpen(ChannelTarget target, [NotNullWhen(true)] out Broadcast? broadcast)
    {
        broadcast = ChannelMemory.TryOpen(target) is { } memory ? Over(memory) : null;
        return broadcast is not null;
    }

    private static Broadcast Over(ChannelMemory memory)
    {
        try
        {
            return new Broadcast(memory);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    private static Exception Missing(ChannelTarget target) =>
        Errors.Of(ERROR_FILE_NOT_FOUND, $"There is no broadcast at {target}. One in memory ends when the last process closes it.");
}
