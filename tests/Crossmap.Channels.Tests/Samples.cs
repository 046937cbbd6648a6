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

    [Fact]
    public void Telemetry_is_whole_for_its_readers_and_goes_on_with_the_next_writer()
    {
        string[] lines = Run("Telemetry");
        Assert.Equal(["a writer goes on after 0", "killed in the middle of a write", "the next writer goes on after 99999"], lines[..3]);
        Assert.Equal(5, lines.Length);
        Assert.All(lines[3..], line => Assert.Matches("^a reader saw [0-9]+ whole values, the last one 200000$", line));
    }

    /// <summary>The viewers count their frames themselves, and fail if they are not as many as the camera wrote.</summary>
    [Fact]
    public void Frames_are_whole_and_those_that_were_missed_are_known()
    {
        string[] lines = Run("Frames");
        Assert.Equal(4, lines.Length);
        Assert.Equal("killed a viewer in the middle of a frame", lines[0]);
        Assert.Matches("^the camera wrote 300 frames of 6220800 bytes, [0-9]+ frames/s, [0-9]+ MB/s$", lines[1]);
        Assert.Matches("^the fast viewer saw [1-9][0-9]* frames whole, [0-9]+ missed, [0-9]+ written over meanwhile; [0-9]+ frames/s, [0-9]+ MB/s$", lines[2]);
        Assert.Matches("^the slow viewer saw [1-9][0-9]* frames whole, [0-9]+ missed, [0-9]+ written over meanwhile; [0-9]+ frames/s, [0-9]+ MB/s$", lines[3]);
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
