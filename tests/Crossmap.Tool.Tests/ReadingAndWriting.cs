using System.Text;

namespace Crossmap.Tool.Tests;

/// <summary><c>crossmap read</c> and <c>write</c>: the bytes and nothing else, all or nothing, and no range that is not there.</summary>
public sealed class ReadingAndWriting : IDisposable
{
    private const int Size = 8192;

    private readonly TestStore _store = new();
    private readonly ToolProcess _holder;

    public ReadingAndWriting()
    {
        _holder = _store.Start("create", "m", "--size", "8192");
        _holder.Receive();
    }

    public void Dispose()
    {
        _holder.Dispose();
        _store.Dispose();
    }

    [Fact]
    public void What_is_written_at_an_offset_is_read_from_there()
    {
        ToolResult result = _store.RunWith("hello"u8.ToArray(), "write", "m", "--offset", "4K").Succeeded();
        Assert.Equal(["wrote 5 bytes to m at 4096"], result.Lines);
        Assert.Equal("hello"u8.ToArray(), _store.Run("read", "m", "--offset", "4096", "--length", "5").Succeeded().Output);
        byte[] whole = new byte[Size];
        "hello"u8.CopyTo(whole.AsSpan(4096));
        Assert.Equal(whole, _store.Run("read", "m").Succeeded().Output);
    }

    [Fact]
    public void Exactly_what_fits_is_written()
    {
        byte[] bytes = SharingAFile.Bytes(Size, seed: 3);
        _store.RunWith(bytes, "write", "m").Succeeded();
        Assert.Equal(bytes, _store.Run("read", "m").Succeeded().Output);
        _store.RunWith([7], "write", "m", "--offset", "8191").Succeeded();
        bytes[^1] = 7;
        Assert.Equal(bytes, _store.Run("read", "m").Succeeded().Output);
    }

    [Theory]
    [InlineData(Size + 1, 0)]
    [InlineData(2, Size - 1)]
    [InlineData(1, Size)]
    [InlineData(5_000_000, 0)]
    public void More_than_fits_from_a_pipe_is_an_error_and_writes_nothing(int length, int offset)
    {
        byte[] before = SharingAFile.Bytes(Size, seed: 4);
        _store.RunWith(before, "write", "m").Succeeded();
        _store.RunWith(SharingAFile.Bytes(length, seed: 5), "write", "m", "--offset", $"{offset}").Failed(1, "Nothing was written");
        Assert.Equal(before, _store.Run("read", "m").Succeeded().Output);
    }

