using System.Text.Json;

namespace Crossmap.Tool.Tests;

/// <summary><c>crossmap list</c> and <c>info</c>: what is told of objects, whatever they are called.</summary>
public sealed class Listing : IDisposable
{
    private readonly TestStore _store = new();

    public void Dispose() => _store.Dispose();

    /// <summary>Names, and how they are shown to people. In the order of the list, which is the names' own.</summary>
    private static readonly (string Name, string Shown)[] s_names =
    [
        ("\u001b[31mred\u0007", @"\x1B[31mred\x07"),
        ("--option", "--option"),
        ("..", ".."),
        ("/h", "/h"),
        (":smile:", ":smile:"),
        ("@response", "@response"),
        ("[", "["),
        ("[red]not red[/]", "[red]not red[/]"),
        ("line\nbreak\ttab", @"line\x0Abreak\x09tab"),
        ("plain", "plain"),
        ("right\u202eto left", @"right\u202Eto left"),
        ("semaphore", "semaphore"),
        ("with several words", "with several words"),
        ("Прайс-лист 価格 🙂", "Прайс-лист 価格 🙂"),
    ];

    [Fact]
    public void Any_name_is_listed_read_and_told_of()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows' list is the whole session's.");
        List<ToolProcess> holders = [];
        try
        {
            foreach ((string name, string shown) in s_names)
            {
                holders.Add(_store.Start("create", "--size", "4096", "--", name));
                holders[^1].Expect($"sharing memory as {shown} (4096 bytes)");
            }

            // All at once: what one name does to the lines of the others would show.
            Assert.Equal(s_names.Select(n => n.Name), _store.Names());
            Assert.Equal(
                s_names.Zip(holders, (n, holder) => $"{n.Shown}\tmapping\t4096\tread-write\t-\t-\t-\t1\t{holder.Process.Id} {holder.Process.ProcessName}"),
                _store.Run("list").Succeeded().Lines[1..]);
            foreach ((string name, string shown) in s_names)
            {
                Assert.Equal(4096, _store.Run("read", "--", name).Succeeded().Output.Length);
                Assert.Equal($"Name          {shown}", _store.Run("info", "--", name).Succeeded().Lines[0]);
                Assert.Equal(name, JsonDocument.Parse(_store.Run("info", "--json", "--", name).Succeeded().Text).RootElement.GetProperty("name").GetString());
                _store.Run("create", "--size", "4096", "--", name).Failed(1, shown);
            }
        }
        finally
        {
            holders.ForEach(holder => holder.Dispose());
        }
    }

    [Fact]
    public void Json_of_a_mapped_file_says_all_that_is_known()
    {
        string file = _store.WriteFile("a [b].bin", new byte[5000]);
        using ToolProcess holder = _store.Start("share", file, "--name", "prices", "--read-only");
        holder.Receive();
        JsonElement info = JsonDocument.Parse(_store.Run("info", "prices", "--json").Succeeded().Text).RootElement;
        Assert.Equal("prices", info.GetProperty("name").GetString());
        Assert.Equal("mapping", info.GetProperty("kind").GetString());
        Assert.Equal(5000, info.GetProperty("size").GetInt64());
        Assert.Equal("read-only", info.GetProperty("protection").GetString());
        Assert.All(
            ["currentCount", "maximumCount", "isSet", "resetMode", "isOwned", "owner", "isAbandoned", "readers", "hasWaiters"],
            field => Assert.Equal(JsonValueKind.Null, info.GetProperty(field).ValueKind));
        if (OperatingSystem.IsLinux())
        {
            Assert.Equal(file, info.GetProperty("backingFile").GetString());
            Assert.Equal(1, info.GetProperty("handleCount").GetInt32());
            Assert.Equal([holder.Process.Id], info.GetProperty("processes").EnumerateArray().Select(p => p.GetProperty("id").GetInt32()));
        }
    }

    [Fact]
    public void Info_tells_people_the_same_in_lines()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not tell everything.");
        string file = _store.WriteFile("a.bin", new byte[5000]);
        using ToolProcess holder = _store.Start("share", file, "--name", "prices");
        holder.Receive();
        Assert.Equal(
            [
                "Name          prices",
                "Kind          mapping",
                "Size          5000 bytes (4.9 KiB)",
                "Protection    read-write",
                "State         -",
                "Waiters       -",
                $"Backing file  {file}",
                "Handles       1",
                $"Processes     {holder.Process.Id} {holder.Process.ProcessName}",
            ],
            _store.Run("info", "prices").Succeeded().Lines);
    }

    [Fact]
    public void Semaphores_are_told_with_their_counts_and_each_process_that_holds_them()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not tell everything.");
        using ToolProcess holder = _store.Start("semaphore", "create", "turn", "--initial", "1", "--maximum", "3");
        holder.Expect("holding semaphore turn (1 of 3)");
        using ToolProcess taker = _store.Start("semaphore", "wait", "turn", "--", "sh", "-c", "echo ready; read line");
        taker.Expect("ready");
        JsonElement info = JsonDocument.Parse(_store.Run("list", "--json").Succeeded().Text).RootElement[0];
        Assert.Equal("semaphore", info.GetProperty("kind").GetString());
        Assert.Equal(0, info.GetProperty("currentCount").GetInt32());
        Assert.Equal(3, info.GetProperty("maximumCount").GetInt32());
        Assert.Equal(2, info.GetProperty("handleCount").GetInt32());
        Assert.Equal(
            new[] { holder.Process.Id, taker.Process.Id }.Order(),
            info.GetProperty("processes").EnumerateArray().Select(p => p.GetProperty("id").GetInt32()));
        Assert.Contains("0 of 3", _store.Run("list").Succeeded().Lines[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("event", "not set, auto-reset", false, "auto-reset")]
    [InlineData("event --set", "set, auto-reset", true, "auto-reset")]
    [InlineData("event --manual", "not set, manual-reset", false, "manual-reset")]
    [InlineData("event --manual --set", "set, manual-reset", true, "manual-reset")]
    public void Events_are_told_with_their_state_and_how_they_are_reset(string made, string state, bool isSet, string mode)
    {
        string[] words = made.Split(' ');
        using ToolProcess holder = _store.Start([words[0], "create", "ready", .. words[1..]]);
        holder.Expect($"holding event ready ({state})");
        JsonElement info = JsonDocument.Parse(_store.Run("info", "ready", "--json").Succeeded().Text).RootElement;
        Assert.Equal("event", info.GetProperty("kind").GetString());
        Assert.Equal(isSet, info.GetProperty("isSet").GetBoolean());
        Assert.Equal(mode, info.GetProperty("resetMode").GetString());
        Assert.Equal(JsonValueKind.Null, info.GetProperty("isOwned").ValueKind);
        Assert.Equal(JsonValueKind.Null, info.GetProperty("maximumCount").ValueKind);
        Assert.Contains($"State         {state}", _store.Run("info", "ready").Succeeded().Lines);
    }

    [Fact]
    public void Mutexes_are_told_with_their_owner_who_waits_and_whether_they_are_abandoned()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not tell everything.");
        using ToolProcess holder = _store.Start("mutex", "create", "gate");
        holder.Expect("holding mutex gate (free)");
        Assert.Equal("gate\tmutex\t-\t-\tfree\tno\t-\t1", WithoutProcesses());
        using ToolProcess owner = _store.Start("lock", "gate", "--", "sh", "-c", "echo ready; read line");
        owner.Expect("ready");
        Assert.Equal($"gate\tmutex\t-\t-\towned by {owner.Process.Id}\tno\t-\t2", WithoutProcesses());
        JsonElement info = Info();
        Assert.Equal("mutex", info.GetProperty("kind").GetString());
        Assert.True(info.GetProperty("isOwned").GetBoolean());
        Assert.Equal(owner.Process.Id, info.GetProperty("owner").GetProperty("id").GetInt32());
        Assert.Equal(owner.Process.ProcessName, info.GetProperty("owner").GetProperty("name").GetString());
        Assert.False(info.GetProperty("isAbandoned").GetBoolean());
        Assert.Equal(JsonValueKind.Null, info.GetProperty("isSet").ValueKind);
        using (ToolProcess waiter = _store.Start("mutex", "wait", "gate"))
        {
            _store.WaitForField("gate", "Waiters", "yes");
            Assert.True(Info().GetProperty("hasWaiters").GetBoolean());
            Assert.Equal($"gate\tmutex\t-\t-\towned by {owner.Process.Id}\tyes\t-\t3", WithoutProcesses());
            waiter.Signal(ToolProcess.SIGKILL);
            waiter.WaitForExit();
        }

        owner.Signal(ToolProcess.SIGKILL);
        owner.WaitForExit();
        info = Info();
        Assert.False(info.GetProperty("isOwned").GetBoolean());
        Assert.Equal(JsonValueKind.Null, info.GetProperty("owner").ValueKind);
        Assert.True(info.GetProperty("isAbandoned").GetBoolean());
        Assert.StartsWith("gate\tmutex\t-\t-\tabandoned\t", WithoutProcesses(), StringComparison.Ordinal);

        JsonElement Info() => JsonDocument.Parse(_store.Run("info", "gate", "--json").Succeeded().Text).RootElement;

        string WithoutProcesses()
        {
            string line = _store.Run("list").Succeeded().Lines[1];
            return line[..line.LastIndexOf('\t')];
        }
    }

    [Fact]
    public void Terminal_of_80_columns_shows_every_kind_of_object()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "There is no script(1) to make a terminal.");
        string file = _store.WriteFile("a.bin", new byte[1_600_000]);
        string[][] made =
        [
            ["share", file, "--name", "prices"], ["event", "create", "ready", "--manual"], ["mutex", "create", "gate"],
            ["semaphore", "create", "turn", "--initial", "1", "--maximum", "3"],
        ];
        List<ToolProcess> holders = [.. made.Select(arguments => _store.Start(arguments))];
        try
        {
            holders.ForEach(holder => holder.Receive());
            using ToolProcess owner = _store.Start("lock", "gate", "--", "sh", "-c", "echo ready; read line");
            owner.Expect("ready");
            string[] lines = [.. _store.RunScript("exec script -qec \"stty cols 80; $0 list\" /dev/null").Lines.Where(line => line.Contains('│', StringComparison.Ordinal))];
            Assert.All(lines, line => Assert.Equal(80, line.TrimEnd().Length - (line.IndexOf('│', StringComparison.Ordinal))));

            // Each title and each first word of a row on one line: nothing is cut into letters.
            Assert.Matches("│ Name +│ Kind +│ State +│ Backing file +│ Handles │ Processes +│", lines[0]);
            Assert.Single(lines, line => line.Contains("│ gate   │ mutex     │ owned by", StringComparison.Ordinal));

            // The owner's number, however many lines its column and the others' take.
            Assert.Single(lines, line => line.Split('│')[3].Contains($" {owner.Process.Id} ", StringComparison.Ordinal));
            Assert.Single(lines, line => line.Contains("│ prices │ mapping   │ 1.5 MiB,", StringComparison.Ordinal));
            Assert.Single(lines, line => line.Contains("│ ready  │ event     │ not set,", StringComparison.Ordinal));
            Assert.Single(lines, line => line.Contains("│ turn   │ semaphore │ 1 of 3", StringComparison.Ordinal));
        }
        finally
        {
            holders.ForEach(holder => holder.Dispose());
        }
    }

    [Fact]
    public void Nothing_to_list_is_an_empty_list()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows' list is the whole session's.");
        Assert.Equal(0, JsonDocument.Parse(_store.Run("list", "--json").Succeeded().Text).RootElement.GetArrayLength());
        Assert.Single(_store.Run("list").Succeeded().Lines);
    }

    [Fact]
    public void Info_of_what_does_not_exist_is_an_error()
    {
        _store.Run("info", "nothing").Failed(1, "There is no object named 'nothing'");
        _store.Run("info", "nothing", "--json").Failed(1, "There is no object named 'nothing'");
    }

    [Theory]
    [InlineData(@"a\b")]
    [InlineData(@"Nowhere\b")]
    public void Name_with_a_folder_that_does_not_exist_is_an_error(string name)
    {
        _store.Run("create", name, "--size", "1").Failed(1, "");
        _store.Run("info", name).Failed(1, "");
    }

    [Fact]
    public void Name_may_have_32766_characters_and_no_more()
    {
        using ToolProcess holder = _store.Start("create", new string('n', 32_766 - LocalPrefix()), "--size", "1");
        Assert.StartsWith("sharing memory as nnn", holder.Receive(), StringComparison.Ordinal);
        _store.Run("create", new string('n', 32_767), "--size", "1").Failed(1, "");

        // What the limit counts is the library's matter; that a name at the limit works in the tool is this test's.
        static int LocalPrefix() => 100;
    }

    [Fact]
    public void Terminal_gets_a_table_and_no_escape_of_the_names()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "There is no script(1) to make a terminal.");
        using ToolProcess holder = _store.Start("create", "[red]:smile:\u001b[5m", "--size", "1536K");
        holder.Receive();
        ToolResult result = _store.RunScript("COLUMNS=200; export COLUMNS; exec script -qec \"stty cols 200; $0 list\" /dev/null");
        Assert.Contains(@"[red]:smile:\x1B[5m", result.Text, StringComparison.Ordinal);
        Assert.Contains("1.5 MiB", result.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[5m", result.Text, StringComparison.Ordinal);
    }
}
