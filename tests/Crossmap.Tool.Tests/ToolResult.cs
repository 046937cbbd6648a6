using System.Text;

namespace Crossmap.Tool.Tests;

/// <summary>What a finished run of the tool left.</summary>
internal sealed record ToolResult(int ExitCode, byte[] Output, string Errors)
{
    public string Text => Encoding.UTF8.GetString(Output);

    public string[] Lines => Text.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>It did what it should and had nothing to complain about.</summary>
    public ToolResult Succeeded()
    {
        Assert.True(ExitCode == 0 && Errors.Length == 0, $"Exit code {ExitCode}: {Errors}{Text}");
        return this;
    }

    /// <summary>It failed with that code, said why on standard error in one line of its own, and nothing on standard output.</summary>
    public ToolResult Failed(int code, string because)
    {
        Assert.True(ExitCode == code, $"Expected exit code {code}, got {ExitCode}: {Errors}{Text}");
        Assert.StartsWith("crossmap: ", Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected error", Errors, StringComparison.Ordinal);
        Assert.Contains(because, Errors, StringComparison.Ordinal);
        Assert.Equal("", Text);
        return this;
    }
}
