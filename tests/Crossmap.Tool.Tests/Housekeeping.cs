namespace Crossmap.Tool.Tests;

/// <summary><c>crossmap sweep</c>, <c>setup-global</c>, help, and what makes no sense.</summary>
public sealed class Housekeeping : IDisposable
{
    private const string Nobody = "65534";

    private readonly TestStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void Sweep_removes_what_a_killed_process_left_and_names_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows leaves nothing to sweep.");
        string file = _store.WriteFile("a.bin", [1, 2, 3]);
        using (ToolProcess memory = _store.Start("create", "left [red]\u001b", "--size", "64K"))
        using (ToolProcess mapped = _store.Start("share", file, "--name", "left too"))
        using (ToolProcess held = _store.Start("create", "held", "--size", "64K"))
        {
            memory.Receive();
            mapped.Receive();
            held.Receive();
            memory.Signal(ToolProcess.SIGKILL);
            mapped.Signal(ToolProcess.SIGKILL);
            memory.WaitForExit();
            mapped.WaitForExit();
            string[] lines = _store.Run("sweep").Succeeded().Lines;
            Assert.Equal(3, lines.Length);
            Assert.Contains(@"removed left [red]\x1B", lines);
            Assert.Contains("removed left too", lines);
            Assert.Single(lines, line => line.StartsWith("removed .files/", StringComparison.Ordinal));
            Assert.Equal(["nothing to remove"], _store.Run("sweep").Succeeded().Lines);
            Assert.Equal(["held"], _store.Names());
        }
    }

    [Fact]
    public void Setup_global_makes_the_folder_for_a_group_and_may_be_repeated()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Root's work.");
        string folder = Path.Combine(_store.Folder, "crossmap-global");
        Assert.Equal([$@"Global\ is in {folder}, for the members of {Nobody}"], _store.Run("setup-global", "--group", Nobody).Succeeded().Lines);
        Assert.Equal("2770 0 65534", _store.RunScript("stat -c '%a %u %g' \"$1\"", folder).Text.Trim());
        _store.Run("setup-global", "--group", Nobody).Succeeded();
    }

    [Fact]
    public void Setup_global_for_a_group_that_does_not_exist_is_an_error()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Root's work.");
        _store.Run("setup-global", "--group", "no-such-group").Failed(1, "no-such-group");
        Assert.False(Directory.Exists(Path.Combine(_store.Folder, "crossmap-global")));
    }

    [Fact]
    public void Setup_global_by_another_user_than_root_is_an_error()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There is no such folder on Windows.");
        RunAsNobody("setup-global", "--group", Nobody).Failed(1, "Only root");
    }

    [Fact]
    public void Objects_of_others_are_listed_when_they_are_shared_and_left_out_when_not()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Two users are needed.");
        _store.Run("setup-global", "--group", Nobody).Succeeded();
        using ToolProcess kept = _store.Start("create", @"Global\kept", "--size", "1");
        using ToolProcess shared = _store.Start("create", @"Global\shared", "--size", "1", "--audience", "group");
        kept.Receive();
        shared.Receive();
        Assert.Equal([@"Global\kept", @"Global\shared"], _store.Names());
        ToolResult list = RunAsNobody("list").Succeeded();
        Assert.Contains(@"Global\shared", list.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("kept", list.Text, StringComparison.Ordinal);
        Assert.Equal(4096, RunAsNobody("read", @"Global\shared").Succeeded().Output.Length);
        RunAsNobody("read", @"Global\kept").Failed(1, "kept");
        RunAsNobody("info", @"Global\kept").Failed(1, "kept");
    }

    [Fact]
    public void Demo_works_for_another_user_on_a_file_he_may_read()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Two users are needed.");
        string file = _store.WriteFile("a.bin", SharingAFile.Bytes(10_000, seed: 1));
        ToolResult result = RunAsNobody("demo", file);
        Assert.True(result.ExitCode == 0, result.Errors + result.Text);
        _store.RunScript("chmod 600 \"$1\"", file).Succeeded();
        RunAsNobody("demo", file).Failed(1, "cannot be opened");
    }

    [Theory]
    [InlineData()]
    [InlineData("share")]
    [InlineData("create")]
    [InlineData("read")]
    [InlineData("write")]
    [InlineData("list")]
    [InlineData("info")]
    [InlineData("lock")]
    [InlineData("mutex")]
    [InlineData("mutex", "create")]
    [InlineData("mutex", "wait")]
    [InlineData("mutex", "release")]
    [InlineData("event")]
    [InlineData("event", "create")]
    [InlineData("event", "wait")]
    [InlineData("event", "set")]
    [InlineData("event", "reset")]
    [InlineData("event", "pulse")]
    [InlineData("semaphore")]
    [InlineData("semaphore", "create")]
    [InlineData("semaphore", "wait")]
    [InlineData("semaphore", "release")]
    [InlineData("sweep")]
    [InlineData("setup-global")]
    [InlineData("demo")]
    public void Help_is_there_for_every_verb(params string[] verb)
    {
        ToolResult help = _store.Run([.. verb, "--help"]).Succeeded();
        Assert.Contains($"crossmap {string.Join(' ', verb)}".TrimEnd(), help.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("demo-worker", help.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no-such-verb")]
    [InlineData("semaphore")]
    [InlineData("share")]
    [InlineData("share", "file")]
    [InlineData("share", "--name", "n")]
    [InlineData("share", "file", "--name", "")]
    [InlineData("share", "file", "--name", "n", "command")]
    [InlineData("share", "file", "--name", "n", "--audience", "all")]
    [InlineData("create", "n")]
    [InlineData("create", "", "--size", "1")]
    [InlineData("read")]
    [InlineData("read", "n", "m")]
    [InlineData("read", "n", "--ofset", "1")]
    [InlineData("list", "n")]
    [InlineData("info")]
    [InlineData("semaphore", "create", "n")]
    [InlineData("semaphore", "wait")]
    [InlineData("lock")]
    [InlineData("lock", "n")]
    [InlineData("lock", "n", "--")]
    [InlineData("lock", "n", "command")]
    [InlineData("lock", "", "--", "command")]
    [InlineData("lock", "n", "--audience", "all", "--", "command")]
    [InlineData("mutex")]
    [InlineData("mutex", "create", "")]
    [InlineData("mutex", "create", "n", "command")]
    [InlineData("mutex", "wait")]
    [InlineData("mutex", "wait", "n", "command")]
    [InlineData("mutex", "release")]
    [InlineData("event")]
    [InlineData("event", "create", "")]
    [InlineData("event", "wait")]
    [InlineData("event", "wait", "n", "command")]
    [InlineData("event", "set")]
    [InlineData("event", "set", "n", "--manual")]
    [InlineData("event", "release", "n")]
    [InlineData("setup-global")]
    [InlineData("demo", "a", "b")]
    public void Command_line_that_makes_no_sense_is_bad_usage(params string[] arguments)
    {
        _store.Run(arguments).Failed(2, "--help");
        Assert.Empty(Directory.GetFileSystemEntries(_store.Folder));
    }

    [Fact]
    public void No_command_line_at_all_shows_the_help_as_an_error()
    {
        ToolResult result = _store.Run();
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("crossmap [command]", result.Errors, StringComparison.Ordinal);
        Assert.Equal("", result.Text);
    }

    [Fact]
    public void Version_is_told() => Assert.Matches("^[0-9]+[.][0-9]+[.][0-9]+", _store.Run("--version").Succeeded().Text);

    /// <summary>As user and group 65534: this user if it is not root.</summary>
    private ToolResult RunAsNobody(params string[] arguments)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            return _store.Run(arguments);
        }

        _store.RunScript("chmod 1777 \"$1\" \"$2\"", _store.Folder, _store.Files).Succeeded();
        string[] prefix = ["setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups"];
        Assert.SkipUnless(_store.RunCommand([], [.. prefix, "test", "-x", ToolProcess.Program]).ExitCode == 0, "The other user cannot reach the tool here.");
        return _store.RunCommand([], [.. prefix, ToolProcess.Program, .. arguments]);
    }
}
