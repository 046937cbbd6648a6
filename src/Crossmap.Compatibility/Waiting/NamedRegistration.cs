using System.Diagnostics.CodeAnalysis;

namespace Crossmap.Compatibility.Waiting;

/// <summary>
/// The pool waits for a semaphore of the framework's in the place of a named object: whatever is taken from the object is given to that, and
/// the next only after the pool has called. So no more is taken than the pool would have, and what it did not use goes back.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Without a wait handle of theirs these hold nothing, and the pool may call until it is told to stop.")]
internal sealed class NamedRegistration
{
    private readonly WaitHandle _handle;
    private readonly Func<CancellationToken, Task> _take;
    private readonly bool _once;
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _called = new(0);

    public NamedRegistration(WaitHandle handle, WaitableObject named, bool executeOnlyOnce)
    {
        _handle = handle;
        _once = executeOnlyOnce;
        _take = named switch
        {
            NamedSemaphore semaphore => semaphore.WaitAsync,
            NamedEvent @event => @event.WaitAsync,
            _ => throw new NotSupportedException("The pool waits for no mutex: one of its threads would own it, and nobody could release it."),
        };
    }

    public System.Threading.Semaphore StandIn { get; } = new(0, int.MaxValue);

    public void Begin() => _ = Run();

    /// <summary>The pool calls: for what was taken, or because the time has passed.</summary>
    public void Called(bool timedOut)
    {
        if (_once)
        {
            End();
        }
        else if (!timedOut)
        {
            _called.Release();
        }
    }

    public void End()
    {
        _end.Cancel();
        if (StandIn.WaitOne(0))
        {
            Signals.GiveBack(_handle);
        }
    }

    private async Task Run()
    {
        try
        {
            do
            {
                await _take(_end.Token).ConfigureAwait(false);
                StandIn.Release();
                if (_end.IsCancellationRequested && StandIn.WaitOne(0))
                {
                    // Ended between the two: nobody looked there any more.
                    Signals.GiveBack(_handle);
                }

                await _called.WaitAsync(_end.Token).ConfigureAwait(false);
            }
            while (true);
        }
        catch (OperationCanceledException)
        {
            // Unregistered, or called as often as it was to be.
        }
        catch (ObjectDisposedException)
        {
            // The object was closed: there is nothing more to wait for, and nobody to tell.
        }
    }
}
