namespace Crossmap.Objects;

/// <summary>A wait that holds no thread. It ends once: by whoever comes first of the one who took the object for it, the clock and its token.</summary>
internal sealed class AsyncWait(uint arrived, long deadline)
{
    /// <summary>Continuations run elsewhere: whoever ends a wait holds locks, or is needed by other waits.</summary>
    private readonly TaskCompletionSource<bool> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenRegistration _registration;
    private Action? _cancelled;
    private int _end;

    public enum End
    {
        Taken = 1,
        TimedOut,
        Cancelled,
    }

    /// <summary>The object's value when the wait began.</summary>
    public uint Arrived => arrived;

    /// <summary>Nanoseconds of the monotonic clock; negative for none.</summary>
    public long Deadline => deadline;

    public Task<bool> Task => _completion.Task;

    public bool IsOver => Volatile.Read(ref _end) != 0;

    /// <summary>After it was added wherever it is to be ended otherwise.</summary>
    /// <param name="token">Ends it.</param>
    /// <param name="cancelled">Told when it did, so that nobody keeps a wait that is over.</param>
    public void CancelWith(CancellationToken token, Action? cancelled = null)
    {
        _cancelled = cancelled;
        _registration = token.UnsafeRegister(static (state, token) => ((AsyncWait)state!).Cancel(token), this);

        // Stored before it is asked: whoever ends the wait between the two must find one of them.
        Interlocked.MemoryBarrier();
        if (IsOver)
        {
            _registration.Dispose();
        }
    }

    /// <summary>False when it is over already, and then whatever was taken for it is not its.</summary>
    public bool TryEnd(End end)
    {
        if (Interlocked.CompareExchange(ref _end, (int)end, 0) != 0)
        {
            return false;
        }

        _completion.SetResult(end == End.Taken);
        _ = _registration.Unregister();
        return true;
    }

    private void Cancel(CancellationToken token)
    {
        if (Interlocked.CompareExchange(ref _end, (int)End.Cancelled, 0) == 0)
        {
            _completion.SetCanceled(token);
            _cancelled?.Invoke();
        }
    }
}
