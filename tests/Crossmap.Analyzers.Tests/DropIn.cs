using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Xml.Linq;
using Crossmap.Compatibility.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Crossmap.Analyzers.Tests;

/// <summary>What <c>CrossmapDropIn</c> does to sources: the aliases of the package's targets, the analyzer (CROSSMAP010), and the intercepted calls.</summary>
public class DropIn
{
    private const string Id = "CROSSMAP010";

    /// <summary>Sources that nobody edited: the aliases win, and there is nothing to say.</summary>
    [Theory]
    [InlineData("using System.IO.MemoryMappedFiles; class C { MemoryMappedFile F() => MemoryMappedFile.OpenExisting(\"a\"); MemoryMappedFileAccess A; }")]
    [InlineData("using System.Threading; class C { Mutex M = new Mutex(false, \"a\"); Semaphore S = new(0, 1, \"b\"); WaitHandle W() => M; }")]
    [InlineData("using System.Threading; namespace N { class C { EventWaitHandle E = new AutoResetEvent(false); } }")]
    [InlineData("using System.Threading; namespace N; class C { bool B(ManualResetEvent stop, Mutex m) => WaitHandle.WaitAny(new WaitHandle[] { stop, m, CancellationToken.None.WaitHandle }) == 0; }")]
    [InlineData("using Microsoft.Win32.SafeHandles; using System.IO.MemoryMappedFiles; class C { SafeMemoryMappedViewHandle H(MemoryMappedViewStream s) => s.SafeMemoryMappedViewHandle; SafeFileHandle? F; }")]
    [InlineData("class C { System.Threading.ManualResetEvent E = new System.Threading.ManualResetEvent(false); System.Threading.WaitHandle W => E; }")]
    [InlineData("using System; using System.Threading; class R : IAsyncResult { ManualResetEvent e = new ManualResetEvent(false); public WaitHandle AsyncWaitHandle => e; public object? AsyncState => null; public bool IsCompleted => true; public bool CompletedSynchronously => true; }")]
    public void Left_in_peace(string code) => Check(code);

    [Theory]
    [InlineData("class C { System.Threading.⟦Mutex⟧ M = new System.Threading.⟦Mutex⟧(); }")]
    [InlineData("namespace N { using System.Threading; class C { ⟦Semaphore⟧ S = new ⟦Semaphore⟧(0, 1); } }")]
    [InlineData("namespace N; using System.IO.MemoryMappedFiles; class C { void M() { using var map = ⟦MemoryMappedFile⟧.CreateNew(null, 1); } }")]
    [InlineData("using M = System.Threading.Mutex; class C { object O = typeof(⟦M⟧); }")]
    [InlineData("class C { System.Threading.⟦EventWaitHandle⟧[] E = new System.Threading.⟦EventWaitHandle⟧[1]; System.Collections.Generic.List<System.Threading.⟦Mutex⟧>? L; }")]
    [InlineData("class C { object? M(System.Threading.AbandonedMutexException e) => ⟦e.Mutex⟧; }")]
    [InlineData("using System; using System.Threading; class C { Func<WaitHandle[], int> F = ⟦WaitHandle.WaitAny⟧; }")]
    [InlineData("using System; using System.Threading; class C { Action<RegisteredWaitHandle> F = r => { Func<WaitHandle?, bool> end = ⟦r.Unregister⟧; }; }")]
    [InlineData("class C { Microsoft.Win32.SafeHandles.⟦SafeMemoryMappedFileHandle⟧? H; System.IO.MemoryMappedFiles.⟦MemoryMappedViewAccessor⟧? A; }")]
    public void Flagged(string code) => Check(code);

    [Fact]
    public void Nothing_is_said_without_the_property() => Check("class C { System.Threading.Mutex M = new System.Threading.Mutex(); }", new() { ["build_property.CrossmapDropIn"] = "false" });

    [Fact]
    public void Excepted_names_are_the_projects_own() => Check(
        "class C { System.Threading.Mutex M = new System.Threading.Mutex(); System.Threading.⟦Semaphore⟧? S; }",
        new() { ["build_property.CrossmapDropIn"] = "true", ["build_property.CrossmapDropInExcept"] = "MemoryMappedFile; Mutex" });

