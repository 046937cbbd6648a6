namespace Crossmap.Objects;

/// <summary>What can be seen of a mutex without owning it.</summary>
/// <param name="IsOwned">Some thread owns it.</param>
/// <param name="IsAbandoned">Its last owner died, and nobody has owned it since.</param>
/// <param name="Owner">The owner's process where the system tells, else 0.</param>
internal readonly record struct MutexState(bool IsOwned, bool IsAbandoned, int Owner);

/// <summary>A handle to a mutex, which a thread owns, as often as it waited for it.</summary>
internal abstract class Mutex : Waitable
{
    public abstract MutexState State { get; }

    /// <summary>Gives it up once. False when the calling thread does not own it (288, fact 239).</summary>
    public abstract bool TryRelease();

    /// <summary>Gives it up altogether, for <see cref="TakeAgain"/>; only with that the handle is closed, if it is closed meanwhile.</summary>
    /// <returns>How often the calling thread owned it; 0 when it did not.</returns>
    public abstract int ReleaseAll();

    /// <summary>Waits for it as long as it takes, and owns it so often then.</summary>
    public abstract WaitResult TakeAgain(int depth);

    public sealed override Task<bool> WaitAsync(long timeoutMilliseconds, CancellationToken cancellation) => throw new NotSupportedException();

    public override void Signal()
    {
        if (!TryRelease())
        {
            Errors.Throw(Win32Error.ERROR_NOT_OWNER, "The calling thread does not own the mutex. A mutex is released by the thread that waited for it.");
        }
    }
}
