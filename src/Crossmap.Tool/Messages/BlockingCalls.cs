namespace Crossmap.Tool.Messages;

/// <summary>
/// Reads and writes of pipes block for as long as the other side likes, and no token ends them. A signal that comes in one of them closes the channel,
/// so that what is held of it goes to others, and ends the process from there.
/// </summary>
internal sealed class BlockingCalls : IDisposable
{
    private readonly Lock _gate = new();
    private readonly StopSignals _signals;
    private readonly IDisposable _channel;
    private readonly CancellationTokenRegistration _registration;
    private bool _isBlocked;

    public BlockingCalls(StopSignals signals, IDisposable channel)
    {
        _signals = signals;
        _channel = channel;
        _registration = signals.Token.Register(Leave);
    }

    /// <summary>Until the result is disposed the calling thread uses nothing of the channel.</summary>
    /// <exception cref="OperationCanceledException">A signal came before.</exception>
    public Call Begin()
    {
        lock (_gate)
        {
            _signals.Token.ThrowIfCancellationRequested();
            _isBlocked = true;
        }

        return new Call(this);
    }

    public void Dispose() => _registration.Dispose();

    private void Leave()
    {
        // SYNC POINT with End: whoever comes out of his call now waits here until the process has ended.
        lock (_gate)
        {
            if (_isBlocked)
            {
                _channel.Dispose();
                Environment.Exit(_signals.ExitCodeOfSignal);
            }
        }
    }

    private void End()
    {
        lock (_gate)
        {
            _isBlocked = false;
        }
    }

    internal readonly ref struct Call(BlockingCalls calls) : IDisposable
    {
        public void Dispose() => calls.End();
    }
}
