namespace Crossmap.Objects;

/// <summary>
/// A mapped range. Offsets count from its start and were checked to lie inside. Dispose makes the range inaccessible at once and gives
/// its addresses back only when this object is collected.
/// </summary>
internal abstract class View : IDisposable
{
    public abstract nint Address { get; }

    /// <summary>Bytes that may be used: as asked for, or to the end of the section.</summary>
    public abstract long Length { get; }

    /// <summary><see cref="Length"/> in whole pages, as VirtualQuery reports it.</summary>
    public abstract long RegionSize { get; }

    /// <summary>The protection the view was mapped with (VirtualQuery's AllocationProtect).</summary>
    public abstract PageProtection Protection { get; }

    /// <summary>Durable when it returns. Length 0 means to the end (fact 170).</summary>
    public abstract void Flush(long offset, long length);

    public abstract void Prefetch(long offset, long length);

    public abstract void Discard(long offset, long length);

    /// <summary>Provides the memory of a range of a reserved section (<c>VirtualAlloc(MEM_COMMIT)</c>).</summary>
    public abstract void Commit(long offset, long length);

    /// <summary>Whether a page of the range was changed and not written back yet; null where the system does not tell.</summary>
    public abstract bool? IsDirty(long offset, long length);

    public abstract void Dispose();

    /// <summary>
    /// Dispose, but where the system can: leaves memory in the view's place that can be touched and is nobody's, until this object is collected.
    /// </summary>
    public virtual void Retire() => Dispose();
}
