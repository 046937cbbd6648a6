namespace Crossmap.Objects;

/// <summary>A handle to something by which processes take turns or tell each other. Thread safe.</summary>
internal abstract class Primitive : IDisposable
{
    /// <summary>False when the name existed and this handle opened it (183).</summary>
    public abstract bool CreatedNew { get; }

    public abstract void Dispose();
}
