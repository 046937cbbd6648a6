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

    /// <summary>Shared with writers and deleters: on Windows a writable section refuses everybody who does not share (fact 52).</summary>
    public byte[] Bytes
    {
        get
        {
            using var stream = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
    }

    public long Length => new FileInfo(Path).Length;

    public void Dispose() => File.Delete(Path);
}
