using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Crossmap.Tool.Tests;

/// <summary><c>crossmap publish</c> and <c>subscribe</c>: every subscriber gets what is published, or is told how much of it he did not.</summary>
public sealed class PublishingMessages : IDisposable
{
    private const int SIGSTOP = 19, SIGCONT = 18;

    private readonly TestStore _store = new();

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData("prices")]
    [InlineData("./prices.ring")]
    [InlineData("prices", "--overrun", "--capacity", "16M")]
    public void Every_subscriber_gets_all_lines(params string[] broadcast)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The pipes are a Linux shell's.");
        ToolResult result = _store.RunScript(
            """
            cd "$1"; shift
            seq 1 50000 > in; printf '\n\nlast without an end' >> in
            "$0" subscribe "$@" > a & first=$!
            "$0" subscribe "$@" > b & second=$!
            "$0" publish "$@" --subscribers 2 --complete < in || exit 1
            wait $first || exit 2
            wait $second || exit 3
            echo >> in
            cmp in a && cmp in b
            """,
            [_store.Files, .. broadcast]);
        result.Succeeded();
        if (broadcast[0] == "prices")
        {
            Assert.Empty(_store.Names());
        }
    }

    [Theory]
    [InlineData]
    [InlineData("--overrun")]
    public void Records_hold_anything_and_those_that_are_still_there_may_be_had_later(params string[] options)
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

        string file = TestStore.Slashed(_store.PathOf("ring"));
        _store.RunWith(stream.ToArray(), ["publish", file, "--length-prefixed", "--capacity", "4M", .. options]).Succeeded();
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(stream.ToArray(), _store.Run("subscribe", file, "--length-prefixed", "--from-oldest", "--count", "8").Succeeded().Output);
        }

        ToolResult all = _store.Run("subscribe", file, "--length-prefixed", "--from-oldest", "--timeout", "0");
        Assert.Equal(124, all.ExitCode);
        Assert.Equal(stream.ToArray(), all.Output);
        _store.Run("subscribe", file, "--timeout", "0").Failed(124, "No message");
        _store.RunWith([7, 0, 0, 0, 1, 2], "publish", file, "--length-prefixed").Failed(1, "middle of a record");
    }

    [Fact]
    public void What_cannot_be_is_said_and_nothing_is_made()
    {
        string file = TestStore.Slashed(_store.PathOf("ring"));
        _store.Run("subscribe", file, "--count", "0").Failed(2, "At least one");
        _store.RunWith([], "publish", file, "--subscribers", "-1").Failed(2, "none");
        Assert.False(File.Exists(file));
        _store.Run("subscribe", "nothing", "--existing").Failed(1, "no broadcast");
        _store.RunWith([], "publish", "nothing", "--existing").Failed(1, "no broadcast");
        _store.RunWith("a\n"u8.ToArray(), "publish", file, "--subscribers", "1", "--timeout", "0.1").Failed(124, "1 subscribers within 0.1 seconds");
        _store.RunWith("a\n"u8.ToArray(), "send", TestStore.Slashed(_store.PathOf("queue"))).Succeeded();
        _store.Run("subscribe", TestStore.Slashed(_store.PathOf("queue"))).Failed(1, "is no broadcast");
        _store.RunWith(Encoding.ASCII.GetBytes("short\n" + new string('x', 5000) + "\n"), "publish", TestStore.Slashed(_store.PathOf("small")), "--capacity", "4096").Failed(1, "--capacity");
        Assert.Equal(["short"], _store.Run("subscribe", TestStore.Slashed(_store.PathOf("small")), "--from-oldest", "--count", "1").Succeeded().Lines);
    }

    [Fact]
    public void Complete_broadcast_ends_its_subscribers_and_takes_nothing_more()
    {
        string file = TestStore.Slashed(_store.PathOf("ring"));
        _store.RunWith("a\n"u8.ToArray(), "publish", file, "--complete").Succeeded();
        _store.RunWith("b\n"u8.ToArray(), "publish", file).Failed(1, "is complete");
        Assert.Equal(["a"], _store.Run("subscribe", file, "--from-oldest").Succeeded().Lines);
        Assert.Empty(_store.Run("subscribe", file).Succeeded().Lines);
    }

    [Fact]
    public void Subscriber_that_was_too_slow_says_exactly_how_many_messages_it_missed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals to send.");
        const int count = 10_000;
        using ToolProcess subscriber = _store.Start("subscribe", "prices", "--overrun", "--capacity", "8K");
        Stop(subscriber, "prices");
        _store.RunWith(Numbers(count), "publish", "prices", "--complete").Succeeded();
        subscriber.Signal(SIGCONT);
        ToolResult result = subscriber.Finish();
        Assert.Equal(0, result.ExitCode);
        int[] numbers = [.. result.Lines.Select(line => int.Parse(line, CultureInfo.InvariantCulture))];
        Assert.Equal(Enumerable.Range(count + 1 - numbers.Length, numbers.Length), numbers);
        Assert.InRange(numbers.Length, 1, 64);
        Assert.Equal($"crossmap: missed {count - numbers.Length} messages, which were written over before they were read", result.Errors.TrimEnd());
    }

    /// <summary>Lines of one digit, and so long that most are written over while they are copied; of each that comes out one digit is kept.</summary>
    [Fact]
    public void What_was_written_over_while_it_was_read_is_missed_and_never_comes_out()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The pipes are a Linux shell's.");
        ToolResult result = _store.RunScript(
            """
            cd "$1"
            "$0" subscribe frames --overrun --capacity 16M 2> errors | tr -s 0-9 > out & subscriber=$!
            awk 'BEGIN { for (c = 0; c < 4; c++) { line[c] = c; while (length(line[c]) < 8000000) line[c] = line[c] line[c] } for (i = 0; i < 100; i++) print line[i % 4] }' |
                "$0" publish frames --capacity 16M --overrun --subscribers 1 --complete || exit 1
            wait $subscriber
            cut -d' ' -f3 errors; cat out
            """,
            _store.Files);
        string[] lines = result.Succeeded().Lines;
        Assert.All(lines[1..], line => Assert.Single(line));
        Assert.Equal("3", lines[^1]);
        Assert.Equal(100, int.Parse(lines[0], CultureInfo.InvariantCulture) + lines.Length - 1);
    }

    [Fact]
    public void Publisher_waits_for_the_slowest_subscriber_until_it_is_killed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals to send.");
        using ToolProcess subscriber = _store.Start("subscribe", "prices", "--capacity", "8K");
        Stop(subscriber, "prices");
        using ToolProcess publisher = _store.Start("publish", "prices");
        publisher.Process.StandardInput.Write(Encoding.ASCII.GetString(Numbers(1000)));
        publisher.Process.StandardInput.Close();
        _store.WaitForField("prices", "State", "broadcast, 64 kept, 1 publisher, 1 subscriber, 64 behind, waits for a stopped process");
        JsonElement waits = _store.Participants("prices").Single(p => p.GetProperty("isProducer").GetBoolean());
        JsonElement slow = _store.Participants("prices").Single(p => p.GetProperty("isConsumer").GetBoolean());
        Assert.Equal((slow.GetProperty("place").GetInt32(), 64), (waits.GetProperty("waitsFor").GetInt32(), waits.GetProperty("written").GetInt32()));
        Assert.Equal((0, 64, 0), (Int(slow, "position"), Int(slow, "behind"), Int(slow, "lost")));
        Assert.Equal(JsonValueKind.Null, waits.GetProperty("behind").ValueKind);
        subscriber.Signal(ToolProcess.SIGKILL);
        publisher.Finish().Succeeded();
    }

    [Theory]
    [InlineData("publish")]
    [InlineData("publish", "--subscribers", "1")]
    [InlineData("subscribe")]
    public void Signal_ends_who_waits(params string[] command)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals to send.");
        using ToolProcess process = _store.Start([command[0], "prices", .. command[1..]]);
        _store.WaitForName("prices");
        process.Signal(ToolProcess.SIGTERM);
        Assert.Equal(128 + ToolProcess.SIGTERM, process.WaitForExit());
        Assert.Equal("", process.Errors());
        Assert.Empty(_store.Names());
    }

    /// <summary>It is in the write to a pipe that nobody reads, which no token ends.</summary>
    [Fact]
    public void Signal_ends_who_is_in_a_write_and_it_says_what_it_missed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals to send.");
        const int count = 100_000;
        using ToolProcess subscriber = _store.Start("subscribe", "prices", "--overrun", "--capacity", "8K");
        Stop(subscriber, "prices");
        using ToolProcess publisher = _store.Start("publish", "prices");
        publisher.Process.StandardInput.Write(Encoding.ASCII.GetString(Numbers(count)));
        publisher.Process.StandardInput.Flush();
        Assert.True(SpinWait.SpinUntil(() => _store.Participants("prices").Any(p => Int(p, "written") == count), Testing.ChildProcess.Watchdog));

        // It finds that it was overrun, and gets so much more that its pipe is full.
        subscriber.Signal(SIGCONT);
        Assert.True(SpinWait.SpinUntil(() => _store.Participants("prices").Any(p => Int(p, "read") == 64), Testing.ChildProcess.Watchdog));
        publisher.Process.StandardInput.Write(Encoding.ASCII.GetString(Numbers(count)));
        publisher.Process.StandardInput.Flush();
        Assert.True(SpinWait.SpinUntil(() => _store.Participants("prices").Any(p => Int(p, "written") == 2 * count), Testing.ChildProcess.Watchdog));
        subscriber.Signal(ToolProcess.SIGTERM);
        ToolResult result = subscriber.Finish();
        Assert.Equal(128 + ToolProcess.SIGTERM, result.ExitCode);
        Assert.StartsWith("crossmap: missed ", result.Errors, StringComparison.Ordinal);
        Assert.InRange(int.Parse(result.Errors.Split(' ')[2], CultureInfo.InvariantCulture), count - 64, 2 * count);
    }

    [Fact]
    public void List_and_info_tell_of_a_broadcast_who_is_there_and_how_far()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not tell everything.");
        using ToolProcess subscriber = _store.Start("subscribe", "prices", "--overrun");
        _store.WaitForName("prices");
        _store.WaitForField("prices", "State", "broadcast, 0 kept, 0 publishers, 1 subscriber");
        using ToolProcess publisher = _store.Start("publish", "prices", "--subscribers", "1");
        publisher.Process.StandardInput.Write("a\nb\nc\n");
        publisher.Process.StandardInput.Flush();
        Assert.Equal(["a", "b", "c"], [subscriber.Receive(), subscriber.Receive(), subscriber.Receive()]);
        _store.WaitForField("prices", "State", "broadcast, 3 kept, 1 publisher, 1 subscriber");
        JsonElement channel = _store.Channel("prices");
        Assert.Equal(("broadcast", true), (channel.GetProperty("kind").GetString(), channel.GetProperty("canOverrun").GetBoolean()));
        Assert.Equal((3, 0, 3, 1, 1, 0), (Int(channel, "depth"), Int(channel, "oldest"), Int(channel, "next"), Int(channel, "producers"), Int(channel, "consumers"), Int(channel, "lost")));
        Assert.Contains("broadcast, 3 kept, 1 publisher, 1 subscriber", _store.Run("list").Succeeded().Text, StringComparison.Ordinal);
        string[] lines = _store.Run("info", "prices").Succeeded().Lines;
        Assert.Contains("When full     goes on without the slow", lines);
        Assert.Contains("Positions     oldest message 0, next message 3", lines);
        Assert.Contains($"Participant   0: process {subscriber.Process.Id} {subscriber.Process.ProcessName}, subscriber, 3 read, next 3, 0 behind, 0 lost", lines);
        Assert.Contains($"Participant   1: process {publisher.Process.Id} {publisher.Process.ProcessName}, publisher, 3 published", lines);
    }

    [Fact]
    public void Terminal_is_told_what_was_missed()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "There is no script(1) to make a terminal.");
        ToolResult result = _store.RunScript(
            """cd "$1"; echo a > in; "$0" publish ./ring --complete < in; script -qec "$0 subscribe ./ring --from-oldest" /dev/null""", _store.Files);
        Assert.Contains("\r1 messages, ", result.Succeeded().Text, StringComparison.Ordinal);
        Assert.DoesNotContain("missed", result.Text, StringComparison.Ordinal);
    }

    /// <summary>Stops a subscriber that has subscribed, and returns when it stands.</summary>
    private void Stop(ToolProcess subscriber, string broadcast)
    {
        _store.WaitForName("prices");
        Assert.True(SpinWait.SpinUntil(() => _store.Participants(broadcast).Any(p => p.GetProperty("isConsumer").GetBoolean()), Testing.ChildProcess.Watchdog));
        subscriber.Signal(SIGSTOP);
        Assert.True(SpinWait.SpinUntil(
            () => _store.Participants(broadcast).Any(p => p.GetProperty("isStopped").ValueKind == JsonValueKind.True), Testing.ChildProcess.Watchdog));
    }

    private static int Int(JsonElement element, string field) => element.GetProperty(field).GetInt32();

    private static byte[] Numbers(int count) =>
        Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(1, count).Select(i => i.ToString(CultureInfo.InvariantCulture) + "\n")));
}
