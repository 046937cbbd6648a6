using System.Collections.Concurrent;
using Crossmap.Objects;

namespace Crossmap.Channels.Memory;

/// <summary>
/// Tells when a participant is gone: for each that somebody waits for, a thread that the kernel keeps until the place is empty. Made when a wait
/// comes to it, and kept until that participant leaves; no clock.
/// </summary>
/// <param name="places">Of the channel.</param>
/// <param name="gone">What to do then, on the watching thread. It may run when the place has a new holder already.</param>
internal sealed class Watchers(Places places, Action<int> gone) : IDisposable
{
    private const int StackBytes = 128 * 1024;

    private readonly ConcurrentDictionary<int, bool> _watched = new();
    private volatile bool _disposed;
    private volatile Exception? _failure;

    /// <summary>From here on <c>gone</c> runs as soon as the place is empty; at once if it is.</summary>
    /// <exception cref="IOException">A place cannot be watched, this one or an earlier one: this process has no descriptor left, for example.</exception>
    public void Watch(int place)
    {
        if (_failure is { } failure)
        {
            _failure = null;
            throw failure;
        }

        if (_watched.ContainsKey(place) || _disposed || !_watched.TryAdd(place, true))
        {
            return;
        }

        Start(place);
    }

    /// <summary>By itself: what the thread captures would else be allocated at every call.</summary>
    private void Start(int place) => new Thread(() => Run(place), StackBytes) { IsBackground = true, Name = "Crossmap channel watcher" }.Start();

    /// <summary>The threads end when what they watch does, or earlier where the system can end them; none of them calls <c>gone</c> any more.</summary>
    public void Dispose() => _disposed = true;

    private void Run(int place)
    {
        bool isEmpty;
        try
        {
            isEmpty = places.WaitUntilEmpty(place);
        }
        catch (ObjectDisposedException) when (_disposed)
        {
            // The object's end was faster than this thread's start.
            return;
        }
        catch (IOException e)
        {
            // Who waits looks again, wants to watch again, and is told.
            _failure = e;
            isEmpty = true;
        }

        // SYNC POINT with Watch: forgotten before it is told, so that who looks after that and finds reason to wait watches anew.
        _watched.TryRemove(place, out _);
        if (isEmpty && !_disposed)
        {
            gone(place);
        }
    }
}
