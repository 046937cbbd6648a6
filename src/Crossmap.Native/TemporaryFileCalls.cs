using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Crossmap.Linux;
using Crossmap.Objects;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary>The folder of temporary files, and names in it.</summary>
internal static unsafe class TemporaryFileCalls
{
    /// <summary>What a buffer for a path holds, with the NUL: MAX_PATH.</summary>
    private const int LongestPath = 260;

    private const uint OwnerOnly = 0x180; // 0600

    /// <summary>The number that the last name had: the next one is tried first at the next.</summary>
    private static uint s_last;

    [UnmanagedCallersOnly(EntryPoint = "crossmap_GetTempPathW")]
    public static uint GetTempPathW(uint length, char* buffer)
    {
        try
        {
            return Give<char>(TemporaryFolder(), buffer, length);
        }
        catch (Exception e)
        {
            return (uint)LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_GetTempPathA")]
    public static uint GetTempPathA(uint length, byte* buffer)
    {
        try
        {
            return Give<byte>(Encoding.UTF8.GetBytes(TemporaryFolder()), buffer, length);
        }
        catch (Exception e)
        {
            return (uint)LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_GetTempFileNameW")]
    public static uint GetTempFileNameW(char* folder, char* prefix, uint unique, char* buffer)
    {
        try
        {
            if (folder is null || buffer is null)
            {
                return (uint)LastError.Fail(ERROR_INVALID_PARAMETER);
            }

            string name = TemporaryName(Text.Of(folder)!, Text.Of(prefix), ref unique);
            Give<char>(name, buffer, LongestPath);
            return unique;
        }
        catch (Exception e)
        {
            return (uint)LastError.Fail(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "crossmap_GetTempFileNameA")]
    public static uint GetTempFileNameA(byte* folder, byte* prefix, uint unique, byte* buffer)
    {
        try
        {
            if (folder is null || buffer is null)
            {
                return (uint)LastError.Fail(ERROR_INVALID_PARAMETER);
            }

            string name = TemporaryName(Text.Of(folder)!, Text.Of(prefix), ref unique);
            Give<byte>(Encoding.UTF8.GetBytes(name), buffer, LongestPath);
            return unique;
        }
        catch (Exception e)
        {
            return (uint)LastError.Fail(e);
        }
    }

    /// <summary>The length without the NUL; when the buffer is too small, the length that it needs, with the NUL.</summary>
    private static uint Give<T>(ReadOnlySpan<T> text, T* buffer, uint length)
        where T : unmanaged
    {
        if (length <= (uint)text.Length || buffer is null)
        {
            return (uint)text.Length + 1;
        }

        text.CopyTo(new Span<T>(buffer, text.Length));
        buffer[text.Length] = default;
        return (uint)text.Length;
    }

    /// <summary>Absolute, with a slash at its end; not looked for.</summary>
    private static string TemporaryFolder() =>
        Environment.GetEnvironmentVariable("TMPDIR") is { Length: > 0 } folder ? AsFolder(Path.GetFullPath(folder)) : "/tmp/";

    private static string AsFolder(string path) => path.EndsWith('/') ? path : path + "/";

    /// <summary>The folder, up to three characters of the prefix, up to four hexadecimal digits, and <c>.tmp</c>. Without a number: one whose file did not exist, and does now.</summary>
    private static string TemporaryName(string folder, string? prefix, ref uint unique)
    {
        if (!Status(AT_FDCWD, FileOpening.PathOf(folder), 0, out FileStatus status) || !status.IsDirectory)
        {
            Errors.Throw(ERROR_DIRECTORY, $"'{folder}' is no folder.");
        }

        prefix = prefix is { Length: > 3 } ? prefix[..3] : prefix ?? "";
        if (prefix.Contains('/', StringComparison.Ordinal))
        {
            Errors.Throw(ERROR_INVALID_NAME, "The prefix of a temporary file's name must not lead to another folder.");
        }

        string start = AsFolder(folder) + prefix;
        const int numberAndEnding = 8;
        if (Encoding.UTF8.GetByteCount(start) + numberAndEnding >= LongestPath)
        {
            Errors.Throw(ERROR_BUFFER_OVERFLOW, $"The name would be longer than {LongestPath - 1} bytes.");
        }

        unique &= 0xFFFF;
        return unique != 0 ? Name(start, unique) : MakeOne(start, out unique);
    }

    private static string Name(string start, uint unique) => string.Create(CultureInfo.InvariantCulture, $"{start}{unique:X}.tmp");

    private static string MakeOne(string start, out uint unique)
    {
        uint first = Interlocked.Increment(ref s_last) + (uint)Environment.TickCount64;
        for (uint attempt = 0; attempt < 0x1_0000; attempt++)
        {
            unique = (first + attempt) & 0xFFFF;
            if (unique == 0)
            {
                continue;
            }

            // For its owner alone, as temporary files are on Windows: there the folder is, here it is everybody's.
            string name = Name(start, unique);
            int fd = Libc.Open(AT_FDCWD, FileOpening.PathOf(name), O_CREAT | O_EXCL | O_WRONLY, OwnerOnly);
            if (fd >= 0)
            {
                _ = close(fd);
                return name;
            }

            if (Errno != EEXIST)
            {
                throw LinuxError.Last($"The file '{name}' cannot be created");
            }
        }

        throw Errors.Of(ERROR_FILE_EXISTS, $"All files '{start}….tmp' exist.");
    }
}