    [Fact]
    public void Static_waits_are_intercepted()
    {
        const string code = """
            using System;
            using System.Threading;
            static class C
            {
                static int M(WaitHandle[] all, WaitHandle one)
                {
                    WaitHandle.WaitAll(all, 5);
                    WaitHandle.SignalAndWait(one, one);
                    Semaphore.WaitAny(all);
                    RegisteredWaitHandle registered = ThreadPool.RegisterWaitForSingleObject(one, (_, _) => { }, null, 5, true);
                    ThreadPool.UnsafeRegisterWaitForSingleObject(waitObject: one, state: null, callBack: (_, _) => { }, timeout: TimeSpan.Zero, executeOnlyOnce: false).Unregister(one);
                    registered.Unregister(null);
                    return WaitHandle.WaitAny(all) + System.Threading.WaitHandle.WaitAny(all, TimeSpan.Zero, false) + Other.WaitAny(all);
                }
            }

            static class Other
            {
                public static int WaitAny(WaitHandle[] all) => all.Length;
            }
            """;
        string generated = Assert.Single(Compile(code, On, out _).SyntaxTrees, t => t.FilePath.EndsWith("CrossmapWaits.g.cs", StringComparison.Ordinal)).ToString();
        Assert.Equal(8, generated.Split("InterceptsLocationAttribute(1").Length - 1);
        Assert.Contains("Crossmap.Compatibility.WaitHandle.SignalAndWait(toSignal, toWaitOn)", generated, StringComparison.Ordinal);
        Assert.DoesNotContain(Compile(code, [], out _).SyntaxTrees, t => t.FilePath.EndsWith(".g.cs", StringComparison.Ordinal));
    }

    private static readonly Dictionary<string, string> On = new() { ["build_property.CrossmapDropIn"] = "true" };

    private static void Check(string marked, Dictionary<string, string>? options = null)
    {
        string code = Snippet.Unmarked(Id, marked, out List<string> expected);
        Compilation compilation = Compile(code, options ?? On, out AnalyzerConfigOptionsProvider provider);
        var analyzed = new CompilationWithAnalyzers(compilation, [new FrameworkUseAnalyzer()], new AnalyzerOptions([], provider));
        Snippet.Compare(expected, code, compilation, analyzed);
    }

    /// <summary>As a project with the package is compiled; what the generator made is in it.</summary>
    private static Compilation Compile(string code, Dictionary<string, string> options, out AnalyzerConfigOptionsProvider provider)
    {
        CSharpParseOptions parse = new CSharpParseOptions(LanguageVersion.Latest).WithFeatures([new("InterceptorsNamespaces", "Crossmap.Compatibility.Intercepted")]);
        string[] aliases = [.. Resource("Crossmap.Compatibility.targets").Descendants("Using").Select(u => $"global using {u.Attribute("Alias")!.Value} = {u.Attribute("Include")!.Value};")];
        Assert.Equal(10, aliases.Length);
        SyntaxTree[] trees = [CSharpSyntaxTree.ParseText(string.Join('\n', aliases), parse, "Usings.cs"), CSharpSyntaxTree.ParseText(code, parse, "Snippet.cs")];
        Compilation compilation = CSharpCompilation.Create("Snippet", trees, Snippet.References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable, allowUnsafe: true));
        provider = new Properties(options);
        GeneratorDriver driver = CSharpGeneratorDriver.Create([new WaitInterceptor().AsSourceGenerator()], parseOptions: parse, optionsProvider: provider);
        driver.RunGeneratorsAndUpdateCompilation(compilation, out compilation, out ImmutableArray<Diagnostic> diagnostics, TestContext.Current.CancellationToken);
        Assert.Empty(diagnostics);
        using var emitted = new MemoryStream();
        Assert.Empty(compilation.Emit(emitted, cancellationToken: TestContext.Current.CancellationToken).Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Select(d => d.ToString()));
        return compilation;
    }

    private static XDocument Resource(string name)
    {
        using Stream stream = typeof(DropIn).Assembly.GetManifestResourceStream(name)!;
        return XDocument.Load(stream);
    }

    /// <summary>The build's properties as the compiler sees them.</summary>
    private sealed class Properties(Dictionary<string, string> values) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Values(values);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;

        private sealed class Values(Dictionary<string, string> values) : AnalyzerConfigOptions
        {
            public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value) => values.TryGetValue(key, out value);
        }
    }
}
