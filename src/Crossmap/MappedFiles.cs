using Crossmap.Objects;

namespace Crossmap;

/// <summary>
/// Changing files that somebody may have mapped, with Windows' answers: a file under a section or a view, named or not, in any process
/// that uses this library under the same user, cannot be shortened (1224) or deleted (5). Other programs on Linux can do both all the
/// same (docs/win32.md). Thread safe.
/// </summary>
/// <remarks>
/// Paths are taken as .NET takes them, here and in <see cref="FileMapping.Create(string, string?, PageProtection, long, FileMappingOptions?)"/>:
/// made full first, and refused (<see cref="ArgumentException"/>) when they contain a NUL, at which the system's calls would stop and reach
/// another file than the one named.
/// </remarks>
public static class MappedFiles
{
    /// <summary>Whether a section or a view over this file exists anywhere (same user).</summary>
    /// <exception cref="FileNotFoundException">No such file (2).</exception>
    public static bool IsMapped(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return ObjectSystem.Current.IsFileMapped(Path.GetFullPath(path));
    }

    /// <summary>Sets the length of a file, in bytes (<c>SetEndOfFile</c>).</summary>
    /// <exception cref="IOException">1224, <c>ERROR_USER_MAPPED_FILE</c>: the file would become shorter and is mapped (facts 208-213).</exception>
    /// <exception cref="FileNotFoundException">No such file (2).</exception>
    public static void SetLength(string path, long length)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Errors.ThrowIfLess(length, 0, nameof(length));
        ObjectSystem.Current.SetFileLength(Path.GetFullPath(path), length);
    }

    /// <summary>Deletes a file (<c>DeleteFile</c>).</summary>
    /// <exception cref="UnauthorizedAccessException">5: the file is mapped (facts 214, 215).</exception>
    /// <exception cref="FileNotFoundException">No such file (2).</exception>
    public static void Delete(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ObjectSystem.Current.DeleteFile(Path.GetFullPath(path));
    }
}
