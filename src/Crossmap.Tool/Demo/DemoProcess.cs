using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Crossmap.Tool.Demo;

/// <summary>
/// This executable again, as one of the demonstration's other processes. It ends with its parent: its standard input is a pipe of which
/// only the parent holds the other end.
/// </summary>
internal sealed class DemoProcess : IDisposable
{
    /// <summary>For a process that was told to end. Longer only if it is stopped or the machine is: then it is killed.</summary>
    private static readonly TimeSpan PatienceAtEnd = TimeSpan.FromSeconds(10);

    private readonly Process _process;

    private DemoProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasEnded => _process.HasExited;

    public static DemoProcess Start(params string[] arguments)
    {
        // Started as 'dotnet crossmap.dll' we are that again.
        string program = Environment.ProcessPath ?? throw new PlatformNotSupportedException("The system does not tell where this program lies.");
        bool isHost = Path.GetFileNameWithoutExtension(program).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        string[] all = isHost ? [Environment.GetCommandLineArgs()[0], .. arguments] : arguments;
        var start = new ProcessStartInfo(program, all) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };

        // No debugger's door: it costs time at the start, and files in /tmp that a killed process leaves.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        return new DemoProcess(Process.Start(start)!);
    }

    /// <summary>In the other process: from here on it lives no longer than its parent, and leaves signals from the keyboard to it.</summary>
    public static void BecomeChild()
    {
        PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        PosixSignalRegistration.Create(PosixSignal.SIGQUIT, context => context.Cancel = true);
        Stream input = Console.OpenStandardInput();
        new Thread(() =>
        {
            _ = input.ReadByte();
            Environment.Exit(ExitCode.Error);
        })
        { IsBackground = true }.Start();
    }

    /// <summary>Its next line; null when it ended instead.</summary>
    public string? ReadLine(CancellationToken cancellation) => _process.StandardOutput.ReadLineAsync(cancellation).AsTask().GetAwaiter().GetResult();

    public int WaitForExit(CancellationToken cancellation)
    {
        _process.WaitForExitAsync(cancellation).GetAwaiter().GetResult();
        return _process.ExitCode;
    }

    public bool WaitForExit(TimeSpan time) => _process.WaitForExit(time);

    public int ExitCodeOfEnded => _process.ExitCode;

    public void Dispose()
    {
        // The end of its standard input is the end of it.
        _process.StandardInput.Dispose();
        if (!_process.WaitForExit(PatienceAtEnd))
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
