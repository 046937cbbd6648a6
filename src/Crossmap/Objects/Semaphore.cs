namespace Crossmap.Objects;

/// <summary>A handle to a semaphore. Thread safe.</summary>
internal abstract class Semaphore : IDisposable
{
    /// <summary>False when the name existed and this handle opened it (183).</summary>
    public abstract bool CreatedNew { get; }

    public abstract int MaximumCount { get; }

    public abstract int CurrentCount { get; }

    /// <summary>
    /// Takes one count. <paramref name="timeoutMilliseconds"/>: -1 waits without limit, 0 only tries. Counts time on the monotonic clock.
    /// </summary>
    /// <returns>False when the time passed first.</returns>
    /// <exception cref="OperationCanceledException">Cancelled first; no count was taken.</exception>
    public abstract bool Wait(long timeoutMilliseconds, CancellationToken cancellation);

    /// <summary>Gives counts back, all or nothing.</summary>
    /// <returns>The count before; -1 when it would exceed the maximum (298), and then nothing changed (fact 222).</returns>
    public abstract int Release(int count);

    public abstract void Dispose();
}
