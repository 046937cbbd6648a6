using System.Diagnostics;
using System.Text;
using Crossmap.Testing;

namespace Crossmap.Native.Tests;

/// <summary>samples/c and samples/python, built and run as their reader would; in a root of their own, because their names are fixed.</summary>
public sealed class Samples : IDisposable
{
    /// <summary>What a program may take that compiles something on a machine that does much else.</summary>
    private static readonly TimeSpan s_buildWatchdog = TimeSpan.FromMinutes(10);

    private static readonly string s_c = Path.Combine(BuiltLibrary.Root, "samples/c"), s_python = Path.Combine(BuiltLibrary.Root, "samples/python");

    private readonly string _folder = Directory.CreateTempSubdirectory("crossmap-test-").FullName;
    private readonly string _root = $"/dev/shm/{UniqueName.Create()}";

    public Samples()
    {
        Directory.CreateDirectory(_root);
        File.SetUnixFileMode(_root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>What the documentation of these calls shows, which its readers have in their programs.</summary>
    public static TheoryData<string, string> Fragments() => new()
    {
        { "share.c", """CreateFileMapping(hFile, (LPSECURITY_ATTRIBUTES) NULL, PAGE_READWRITE, 0, 0, "MyFileMappingObject")""" },
        { "share.c", "MapViewOfFile(hMapFile, FILE_MAP_ALL_ACCESS, 0, 0, 0)" },
        { "share.c", "if (!FlushViewOfFile(MapAddress, dwBytesToFlush))" },
        { "share.c", "if (!UnmapViewOfFile(MapAddress))" },
        { "change.c", """OpenFileMapping(FILE_MAP_ALL_ACCESS, FALSE, "MyFileMappingObject")""" },
        { "change.c", "MapViewOfFile(hMapFile, FILE_MAP_ALL_ACCESS, 0, 0, 0)" },
        { "change.c", "if (!UnmapViewOfFile(MapAddress))" },
    };

    [Theory]
    [MemberData(nameof(Fragments))]
    public void Programs_in_C_have_the_fragments_word_for_word(string file, string fragment) =>
        Assert.Contains(fragment, File.ReadAllText(Path.Combine(s_c, file)), StringComparison.Ordinal);

    [Fact]
    public void Programs_in_C_are_built_by_make_and_share_a_file()
    {
        BuiltLibrary.Needed();
        Needed("make");
        Run("make", "-C", s_c, $"OUT={_folder}", "CFLAGS=-Wall -Wextra -Werror");
        ShareAndChange();
    }

    [Fact]
    public void Programs_in_C_are_built_under_the_address_sanitiser()
    {
        BuiltLibrary.Needed();
        Needed("make");
        Run("make", "-C", s_c, $"OUT={_folder}", "CFLAGS=-Wall -Wextra -Werror -g -fsanitize=address,undefined -fno-sanitize-recover=all");

        // What the runtime inside the library keeps to the end is no leak of the programs.
        string suppressions = Path.Combine(_folder, "suppressions");
        File.WriteAllText(suppressions, "leak:libcrossmap.so\n");
        ShareAndChange(("LSAN_OPTIONS", $"suppressions={suppressions}:print_suppressions=0"));
    }

    [Fact]
    public void Programs_in_C_are_built_by_CMake_with_the_installed_library()
    {
        BuiltLibrary.Needed();
        Needed("cmake");
        string installed = Install();
        Run("cmake", "-S", s_c, "-B", _folder, $"-DCMAKE_PREFIX_PATH={installed}");
        Run("cmake", "--build", _folder);
        ShareAndChange();
    }

    [Fact]
    public void Programs_in_C_are_built_by_pkg_config_with_the_installed_library()
    {
        BuiltLibrary.Needed();
        Needed("cmake");
        Needed("make");
        Needed("pkg-config");
        string installed = Install();
        string folder = Assert.Single(Directory.GetDirectories(installed, "pkgconfig", SearchOption.AllDirectories));
        Run(("PKG_CONFIG_PATH", folder), "make", "-C", s_c, $"OUT={_folder}", "INSTALLED=1");
        ShareAndChange(("LD_LIBRARY_PATH", Path.GetDirectoryName(folder)!));
    }

    [Fact]
    public void Program_in_Python_answers_one_in_CSharp()
    {
        BuiltLibrary.Needed();
        Needed("python3");
        using Process share = Start(default, "dotnet", Path.Combine(s_python, "Share/bin/Release/net10.0/Share.dll"), "answered by Python");
        Assert.StartsWith("Asked.", Line(share), StringComparison.Ordinal);
        Assert.Equal("The question: What is 6 times 7?", Run(("CROSSMAP_LIBRARY", BuiltLibrary.File), "python3", Path.Combine(s_python, "answer.py"), "answered by Python"));
        Assert.Equal("The answer: 42", Line(share));
        End(share);
    }

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        Directory.Delete(_root, recursive: true);
    }

    /// <summary>Process A sees what process B writes; the file has it after the flush, and what A writes itself after the unmapping.</summary>
    private void ShareAndChange((string Name, string Value) variable = default)
    {
        using var file = new TemporaryFile(64);
        string Text() => Encoding.UTF8.GetString(file.Bytes).TrimEnd('\0');
        using Process share = Start(variable, Path.Combine(_folder, "share"), file.Path);
        Assert.StartsWith("Shared.", Line(share), StringComparison.Ordinal);
        Assert.Equal("", Run(variable, Path.Combine(_folder, "change"), "changed by B"));
        Assert.Equal("The file begins with: changed by B", Line(share));
        Assert.StartsWith("Flushed.", Line(share), StringComparison.Ordinal);
        Assert.Equal("changed by B", Text());
        share.StandardInput.WriteLine();
        Assert.Equal("Unmapped.", Line(share));
        Assert.Equal("changed by B!", Text());
        End(share);

        // And says why, when there is nothing to change any more.
        using Process late = Start(variable, Path.Combine(_folder, "change"), "too late");
        Assert.Equal("Could not open file mapping object. Error 2.", late.StandardError.ReadLine());
        Assert.True(late.WaitForExit(ChildProcess.Watchdog));
        Assert.Equal(1, late.ExitCode);
    }

    private string Install()
    {
        string build = Path.Combine(_folder, "library"), installed = Path.Combine(_folder, "installed");
        Run("cmake", "-S", BuiltLibrary.Root, "-B", build, $"-DCMAKE_INSTALL_PREFIX={installed}");

        // What `cmake --build` would do is there: test.sh has published the library, and other tests use it at this moment.
        Run("cmake", "--install", build);
        return installed;
    }

    private static void Needed(string command) => Assert.SkipUnless(Compiler.Exists(command), $"There is no {command}.");

    private string Run(string command, params string[] arguments) => Run(default, command, arguments);

    private string Run((string Name, string Value) variable, string command, params string[] arguments)
    {
        using Process process = Start(variable, command, arguments);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        Assert.True(process.WaitForExit(s_buildWatchdog), $"{command} did not end.");
        Assert.True(process.ExitCode == 0, $"{command} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output.Result}{errors.Result}");
        return output.Result.TrimEnd('\n');
    }

    private Process Start((string Name, string Value) variable, string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["CROSSMAP_ROOT"] = _root;
        if (variable.Name is not null)
        {
            start.Environment[variable.Name] = variable.Value;
        }

        return Process.Start(start)!;
    }

    private static string? Line(Process process)
    {
        Task<string?> line = process.StandardOutput.ReadLineAsync();
        Assert.True(line.Wait(ChildProcess.Watchdog), "The program said nothing.");
        return line.Result ?? throw new InvalidOperationException($"The program ended: {process.StandardError.ReadToEnd()}");
    }

    private static void End(Process process)
    {
        Assert.True(process.WaitForExit(ChildProcess.Watchdog));
        Assert.True(process.ExitCode == 0, process.StandardError.ReadToEnd());
    }
}
