namespace Crossmap.Channels.Memory;

/// <summary>
/// Waits on behalf of any number of asynchronous callers: one thread, made when the first of them comes.
/// </summary>
/// <param name="wait">Blocks until all of them may look again, given what the first of them saw; its result, or what it throws, is theirs.</param>
/// <param name="type">Of the object whose waits these are, for the error when it is disposed.</param>
internal sealed class AsyncWaiter(Func<long, bool> wait, Type type) : IDisposable
{
    /// <summary>Of all below; pulsed when the thread has something to do.</summary>
    private readonly object _gate = new();
    private TaskCompletionSource<bool>? _waiting;
    private long _seen;
    private bool _isRunning, _disposed;

    /// <param name="seen">What the caller saw, which is not older than what a wait under way waits to see changed.</param>
    /// <param name="cancellation">Ends this caller's wait alone.</param>
    public Task<bool> WaitAsync(long seen, CancellationToken cancellation)
    {
        Task<bool> task;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, type);
            if (_waiting is null)
            {
                _seen = seen;
                _waiting = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
                Monitor.Pulse(_gate);
            }

            if (!_isRunning)
            {
                _isRunning = true;
                new Thread(Run) { IsBackground = true, Name = "Crossmap channel waits" }.Start();
            }

            task = _waiting.Task;
        }

        return task.WaitAsync(cancellation);
    }

    /// <summary>The thread ends, once the wait that it is in does.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            Monitor.Pulse(_gate);
        }
    }

    private void Run()
    {
        while (TryNext(out long seen))
        {
            bool result = false;
            Exception? failure = null;
            try
            {
                result = wait(seen);
            }
            catch (Exception e)
            {
                // A disposed or corrupt channel: the callers', not this thread's.
                failure = e;
            }

            TaskCompletionSource<bool> waiting;
            lock (_gate)
            {
                waiting = _waiting!;
                _waiting = null;
            }

            if (failure is null)
            {
                waiting.SetResult(result);
            }
            else
            {
                waiting.SetException(failure);
            }
        }
    }

    private bool TryNext(out long seen)
    {
        lock (_gate)
        {
            while (_waiting is null && !_disposed)
            {
                Monitor.Wait(_gate);
            }

            seen = _seen;
            return _waiting is not null;
        }
    }
}
