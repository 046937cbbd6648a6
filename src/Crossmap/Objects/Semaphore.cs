namespace Crossmap.Objects;

/// <summary>A handle to a semaphore. A wait takes one count.</summary>
internal abstract class Semaphore : Waitable
{
    public abstract int MaximumCount { get; }

    public abstract int CurrentCount { get; }

    /// <summary>Gives counts back, all or nothing.</summary>
    /// <returns>The count before; -1 when it would exceed the maximum (298), and then nothing changed (fact 222).</returns>
    public abstract int Release(int count);

    public override void Signal()
    {
        if (Release(1) < 0)
        {
            Errors.Throw(Win32Error.ERROR_TOO_MANY_POSTS, $"Releasing one would exceed the semaphore's maximum of {MaximumCount}.");
        }
    }
}
