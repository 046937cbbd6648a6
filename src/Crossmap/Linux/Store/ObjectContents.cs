namespace Crossmap.Linux;

/// <summary>What an object's header says, read once and checked: the object may have changed since in its state words alone.</summary>
internal sealed class ObjectContents(in ObjectHeader header, string name, byte[]? path)
{
    private readonly ObjectHeader _header = header;

    public ref readonly ObjectHeader Header => ref _header;

    /// <summary>Empty for an unnamed object.</summary>
    public string Name { get; } = name;

    /// <summary>The mapped file's path, or null.</summary>
    public byte[]? Path { get; } = path;
}
