namespace Crossmap.Objects;

/// <summary>A handle to a section. Views outlive it; its name does not (facts 92, 163). Thread safe.</summary>
internal abstract class Section : IDisposable
{
    /// <summary>Exact bytes for a file, whole pages for memory (facts 36-39).</summary>
    public abstract long Size { get; }

    public abstract PageProtection Protection { get; }

    /// <summary>As they read back: <c>SEC_FILE</c> or <c>SEC_COMMIT</c>/<c>SEC_RESERVE</c> with its modifiers.</summary>
    public abstract SectionOptions Options { get; }

    /// <summary>The rights of this handle.</summary>
    public abstract MappingRights Rights { get; }

    /// <summary>False when the name existed and this handle opened it (183).</summary>
    public abstract bool CreatedNew { get; }

    /// <summary>
    /// <c>MapViewOfFileEx</c>, exactly: <paramref name="offset"/> must be a multiple of the allocation granularity (1132), length 0 means
    /// to the end, address 0 means anywhere.
    /// </summary>
    public abstract View MapView(ViewAccess access, long offset, long length, nint address);

    /// <summary><c>DuplicateHandle</c> within the process, with exactly those rights (generic ones mapped; 0 is allowed).</summary>
    public abstract Section Duplicate(MappingRights rights, bool inheritable);

    /// <summary>What a child passes to <see cref="ObjectSystem.AdoptSection"/>; null when the handle is not inheritable.</summary>
    public abstract string? InheritableHandle { get; }

    /// <summary>Its numbered places. They are the section's, not the handle's: the same through all handles in all processes.</summary>
    public abstract Places OpenPlaces();

    public abstract void Dispose();
}
