using System.Diagnostics;
using System.Text.RegularExpressions;
using Crossmap.Testing;

namespace Crossmap.Native.Tests;

/// <summary>Pages, texts, security, descriptors; and how the library behaves as a guest in a process.</summary>
public partial class AroundTheObjects
{
    /// <summary>The library comes by dlopen alone.</summary>
    private const string NotLinked = "-Wl,--as-needed";

    [Theory]
    [InlineData("gcc")]
    [InlineData("g++")]
    public void Pages_have_Windows_states_and_protections(string compiler)
    {
        using var program = new CProgram("memory.c", compiler);
        using var file = new TemporaryFile(8192);
        Assert.Equal("done", program.Run(file.Path));
    }

    /// <summary>With a text for every error code of the header.</summary>
    [Fact]
    public void Texts_security_and_descriptors()
    {
        string header = File.ReadAllText(Path.Combine(BuiltLibrary.Include, "crossmap.h"));
        string[] codes = [.. ErrorCode().Matches(header).Select(match => match.Groups[1].Value)];
        Assert.True(codes.Length > 30, "The header has hardly any error codes.");
        using var program = new CProgram("crossing.c");
        Assert.Equal("done", program.Run(codes));
    }

    /// <summary>Loaded by dlopen; SIGPIPE with a handler of the program's, or as it was.</summary>
    [Theory]
    [InlineData("handled")]
    [InlineData("default")]
    public void Signals_stay_as_the_program_set_them(string pipe)
    {
        using var program = new CProgram("guest.c", "gcc", NotLinked);
        Assert.Equal("done", program.Run(BuiltLibrary.File, pipe));
    }

    /// <summary>139 says SIGSEGV; the handler ends the process with 3.</summary>
    [Theory]
    [InlineData("fault", 139, "done")]
    [InlineData("caught", 3, "done\ncaught")]
    public void Program_s_own_faults_are_its_own(string way, int code, string said)
    {
        using var program = new CProgram("guest.c", "gcc", NotLinked);
        using Process process = program.Start(BuiltLibrary.File, way);
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(ChildProcess.Watchdog));
        Assert.Equal(said, output.TrimEnd('\n'));
        Assert.Equal(code, process.ExitCode);
    }

    /// <summary>Nothing that the header does not tell of, and all that it does.</summary>
    [Fact]
    public void Exports_are_those_of_the_header()
    {
        BuiltLibrary.Needed();
        Compiler.Needed("nm");
        using Process nm = Process.Start(new ProcessStartInfo("nm", ["-D", "--defined-only", BuiltLibrary.File]) { RedirectStandardOutput = true })!;
        string[] exported = [.. Export().Matches(nm.StandardOutput.ReadToEnd()).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal)];
        Assert.True(nm.WaitForExit(ChildProcess.Watchdog));
        string header = File.ReadAllText(Path.Combine(BuiltLibrary.Include, "crossmap.h"));
        string[] declared = [.. Declared().Matches(header).Select(match => match.Value).Where(name => !name.EndsWith('_')).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(declared, exported);
    }

    [GeneratedRegex(@"^#define ERROR_\w+ (\d+)u", RegexOptions.Multiline)]
    private static partial Regex ErrorCode();

    [GeneratedRegex(@" T (crossmap_\w+)")]
    private static partial Regex Export();

    [GeneratedRegex(@"\bcrossmap_\w+")]
    private static partial Regex Declared();
}
