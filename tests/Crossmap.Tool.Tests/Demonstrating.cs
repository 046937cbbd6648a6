using System.Text.Json;

namespace Crossmap.Tool.Tests;

/// <summary><c>crossmap demo</c>: it checks itself; here is checked that its checks can be believed and that it leaves nothing.</summary>
public sealed class Demonstrating : IDisposable
{
    private readonly TestStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void Without_a_file_it_takes_one_at_hand_and_all_checks_hold()
    {
        ToolResult result = _store.Run("demo").Succeeded();
        Assert.Contains("System.Private.CoreLib.dll", result.Text, StringComparison.Ordinal);
        Assert.Contains("5 of 5 held", result.Lines[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("FAILED", result.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", result.Text, StringComparison.Ordinal);
        AssertNothingIsLeft();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(3_000_001)]
    public void Numbers_are_those_of_the_file(int length)
    {
        byte[] content = SharingAFile.Bytes(length, seed: length);
        string file = _store.WriteFile("my [red] file.bin", content);
        JsonElement report = JsonDocument.Parse(_store.Run("demo", file, "--json").Succeeded().Text).RootElement;
        Assert.Equal(file, report.GetProperty("file").GetString());
        Assert.Equal(length, report.GetProperty("bytes").GetInt64());
        Assert.Equal(length, report.GetProperty("bytesWritten").GetInt64());
        ulong checksum = 0;
        for (int i = 0; i < length; i++)
        {
            checksum += (ulong)i * content[i];
        }

        Assert.Equal($"{checksum:x16}", report.GetProperty("checksum").GetString());
        JsonElement[] workers = [.. report.GetProperty("workers").EnumerateArray()];
        Assert.Equal(2, workers.Length);
        Assert.NotEqual(workers[0].GetProperty("address").GetString(), workers[1].GetProperty("address").GetString());
        Assert.NotEqual(workers[0].GetProperty("process").GetInt32(), workers[1].GetProperty("process").GetInt32());
        long chunks = report.GetProperty("chunks").GetInt64();
        Assert.Equal(chunks, workers.Sum(worker => worker.GetProperty("chunks").GetInt64()));

        // Each part takes a turn, and one more tells each worker that nothing is left.
        Assert.Equal(chunks + 2, workers.Sum(worker => worker.GetProperty("turns").GetInt64()));
        Assert.All(report.GetProperty("checks").EnumerateArray(), check => Assert.True(check.GetProperty("held").GetBoolean()));
        Assert.Equal(content, File.ReadAllBytes(file));
        File.Delete(file);
        AssertNothingIsLeft();
    }

    [Theory]
    [InlineData("missing", "cannot be mapped")]
    [InlineData("folder", "is a directory")]
    [InlineData("fifo", "is a FIFO, socket or device")]
    [InlineData("empty", "The file is empty")]
    public void File_that_cannot_be_shown_is_an_error(string kind, string because)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Linux' files and messages.");
        string path = _store.PathOf("file");
        _store.RunScript("case $2 in folder) mkdir \"$1\";; fifo) mkfifo \"$1\";; empty) : > \"$1\";; esac; true", path, kind).Succeeded();
        _store.Run("demo", path).Failed(1, because);
    }

    [Theory]
    [InlineData(ToolProcess.SIGINT)]
    [InlineData(ToolProcess.SIGTERM)]
    public void Signal_in_the_middle_ends_it_and_its_workers_and_nothing_is_left(int signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals to send.");
        string file = SparseFile();
        using ToolProcess demo = _store.Start("demo", file);
        ReadUpTo(demo, "worker 2");
        demo.Signal(signal);
        Assert.Equal(128 + signal, demo.Finish().ExitCode);
        File.Delete(file);
        AssertNothingIsLeft();
    }

    [Fact]
    public void Killed_demonstration_takes_its_workers_with_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "SIGKILL is Linux' word.");
        string file = SparseFile();
        using ToolProcess demo = _store.Start("demo", file);
        ReadUpTo(demo, "worker 2");
        Assert.Equal(3, _store.Names().Length);
        demo.Signal(ToolProcess.SIGKILL);
        demo.WaitForExit();
        Assert.True(SpinWait.SpinUntil(() => _store.Names().Length == 0, Crossmap.Testing.ChildProcess.Watchdog));
    }

    [Fact]
    public void Worker_that_is_killed_makes_it_fail_and_not_hang()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "SIGKILL is Linux' word.");
        string file = SparseFile();
        using ToolProcess demo = _store.Start("demo", file);
        string line = ReadUpTo(demo, "worker 2");
        int worker = int.Parse(line.Split("process ")[1].Split(' ')[0]);
        _store.RunScript("kill -KILL $1", $"{worker}").Succeeded();
        ToolResult result = demo.Finish();
        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"The worker process {worker} ended with 137", result.Errors, StringComparison.Ordinal);
        Assert.Equal([], _store.Names());
    }

    /// <summary>Long enough that the workers are still at it when the test acts; takes no space.</summary>
    private string SparseFile()
    {
        string file = _store.PathOf("long.bin");
        using FileStream stream = File.Create(file);
        stream.SetLength(64L << 30);
        return file;
    }

    private static string ReadUpTo(ToolProcess demo, string word)
    {
        while (true)
        {
            string line = demo.Receive();
            if (line.Contains(word, StringComparison.Ordinal))
            {
                return line;
            }
        }
    }

    private void AssertNothingIsLeft()
    {
        Assert.Empty(Directory.GetFiles(_store.Files));
        if (OperatingSystem.IsLinux())
        {
            Assert.Equal([], _store.Names());
        }
    }
}
