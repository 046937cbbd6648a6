namespace Crossmap.Tool.Tests;

/// <summary><c>crossmap semaphore</c>: counts are taken, given back however a command ends, and never lost to a signal.</summary>
public sealed class TakingTurns : IDisposable
{
    private readonly TestStore _store = new();
    private ToolProcess? _holder;

    public void Dispose()
    {
        _holder?.Dispose();
        _store.Dispose();
    }

    [Fact]
    public void Wait_takes_a_count_and_times_out_with_124_when_there_is_none()
    {
        Hold(1, 2);
        _store.Run("semaphore", "wait", "turn").Succeeded();
        _store.Run("semaphore", "wait", "turn", "--timeout", "0").Failed(124, "No count of 'turn'");
        _store.Run("semaphore", "wait", "turn", "--timeout", "0.2").Failed(124, "0.2 seconds");
        Assert.Equal(["released 2 of turn (the count was 0)"], _store.Run("semaphore", "release", "turn", "--count", "2").Succeeded().Lines);
        _store.Run("semaphore", "wait", "turn", "--timeout", "0").Succeeded();
        _store.Run("semaphore", "wait", "turn", "--timeout", "10").Succeeded();
        _store.Run("semaphore", "wait", "turn", "--timeout", "0").Failed(124, "turn");
    }

    [Fact]
    public void Waiter_is_woken_by_a_release()
    {
        Hold(0, 1);
        using ToolProcess waiter = _store.Start("semaphore", "wait", "turn", "--timeout", "60");
        _store.Run("semaphore", "release", "turn").Succeeded();
        Assert.Equal(0, waiter.WaitForExit());
    }

    [Fact]
    public void Release_beyond_the_maximum_is_an_error_and_changes_nothing()
    {
        Hold(1, 2);
        _store.Run("semaphore", "release", "turn", "--count", "2").Failed(1, "maximum");
        Assert.Equal(1, Count());
        _store.Run("semaphore", "release", "turn", "--count", "0").Failed(2, "At least one");
        _store.Run("semaphore", "release", "turn", "--count", "-1").Failed(2, "At least one");
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 5", 5)]
    [InlineData("kill -KILL $$", 137)]
    public void Command_has_the_count_while_it_runs_and_it_is_given_back_however_it_ends(string script, int code)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The command is a Linux shell.");
        Hold(1, 1);
        ToolResult result = _store.Run("semaphore", "wait", "turn", "--timeout", "60", "--", "sh", "-c", "\"$0\" semaphore wait turn --timeout 0 2>/dev/null; echo $?; " + script, ToolProcess.Program);
        Assert.Equal("124\n", result.Text);
        Assert.Equal(code, result.ExitCode);
        Assert.Equal(1, Count());
    }

    [Theory]
    [InlineData(ToolProcess.SIGTERM)]
    [InlineData(ToolProcess.SIGINT)]
    public void Signal_while_the_command_runs_goes_to_it_and_the_count_is_given_back(int signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals to send.");
        Hold(1, 1);

        // Through setsid, as a terminal's foreground process would have its SIGINT from the keyboard.
        using ToolProcess waiter = ToolProcess.Start(_store, ["setsid", ToolProcess.Program, "semaphore", "wait", "turn", "--", "sh", "-c", "echo ready; exec sleep 1000"]);
        waiter.Expect("ready");
        waiter.Signal(signal);
        Assert.Equal(128 + signal, waiter.WaitForExit());
        Assert.Equal(1, Count());
    }

    [Fact]
    public void Command_that_cannot_run_gives_the_count_back()
    {
        Hold(1, 1);
        _store.Run("semaphore", "wait", "turn", "--", "no-such-command-here").Failed(1, "no-such-command-here");
        Assert.Equal(1, Count());
    }

    [Theory]
    [InlineData(ToolProcess.SIGTERM)]
    [InlineData(ToolProcess.SIGINT)]
    public void Signal_ends_a_wait_at_once_and_nothing_is_taken(int signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals to send.");
        Hold(0, 1);
        using ToolProcess waiter = _store.Start("semaphore", "wait", "turn");

        _store.WaitForField("turn", "Waiters", "yes");
        waiter.Signal(signal);
        Assert.Equal(128 + signal, waiter.WaitForExit());
        _store.Run("semaphore", "release", "turn").Succeeded();
        Assert.Equal(1, Count());
    }

    [Fact]
    public void Semaphore_ends_with_its_holder()
    {
        Hold(1, 1);
        _holder!.Dispose();
        _store.Run("semaphore", "wait", "turn").Failed(1, "There is no semaphore named 'turn'");
        _store.Run("semaphore", "release", "turn").Failed(1, "There is no semaphore named 'turn'");
    }

    [Fact]
    public void Mapping_is_no_semaphore()
    {
        using ToolProcess mapping = _store.Start("create", "m", "--size", "1");
        mapping.Receive();
        _store.Run("semaphore", "wait", "m").Failed(1, "another kind");
        _store.Run("semaphore", "release", "m").Failed(1, "another kind");
    }

    [Theory]
    [InlineData("2", "1")]
    [InlineData("-1", "1")]
    [InlineData("0", "0")]
    [InlineData("x", "1")]
    [InlineData("1", "2147483648")]
    public void Counts_that_make_no_sense_are_bad_usage(string initial, string maximum) =>
        _store.Run("semaphore", "create", "s", "--initial", initial, "--maximum", maximum).Failed(2, "");

    [Theory]
    [InlineData("-1")]
    [InlineData("soon")]
    [InlineData("1e9")]
    [InlineData("3000000")]
    public void Timeout_that_is_none_is_bad_usage(string timeout) => _store.Run("semaphore", "wait", "s", "--timeout", timeout).Failed(2, "is no time");

    [Fact]
    public void Words_without_the_two_dashes_are_bad_usage() => _store.Run("semaphore", "wait", "s", "command").Failed(2, "write -- before it");

    private void Hold(int initial, int maximum)
    {
        _holder = _store.Start("semaphore", "create", "turn", "--initial", $"{initial}", "--maximum", $"{maximum}");
        _holder.Expect($"holding semaphore turn ({initial} of {maximum})");
    }

    private int Count() => int.Parse(_store.Field("turn", "State").Split(" of ")[0]);
}
