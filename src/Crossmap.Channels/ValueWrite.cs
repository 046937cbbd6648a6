using System.Runtime.CompilerServices;
using Crossmap.Channels.Values;

namespace Crossmap.Channels;

/// <summary>
/// The next value of a <see cref="SharedValue{T}"/>, to be written in place: <see cref="Commit"/> publishes it; disposing it without leaves the latest
/// value as it is. If the process dies before, the value never was.
/// </summary>
/// <remarks>Nobody waits for it, however long it takes. Copies of it are the same write.</remarks>
/// <typeparam name="T">The value's type.</typeparam>
public readonly unsafe struct ValueWrite<T> : IDisposable
    where T : unmanaged
{
    private readonly ValueChannel? _channel;
    private readonly byte* _value;

    internal ValueWrite(ValueChannel channel)
    {
        _channel = channel;
        _value = channel.BeginWrite(out long version);
        Version = version;
    }

    /// <summary>The version that it will be.</summary>
    public long Version { get; }

    /// <summary>
    /// The value, in the shared memory itself; until <see cref="Commit"/>, and as long as the value is open here. It holds an old one, and not the latest:
    /// write all of it.
    /// </summary>
    public ref T Value => ref Unsafe.AsRef<T>(_channel is null ? throw NoWrite() : _value);

    /// <summary>Publishes the value: readers get it from now on, and those who wait wake.</summary>
    /// <exception cref="InvalidOperationException">It was committed or given up already.</exception>
    /// <exception cref="ObjectDisposedException">The value was closed, and this given up with it.</exception>
    public void Commit() => (_channel ?? throw NoWrite()).Commit(Version);

    /// <summary>Gives it up, unless it was committed. Does nothing the second time.</summary>
    public void Dispose() => _channel?.Abandon(Version);

    private static InvalidOperationException NoWrite() => new("This is no write: none was begun.");
}
