using System.Diagnostics;

namespace Crossmap.Testing;

/// <summary>
/// Another process of a test: this executable again, running a scenario. Both sides talk in lines; every wait has a watchdog, so that a
/// hang is a failed test and not a stopped run. Disposing kills what still lives.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    /// <summary>Generous: it tells a hang from slowness, it measures nothing.</summary>
    public static readonly TimeSpan Watchdog = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public Process Process => _process;

    /// <summary>Starts <paramref name="scenario"/>.</summary>
    public static ChildProcess Start(Action<string[]> scenario, params string[] arguments) => Start(scenario, prefix: [], environment: null, arguments);

    /// <param name="scenario">A method marked <see cref="ChildScenarioAttribute"/>.</param>
    /// <param name="prefix">A command that runs the child, such as setpriv with its options.</param>
    /// <param name="environment">Variables to set.</param>
    /// <param name="arguments">What the scenario gets.</param>
    public static ChildProcess Start(Action<string[]> scenario, string[] prefix, IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        string[] command = [.. prefix, Environment.ProcessPath!, "--child", $"{scenario.Method.DeclaringType!.Name}.{scenario.Method.Name}", .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        // Its debugger pipes and diagnostics socket in the folder of temporary files would outlive a child that is killed.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        foreach ((string key, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[key] = value;
        }

        return new ChildProcess(Process.Start(start)!);
    }

    public void Send(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>The child's next line; fails the test when it ended or hangs instead.</summary>
    public string Receive()
    {
        Task<string?> line = _process.StandardOutput.ReadLineAsync();
        if (!line.Wait(Watchdog))
        {
            throw new TimeoutException($"The child process {Id} said nothing for {Watchdog}.");
        }

        return line.Result ?? throw new InvalidOperationException($"The child process ended without a word: {_process.StandardError.ReadToEnd()}");
    }

    public void Expect(string line) => Assert.Equal(line, Receive());

    /// <summary>SIGKILL, or TerminateProcess: no handler, no finally, no finalizer runs. Returns when the process is gone.</summary>
    public void Kill()
    {
        _process.Kill();
        WaitForExit();
    }

    public int WaitForExit()
    {
        if (!_process.WaitForExit(Watchdog))
        {
            _process.Kill();
            throw new TimeoutException($"The child process {Id} did not end within {Watchdog}.");
        }

        return _process.ExitCode;
    }

    /// <summary>Ends the child's input and asserts that it ended well.</summary>
    public void Finish()
    {
        _process.StandardInput.Close();
        int code = WaitForExit();
        Assert.True(code == 0, $"The child process ended with {code}: {_process.StandardError.ReadToEnd()}");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit(Watchdog);
        }

        _process.Dispose();
    }
}
