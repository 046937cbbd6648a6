namespace Crossmap.Tool.Tests;

/// <summary><c>crossmap lock</c> and <c>mutex</c>: one command at a time, released however it ends, and a killed owner is told of once.</summary>
public sealed class RunningAlone : IDisposable
{
    private const string Died = "The last owner of mutex 'gate' died without releasing it";

    private readonly TestStore _store = new();
    private readonly List<ToolProcess> _started = [];

    public void Dispose()
    {
        _started.ForEach(process => process.Dispose());
        _store.Dispose();
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 5", 5)]
    [InlineData("kill -KILL $$", 137)]
    public void Command_owns_the_mutex_while_it_runs_and_it_is_released_however_it_ends(string script, int code)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The command is a Linux shell.");
        Hold();
        ToolResult result = _store.Run("lock", "gate", "--", "sh", "-c", "\"$0\" lock gate --timeout 0 -- true 2>/dev/null; echo \"$? $CROSSMAP_ABANDONED\"; " + script, ToolProcess.Program);
        Assert.Equal("124 \n", result.Text);
        Assert.Equal("", result.Errors);
        Assert.Equal(code, result.ExitCode);
        Assert.Equal("free", State());
    }

    [Fact]
    public void Lock_makes_what_is_not_there_and_leaves_nothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The command is a Linux shell.");
        ToolResult result = _store.Run("lock", "gate", "--", "sh", "-c", "\"$0\" info gate --json | grep isOwned; exit 3", ToolProcess.Program);
        Assert.Equal("\"isOwned\": true,", result.Text.Trim());
        Assert.Equal(3, result.ExitCode);
        Assert.Equal([], _store.Names());
    }

    [Fact]
    public void Locks_of_one_name_exclude_each_other_while_the_name_comes_and_goes()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A Linux shell's script.");

        // Nobody holds the mutex beside those who lock it: it ends whenever none of them is there, and somebody makes it again.
        ToolResult result = _store.RunScript("""
            cd "$1"
            echo 0 > count
            for worker in 1 2 3 4; do
                for turn in 1 2 3 4 5; do
                    "$0" lock gate -- sh -c 'mkdir inside || echo two at once; echo $(($(cat count) + 1)) > count; rmdir inside' || echo failed
                done &
            done
            wait
            cat count
            """, _store.Files);
        Assert.Equal("20\n", result.Succeeded().Text);
        Assert.Equal([], _store.Names());
    }

    [Fact]
    public void Killed_owner_is_reported_to_the_next_once_and_to_its_command()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "SIGKILL is Linux' word.");
        ToolProcess owner = StartOwner();
        ToolProcess[] waiters = [StartWaiter(), StartWaiter()];
        _store.WaitForField("gate", "Waiters", "yes");
        _store.WaitForField("gate", "Handles", "3");
        owner.Signal(ToolProcess.SIGKILL);
        Assert.All(waiters, waiter => Assert.Equal(0, waiter.WaitForExit()));
        ToolResult[] results = [.. waiters.Select(waiter => waiter.Finish())];
        ToolResult told = Assert.Single(results, result => result.Errors.Length > 0);
        Assert.Equal($"crossmap: {Died}: what it guards may be half changed.\n", told.Errors);
        Assert.Equal("abandoned 1\n", told.Text);
        Assert.Equal("abandoned \n", Assert.Single(results, result => result.Errors.Length == 0).Text);

        // What another lock around it was told is not this one's.
        ToolProcess StartWaiter() => Start("env", "CROSSMAP_ABANDONED=1", ToolProcess.Program, "lock", "gate", "--", "sh", "-c", "echo \"abandoned $CROSSMAP_ABANDONED\"");
    }

    [Fact]
    public void Killed_owner_whose_mutex_ended_with_it_is_not_reported()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "SIGKILL is Linux' word.");
        ToolProcess owner = StartOwner();
        owner.Signal(ToolProcess.SIGKILL);
        owner.WaitForExit();
        Assert.Equal("[]\n", _store.RunScript("\"$0\" lock gate -- sh -c 'echo \"[$CROSSMAP_ABANDONED]\"'").Succeeded().Text);
    }

    [Fact]
    public void Wait_without_a_command_leaves_an_abandoned_mutex_to_whoever_puts_things_right()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "SIGKILL is Linux' word.");
        Hold();
        Abandon();
        foreach (string[] runsNothing in (string[][])[["mutex", "wait", "gate"], ["mutex", "wait", "gate", "--timeout", "0"], ["lock", "gate", "--", "no-such-command-here"]])
        {
            Assert.Equal("abandoned", State());
            Assert.Contains(Died, _store.Run(runsNothing).Errors, StringComparison.Ordinal);
        }

        Assert.Equal("abandoned", State());
        ToolResult result = _store.Run("mutex", "wait", "gate", "--", "sh", "-c", "echo \"$CROSSMAP_ABANDONED\"; exit 4");
        Assert.Equal(4, result.ExitCode);
        Assert.Equal("1\n", result.Text);
        Assert.Contains(Died, result.Errors, StringComparison.Ordinal);
        Assert.Equal("free", State());
        _store.Run("mutex", "wait", "gate").Succeeded();
        Assert.Equal("free", State());
    }

    [Fact]
    public void Killed_waiter_keeps_nobody_from_the_mutex()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "SIGKILL is Linux' word.");
        ToolProcess owner = StartOwner();
        ToolProcess[] waiters = [StartTool("lock", "gate", "--", "true"), StartTool("lock", "gate", "--", "true")];
        _store.WaitForField("gate", "Waiters", "yes");
        _store.WaitForField("gate", "Handles", "3");
        waiters[0].Signal(ToolProcess.SIGKILL);
        owner.Process.StandardInput.Close();
        Assert.Equal(0, owner.WaitForExit());
        Assert.Equal(0, waiters[1].WaitForExit());
        Assert.Equal("", waiters[1].Errors());
    }

    [Theory]
    [InlineData(ToolProcess.SIGTERM)]
    [InlineData(ToolProcess.SIGINT)]
    public void Signal_ends_a_wait_at_once_and_goes_to_the_command_of_an_owner(int signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals to send.");
        Hold();

        // Through setsid, as a terminal's foreground process would have its SIGINT from the keyboard.
        ToolProcess owner = Start("setsid", ToolProcess.Program, "lock", "gate", "--", "sh", "-c", "trap 'exit 33' INT TERM; echo ready; while :; do sleep 0.05; done");
        owner.Expect("ready");
        ToolProcess waiter = StartTool("lock", "gate", "--", "echo", "never");
        _store.WaitForField("gate", "Waiters", "yes");
        waiter.Signal(signal);
        ToolResult ended = waiter.Finish();
        Assert.Equal(128 + signal, ended.ExitCode);
        Assert.Equal("", ended.Text);
        Assert.StartsWith("owned", State(), StringComparison.Ordinal);
        owner.Signal(signal);
        Assert.Equal(33, owner.WaitForExit());
        Assert.Equal("free", State());
    }

    [Fact]
    public void Timeout_is_124_and_runs_nothing()
    {
        Hold();
        using ToolProcess owner = StartOwner();
        foreach (string[] verb in (string[][])[["lock", "gate"], ["mutex", "wait", "gate"]])
        {
            _store.Run([.. verb, "--timeout", "0", "--", "echo", "never"]).Failed(124, "The mutex 'gate' did not come free within 0 seconds.");
            _store.Run([.. verb, "--timeout", "0.2", "--", "echo", "never"]).Failed(124, "0.2 seconds");
        }

        _store.Run("mutex", "wait", "gate", "--timeout", "0").Failed(124, "gate");
    }

    [Fact]
    public void Command_that_cannot_run_releases_the_mutex()
    {
        Hold();
        _store.Run("lock", "gate", "--", "no-such-command-here").Failed(1, "no-such-command-here");
        Assert.Equal("free", State());
    }

    [Fact]
    public void Release_is_an_error_that_says_who_owns_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "SIGKILL is Linux' word.");
        Hold();
        _store.Run("mutex", "release", "gate").Failed(1, "Nobody owns the mutex 'gate': there is nothing to release.");
        using (ToolProcess owner = StartOwner())
        {
            _store.Run("mutex", "release", "gate").Failed(1, $"The mutex 'gate' is owned by process {owner.Process.Id}, and only its owner can release it");
            Assert.Equal($"owned by {owner.Process.Id}", State());
        }

        Assert.Equal("abandoned", State());
        _store.Run("mutex", "release", "gate").Failed(1, "Nobody owns the mutex 'gate', whose last owner died: there is nothing to release.");
        Assert.Equal("abandoned", State());
    }

    [Fact]
    public void Created_mutex_is_held_and_free_and_not_made_twice()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The command is a Linux shell.");
        ToolResult result = _store.Run("mutex", "create", "gate", "--", "sh", "-c", "\"$0\" lock \"$CROSSMAP_NAME\" -- echo alone; \"$0\" mutex create gate", ToolProcess.Program);
        Assert.Equal(1, result.ExitCode);
        Assert.Equal("holding mutex gate (free)\nalone\n", result.Text);
        Assert.Equal("crossmap: A mutex named 'gate' exists already.\n", result.Errors);
        Assert.Equal([], _store.Names());
    }

    [Fact]
    public void Name_of_nothing_or_of_another_kind_is_an_error()
    {
        StartTool("event", "create", "ready").Receive();
        foreach (string verb in (string[])["wait", "release"])
        {
            _store.Run("mutex", verb, "nothing").Failed(1, "There is no mutex named 'nothing'");
            _store.Run("mutex", verb, "ready").Failed(1, "another kind");
            _store.Run("mutex", verb, "").Failed(1, "empty name");
            _store.Run("mutex", verb, @"no\folder").Failed(1, "");
        }

        _store.Run("lock", "ready", "--", "echo", "never").Failed(1, "another kind");
        _store.Run("lock", @"no\folder", "--", "echo", "never").Failed(1, "");
        _store.Run("lock", new string('n', 32_767), "--", "echo", "never").Failed(1, "");
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("soon")]
    public void Timeout_that_is_none_is_bad_usage(string timeout)
    {
        _store.Run("lock", "gate", "--timeout", timeout, "--", "echo", "never").Failed(2, "is no time");
        _store.Run("mutex", "wait", "gate", "--timeout", timeout).Failed(2, "is no time");
    }

    private void Hold() => StartTool("mutex", "create", "gate").Expect("holding mutex gate (free)");

    private string State() => _store.Field("gate", "State");

    /// <summary>Runs a command under the mutex that ends with its input, also when the tool is killed.</summary>
    private ToolProcess StartOwner()
    {
        ToolProcess owner = StartTool("lock", "gate", "--", "sh", "-c", "echo ready; read line; exit 0");
        owner.Expect("ready");
        return owner;
    }

    private void Abandon()
    {
        ToolProcess owner = StartOwner();
        owner.Signal(ToolProcess.SIGKILL);
        owner.WaitForExit();
    }

    private ToolProcess StartTool(params string[] arguments) => Start([ToolProcess.Program, .. arguments]);

    private ToolProcess Start(params string[] command)
    {
        _started.Add(ToolProcess.Start(_store, command));
        return _started[^1];
    }
}
