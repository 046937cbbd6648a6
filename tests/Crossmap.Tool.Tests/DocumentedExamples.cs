using System.Text.RegularExpressions;

namespace Crossmap.Tool.Tests;

/// <summary>Every example of docs/tool.md, typed into a shell: it succeeds, and where the document shows what is printed, that is printed.</summary>
public sealed partial class DocumentedExamples : IDisposable
{
    private readonly TestStore _store = new();
    private readonly List<ToolProcess> _holders = [];

    public void Dispose()
    {
        _holders.ForEach(holder => holder.Dispose());
        _store.Dispose();
    }

    /// <summary>Each command behind a prompt, and the lines below it.</summary>
    public static TheoryData<string, string> Examples()
    {
        using Stream document = typeof(DocumentedExamples).Assembly.GetManifestResourceStream("tool.md")!;
        using var reader = new StreamReader(document);
        var examples = new TheoryData<string, string>();
        foreach (Match example in Example().Matches(reader.ReadToEnd()))
        {
            examples.Add(example.Groups["command"].Value, example.Groups["output"].Value);
        }

        return examples;
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void Example_does_what_the_document_shows(string command, string output)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The examples are a Linux shell's.");
        Arrange();
        Hold(Before(command));
        string[] shell = ["/bin/sh", "-c", $"cd \"$0\"; PATH=$0/bin:$PATH; exec {command}", _store.Files];
        if (command.Contains(" -- ", StringComparison.Ordinal) || !Holds().IsMatch(command))
        {
            ToolResult result = _store.RunCommand([], shell);
            Assert.True(result.ExitCode == 0, result.Errors + result.Text);
            if (output.Length > 0)
            {
                Assert.Equal(AsShown(output), AsShown(result.Errors + result.Text));
            }
        }
        else
        {
            _holders.Add(ToolProcess.Start(_store, shell));
            _holders[^1].Expect(output.TrimEnd());
        }
    }

    [Fact]
    public void Examples_are_found_in_the_document() => Assert.InRange(Examples().Count, 15, 100);

    /// <summary>The files that the examples speak of, and the tool under its own name.</summary>
    private void Arrange()
    {
        byte[] prices = new byte[1 << 20];
        "prices"u8.CopyTo(prices.AsSpan(4096));
        _store.WriteFile("prices.bin", prices);
        _store.WriteFile("new.bin", new byte[4096]);
        _store.WriteFile("movie.mkv", SharingAFile.Bytes(100_000, seed: 1));
        _store.RunScript("""
            cd "$1"
            mkdir bin
            ln -s "$0" bin/crossmap
            for script in update-prices repair-prices; do printf '#!/bin/sh\n' > $script; chmod +x $script; done
            """, _store.Files).Succeeded();
    }

    /// <summary>What somebody else holds when the example begins. What begins with <c>killed</c> is killed before.</summary>
    private static string[] Before(string command) => command.Split(' ')[1..] switch
    {
        ["read" or "write" or "list", ..] => ["share prices.bin --name prices"],
        ["sweep"] => ["killed share prices.bin --name prices"],
        ["lock", _, "--", ..] => ["mutex create prices-update", "killed lock prices-update -- sh -c 'echo ready; read line'"],
        ["mutex", "wait", ..] => ["mutex create gate"],
        ["event", "set", ..] => ["event create ready"],
        ["event", "wait", ..] => ["event create ready --set"],
        ["semaphore", "wait", ..] => ["semaphore create turn --initial 1 --maximum 1"],
        ["semaphore", "release", ..] => ["semaphore create turn --initial 0 --maximum 1"],
        _ => [],
    };

    private void Hold(string[] verbs)
    {
        foreach (string verb in verbs)
        {
            string[] words = verb.Split(' ', 2);
            bool isKilled = words[0] == "killed";
            ToolProcess holder = ToolProcess.Start(_store, ["/bin/sh", "-c", $"cd \"$0\"; exec bin/crossmap {(isKilled ? words[1] : verb)}", _store.Files]);
            _holders.Add(holder);
            holder.Receive();
            if (isKilled)
            {
                holder.Signal(ToolProcess.SIGKILL);
                holder.WaitForExit();
            }
        }
    }

    /// <summary>With the document's folder and numbers for what differs from run to run.</summary>
    private string AsShown(string output) =>
        Numbers().Replace(output.Replace(_store.Files, "/srv", StringComparison.Ordinal), match => match.Groups["what"].Value + "N").TrimEnd();

    [GeneratedRegex(@"^\$ (?<command>.+)\n(?<output>(?:(?!\$ |```).*\n)*)", RegexOptions.Multiline)]
    private static partial Regex Example();

    /// <summary>Process numbers and the notes' file names.</summary>
    [GeneratedRegex(@"(?<what>""id"": |\.files/)[0-9a-f]+(-[0-9]+)?")]
    private static partial Regex Numbers();

    [GeneratedRegex("^crossmap (share|([a-z]+ )?create) ")]
    private static partial Regex Holds();
}
