using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Crossmap.Linux;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>Constants and structures of the interop are those of this machine's C headers: they differ per architecture.</summary>
public partial class KernelConstants
{
    private const string Headers = """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <fcntl.h>
        #include <linux/futex.h>
        #include <stddef.h>
        #include <stdio.h>
        #include <sys/mman.h>
        #include <sys/resource.h>
        #include <sys/stat.h>
        #include <sys/statvfs.h>
        #include <sys/uio.h>
        #include <sys/syscall.h>
        #include <sys/vfs.h>
        #include <time.h>
        #include <unistd.h>
        """;

    [Fact]
    public void Constants_have_the_values_of_the_headers()
    {
        // All that are spelled as C spells them, public or not.
        Dictionary<string, long> ours = [];
        foreach (Type type in new[] { typeof(Libc), typeof(Futex), typeof(RobustList) })
        {
            foreach (FieldInfo field in type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic).Where(f => f.IsLiteral && NativeName().IsMatch(f.Name)))
            {
                ours[field.Name] = Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture);
            }
        }

        Assert.True(ours.Count > 80, $"Only {ours.Count} constants were found.");
        Assert.Equal(ours, Evaluate(ours.Keys.Select(name => (name, $"(long long)({name})"))));
    }

    [Fact]
    public void Page_is_as_large_as_the_system_says() => Assert.Equal(Libc.PageSize, Environment.SystemPageSize);

    [Fact]
    public void Structures_have_the_layout_of_the_headers()
    {
        Dictionary<string, long> ours = new()
        {
            ["sizeof flock"] = Marshal.SizeOf<Libc.Flock>(),
            ["l_type"] = Offset<Libc.Flock>(nameof(Libc.Flock.Type)),
            ["l_whence"] = Offset<Libc.Flock>(nameof(Libc.Flock.Whence)),
            ["l_start"] = Offset<Libc.Flock>(nameof(Libc.Flock.Start)),
            ["l_len"] = Offset<Libc.Flock>(nameof(Libc.Flock.Length)),
            ["l_pid"] = Offset<Libc.Flock>(nameof(Libc.Flock.Pid)),
            ["sizeof statx"] = Marshal.SizeOf<Libc.FileStatus>(),
            ["stx_uid"] = Offset<Libc.FileStatus>(nameof(Libc.FileStatus.Uid)),
            ["stx_gid"] = Offset<Libc.FileStatus>(nameof(Libc.FileStatus.Gid)),
            ["stx_mode"] = Offset<Libc.FileStatus>(nameof(Libc.FileStatus.Mode)),
            ["stx_ino"] = Offset<Libc.FileStatus>(nameof(Libc.FileStatus.Inode)),
            ["stx_size"] = Offset<Libc.FileStatus>(nameof(Libc.FileStatus.Size)),
            ["stx_blocks"] = Offset<Libc.FileStatus>(nameof(Libc.FileStatus.Blocks)),
            ["stx_dev_major"] = Offset<Libc.FileStatus>(nameof(Libc.FileStatus.DeviceMajor)),
            ["stx_dev_minor"] = Offset<Libc.FileStatus>(nameof(Libc.FileStatus.DeviceMinor)),
            ["sizeof statfs"] = Marshal.SizeOf<Libc.FileSystemStatus>(),
            ["f_type"] = Offset<Libc.FileSystemStatus>(nameof(Libc.FileSystemStatus.Type)),
            ["f_bsize"] = Offset<Libc.FileSystemStatus>(nameof(Libc.FileSystemStatus.BlockSize)),
            ["f_blocks"] = Offset<Libc.FileSystemStatus>(nameof(Libc.FileSystemStatus.Blocks)),
            ["f_bavail"] = Offset<Libc.FileSystemStatus>(nameof(Libc.FileSystemStatus.AvailableBlocks)),
            ["f_flags"] = Offset<Libc.FileSystemStatus>(nameof(Libc.FileSystemStatus.Flags)),
        };
        Assert.Equal(ours, Evaluate(ours.Keys.Select(key =>
        {
            string structure = key.StartsWith("l_", StringComparison.Ordinal) ? "flock" : key.StartsWith("stx_", StringComparison.Ordinal) ? "statx" : "statfs";
            return (key, key.StartsWith("sizeof", StringComparison.Ordinal) ? $"(long long)sizeof(struct {key["sizeof ".Length..]})" : $"(long long)offsetof(struct {structure}, {key})");
        })));
    }

    private static long Offset<T>(string field) => Marshal.OffsetOf<T>(field);

    /// <summary>Compiles and runs a program that prints the expressions.</summary>
    private static Dictionary<string, long> Evaluate(IEnumerable<(string Key, string Expression)> expressions)
    {
        Linux.Only();
        Assert.SkipUnless(File.Exists("/usr/bin/gcc"), "gcc is not installed.");
        var code = new StringBuilder(Headers).Append("\nint main(void) {\n");
        foreach ((string key, string expression) in expressions)
        {
            code.Append(CultureInfo.InvariantCulture, $"    printf(\"%s=%lld\\n\", \"{key}\", {expression});\n");
        }

        string program = Path.Combine(Path.GetTempPath(), UniqueName.Create());
        using var source = new TemporaryFile(Encoding.UTF8.GetBytes(code.Append("    return 0;\n}\n").ToString()));
        try
        {
            Run("/usr/bin/gcc", "-x", "c", source.Path, "-o", program);
            return Run(program).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('='))
                .ToDictionary(parts => parts[0], parts => long.Parse(parts[1], CultureInfo.InvariantCulture));
        }
        finally
        {
            File.Delete(program);
        }
    }

    private static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(ChildProcess.Watchdog) && process.ExitCode == 0, $"{program} failed: {errors.Result}");
        return output;
    }

    [GeneratedRegex("^[A-Z][A-Z0-9]*(_[A-Za-z0-9_]+)?$")]
    private static partial Regex NativeName();
}
