namespace Crossmap.Torture;

/// <summary>One handle of a worker, and how it proves that a name leads to the same object: an identity that the object itself carries.</summary>
internal abstract class HeldObject : IDisposable
{
    /// <summary>Never 0.</summary>
    public abstract long Identity { get; }

    public abstract bool CreatedNew { get; }

    public abstract void Dispose();
}
