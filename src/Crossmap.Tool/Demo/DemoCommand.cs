using System.CommandLine;

namespace Crossmap.Tool.Demo;

/// <summary><c>crossmap demo [FILE] [--json]</c></summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var file = new Argument<string?>("FILE") { Description = "Any file that this user may read; if not given, the .NET runtime's own library.", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> json = JsonOption.Create();
        var demo = new Command("demo", "Shows on a real file what this is for, with processes of its own, and checks all of it. The file is only read.") { file, json };
        demo.SetAction(parsed => Run(parsed.GetValue(file) ?? DefaultFile(), parsed.GetValue(json)));
        return demo;
    }

    private static int Run(string file, bool json)
    {
        using var signals = new StopSignals();
        try
        {
            DemoReport report = new Demonstration(file, new DemoOutput(isSilent: json), signals.Token).Run();
            if (json)
            {
                ToolJson.Write(report, ToolJson.Readable.DemoReport);
            }

            return report.AllHeld ? ExitCode.Success : ExitCode.Error;
        }
        catch (OperationCanceledException)
        {
            return signals.ExitCodeOfSignal;
        }
    }

    /// <summary>Some megabytes that are on every machine this runs on.</summary>
    private static string DefaultFile()
    {
        string library = typeof(object).Assembly.Location;
        return library.Length > 0 ? library : Environment.ProcessPath!;
    }
}
