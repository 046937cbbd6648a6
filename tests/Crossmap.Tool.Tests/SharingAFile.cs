namespace Crossmap.Tool.Tests;

/// <summary><c>crossmap share</c> and <c>create</c>: what they say, how long they hold, and that they never take over what is there.</summary>
public sealed class SharingAFile : IDisposable
{
    private readonly TestStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void Two_shells_see_the_same_bytes_and_a_killed_sharer_leaves_nothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "SIGKILL is Linux' word.");
        byte[] content = Bytes(100_000, seed: 1);
        string file = _store.WriteFile("prices.bin", content);
        byte[] written = Bytes(5000, seed: 2);
        using (ToolProcess sharer = _store.Start("share", file, "--name", "prices"))
        {
            sharer.Expect($"sharing {file} as prices (100000 bytes)");
            _store.RunWith(written, "write", "prices", "--offset", "70000").Succeeded();
            written.CopyTo(content, 70_000);
            Assert.Equal(written, _store.Run("read", "prices", "--offset", "70000", "--length", "5000").Succeeded().Output);
            Assert.Equal(content, _store.Run("read", "prices").Succeeded().Output);
            Assert.Equal(content, File.ReadAllBytes(file));
            Assert.Equal(["prices"], _store.Names());
            sharer.Signal(ToolProcess.SIGKILL);
            sharer.WaitForExit();
        }

        Assert.Equal([], _store.Names());
        Assert.Equal(["Name\tKind\tSize\tProtection\tState\tWaiters\tBacking file\tHandles\tProcesses"], _store.Run("list").Succeeded().Lines);
        _store.Run("read", "prices").Failed(1, "There is no file mapping named 'prices'");
        using ToolProcess again = _store.Start("share", file, "--name", "prices");
        again.Expect($"sharing {file} as prices (100000 bytes)");
        Assert.Equal(content, _store.Run("read", "prices").Succeeded().Output);
    }

    [Theory]
    [InlineData(ToolProcess.SIGINT)]
    [InlineData(ToolProcess.SIGTERM)]
    public void Signal_ends_a_share_with_0_and_frees_its_name(int signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals to send.");
        using ToolProcess sharer = _store.Start("create", "memory", "--size", "64K");
        sharer.Expect("sharing memory as memory (65536 bytes)");
        sharer.Signal(signal);
        Assert.Equal(0, sharer.WaitForExit());
        Assert.Equal("", sharer.Errors());
        Assert.Equal([], _store.Names());
    }

    [Fact]
    public void Sigint_ends_also_a_share_that_a_script_put_into_the_background()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals to send.");

        // Such a job starts with SIGINT ignored.
        ToolResult result = _store.RunScript("""
            "$0" create memory --size 4096 > "$1" & sharer=$!
            while ! grep -q sharing "$1"; do sleep 0.05; done
            kill -INT $sharer
            wait $sharer
            """, _store.PathOf("out"));
        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public void Name_in_use_is_an_error_and_its_object_stays_as_it_is()
    {
        string file = _store.WriteFile("a.bin", [1, 2, 3]);
        using ToolProcess first = _store.Start("create", "taken", "--size", "4096");
        first.Receive();
        _store.Run("share", file, "--name", "taken").Failed(1, "exists already");
        _store.Run("create", "taken", "--size", "8192").Failed(1, "exists already");
        _store.Run("semaphore", "create", "taken", "--initial", "1", "--maximum", "1").Failed(1, "taken");
        _store.Run("event", "create", "taken").Failed(1, "taken");
        _store.Run("mutex", "create", "taken").Failed(1, "taken");
        _store.Run("lock", "taken", "--", "true").Failed(1, "taken");
        Assert.Equal(4096, _store.Run("read", "taken").Succeeded().Output.Length);
    }

    [Fact]
    public void Read_only_share_can_be_read_and_not_written()
    {
        string file = _store.WriteFile("a.bin", [1, 2, 3]);
        using ToolProcess sharer = _store.Start("share", file, "--name", "fixed", "--read-only");
        sharer.Receive();
        Assert.Equal([1, 2, 3], _store.Run("read", "fixed").Succeeded().Output);
        _store.RunWith([9], "write", "fixed").Failed(1, "read-only");
        Assert.Equal([1, 2, 3], File.ReadAllBytes(file));
    }

    [Fact]
    public void Command_gets_the_name_and_its_code_becomes_ours()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The command is a Linux shell.");
        string file = _store.WriteFile("a.bin", [65, 66, 67]);
        ToolResult result = _store.Run("share", file, "--name", "for it", "--", "sh", "-c", "\"$0\" read \"$CROSSMAP_NAME\"; exit 7", ToolProcess.Program);
        Assert.Equal(7, result.ExitCode);
        Assert.Equal($"sharing {file} as for it (3 bytes)\nABC", result.Text);
        Assert.Equal([], _store.Names());
    }

    [Fact]
    public void Command_that_a_signal_ended_gives_128_and_the_signal()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals to send.");
        Assert.Equal(128 + 9, _store.Run("create", "m", "--size", "1", "--", "sh", "-c", "kill -KILL $$").ExitCode);
    }

    [Fact]
    public void Sigterm_goes_on_to_the_command_which_decides()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals to send.");
        using ToolProcess sharer = _store.Start("create", "m", "--size", "4096", "--", "sh", "-c", "trap 'exit 33' TERM; echo ready; while :; do sleep 0.05; done");
        sharer.Receive();
        sharer.Expect("ready");
        sharer.Signal(ToolProcess.SIGTERM);
        Assert.Equal(33, sharer.WaitForExit());
    }

    [Fact]
    public void Command_that_does_not_exist_is_an_error_and_nothing_stays()
    {
        ToolResult result = _store.Run("create", "m", "--size", "4096", "--", "no-such-command-here");
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("crossmap: ", result.Errors, StringComparison.Ordinal);
        Assert.Contains("no-such-command-here", result.Errors, StringComparison.Ordinal);
        Assert.Equal([], _store.Names());
    }

    [Fact]
    public void Command_is_looked_for_along_the_path_and_not_in_the_current_folder()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows looks into the current folder.");
        _store.WriteFile("true", "#!/bin/sh\nexit 99\n"u8.ToArray());
        ToolResult result = _store.RunScript("""chmod +x "$1/true"; cd "$1"; "$0" create m --size 4096 -- true""", _store.Files);
        Assert.Equal(0, result.ExitCode);
    }

    [Theory]
    [InlineData("missing", "cannot be mapped")]
    [InlineData("folder", "is a directory")]
    [InlineData("fifo", "is a FIFO, socket or device")]
    [InlineData("empty", "The file is empty")]
    public void File_that_cannot_be_shared_is_an_error_and_its_name_stays_free(string kind, string because)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Linux' files and messages.");
        string path = _store.PathOf("file");
        _store.RunScript("case $2 in folder) mkdir \"$1\";; fifo) mkfifo \"$1\";; empty) : > \"$1\";; esac; true", path, kind).Succeeded();
        _store.Run("share", path, "--name", "n").Failed(1, because);
        Assert.Equal([], _store.Names());
    }

    [Theory]
    [InlineData("4K", 4096)]
    [InlineData("1m", 1048576)]
    [InlineData("0100", 4096)]
    public void Size_may_have_a_unit_and_whole_pages_are_made(string size, long bytes)
    {
        using ToolProcess sharer = _store.Start("create", "m", "--size", size);
        sharer.Expect($"sharing memory as m ({bytes} bytes)");
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("")]
    [InlineData("K")]
    [InlineData("1.5M")]
    [InlineData("1 K")]
    [InlineData("0x10")]
    [InlineData("9223372036854775808")]
    [InlineData("9000000T")]
    public void Size_that_is_none_is_bad_usage(string size) => _store.Run("create", "m", "--size", size).Failed(2, "bytes");

    [Theory]
    [InlineData("4096T")]
    [InlineData("8388607T")]
    public void Size_that_no_machine_has_is_an_error(string size)
    {
        _store.Run("create", "m", "--size", size).Failed(1, "bytes");
        Assert.Equal([], _store.Names());
    }

    internal static byte[] Bytes(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
