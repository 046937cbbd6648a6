namespace Crossmap.Tool.Demo;

/// <summary>A copy of a file's beginning to write into: the user's own file is never written to. Removed when disposed.</summary>
internal sealed class TemporaryCopy : IDisposable
{
    /// <summary>A copy longer than this would show nothing more and take the user's time and disk.</summary>
    public const long LongestLength = 256 << 20;

    private const int BufferSize = 1 << 20;

    private TemporaryCopy(string path, long length)
    {
        Path = path;
        Length = length;
    }

    public string Path { get; }

    public long Length { get; }

    /// <param name="file">What to copy.</param>
    /// <param name="size">Its length.</param>
    /// <param name="report">Told of the bytes copied; may throw to end it.</param>
    public static TemporaryCopy Of(string file, long size, Action<long> report)
    {
        string path = System.IO.Path.Combine(Folder(), $"crossmap-demo-{Guid.NewGuid():N}.bin");
        long length = Math.Min(size, LongestLength);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var copy = new TemporaryCopy(path, length);
        try
        {
            using var target = new FileStream(path, options);
            using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            byte[] buffer = new byte[BufferSize];
            for (long done = 0; done < length;)
            {
                int count = source.Read(buffer, 0, (int)Math.Min(BufferSize, length - done));
                if (count == 0)
                {
                    throw new IOException($"The file '{file}' became shorter while it was copied.");
                }

                target.Write(buffer, 0, count);
                done += count;
                report(done);
            }

            return copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    public void Dispose() => File.Delete(Path);

    /// <summary>On a disk if there is one: /tmp is memory on many systems, /var/tmp by its purpose is not.</summary>
    private static string Folder()
    {
        const string lasting = "/var/tmp";
        bool isChosen = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("TMPDIR"));
        return OperatingSystem.IsLinux() && !isChosen && Directory.Exists(lasting) ? lasting : System.IO.Path.GetTempPath();
    }
}
