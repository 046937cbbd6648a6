using Crossmap.Testing;

namespace Crossmap.Conformance.CInterface;

/// <summary>Processes that touch what they must not.</summary>
internal static class AccessViolation
{
    /// <summary>How a process ended, in a word. The runtime ends its own processes: by SIGABRT, or by one of two codes on Windows.</summary>
    public static string Outcome(int exitCode) => exitCode switch
    {
        128 + 6 when !OperatingSystem.IsWindows() => "access violation",
        unchecked((int)0xC000_0005) or unchecked((int)0xC000_0602) when OperatingSystem.IsWindows() => "access violation",
        _ => $"{exitCode}",
    };

    public static ChildProcess Start(Action<string[]> scenario, params string[] arguments) =>
        ChildProcess.Start(scenario, OperatingSystem.IsWindows() ? [] : ["prlimit", "--core=0"], environment: null, arguments);
}
