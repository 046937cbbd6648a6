namespace Crossmap.Testing;

/// <summary>A file of a test's own, removed with it.</summary>
internal sealed class TemporaryFile : IDisposable
{
    public TemporaryFile(int length = 0)
        : this(new byte[length])
    {
    }

    public TemporaryFile(byte[] content) => File.WriteAllBytes(Path, content);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), UniqueName.Create() + ".bin");

    public byte[] Bytes => File.ReadAllBytes(Path);

    public void Dispose() => File.Delete(Path);
}
