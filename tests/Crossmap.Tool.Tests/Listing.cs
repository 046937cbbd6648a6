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
                s_names.Zip(holders, (n, holder) => $"{n.Shown}\tmapping\t4096\tread-write\t-\t-\t1\t{holder.Process.Id} {holder.Process.ProcessName}"),
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
        Assert.Equal(JsonValueKind.Null, info.GetProperty("maximumCount").ValueKind);
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
                "Count         -",
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
