namespace Crossmap.Torture;

/// <summary>The controller's own hold on a name that a script uses, which no kill may shake.</summary>
internal sealed class Holder : IDisposable
{
    private readonly string _name;
    private readonly FileMapping _mapping;
    private readonly MappedView _view;
    private readonly byte[] _content;

    public Holder(RunFolder folder, SyscallScript.Deed deed, string name)
    {
        _name = name;
        _mapping = Make(folder, deed, name);
        _view = _mapping.MapView();
        if (deed != SyscallScript.Deed.MapFile)
        {
            Random.Shared.NextBytes(_view.AsSpan());
        }

        _content = _view.AsSpan().ToArray();
    }

    /// <summary>What the deed finds under its name.</summary>
    public static FileMapping Make(RunFolder folder, SyscallScript.Deed deed, string name) => deed == SyscallScript.Deed.MapFile
        ? FileMapping.Create(folder.DataFile(0), name)
        : FileMapping.CreateInMemory(Names.MemorySize, name);

    /// <summary>What is wrong with what is held, or null.</summary>
    public string? FindWrong()
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

    public void Dispose()
    {
        _view.Dispose();
        _mapping.Dispose();
    }

    private bool Matches(MappedView view) => view.AsSpan()[..^sizeof(long)].SequenceEqual(_content.AsSpan(..^sizeof(long)));
}
