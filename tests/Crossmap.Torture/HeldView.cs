namespace Crossmap.Torture;

/// <summary>A view of a whole mapping in memory, and the mapping.</summary>
internal sealed class HeldView : IDisposable
{
    private readonly FileMapping _mapping;

    private HeldView(FileMapping mapping)
    {
        _mapping = mapping;
        View = mapping.MapView();
    }

    public MappedView View { get; }

    public static HeldView Create(string name) => new(FileMapping.CreateInMemory(Names.MemorySize, name));

    public static HeldView Open(string name) => new(FileMapping.Open(name));

    public void Dispose()
    {
        View.Dispose();
        _mapping.Dispose();
    }
}
