using System.Runtime.Versioning;

namespace Crossmap.Torture;

/// <summary>
/// Where one run lives: the object store's folder and the control memory on tmpfs, the mapped files on a disk. Removed at the end.
/// </summary>
internal sealed class RunFolder
{
    private readonly string _path;

    private RunFolder(string path) => _path = path;

    public string Path => _path;

    /// <summary>What <c>CROSSMAP_ROOT</c> names for the controller and all its processes.</summary>
    public string Root => System.IO.Path.Combine(_path, "root");

    public string Control => System.IO.Path.Combine(_path, "control");

    public string ViolationLog => System.IO.Path.Combine(_path, "violations");

    /// <summary>A file to map, on a real file system.</summary>
    public string DataFile(int number) => System.IO.Path.Combine(DataFolder, $"data-{number}");

    private string DataFolder => System.IO.Path.Combine(System.IO.Path.GetTempPath(), System.IO.Path.GetFileName(_path));

    [UnsupportedOSPlatform("windows")]
    public static RunFolder Create()
    {
        var folder = new RunFolder($"/dev/shm/crossmap-torture-{Environment.ProcessId}-{Random.Shared.Next():x}");
        const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(folder._path, Private);
        Directory.CreateDirectory(folder.Root, Private);
        Directory.CreateDirectory(folder.DataFolder, Private);
        return folder;
    }

    public static RunFolder Open(string path) => new(path);

    public void Remove()
    {
        try
        {
            Directory.Delete(_path, recursive: true);
        }
        finally
        {
            Directory.Delete(DataFolder, recursive: true);
        }
    }
}
