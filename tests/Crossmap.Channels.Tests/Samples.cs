using System.Diagnostics;
using Crossmap.Testing;

namespace Crossmap.Channels.Tests;

/// <summary>The programs in samples/channels/, each run as its users run it, with all its processes.</summary>
public class Samples
{
    [Fact]
    public void Work_queue_delivers_the_job_of_the_killed_consumer_again_and_loses_nothing()
    {
        string[] lines = Run("WorkQueue");
        Assert.Equal("killed a consumer in the middle of a job", lines[0]);
        Assert.Matches("^delivered again: job [12] [0-9]+$", lines[1]);
        Assert.Equal("2000 of 2000 jobs done, 0 lost, 0 done twice", lines[2]);
    }

    private static string[] Run(string sample)
    {
        string program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? $"{sample}.exe" : sample);
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(ChildProcess.Watchdog))
        {
            process.Kill(entireProcessTree: true);
        }

        string text = output.Result;
        Assert.True(process.ExitCode == 0, $"It ended with {process.ExitCode}: {text}{errors.Result}");
        return text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
    }
}
