using System.Diagnostics;
using Crossmap.Testing;

namespace Crossmap.Native.Tests;

/// <summary>One of the programs in c/, compiled against libcrossmap.so for one test and removed with it.</summary>
internal sealed class CProgram : IDisposable
{
    private readonly string _path;

    public CProgram(string source, string compiler = "gcc", params string[] options)
    {
        BuiltLibrary.Needed();
        Compiler.Needed(compiler);
        string folder = Path.Combine(AppContext.BaseDirectory, "c");
        Directory.CreateDirectory(folder);
        _path = Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(source)}-{UniqueName.Create()}");
        string standard = compiler.EndsWith("++", StringComparison.Ordinal) ? "-std=c++17" : "-std=c11";
        string[] language = compiler.EndsWith("++", StringComparison.Ordinal) ? ["-x", "c++"] : [];
        Compiler.Compile(compiler, [standard, "-g", "-O1", "-D_GNU_SOURCE", .. Compiler.Strict, "-I", BuiltLibrary.Include, .. options,
            .. language, System.IO.Path.Combine(BuiltLibrary.Root, "tests/Crossmap.Native.Tests/c", source), "-x", "none", "-o", _path,
            "-pthread", "-ldl", BuiltLibrary.File, $"-Wl,-rpath,{BuiltLibrary.Folder}"]);
    }

    /// <summary>Runs it to its end, which must be a good one; gives back what it printed.</summary>
    public string Run(params string[] arguments)
    {
        using Process process = Start(arguments);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(ChildProcess.Watchdog))
        {
            process.Kill();
            Assert.Fail($"{_path} did not end within {ChildProcess.Watchdog}. It said: {output.Result}{errors.Result}");
        }

        Assert.True(process.ExitCode == 0, $"{_path} ended with {process.ExitCode}:\n{output.Result}{errors.Result}");
        return output.Result.TrimEnd('\n');
    }

    public Process Start(params string[] arguments) => Process.Start(new ProcessStartInfo(_path, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    public void Dispose() => File.Delete(_path);
}
