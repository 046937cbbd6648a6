namespace Crossmap.Tool;

/// <summary>What the process tells its caller (docs/tool.md). A COMMAND that was run passes its own code on.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>Something failed; standard error says what.</summary>
    public const int Error = 1;

    /// <summary>The command line makes no sense.</summary>
    public const int BadUsage = 2;

    /// <summary>A wait whose time passed, as <c>timeout(1)</c> says it.</summary>
    public const int TimedOut = 124;

    /// <summary>What a shell says of a process that a signal ended: this plus the signal's number.</summary>
    public const int Signalled = 128;

    /// <summary>Nobody reads our output any more: what a shell says of a filter that SIGPIPE (13) ended.</summary>
    public const int BrokenPipe = Signalled + 13;
}
