using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>
/// The code blocks of the documentation, compiled and run. A block stands between two lines "// &lt;page&gt;", word for word; the test at the
/// end sees to it that no block stands in a page alone.
/// </summary>
public class DocumentedExamples
{
    [Fact]
    public void Readme_example_works() => RunAlone(Readme);

    [Fact]
    public void Guarantees_example_works() => RunAlone(Guarantees);

    [Fact]
    public void Every_block_of_the_pages_is_compiled_here()
    {
        string source = Normalized(Document.Read("DocumentedExamples.cs"));
        int blocks = 0;
        foreach (string page in new[] { "README.md", "guarantees.md" })
        {
            foreach (string block in Document.Blocks(page, "csharp"))
            {
                blocks++;
                string marker = $"// <{page}>";
                Assert.Contains($"{marker} {Normalized(block)} {marker}", source);
            }
        }

        Assert.Equal(2, blocks);
    }

    [ChildScenario]
    internal static void Readme(string[] arguments)
    {
        Directory.SetCurrentDirectory(arguments[0]);
        File.WriteAllBytes("prices.bin", new byte[8192]);

        // <README.md>
        using var mapping = FileMapping.Create("prices.bin", name: "prices");      // an existing file, under a name
        using var view = mapping.MapView();                                        // all of it, read/write
        using var turn = NamedSemaphore.Create("prices-turn", initialCount: 1, maximumCount: 1);

        // Another process: FileMapping.Open("prices"), NamedSemaphore.Open("prices-turn").
        turn.Wait();
        view.At<long>(128) += 1;                                                   // plain memory: no call, no copy
        view.AsSpan(0, 16).Fill(42);
        turn.Release();
        view.Flush(0, 4096);                                                       // on the disk when it returns
        // <README.md>
        byte[] bytes = File.ReadAllBytes("prices.bin");
        Assert.Equal((8192, 1, 42, 42, 0), (bytes.Length, bytes[128], bytes[0], bytes[15], bytes[16]));
        Assert.Equal(1, turn.CurrentCount);
    }

    [ChildScenario]
    internal static void Guarantees(string[] arguments)
    {
        // <guarantees.md>
        using FileMapping mapping = FileMapping.CreateInMemory(1 << 20, "board");
        using (FileMapping again = FileMapping.CreateInMemory(4096, "board"))
        {
            Assert.False(again.CreatedNew);                    // the name existed: opened,
            Assert.Equal(1 << 20, again.Size);                 // whatever size was asked for
        }

        using MappedView view = mapping.MapView();
        mapping.Dispose();                                     // the last handle: the name is free at once
        Assert.False(FileMapping.TryOpen("board", out _));
        view.At<int>(0) = 7;                                   // the view keeps the memory
        // <guarantees.md>
        Assert.Equal(7, view.At<int>(0));
    }

    /// <summary>In a process whose names meet nobody else's, and in a folder of its own: the examples use plain names.</summary>
    private static void RunAlone(Action<string[]> scenario)
    {
        using var root = new PrivateRoot();
        root.Run(scenario, root.Path);
    }

    private static string Normalized(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
