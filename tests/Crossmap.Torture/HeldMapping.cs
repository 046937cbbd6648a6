namespace Crossmap.Torture;

/// <summary>
/// A mapping with a whole view. Its first word is its identity: in a file, which file it is; in memory, a number that the first one to see
/// the new, zeroed object put there.
/// </summary>
internal sealed class HeldMapping : HeldObject
{
    private HeldMapping(FileMapping mapping, MappedView view, long identity)
    {
        Mapping = mapping;
        View = view;
        Identity = identity;
    }

    public FileMapping Mapping { get; }

    public MappedView View { get; }

    public override long Identity { get; }

    public override bool CreatedNew => Mapping.CreatedNew;

    /// <summary>Maps it, gives it an identity if it has none, and says what is wrong with it.</summary>
    /// <param name="mapping">Becomes this object's.</param>
    /// <param name="control">Numbers the identities.</param>
    /// <param name="identitiesBefore">The last identity given before the mapping was created or opened.</param>
    /// <param name="wrong">What is wrong, or null.</param>
    public static HeldMapping Of(FileMapping mapping, ControlBlock control, long identitiesBefore, out string? wrong)
    {
        MappedView view = mapping.MapView();
        ref long word = ref view.At<long>(0);
        long identity = Volatile.Read(ref word);
        wrong = null;
        if (mapping.Size != Names.MemorySize || view.Length != Names.MemorySize)
        {
            wrong = $"the object has {mapping.Size} bytes and its view {view.Length}, not {Names.MemorySize}: it was seen half-made";
        }
        else if (mapping.CreatedNew && mapping.Options.HasFlag(SectionOptions.Commit) && identity != 0 && identity <= identitiesBefore)
        {
            // Others may have found the new object before us, but nobody can have marked it before it was made.
            wrong = $"a new object holds the identity {identity}, which was given before it was made: it is not zeroed";
        }

        if (identity == 0)
        {
            long mine = Interlocked.Increment(ref control.Shared.LastIdentity);
            long other = Interlocked.CompareExchange(ref word, mine, 0);
            identity = other == 0 ? mine : other;
        }

        wrong ??= Stamp.FindForeign(view, identity);
        return new HeldMapping(mapping, view, identity);
    }

    public override void Dispose()
    {
        View.Dispose();
        Mapping.Dispose();
    }
}
