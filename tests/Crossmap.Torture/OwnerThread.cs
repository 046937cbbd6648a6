namespace Crossmap.Torture;

/// <summary>A thread of the controller that owns something until it is told to give it.</summary>
internal sealed class OwnerThread
{
    private readonly TaskCompletionSource _told = new();
    private readonly Thread _thread;

    /// <summary>It owns it when this returns.</summary>
    public OwnerThread(Action take, Action give)
    {
        using var owned = new ManualResetEventSlim();
        _thread = new Thread(() =>
        {
            take();
            owned.Set();
            _told.Task.Wait();
            give();
        }) { IsBackground = true };
        _thread.Start();
        owned.Wait();
    }

    /// <summary>It is given when this returns; once and for all.</summary>
    public void Give()
    {
        if (_thread.IsAlive)
        {
            _ = _told.TrySetResult();
            _thread.Join();
        }
    }
}
