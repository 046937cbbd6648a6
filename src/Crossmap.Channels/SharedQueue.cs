using System.Diagnostics.CodeAnalysis;
using Crossmap.Channels.Memory;
using Crossmap.Channels.Queues;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Channels;

/// <summary>
/// A queue of messages between processes, in shared memory or in a file: any number of producers and consumers, each message to one of them, in
/// the order of the claims.
/// </summary>
/// <remarks>
/// <para>Messages are written and read in place (<see cref="MessageWriter.TryClaim"/>, <see cref="QueueReader.TryRead"/>). Sending and receiving cost no system call as long as
/// nobody sleeps, and nobody looks at a clock.</para>
/// <para>A producer that is killed costs the message it was writing; a consumer that is killed has its messages delivered again, marked
/// (<see cref="Message.IsRedelivered"/>). Both as soon as the kernel drops the dead process's lock. A stopped process is alive: what it holds is waited for.</para>
/// <para>A queue in memory lives while any process has it open, and its messages with it. One in a file outlives all processes. 255 may have it open
/// at a time.</para>
/// <para>Thread safe, but for the queue of one producer and one consumer: there one thread at a time writes, and one reads. Nobody may use claims and messages of
/// a queue that is disposed.</para>
/// </remarks>
public sealed class SharedQueue : IDisposable
{
    private readonly QueueRing _ring;

    private SharedQueue(ChannelMemory memory)
    {
        _ring = memory.Layout.Kind switch
        {
            ChannelKind.Queue => new SlotQueue(memory),
            ChannelKind.SingleQueue => new SingleQueue(memory),
            _ => throw Errors.Of(ERROR_INVALID_HANDLE, $"{memory.Target} is no queue."),
        };
        Writer = new QueueWriter(_ring);
        Reader = new QueueReader(_ring);
    }

    /// <summary>The producer's side.</summary>
    public QueueWriter Writer { get; }

    /// <summary>The consumer's side.</summary>
    public QueueReader Reader { get; }

    /// <summary>The name; null for a queue in a file.</summary>
    public string? Name => _ring.Memory.Target.Name;

    /// <summary>The full path of the file; null for a queue in memory.</summary>
    public string? FilePath => _ring.Memory.Target.Path;

    /// <summary>Bytes for messages that are under way.</summary>
    public long Capacity => _ring.Memory.Layout.DataLength;

    /// <summary>Bytes of the longest message.</summary>
    public int MaximumMessageLength => _ring.MaximumLength;

    /// <summary>Whether one producer and one consumer use it at a time.</summary>
    public bool IsSingleProducerSingleConsumer => _ring is SingleQueue;

    /// <summary>Whether it was made now, and not found.</summary>
    public bool CreatedNew => _ring.Memory.CreatedNew;

    /// <summary>Makes a queue in memory.</summary>
    /// <param name="name">A name, with <c>Local\</c> or <c>Global\</c> if wished. Named objects of all kinds share one namespace.</param>
    /// <param name="options">How it is made.</param>
    /// <exception cref="IOException">183: the name exists. 1455: not that much memory.</exception>
    /// <exception cref="ArgumentException">A bad name (3, 123, 161), or options out of range.</exception>
    public static SharedQueue Create(string name, SharedQueueOptions? options = null) => Make(ChannelTarget.Memory(name), options, mustBeNew: true);

    /// <summary>Makes a queue in memory, or opens the one that has the name.</summary>
    /// <inheritdoc cref="Create(string, SharedQueueOptions?)"/>
    /// <exception cref="ArgumentException">A queue of that name exists and is of another kind or schema (87).</exception>
    public static SharedQueue CreateOrOpen(string name, SharedQueueOptions? options = null) => Make(ChannelTarget.Memory(name), options, mustBeNew: false);

    /// <summary>Opens the queue that has the name.</summary>
    /// <exception cref="FileNotFoundException">No such name (2).</exception>
    /// <exception cref="InvalidDataException">The name is a mapping that is no channel (1392), or a channel of another version (1306).</exception>
    /// <exception cref="IOException">The name belongs to another kind of object or channel (6).</exception>
    public static SharedQueue Open(string name) => TryOpen(name, out SharedQueue? queue) ? queue : throw Missing(ChannelTarget.Memory(name));

    /// <summary>Opens the queue that has the name, if there is one.</summary>
    public static bool TryOpen(string name, [NotNullWhen(true)] out SharedQueue? queue) => TryOpen(ChannelTarget.Memory(name), out queue);

    /// <summary>Makes a queue in a file, or opens the one that lies there: with the messages that nobody has released, whoever wrote them and when.</summary>
    /// <param name="path">Of a file that is made if it is missing. All processes that have this file open meet there, by whatever path.</param>
    /// <param name="options">How it is made.</param>
    /// <exception cref="UnauthorizedAccessException">No permission to read and write it (5).</exception>
    /// <exception cref="InvalidDataException">The file is no channel (1392), or one of another version (1306).</exception>
    public static SharedQueue CreateOrOpenFile(string path, SharedQueueOptions? options = null) => Make(ChannelTarget.File(path), options, mustBeNew: false);

    /// <summary>Opens the queue in a file.</summary>
    /// <exception cref="FileNotFoundException">No such file (2).</exception>
    public static SharedQueue OpenFile(string path) => TryOpen(ChannelTarget.File(path), out SharedQueue? queue) ? queue : throw Missing(ChannelTarget.File(path));

    /// <summary>
    /// Writes what a queue in a file holds to the disk, and waits until it is there. Without it the messages outlive all processes, but not the
    /// machine's sudden end.
    /// </summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public void Flush()
    {
        _ring.ThrowIfDisposed();
        _ring.Memory.Flush();
    }

    /// <summary>Closes the queue here: claims are given up, messages that are held go to others. What waits in this process ends with <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose() => _ring.Dispose();

    private static SharedQueue Make(ChannelTarget target, SharedQueueOptions? options, bool mustBeNew)
    {
        options ??= new SharedQueueOptions();
        ChannelLayout layout = options.SingleProducerSingleConsumer
            ? ChannelLayout.OfRing(ChannelKind.SingleQueue, options.Capacity, 0, ChannelFlags.None, options.Schema) with { Slots = 0 }
            : ChannelLayout.OfRing(ChannelKind.Queue, options.Capacity, options.MaximumMessages, ChannelFlags.None, options.Schema);
        return Over(ChannelMemory.Create(target, layout, mustBeNew, options.Audience));
    }

    private static bool TryOpen(ChannelTarget target, [NotNullWhen(true)] out SharedQueue? queue)
    {
        queue = ChannelMemory.TryOpen(target) is { } memory ? Over(memory) : null;
        return queue is not null;
    }

    private static SharedQueue Over(ChannelMemory memory)
    {
        try
        {
            return new SharedQueue(memory);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    private static Exception Missing(ChannelTarget target) =>
        Errors.Of(ERROR_FILE_NOT_FOUND, $"There is no queue at {target}. One in memory ends when the last process closes it.");
}
