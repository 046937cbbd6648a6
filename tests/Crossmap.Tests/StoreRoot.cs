using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>A place for the store of child processes that meet nobody else there; removed with what is in it.</summary>
internal sealed class StoreRoot : IDisposable
{
    public StoreRoot()
    {
        // On Windows the names are the kernel's and the folder only holds files.
        Path = System.IO.Path.Combine(OperatingSystem.IsLinux() ? "/dev/shm" : System.IO.Path.GetTempPath(), UniqueName.Create());
        Directory.CreateDirectory(Path);
        Environment = new Dictionary<string, string> { ["CROSSMAP_ROOT"] = Path };
    }

    public string Path { get; }

    public Dictionary<string, string> Environment { get; }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
