using static Crossmap.Objects.Win32Error;

namespace Crossmap.Objects;

/// <summary>A handle to a condition, for which a thread waits that owns a mutex and gives it up meanwhile.</summary>
internal abstract class Condition : Primitive
{
    /// <summary>What a wait that begins now passes to <see cref="Sleep"/>: from here on every notification ends it.</summary>
    public abstract ulong Arrive();

    /// <summary>Sleeps until there was a notification since then; <see cref="WaitResult.Signaled"/>, and for no reason too.</summary>
    /// <exception cref="OperationCanceledException">Cancelled first.</exception>
    public abstract WaitResult Sleep(ulong arrived, long timeoutMilliseconds, CancellationToken cancellation);

    public abstract void NotifyAll();

    /// <summary>Sleeps without the mutex, and owns it again as often as before, however this ends.</summary>
    /// <returns><see cref="WaitResult.Abandoned"/> when the mutex was, whatever ended the sleep.</returns>
    /// <exception cref="OperationCanceledException">Cancelled first, and the mutex was not abandoned.</exception>
    public WaitResult Wait(Mutex mutex, long timeoutMilliseconds, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();

        // SYNC POINT with NotifyAll: while the mutex is still owned. Whoever changes what is waited for does so after it was given up, and notifies
        // after that, so he is heard though this thread may not be asleep yet.
        ulong arrived = Arrive();
        int depth = mutex.ReleaseAll();
        if (depth == 0)
        {
            Errors.Throw(ERROR_NOT_OWNER, "The calling thread does not own the mutex. Who waits for a condition owns the mutex that guards what it is about.");
        }

        WaitResult slept = WaitResult.TimedOut, taken;
        bool isCancelled = false;
        try
        {
            slept = Sleep(arrived, timeoutMilliseconds, cancellation);
        }
        catch (OperationCanceledException)
        {
            isCancelled = true;
        }
        finally
        {
            taken = mutex.TakeAgain(depth);
        }

        return taken == WaitResult.Abandoned ? taken : isCancelled ? throw new OperationCanceledException(cancellation) : slept;
    }
}