    [Fact]
    public void More_than_fits_from_a_file_is_an_error_and_writes_nothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The script is one of a Linux shell.");
        string file = _store.WriteFile("long", SharingAFile.Bytes(Size + 1, seed: 6));
        _store.RunScript("\"$0\" write m < \"$1\"", file).Failed(1, "Nothing was written");
        Assert.Equal(new byte[Size], _store.Run("read", "m").Succeeded().Output);
    }

    [Fact]
    public void Endless_input_is_an_error_and_not_a_hang()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The script is one of a Linux shell.");
        _store.RunScript("\"$0\" write m < /dev/zero").Failed(1, "Nothing was written");
    }

    [Fact]
    public void File_as_input_is_taken_from_where_the_shell_stands_in_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The script is one of a Linux shell.");
        string file = _store.WriteFile("in", "first\nsecond\n"u8.ToArray());
        _store.RunScript("{ read line; \"$0\" write m; } < \"$1\"", file).Succeeded();
        Assert.Equal("second\n\0"u8.ToArray(), _store.Run("read", "m", "--length", "8").Succeeded().Output);
    }

    [Fact]
    public void Output_into_a_file_goes_on_where_the_shell_stands_in_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The script is one of a Linux shell.");
        _store.RunWith("middle"u8.ToArray(), "write", "m").Succeeded();
        string file = _store.PathOf("out");
        _store.RunScript("{ echo before; \"$0\" read m --length 6; echo after; } > \"$1\"", file).Succeeded();
        Assert.Equal("before\nmiddleafter\n", File.ReadAllText(file));
    }

    [Fact]
    public void Input_that_comes_in_pieces_is_written_as_one()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The script is one of a Linux shell.");
        _store.RunScript("{ printf one; sleep 0.2; printf two; sleep 0.2; printf three; } | \"$0\" write m").Succeeded();
        Assert.Equal("onetwothree"u8.ToArray(), _store.Run("read", "m", "--length", "11").Succeeded().Output);
    }

    /// <summary>The memory that takes a pipe in grows in steps: these bytes need several.</summary>
    [Fact]
    public void Pipe_of_many_megabytes_is_written_whole()
    {
        byte[] bytes = SharingAFile.Bytes(10_000_001, seed: 7);
        using ToolProcess large = _store.Start("create", "large", "--size", "16M");
        large.Receive();
        Assert.Equal(["wrote 10000001 bytes to large at 5"], _store.RunWith(bytes, "write", "large", "--offset", "5").Succeeded().Lines);
        Assert.Equal([0, 0, 0, 0, 0, .. bytes, 0], _store.Run("read", "large", "--length", "10000007").Succeeded().Output);
    }

    [Fact]
    public void Nothing_is_written_before_the_input_has_ended()
    {
        _store.RunWith("before"u8.ToArray(), "write", "m").Succeeded();
        using ToolProcess writer = _store.Start("write", "m");
        writer.Process.StandardInput.Write("after!");
        writer.Process.StandardInput.Flush();
        writer.Dispose();
        Assert.Equal("before"u8.ToArray(), _store.Run("read", "m", "--length", "6").Succeeded().Output);
    }

    [Theory]
    [InlineData("--offset", "8193")]
    [InlineData("--length", "8193")]
    [InlineData("--offset", "9223372036854775807")]
    [InlineData("--length", "9223372036854775807")]
    public void Range_past_the_end_is_an_error(string option, string value) => _store.Run("read", "m", option, value).Failed(1, "past the end");

    [Fact]
    public void Range_that_would_overflow_is_an_error() =>
        _store.Run("read", "m", "--offset", "1", "--length", "9223372036854775807").Failed(1, "past the end");

    [Theory]
    [InlineData("--offset", "-1")]
    [InlineData("--length", "-1")]
    [InlineData("--offset", "9223372036854775808")]
    [InlineData("--offset", "x")]
    public void Range_that_is_no_number_is_bad_usage(string option, string value) => _store.Run("read", "m", option, value).Failed(2, value);

    [Fact]
    public void Nothing_at_the_very_end_is_nothing()
    {
        Assert.Empty(_store.Run("read", "m", "--offset", "8192").Succeeded().Output);
        Assert.Empty(_store.Run("read", "m", "--length", "0").Succeeded().Output);
        _store.RunWith([], "write", "m", "--offset", "8192").Succeeded();
    }

    [Fact]
    public void Hex_dump_has_offsets_bytes_text_and_a_star_for_what_repeats()
    {
        _store.RunWith(Encoding.UTF8.GetBytes("ABC\u001b[31m\nxyz 0123456789"), "write", "m", "--offset", "16").Succeeded();
        Assert.Equal(
            [
                "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|",
                "00000010  41 42 43 1b 5b 33 31 6d  0a 78 79 7a 20 30 31 32  |ABC.[31m.xyz 012|",
                "00000020  33 34 35 36 37 38 39 00  00 00 00 00 00 00 00 00  |3456789.........|",
                "00000030  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|",
                "*",
                "00002000",
            ],
            _store.Run("read", "m", "--hex").Succeeded().Lines);
        Assert.Equal(
            [
                "0000002a  00 00 00 00 00                                    |.....|",
                "0000002f",
            ],
            _store.Run("read", "m", "--hex", "--offset", "42", "--length", "5").Succeeded().Lines);
    }

    [Fact]
    public void Terminal_gets_a_hex_dump_unasked()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "There is no script(1) to make a terminal.");
        ToolResult result = _store.RunScript("exec script -qec \"$0 read m --length 4\" /dev/null");
        Assert.Equal(["00000000  00 00 00 00                                       |....|", "00000004"], result.Lines);
    }

    [Fact]
    public void Reader_that_goes_away_ends_the_output_quietly()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not tell.");

        // Sparse, and far more than a pipe takes.
        string file = _store.PathOf("long");
        using (FileStream stream = File.Create(file))
        {
            stream.SetLength(3L << 30);
        }

        using ToolProcess sharer = _store.Start("share", file, "--name", "long", "--read-only");
        sharer.Receive();
        using ToolProcess reader = _store.Start("read", "long");
        Assert.Equal(0, reader.Process.StandardOutput.BaseStream.ReadByte());
        reader.Process.StandardOutput.Close();
        Assert.Equal(128 + 13, reader.WaitForExit());
        Assert.Equal("", reader.Errors());
    }

    [Fact]
    public void Bytes_beyond_2_and_4_GiB_are_reached()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A sparse file costs nothing on Linux only.");
        string file = _store.PathOf("long");
        const long far = (5L << 30) + 3;
        using (FileStream stream = File.Create(file))
        {
            stream.Position = far;
            stream.Write("far away"u8);
        }

        using ToolProcess sharer = _store.Start("share", file, "--name", "long", "--read-only");
        sharer.Expect($"sharing {file} as long ({far + 8} bytes)");
        Assert.Equal("far away"u8.ToArray(), _store.Run("read", "long", "--offset", $"{far}").Succeeded().Output);
        Assert.Equal(
            ["140000003  66 61 72 20 61 77 61 79                           |far away|", "14000000b"],
            _store.Run("read", "long", "--offset", $"{far}", "--hex").Succeeded().Lines);

        // From before 2 GiB to behind it.
        ToolResult across = _store.RunScript("\"$0\" read long --offset $2 --length 2M | wc -c", "", $"{(2L << 30) - 5}");
        Assert.Equal($"{2 << 20}", across.Text.Trim());
    }

    [Fact]
    public void What_is_not_there_or_no_mapping_is_an_error()
    {
        using ToolProcess semaphore = _store.Start("semaphore", "create", "s", "--initial", "1", "--maximum", "1");
        semaphore.Receive();
        _store.Run("read", "nothing").Failed(1, "There is no file mapping named 'nothing'");
        _store.RunWith([1], "write", "nothing").Failed(1, "There is no file mapping named 'nothing'");
        _store.Run("read", "s").Failed(1, "another kind");
        _store.RunWith([1], "write", "s").Failed(1, "another kind");
        _store.Run("read", "").Failed(1, "empty name");
    }
}
