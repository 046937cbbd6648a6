using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>A missing file and a missing folder are told apart, and the message says what is missing.</summary>
public class MissingFiles
{
    [Fact]
    public void Missing_file_is_error_2_and_is_named()
    {
        string path = Path.Combine(Path.GetTempPath(), UniqueName.Create());
        FileNotFoundException exception = Win32.Fails<FileNotFoundException>(2, () => FileMapping.Create(path));
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_folder_is_error_3() =>
        Win32.Fails<DirectoryNotFoundException>(3, () => FileMapping.Create(Path.Combine(Path.GetTempPath(), UniqueName.Create(), "file")));
}
