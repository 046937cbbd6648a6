namespace Crossmap.Tool.Tests;

/// <summary><c>crossmap event</c>: who goes on when it is set, and that nothing is lost with a killed waiter.</summary>
public sealed class TellingOthers : IDisposable
{
    private readonly TestStore _store = new();
    private readonly List<ToolProcess> _started = [];

    public void Dispose()
    {
        _started.ForEach(process => process.Dispose());
        _store.Dispose();
    }

    [Fact]
    public void Auto_reset_event_lets_one_wait_through_for_each_set()
    {
        Hold("not set, auto-reset");
        Wait("--timeout", "0").Failed(124, "The event 'ready' was not set within 0 seconds.");
        Change("set");
        Change("set");
        Wait("--timeout", "0").Succeeded();
        Wait("--timeout", "0.1").Failed(124, "0.1 seconds");
        Change("set");
        Change("reset");
        Wait("--timeout", "0").Failed(124, "ready");
    }

    [Fact]
    public void Manual_reset_event_lets_all_through_until_it_is_reset()
    {
        Hold("set, manual-reset", "--manual", "--set");
        Wait("--timeout", "0").Succeeded();
        Wait().Succeeded();
        Change("reset");
        Wait("--timeout", "0").Failed(124, "ready");
        Change("set");
        Wait("--timeout", "0").Succeeded();
    }

    [Fact]
    public void All_who_wait_for_a_manual_reset_event_go_on()
    {
        Hold("not set, manual-reset", "--manual");
        ToolProcess[] waiters = [StartWaiting(), StartWaiting()];
        Change("set");
        Assert.All(waiters, waiter => Assert.Equal(0, waiter.WaitForExit()));
    }

    [Theory]
    [InlineData("not set, auto-reset")]
    [InlineData("not set, manual-reset", "--manual")]
    public void Pulse_lets_a_sleeper_go_on_and_nobody_who_comes_later(string state, params string[] options)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not tell who waits.");
        Hold(state, options);
        ToolProcess waiter = StartWaiting();
        _store.WaitForField("ready", "Waiters", "yes");
        Change("pulse");
        Assert.Equal(0, waiter.WaitForExit());
        Wait("--timeout", "0").Failed(124, "ready");
    }

    [Fact]
    public void Set_that_nobody_takes_is_not_lost_with_a_killed_waiter()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "SIGKILL is Linux' word.");
        Hold("not set, auto-reset");
        ToolProcess[] waiters = [StartWaiting(), StartWaiting()];
        _store.WaitForField("ready", "Waiters", "yes");
        _store.WaitForField("ready", "Handles", "3");
        waiters[0].Signal(ToolProcess.SIGKILL);
        Change("set");
        Assert.Equal(0, waiters[1].WaitForExit());
        Wait("--timeout", "0").Failed(124, "ready");
    }

    [Fact]
    public void Command_runs_once_the_event_is_set_and_its_code_becomes_ours()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The command is a Linux shell.");
        Hold("not set, auto-reset");
        ToolProcess waiter = StartWaiting("--", "sh", "-c", "echo told; exit 5");
        _store.WaitForField("ready", "Waiters", "yes");
        Change("set");
        waiter.Expect("told");
        Assert.Equal(5, waiter.WaitForExit());
        _store.Run("event", "wait", "ready", "--timeout", "0", "--", "echo", "never").Failed(124, "ready");
    }

    [Theory]
    [InlineData(ToolProcess.SIGTERM)]
    [InlineData(ToolProcess.SIGINT)]
    public void Signal_ends_a_wait_at_once_and_the_event_stays_as_it_is(int signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals to send.");
        Hold("not set, auto-reset");
        ToolProcess waiter = StartWaiting();
        _store.WaitForField("ready", "Waiters", "yes");
        waiter.Signal(signal);
        Assert.Equal(128 + signal, waiter.WaitForExit());
        Change("set");
        Wait("--timeout", "0").Succeeded();
    }

    [Fact]
    public void Command_holds_the_event_and_gets_its_name()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The command is a Linux shell.");
        ToolResult result = _store.Run("event", "create", "ready", "--", "sh", "-c", "\"$0\" event set \"$CROSSMAP_NAME\"; \"$0\" event wait ready --timeout 0; exit $((7 + $?))", ToolProcess.Program);
        Assert.Equal("holding event ready (not set, auto-reset)\nset ready\n", result.Text);
        Assert.Equal(7, result.ExitCode);
        Assert.Equal([], _store.Names());
    }

    [Fact]
    public void Event_that_is_there_is_not_made_again_and_stays_as_it_is()
    {
        Hold("not set, auto-reset");
        _store.Run("event", "create", "ready", "--manual", "--set").Failed(1, "An event named 'ready' exists already");
        Wait("--timeout", "0").Failed(124, "ready");
    }

    [Theory]
    [InlineData("wait")]
    [InlineData("set")]
    [InlineData("reset")]
    [InlineData("pulse")]
    public void Name_of_nothing_or_of_another_kind_is_an_error(string verb)
    {
        _store.Run("event", verb, "nothing").Failed(1, "There is no event named 'nothing'");
        ToolProcess mutex = Start("mutex", "create", "gate");
        mutex.Receive();
        _store.Run("event", verb, "gate").Failed(1, "another kind");
        _store.Run("event", verb, @"no\folder").Failed(1, "");
        _store.Run("event", verb, "").Failed(1, "empty name");
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("soon")]
    public void Timeout_that_is_none_is_bad_usage(string timeout) => Wait("--timeout", timeout).Failed(2, "is no time");

    private void Hold(string state, params string[] options) => Start(["event", "create", "ready", .. options]).Expect($"holding event ready ({state})");

    private ToolProcess StartWaiting(params string[] options) => Start(["event", "wait", "ready", .. options]);

    private ToolResult Wait(params string[] options) => _store.Run(["event", "wait", "ready", .. options]);

    private void Change(string verb) => Assert.Equal([$"{(verb == "pulse" ? "pulsed" : verb)} ready"], _store.Run("event", verb, "ready").Succeeded().Lines);

    private ToolProcess Start(params string[] arguments)
    {
        _started.Add(_store.Start(arguments));
        return _started[^1];
    }
}
