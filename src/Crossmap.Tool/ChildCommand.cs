using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace Crossmap.Tool;

/// <summary>The COMMAND behind <c>--</c>: runs with our input and output, and its exit code becomes ours.</summary>
internal static class ChildCommand
{
    /// <summary>Where the command finds the name of what is held for it.</summary>
    public const string NameVariable = "CROSSMAP_NAME";

    /// <summary>Where the command finds a 1 when the last owner of the mutex that it runs under died.</summary>
    public const string AbandonedVariable = "CROSSMAP_ABANDONED";

    public static Argument<string[]> Argument(string description) =>
        new("COMMAND") { Description = description, Arity = ArgumentArity.ZeroOrMore };

    /// <summary>The command's words; none when there is no command.</summary>
    /// <exception cref="UsageException">Words without <c>--</c> before them: more likely a slip than a command.</exception>
    public static string[] From(ParseResult parsed, Argument<string[]> argument)
    {
        string[] command = parsed.GetValue(argument) ?? [];
        bool separated = parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash);
        return command.Length == 0 || separated ? command : throw new UsageException($"Unexpected '{command[0]}'. If it is a command to run, write -- before it.");
    }

    /// <param name="command">The program and its arguments.</param>
    /// <param name="variables">What to set in its environment; null takes out what another tool around us has set.</param>
    /// <param name="signals">Passed on to it.</param>
    /// <param name="started">Called once it runs.</param>
    /// <returns>Its exit code; 128 plus the signal's number when a signal ended it.</returns>
    public static int Run(string[] command, (string Name, string? Value)[] variables, StopSignals signals, Action? started = null)
    {
        if (signals.Token.IsCancellationRequested)
        {
            return signals.ExitCodeOfSignal;
        }

        var start = new ProcessStartInfo(Find(command[0]), command[1..]) { UseShellExecute = false };
        foreach ((string name, string? value) in variables)
        {
            start.Environment.Remove(name);
            if (value is not null)
            {
                start.Environment.Add(name, value);
            }
        }

        using Process process = Process.Start(start)!;
        started?.Invoke();
        signals.PassTo(signal => Pass(signal, process));
        process.WaitForExit();
        signals.PassToNobody();
        return process.ExitCode;
    }

    private static void Pass(int signal, Process process)
    {
        // The keyboard's signals go to the whole foreground group: the command has them already.
        bool fromKeyboard = signal is Libc.SIGINT or Libc.SIGQUIT && (OperatingSystem.IsWindows() || IsForeground());
        if (!fromKeyboard && !OperatingSystem.IsWindows() && !process.HasExited)
        {
            _ = Libc.kill(process.Id, signal);
        }
    }

    private static bool IsForeground()
    {
        try
        {
            // Not through standard input or output: those may lead elsewhere while the keyboard is still ours.
            using SafeFileHandle terminal = File.OpenHandle("/dev/tty", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return Libc.tcgetpgrp((int)terminal.DangerousGetHandle()) == Libc.getpgrp();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No terminal.
            return false;
        }
    }

    /// <summary>As a shell finds it: along PATH unless it has a slash. .NET would look beside our own program and in the current folder first.</summary>
    private static string Find(string program)
    {
        if (OperatingSystem.IsWindows())
        {
            return program;
        }

        IEnumerable<string> places = program.Contains('/', StringComparison.Ordinal)
            ? [program]
            : (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':').Select(folder => Path.Combine(folder, program));
        foreach (string place in places)
        {
            const UnixFileMode anyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
            if (program.Length > 0 && File.Exists(place) && (File.GetUnixFileMode(place) & anyExecute) != 0)
            {
                return Path.GetFullPath(place);
            }
        }

        throw new FileNotFoundException($"The command '{program}' was not found, or is no program.");
    }
}
