using System.Diagnostics;
using Crossmap.Testing;

namespace Crossmap.Native.Tests;

/// <summary>Processes that a Python program starts when it uses the library already.</summary>
public class StartedFromPython
{
    [Fact]
    public async Task Spawned_and_executed_children_use_the_library_too()
    {
        BuiltLibrary.Needed();
        Assert.SkipUnless(Compiler.Exists("python3"), "There is no python3.");
        using Process python = Process.Start(new ProcessStartInfo(
            "python3", [Path.Combine(BuiltLibrary.Root, "tests/Crossmap.Native.Tests/python/spawn.py"), BuiltLibrary.File, UniqueName.Create()])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = python.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> errors = python.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        if (!python.WaitForExit(ChildProcess.Watchdog))
        {
            python.Kill(entireProcessTree: true);
        }

        Assert.Equal("0 0", (await output).Trim() + await errors);
    }
}
