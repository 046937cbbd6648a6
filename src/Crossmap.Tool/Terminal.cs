using Spectre.Console;

namespace Crossmap.Tool;

/// <summary>Standard output for people: colours and borders on a terminal, plain unwrapped lines in a pipe.</summary>
internal static class Terminal
{
    /// <summary>Wider than any line: in a pipe nothing is wrapped.</summary>
    private const int Unwrapped = 1 << 20;

    public static bool IsInteractive { get; } = !Console.IsOutputRedirected;

    public static IAnsiConsole Out { get; } = Open();

    private static IAnsiConsole Open()
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Console.Out),
            Ansi = IsInteractive ? AnsiSupport.Detect : AnsiSupport.No,
            Interactive = IsInteractive ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!IsInteractive)
        {
            console.Profile.Width = Unwrapped;
        }

        return console;
    }
}
