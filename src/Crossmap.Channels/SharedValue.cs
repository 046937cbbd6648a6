using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Crossmap.Channels.Memory;
using Crossmap.Channels.Values;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Channels;

/// <summary>
/// The latest value of a struct, in shared memory or in a file: one process writes it, any number read it. Readers get whole values, and wait for nobody;
/// the writer waits for nobody either.
/// </summary>
/// <remarks>
/// <para>Writing and reading cost a copy, and no system call as long as nobody sleeps in <see cref="WaitForChange"/>. Who is too slow misses values in between.</para>
/// <para>There is one writer at a time, in any process; a second one is refused (32, <c>ERROR_SHARING_VIOLATION</c>) while the first one has the value open or
/// lives. A writer that is killed, in the middle of a write too, leaves its last value; the next writer goes on from there.</para>
/// <para>A value in memory lives while any process has it open. One in a file outlives all processes. Readers need no place: there is no limit to them.</para>
/// <para>Thread safe for readers. One thread at a time writes.</para>
/// </remarks>
/// <typeparam name="T">An unmanaged type, in the layout of this machine. All who open the value must mean the same one; its size is checked, and what else you say in
/// <see cref="SharedValueOptions.Schema"/>.</typeparam>
[SuppressMessage("Design", "CA1000", Justification = "The type says what is opened, as with a constructor; nobody could infer it.")]
public sealed unsafe class SharedValue<T> : IDisposable
    where T : unmanaged
{
    private readonly ValueChannel _channel;

    private SharedValue(ChannelMemory memory)
    {
        ValueChannel.Require(memory, sizeof(T));
        _channel = new ValueChannel(memory, sizeof(T), typeof(SharedValue<T>));
    }

    /// <summary>The name; null for a value in a file.</summary>
    public string? Name => _channel.Memory.Target.Name;

    /// <summary>The full path of the file; null for a value in memory.</summary>
    public string? FilePath => _channel.Memory.Target.Path;

    /// <summary>Whether it was made now, and not found.</summary>
    public bool CreatedNew => _channel.Memory.CreatedNew;

    /// <summary>How many values were written, and so the latest one's number; 0 before the first.</summary>
    public long Version
    {
        get
        {
            _channel.ThrowIfDisposed();
            return _channel.Version;
        }
    }

    /// <summary>Makes a value in memory.</summary>
    /// <param name="name">A name, with <c>Local\</c> or <c>Global\</c> if wished. Named objects of all kinds share one namespace.</param>
    /// <param name="options">How it is made.</param>
    /// <exception cref="IOException">183: the name exists. 1455: not that much memory.</exception>
    /// <exception cref="ArgumentException">A bad name (3, 123, 161).</exception>
    public static SharedValue<T> Create(string name, SharedValueOptions? options = null) => Make(ChannelTarget.Memory(name), options, mustBeNew: true);

    /// <summary>Makes a value in memory, or opens the one that has the name.</summary>
    /// <inheritdoc cref="Create(string, SharedValueOptions?)"/>
    /// <exception cref="ArgumentException">A channel of that name exists and is of another kind, size or schema (87).</exception>
    public static SharedValue<T> CreateOrOpen(string name, SharedValueOptions? options = null) => Make(ChannelTarget.Memory(name), options, mustBeNew: false);

    /// <summary>Opens the value that has the name.</summary>
    /// <exception cref="FileNotFoundException">No such name (2).</exception>
    /// <exception cref="ArgumentException">Its values have another size (87).</exception>
    /// <exception cref="InvalidDataException">The name is a mapping that is no channel (1392), or a channel of another version (1306).</exception>
    /// <exception cref="IOException">The name belongs to another kind of object or channel (6).</exception>
    public static SharedValue<T> Open(string name) => TryOpen(name, out SharedValue<T>? value) ? value : throw Missing(ChannelTarget.Memory(name));

    /// <summary>Opens the value that has the name, if there is one.</summary>
    public static bool TryOpen(string name, [NotNullWhen(true)] out SharedValue<T>? value) => TryOpen(ChannelTarget.Memory(name), out value);

    /// <summary>Makes a value in a file, or opens the one that lies there: with the latest value, whoever wrote it and when.</summary>
    /// <param name="path">Of a file that is made if it is missing. All processes that have this file open meet there, by whatever path.</param>
    /// <param name="options">How it is made.</param>
    /// <exception cref="UnauthorizedAccessException">No permission to read and write it (5).</exception>
    /// <exception cref="InvalidDataException">The file is no channel (1392), or one of another version (1306).</exception>
    public static SharedValue<T> CreateOrOpenFile(string path, SharedValueOptions? options = null) => Make(ChannelTarget.File(path), options, mustBeNew: false);

    /// <summary>Opens the value in a file.</summary>
    /// <exception cref="FileNotFoundException">No such file (2).</exception>
    public static SharedValue<T> OpenFile(string path) => TryOpen(ChannelTarget.File(path), out SharedValue<T>? value) ? value : throw Missing(ChannelTarget.File(path));

    /// <summary>Writes the value: readers get it from now on, and those who wait wake.</summary>
    /// <exception cref="IOException">Somebody else writes the value (32).</exception>
    /// <exception cref="InvalidOperationException">A write is begun and neither committed nor disposed.</exception>
    public void Write(in T value)
    {
        Unsafe.WriteUnaligned(_channel.BeginWrite(out long version), value);
        _channel.Commit(version);
    }

    /// <summary>Begins to write the next value in place.</summary>
    /// <returns>To be committed, or disposed. One at a time.</returns>
    /// <inheritdoc cref="Write"/>
    public ValueWrite<T> BeginWrite() => new(_channel);

    /// <summary>The latest value.</summary>
    /// <exception cref="InvalidOperationException">None was written yet.</exception>
    /// <exception cref="ChannelCorruptedException">Somebody wrote over the memory.</exception>
    public T Read() => TryRead(out T value, out _) ? value : throw new InvalidOperationException($"Nothing was written to {_channel.Memory.Target} yet. WaitForChange waits for it.");

    /// <summary>The latest value. False: none was written yet.</summary>
    /// <param name="value">A whole one.</param>
    /// <param name="version">Which one it is; they count from 1.</param>
    /// <exception cref="ChannelCorruptedException">Somebody wrote over the memory.</exception>
    public bool TryRead(out T value, out long version)
    {
        fixed (T* target = &value)
        {
            if (_channel.TryRead((byte*)target, out version))
            {
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>Waits until the latest version is another than this one, and says which. False: the time passed.</summary>
    /// <param name="version">The last one that the caller has seen; 0 for none.</param>
    /// <param name="timeoutMilliseconds">-1 for no limit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public bool WaitForChange(ref long version, int timeoutMilliseconds = -1, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeoutMilliseconds, -1);
        bool isChanged = _channel.WaitForChange(version, timeoutMilliseconds, cancellationToken);
        version = isChanged ? _channel.Version : version;
        return isChanged;
    }

    /// <summary>Waits until the latest version is another than this one, without blocking the thread. Returns which.</summary>
    /// <param name="version">The last one that the caller has seen; 0 for none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public ValueTask<long> WaitForChangeAsync(long version, CancellationToken cancellationToken = default) => _channel.WaitForChangeAsync(version, cancellationToken);

    /// <summary>
    /// The latest value, if there is one, and then again and again the latest one, each time that there is a newer: who is slow gets not all of them, as the
    /// versions say. It ends by cancellation, or with <see cref="ObjectDisposedException"/>.
    /// </summary>
    public async IAsyncEnumerable<(T Value, long Version)> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (long seen = 0; ;)
        {
            await _channel.WaitForChangeAsync(seen, cancellationToken).ConfigureAwait(false);
            if (TryRead(out T value, out seen))
            {
                yield return (value, seen);
            }
        }
    }

    /// <summary>Writes what a value in a file holds to the disk, and waits until it is there. Without it the value outlives all processes, but not the machine's sudden end.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public void Flush()
    {
        _channel.ThrowIfDisposed();
        _channel.Memory.Flush();
    }

    /// <summary>Closes the value here; another writer may come. What waits in this process ends with <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose() => _channel.Dispose();

    private static SharedValue<T> Make(ChannelTarget target, SharedValueOptions? options, bool mustBeNew)
    {
        options ??= new SharedValueOptions();
        return Over(ChannelMemory.Create(target, ValueChannel.LayoutOf(sizeof(T), options.Schema), mustBeNew, options.Audience));
    }

    private static bool TryOpen(ChannelTarget target, [NotNullWhen(true)] out SharedValue<T>? value)
    {
        value = ChannelMemory.TryOpen(target) is { } memory ? Over(memory) : null;
        return value is not null;
    }

    private static SharedValue<T> Over(ChannelMemory memory)
    {
        try
        {
            return new SharedValue<T>(memory);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    private static Exception Missing(ChannelTarget target) =>
        Errors.Of(ERROR_FILE_NOT_FOUND, $"There is no value at {target}. One in memory ends when the last process closes it.");
}
