namespace Crossmap.Channels.Requests;

/// <summary>Waits for the replies of asynchronous requests: one thread, made with the first of them, for any number.</summary>
internal sealed class ReplyListener(RequestRing ring) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Waiting> _waiting = [];
    private bool _isRunning, _hasNews, _disposed;

    public Task<Reply> WaitAsync(PendingRequest request, CancellationToken cancellation)
    {
        var waiting = new Waiting(request, new TaskCompletionSource<Reply>(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(RequestReply));
            _waiting.Add(waiting);
            _hasNews = true;
            if (!_isRunning)
            {
                _isRunning = true;
                new Thread(Run) { IsBackground = true, Name = "Crossmap channel replies" }.Start();
            }
        }

        ring.RingOwn();
        return cancellation.CanBeCanceled ? WithCancellation(waiting, cancellation) : waiting.Done.Task;
    }

    /// <summary>Whether the thread has something to do. Under the bell's gate.</summary>
    public bool IsAnyOver()
    {
        lock (_gate)
        {
            bool isAny = _hasNews || _disposed || ring.IsDisposed;
            _hasNews = false;

            // All of them: each begins to watch whom it waits for.
            foreach (Waiting waiting in _waiting)
            {
                isAny |= ring.IsOver(waiting.Request);
            }

            return isAny;
        }
    }

    /// <summary>
    /// Whether the thread has something to do, and may not know. For who has closed the gate at which it sleeps too: the bell may have rung for it since it
    /// looked, and before it slept.
    /// </summary>
    public bool MayHaveMissedTheBell()
    {
        lock (_gate)
        {
            return _waiting.Count > 0 && (_hasNews || _waiting.Exists(waiting => ring.IsOver(waiting.Request)));
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
        }
    }

    private async Task<Reply> WithCancellation(Waiting waiting, CancellationToken cancellation)
    {
        using CancellationTokenRegistration registration = cancellation.UnsafeRegister(
            _ =>
            {
                lock (_gate)
                {
                    // Whoever takes it out of the list ends it.
                    if (!_waiting.Remove(waiting))
                    {
                        return;
                    }
                }

                ring.GiveUp(waiting.Request);
                waiting.Done.SetCanceled(cancellation);
            },
            null);
        return await waiting.Done.Task.ConfigureAwait(false);
    }

    private void Run()
    {
        while (true)
        {
            try
            {
                ring.WaitForReplies(this);
            }
            catch (ObjectDisposedException)
            {
                // Each of them is told below.
            }

            bool isLast;
            lock (_gate)
            {
                isLast = _disposed;
                _waiting.RemoveAll(TryEnd);
            }

            if (isLast)
            {
                return;
            }
        }
    }

    /// <summary>Ends a wait that is over. Under the lock: whoever cancels it meanwhile finds it in the list, or over.</summary>
    private bool TryEnd(Waiting waiting)
    {
        try
        {
            ring.ThrowIfDisposed();
            if (!ring.IsOver(waiting.Request) || !ring.TryFinish(waiting.Request, out Reply reply))
            {
                return false;
            }

            waiting.Done.SetResult(reply);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            waiting.Done.SetException(e);
        }

        return true;
    }

    private sealed record Waiting(PendingRequest Request, TaskCompletionSource<Reply> Done);
}
