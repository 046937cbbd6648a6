using System.Diagnostics;
using System.Runtime.InteropServices;
using Crossmap.Testing;

namespace Crossmap.Tool.Tests;

/// <summary>The tool as a running process. Every wait has a watchdog; disposing kills it.</summary>
internal sealed partial class ToolProcess : IDisposable
{
    public const int SIGINT = 2;
    public const int SIGKILL = 9;
    public const int SIGTERM = 15;

    private readonly Task<string> _errors;
    private bool _isDisposed;

    private ToolProcess(Process process)
    {
        Process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Crossmap.Tool.exe" : "Crossmap.Tool");

    public Process Process { get; }

    public static ToolProcess Start(TestStore store, string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        store.Apply(start.Environment);
        return new ToolProcess(Process.Start(start)!);
    }

    /// <summary>Its next line of output.</summary>
    public string Receive() => Within(Process.StandardOutput.ReadLineAsync()) ?? throw new InvalidOperationException($"The tool ended without a word: {Errors()}");

    public void Expect(string line) => Assert.Equal(line, Receive());

    public void Signal(int signal) => Assert.Equal(0, kill(Process.Id, signal));

    public int WaitForExit()
    {
        Assert.True(Process.WaitForExit(ChildProcess.Watchdog), "The tool did not end.");
        return Process.ExitCode;
    }

    /// <summary>Waits for its end too: the rest of its output as bytes, its errors and its exit code.</summary>
    public ToolResult Finish()
    {
        using var output = new MemoryStream();
        Within(Copy());
        return new ToolResult(WaitForExit(), output.ToArray(), Errors());

        async Task<int> Copy()
        {
            await Process.StandardOutput.BaseStream.CopyToAsync(output);
            return 0;
        }
    }

    public string Errors() => Within(_errors);

    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        if (!Process.HasExited)
        {
            Process.Kill(entireProcessTree: true);
            Process.WaitForExit(ChildProcess.Watchdog);
        }

        Process.Dispose();
    }

    private static T Within<T>(Task<T> task) => task.Wait(ChildProcess.Watchdog) ? task.Result : throw new TimeoutException($"The tool said nothing for {ChildProcess.Watchdog}.");

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}
