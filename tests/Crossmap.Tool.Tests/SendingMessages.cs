using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Crossmap.Tool.Tests;

/// <summary><c>crossmap send</c> and <c>receive</c>: what goes in comes out, once, whoever is killed in between.</summary>
public sealed class SendingMessages : IDisposable
{
    private readonly TestStore _store = new();

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData("jobs")]
    [InlineData("jobs", "--single")]
    [InlineData("./jobs.queue")]
    [InlineData("./jobs.queue", "--single")]
    public void Lines_come_out_as_they_went_in(params string[] queue)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The pipes are a Linux shell's.");
        ToolResult result = _store.RunScript(
            """
            cd "$1"; shift
            seq 1 50000 > in; printf '\n\nlast without an end' >> in
            "$0" receive "$@" > out & receiver=$!
            "$0" send "$@" --complete < in || exit 1
            wait $receiver || exit 2
            echo >> in
            cmp in out
            """,
            [_store.Files, .. queue]);
        result.Succeeded();
        if (queue[0] == "jobs")
        {
            Assert.Empty(_store.Names());
        }
    }

    [Fact]
    public void Records_hold_anything_and_may_be_longer_than_any_buffer()
    {
        var random = new Random(1);
        using var stream = new MemoryStream();
        foreach (int length in new[] { 0, 1, 100, 70_000, 0, 300_000, 1_000_000, 5 })
        {
            byte[] record = new byte[4 + length];
            random.NextBytes(record);
            BinaryPrimitives.WriteInt32LittleEndian(record, length);
            stream.Write(record);
        }

        string file = _store.PathOf("q");
        _store.RunWith(stream.ToArray(), "send", TestStore.Slashed(file), "--length-prefixed", "--capacity", "4M").Succeeded();
        Assert.Equal(stream.ToArray(), _store.Run("receive", TestStore.Slashed(file), "--length-prefixed", "--count", "8").Succeeded().Output);
        _store.RunWith([7, 0, 0, 0, 1, 2], "send", TestStore.Slashed(file), "--length-prefixed").Failed(1, "middle of a record");
        _store.RunWith([255, 255, 255, 255], "send", TestStore.Slashed(file), "--length-prefixed").Failed(1, "4294967295 bytes");
    }

    [Fact]
    public void Receiver_may_count_wait_for_a_time_and_take_what_is_there()
    {
        string file = _store.PathOf("q");
        _store.RunWith("a\nb\nc\n"u8.ToArray(), "send", TestStore.Slashed(file)).Succeeded();
        Assert.Equal(["a"], _store.Run("receive", TestStore.Slashed(file), "--count", "1").Succeeded().Lines);
        ToolResult rest = _store.Run("receive", TestStore.Slashed(file), "--timeout", "0");
        Assert.Equal(124, rest.ExitCode);
        Assert.Equal(["b", "c"], rest.Lines);
        _store.Run("receive", TestStore.Slashed(file), "--timeout", "0.1").Failed(124, "0.1 seconds");
        _store.Run("receive", TestStore.Slashed(file), "--count", "0").Failed(2, "At least one");
        _store.Run("receive", "nothing", "--existing").Failed(1, "no queue");
        _store.RunWith([], "send", "nothing", "--existing").Failed(1, "no queue");
        _store.Run("receive", "", "--timeout", "0").Failed(2, "empty");
    }

    [Fact]
    public void Line_longer_than_any_message_is_an_error_and_what_came_before_is_sent()
    {
        string file = _store.PathOf("q");
        byte[] lines = Encoding.ASCII.GetBytes("short\n" + new string('x', 5000) + "\n");
        _store.RunWith(lines, "send", TestStore.Slashed(file), "--capacity", "4096").Failed(1, "--capacity");
        Assert.Equal(["short"], _store.Run("receive", TestStore.Slashed(file), "--count", "1").Succeeded().Lines);
    }

    [Fact]
    public void Complete_queue_ends_its_receivers_and_takes_nothing_more()
    {
        string file = _store.PathOf("q");
        _store.RunWith("a\n"u8.ToArray(), "send", TestStore.Slashed(file), "--complete").Succeeded();
        _store.RunWith("b\n"u8.ToArray(), "send", TestStore.Slashed(file)).Failed(1, "is complete");
        Assert.Equal(["a"], _store.Run("receive", TestStore.Slashed(file)).Succeeded().Lines);
        Assert.Empty(_store.Run("receive", TestStore.Slashed(file)).Succeeded().Lines);
    }

    [Fact]
    public void Sender_stays_until_the_messages_in_memory_are_received()
    {
        using ToolProcess sender = _store.Start("send", "jobs");
        sender.Process.StandardInput.Write("a\nb\n");
        sender.Process.StandardInput.Close();
        Assert.Equal(["a"], _store.Run("receive", "jobs", "--count", "1").Succeeded().Lines);
        Assert.False(sender.Process.HasExited);
        Assert.Equal(["b"], _store.Run("receive", "jobs", "--count", "1", "--existing").Succeeded().Lines);
        sender.Finish().Succeeded();
        _store.RunWith("a\n"u8.ToArray(), "send", "jobs", "--no-wait").Succeeded();
        _store.Run("receive", "jobs", "--timeout", "0").Failed(124, "jobs");
    }

    /// <summary>The receiver has written a part of what it holds, for its reader does not read, when it ends.</summary>
    [Theory]
    [InlineData(ToolProcess.SIGKILL)]
    [InlineData(ToolProcess.SIGTERM)]
    public void Receiver_that_is_killed_while_it_writes_loses_nothing(int signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals to send.");
        const int count = 30_000;
        string file = _store.PathOf("q");
        string input = string.Concat(Enumerable.Range(1, count).Select(i => i.ToString("D20", CultureInfo.InvariantCulture) + "\n"));
        _store.RunWith(Encoding.ASCII.GetBytes(input), "send", file, "--capacity", "8M").Succeeded();
        using ToolProcess receiver = _store.Start("receive", file);

        // When it holds messages and has no other thing to do it is in its write, or about to be.
        Assert.True(SpinWait.SpinUntil(() => _store.Participants(file).Any(p => p.GetProperty("held").GetInt32() > 1000), Testing.ChildProcess.Watchdog));
        receiver.Signal(signal);
        ToolResult first = receiver.Finish();
        Assert.Equal(128 + signal, first.ExitCode);
        ToolResult second = _store.Run("receive", file, "--timeout", "0");
        Assert.Equal(124, second.ExitCode);
        Assert.NotEmpty(first.Lines);
        int whole = first.Text.LastIndexOf('\n') + 1;
        Assert.Equal(
            Enumerable.Range(1, count),
            (first.Text[..whole] + second.Text).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => int.Parse(line, CultureInfo.InvariantCulture)).Distinct().Order());
    }

    [Fact]
    public void Receiver_whose_reader_goes_loses_nothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The pipes are a Linux shell's.");
        ToolResult result = _store.RunScript(
            """
            cd "$1"
            seq -f %060.0f 1 20000 > in
            "$0" send ./q --capacity 8M < in
            { "$0" receive ./q; echo $? > code; } | true
            "$0" receive ./q --timeout 0 2>/dev/null | cmp - in && cat code
            """,
            _store.Files);
        Assert.Equal(["141"], result.Succeeded().Lines);
    }

    [Theory]
    [InlineData("send")]
    [InlineData("receive")]
    public void Signal_ends_who_waits(string verb)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals to send.");
        using ToolProcess process = _store.Start(verb, "jobs");
        _store.WaitForName("jobs");
        process.Signal(ToolProcess.SIGTERM);
        Assert.Equal(128 + ToolProcess.SIGTERM, process.WaitForExit());
        Assert.Equal("", process.Errors());
        Assert.Empty(_store.Names());
    }

    [Fact]
    public void Several_senders_and_receivers_share_the_work_and_each_line_is_done_once()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The pipes are a Linux shell's.");
        _store.RunScript(
            """
            cd "$1"
            "$0" receive jobs > a & "$0" receive jobs > b & first=$!
            seq 1 20000 | "$0" send jobs & one=$!
            seq 20001 40000 | "$0" send jobs & two=$!
            wait $one $two
            "$0" send jobs --complete < /dev/null
            wait
            sort -n a b > out; seq 1 40000 | cmp - out
            """,
            _store.Files).Succeeded();
    }

    [Fact]
    public void List_and_info_tell_of_a_channel_who_is_there_and_what_waits()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not tell everything.");
        using ToolProcess sender = _store.Start("send", "jobs");
        sender.Process.StandardInput.Write("a\nb\nc\n");
        sender.Process.StandardInput.Flush();
        _store.WaitForName("jobs");
        _store.WaitForField("jobs", "State", "queue, 3 waiting, 1 producer, 0 consumers");
        JsonElement channel = _store.Channel("jobs");
        Assert.Equal("queue", channel.GetProperty("kind").GetString());
        Assert.Equal((1 << 20, 3, 0, 3), (Int("capacity"), Int("depth"), Int("oldest"), Int("next")));
        Assert.Equal((1, 0, 0), (Int("producers"), Int("consumers"), Int("lost")));
        JsonElement participant = Assert.Single(_store.Participants("jobs"));
        Assert.Equal(sender.Process.Id, participant.GetProperty("process").GetProperty("id").GetInt32());
        Assert.Equal(3, participant.GetProperty("written").GetInt32());
        Assert.Equal(JsonValueKind.Null, participant.GetProperty("waitsFor").ValueKind);
        Assert.Contains("queue, 3 waiting, 1 producer, 0 consumers", _store.Run("list").Succeeded().Text, StringComparison.Ordinal);
        string[] lines = _store.Run("info", "jobs").Succeeded().Lines;
        Assert.Contains("Capacity      1048576 bytes (1 MiB), 8192 messages", lines);
        Assert.Contains("Positions     oldest message 0, next message 3", lines);
        Assert.Contains($"Participant   0: process {sender.Process.Id} {sender.Process.ProcessName}, producer, 3 written", lines);

        int Int(string field) => channel.GetProperty(field).GetInt32();
    }

    [Fact]
    public async Task Who_waits_for_a_stopped_process_says_so()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals to send.");
        const int SIGSTOP = 19, SIGCONT = 18;
        string file = _store.PathOf("q");

        _store.RunWith([], "send", file, "--capacity", "4096").Succeeded();
        using ToolProcess receiver = _store.Start("receive", file);
        using ToolProcess sender = _store.Start("send", file);

        // Without an end, so that it is more than the queue, the pipes and whatever buffers are between hold, however much that is.
        Task feeding = Testing.OtherThread.Run(() => FeedUntilItEnds(sender));

        // Nobody reads what the receiver writes, so it holds what it has, and the sender waits for it.
        int place = -1;
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                // The sender: before the pipe is full the receiver, too, may wait, for a message that the sender is just writing.
                JsonElement waiting = _store.Participants(file).FirstOrDefault(
                    p => p.GetProperty("waitsFor").ValueKind == JsonValueKind.Number && p.GetProperty("process").GetProperty("id").GetInt32() == sender.Process.Id);
                place = waiting.ValueKind == JsonValueKind.Undefined ? -1 : waiting.GetProperty("waitsFor").GetInt32();
                return place >= 0;
            },
            Testing.ChildProcess.Watchdog));
        JsonElement holder = _store.Participants(file).Single(p => p.GetProperty("place").GetInt32() == place);
        Assert.Equal((receiver.Process.Id, false), (holder.GetProperty("process").GetProperty("id").GetInt32(), holder.GetProperty("isStopped").GetBoolean()));
        Assert.DoesNotContain("stopped", _store.Field(file, "State"), StringComparison.Ordinal);

        // Stopped before the pipe is full it may hold nothing: then it goes on. And the sender may be at its last steps before it waits for good.
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                receiver.Signal(SIGSTOP);
                if (_store.Field(file, "State").EndsWith(", waits for a stopped process", StringComparison.Ordinal))
                {
                    return true;
                }

                receiver.Signal(SIGCONT);
                return false;
            },
            Testing.ChildProcess.Watchdog));
        string waits = $"waits for {place}, process {receiver.Process.Id} {receiver.Process.ProcessName}, which is stopped";
        Assert.True(SpinWait.SpinUntil(() => _store.Run("info", file).Succeeded().Text.Contains(waits, StringComparison.Ordinal), Testing.ChildProcess.Watchdog));
        sender.Signal(ToolProcess.SIGKILL);
        await feeding.WaitAsync(Testing.ChildProcess.Watchdog, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Info_of_a_file_tells_of_the_channel_in_it()
    {
        string file = TestStore.Slashed(_store.PathOf("q"));
        _store.RunWith("a\nb\n"u8.ToArray(), "send", file, "--single").Succeeded();
        string[] lines = _store.Run("info", file).Succeeded().Lines;
        Assert.Contains("Kind          file", lines);
        Assert.Contains("State         single queue, 2 waiting, 0 producers, 0 consumers", lines);
        Assert.Contains("Positions     oldest byte 0, next byte 32", lines);
        File.WriteAllBytes(_store.PathOf("other"), new byte[100_000]);
        _store.Run("info", TestStore.Slashed(_store.PathOf("other"))).Failed(1, "does not begin as channels do");
    }

    [Fact]
    public void Mapping_that_somebody_wrote_over_is_listed_as_a_corrupt_channel()
    {
        using ToolProcess sender = _store.Start("send", "jobs");
        sender.Process.StandardInput.Write("a\n");
        sender.Process.StandardInput.Flush();
        _store.WaitForName("jobs");
        _store.WaitForField("jobs", "State", "queue, 1 waiting, 1 producer, 0 consumers");
        _store.RunWith([0, 0, 0, 0, 0, 0, 0, 1], "write", "jobs", "--offset", "32").Succeeded();
        Assert.Equal("corrupt channel", _store.Field("jobs", "State"));
        Assert.Equal("corrupt", _store.Channel("jobs").GetProperty("kind").GetString());
    }

    [Fact]
    public void Terminal_is_told_how_fast_it_goes()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "There is no script(1) to make a terminal.");
        ToolResult result = _store.RunScript("""cd "$1"; echo a > in; script -qec "$0 send ./q < in" /dev/null""", _store.Files);
        Assert.Contains("\r1 messages, ", result.Succeeded().Text, StringComparison.Ordinal);
        Assert.Contains("/s\u001b[K", result.Text, StringComparison.Ordinal);
    }

    private static void FeedUntilItEnds(ToolProcess sender)
    {
        string line = new('x', 100);
        try
        {
            while (true)
            {
                sender.Process.StandardInput.WriteLine(line);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Killed, or disposed of by a test that failed.
        }
    }
}
