namespace Crossmap.Torture;

/// <summary>The controller's own hold on a name that a script uses, which no kill may shake.</summary>
internal sealed class Holder : Witness
{
    private readonly string _name;
    private readonly FileMapping _mapping;
    private readonly MappedView _view;
    private readonly byte[] _content;

    public Holder(RunFolder folder, Deed deed, string name)
    {
        _name = name;
        _mapping = deed == Deed.MapFile ? FileMapping.Create(folder.DataFile(0), name) : FileMapping.CreateInMemory(Names.MemorySize, name);
        _view = _mapping.MapView();
        if (deed != Deed.MapFile)
        {
            Random.Shared.NextBytes(_view.AsSpan());
        }

        _content = _view.AsSpan().ToArray();
    }

    public override string? FindWrong(bool atEnd)
    {
        // The last word is the one that the deed on a file changes.
        if (!Matches(_view))
        {
            return $"memory of '{_name}' changed under its holder";
        }

        if (!FileMapping.TryOpen(_name, out FileMapping? found))
        {
            return $"'{_name}' was not found while it was held";
        }

        using (found)
        using (MappedView view = found.MapView())
        {
            return Matches(view) ? null : $"'{_name}' leads to another object than its holder's";
        }
    }

    public override void Dispose()
    {
        _view.Dispose();
        _mapping.Dispose();
    }

    private bool Matches(MappedView view) => view.AsSpan()[..^sizeof(long)].SequenceEqual(_content.AsSpan(..^sizeof(long)));
}
