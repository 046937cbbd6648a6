namespace Crossmap;

/// <summary>The rarer choices at the creation of a <see cref="FileMapping"/>. An instance may be used for any number of creations.</summary>
public sealed record FileMappingOptions
{
    /// <summary>How memory is provided (<c>SEC_</c> flags); facts 8-23 say which go together.</summary>
    public SectionOptions Section { get; init; }

    /// <summary>Who may open the mapping by its name.</summary>
    public ObjectAudience Audience { get; init; }

    /// <summary>Whether child processes inherit the handle (see <see cref="FileMapping.InheritableHandle"/>).</summary>
    public HandleInheritability Inheritability { get; init; }

    /// <summary>
    /// Fail with an <see cref="IOException"/> (183, <c>ERROR_ALREADY_EXISTS</c>) when the name exists, instead of opening what is there.
    /// </summary>
    public bool MustBeNew { get; init; }
}
