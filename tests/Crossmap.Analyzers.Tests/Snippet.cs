using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Crossmap.Analyzers.Tests;

/// <summary>
/// C# code compiled against the real library and looked at by the analyzer. What it shall flag stands between <c>⟦</c> and <c>⟧</c>; a
/// snippet without such marks shall be left in peace.
/// </summary>
internal static class Snippet
{
    internal static readonly ImmutableArray<MetadataReference> References = FindReferences();

    /// <summary>Checks statements, in a method of a class that has what snippets need.</summary>
    public static void Check(string id, string statements) => CheckMembers(id, $$"""
        private async Task Method(bool flag, int number)
        {
            {{statements}}
            await Task.Yield();
        }
        """);

    /// <summary>Checks members of that class.</summary>
    public static void CheckMembers(string id, string members)
    {
        string code = $$"""
            using System;
            using System.Collections.Generic;
            using System.IO;
            using System.Linq;
            using System.Threading.Tasks;
            using Crossmap;

            public sealed class Reader(MappedView view) : IDisposable
            {
                public void Dispose() => view.Dispose();
            }

            public static class Extensions
            {
                public static T Keep<T>(this T value) => value;
            }

            public class Snippet(FileMapping mapping)
            {
                private MappedView? _field;
                private MappedView? Property { get; set; }
                private readonly List<MappedView> _list = [];
                private readonly Dictionary<string, MappedView> _dictionary = [];
                private static void Take(MappedView? view) => view?.Dispose();
                private static void Run(Action action) => action();
                private static bool Make(FileMapping from, out MappedView view) => (view = from.MapView()) is not null;
                private void UseThem()
                {
                    Take(_field);
                    Take(Property);
                    Take(_list.FirstOrDefault());
                    Take(_dictionary.Values.FirstOrDefault());
                    Take(mapping.MapView());
                }

                {{members}}
            }
            """;
        CheckFile(id, code);
    }

    private static void CheckFile(string id, string marked)
    {
        string code = Unmarked(id, marked, out List<string> expected);
        SyntaxTree tree = CSharpSyntaxTree.ParseText(code, new CSharpParseOptions(LanguageVersion.Latest));
        var compilation = CSharpCompilation.Create("Snippet", [tree], References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        Compare(expected, code, compilation, compilation.WithAnalyzers([new UndisposedAnalyzer()]));
    }

    /// <summary>Takes the marks out.</summary>
    internal static string Unmarked(string id, string marked, out List<string> expected)
    {
        expected = [];
        string code = "";
        int start = -1;
        foreach (char c in marked)
        {
            switch (c)
            {
                case '⟦':
                    start = code.Length;
                    break;
                case '⟧':
                    expected.Add($"{id} at {start}: {code[start..]}");
                    break;
                default:
                    code += c;
                    break;
            }
        }

        return code;
    }

    internal static void Compare(List<string> expected, string code, Compilation compilation, CompilationWithAnalyzers analyzed)
    {
        // A snippet that does not compile would prove nothing.
        Assert.Empty(compilation.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error).Select(d => d.ToString()));
        ImmutableArray<Diagnostic> found = analyzed.GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken).GetAwaiter().GetResult();
        Assert.Equal(expected, [.. found.OrderBy(d => d.Location.SourceSpan.Start)
            .Select(d => $"{d.Id} at {d.Location.SourceSpan.Start}: {code.AsSpan(d.Location.SourceSpan.Start, d.Location.SourceSpan.Length)}")]);
    }

    private static ImmutableArray<MetadataReference> FindReferences()
    {
        string platform = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        return [.. platform.Split(Path.PathSeparator).Select(path => (MetadataReference)MetadataReference.CreateFromFile(path))];
    }
}
