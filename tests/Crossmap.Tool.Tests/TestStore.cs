using System.Text.Json;
using Crossmap.Testing;

namespace Crossmap.Tool.Tests;

/// <summary>
/// A store of named objects that only one test uses, so that it may say what the whole list is; and the ways to run the tool on it. On
/// Windows all share the session's names.
/// </summary>
internal sealed class TestStore : IDisposable
{
    public TestStore()
    {
        Folder = Path.Combine(OperatingSystem.IsWindows() ? Path.GetTempPath() : "/dev/shm", UniqueName.Create());
        Files = Path.Combine(OperatingSystem.IsLinux() && Directory.Exists("/var/tmp") ? "/var/tmp" : Path.GetTempPath(), UniqueName.Create());
        Directory.CreateDirectory(Folder);
        Directory.CreateDirectory(Files);
    }

    public string Folder { get; }

    /// <summary>Where a test puts its files, and the demonstration its copy. On a disk if there is one: looking through the holes of a sparse
    /// file takes no memory there.</summary>
    public string Files { get; }

    public string PathOf(string file) => Path.Combine(Files, file);

    public string WriteFile(string name, byte[] content)
    {
        File.WriteAllBytes(PathOf(name), content);
        return PathOf(name);
    }

    public void Apply(IDictionary<string, string?> environment)
    {
        environment["CROSSMAP_ROOT"] = Folder;
        environment["TMPDIR"] = Files;

        // The runtime's own files, which a killed process leaves, would be taken for the tool's.
        environment["DOTNET_EnableDiagnostics"] = "0";
    }

    public ToolProcess Start(params string[] arguments) => ToolProcess.Start(this, [ToolProcess.Program, .. arguments]);

    public ToolResult Run(params string[] arguments) => RunWith([], arguments);

    /// <summary>With so many bytes in a pipe as standard input.</summary>
    public ToolResult RunWith(byte[] input, params string[] arguments) => RunCommand(input, [ToolProcess.Program, .. arguments]);

    /// <summary>A shell's script, in which $0 is the tool and $1… are the arguments.</summary>
    public ToolResult RunScript(string script, params string[] arguments) => RunCommand([], ["/bin/sh", "-c", script, ToolProcess.Program, .. arguments]);

    public ToolResult RunCommand(byte[] input, string[] command)
    {
        using ToolProcess process = ToolProcess.Start(this, command);
        try
        {
            process.Process.StandardInput.BaseStream.Write(input);
            process.Process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without taking everything; what it said tells why.
        }

        return process.Finish();
    }

    /// <summary>The names that are listed, from <c>list --json</c>.</summary>
    public string[] Names() => [.. JsonDocument.Parse(Run("list", "--json").Succeeded().Text).RootElement.EnumerateArray().Select(o => o.GetProperty("name").GetString()!)];

    /// <summary>What <c>info</c> tells of an object under a title.</summary>
    public string Field(string name, string title) =>
        Run("info", name).Succeeded().Lines.Single(line => line.StartsWith(title, StringComparison.Ordinal))[title.Length..].Trim();

    /// <summary>Until this is all there is.</summary>
    public void WaitForName(string name) => Assert.True(SpinWait.SpinUntil(() => Names() is [var only] && only == name, ChildProcess.Watchdog));

    /// <summary>What <c>info</c> tells of a channel; null while it is still being made.</summary>
    public JsonElement Channel(string channel) =>
        JsonDocument.Parse(Run("info", channel, "--json").Succeeded().Text).RootElement.GetProperty("channel");

    /// <summary>None while it is still being made.</summary>
    public JsonElement[] Participants(string channel) =>
        Channel(channel) is { ValueKind: JsonValueKind.Object } found ? [.. found.GetProperty("participants").EnumerateArray()] : [];

    /// <summary>With the slashes that make it a path for a shell.</summary>
    public static string Slashed(string file) => file.Replace('\\', '/');

    /// <summary>Until others have brought an object so far.</summary>
    public void WaitForField(string name, string title, string value) =>
        Assert.True(SpinWait.SpinUntil(() => Field(name, title) == value, ChildProcess.Watchdog), $"{title} of {name} is {Field(name, title)}, not {value}.");

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        Directory.Delete(Files, recursive: true);
    }
}
