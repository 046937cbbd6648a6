using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Crossmap.Compatibility.Analyzers;

/// <summary>The framework's types that the drop-in replaces, in the compilation at hand.</summary>
internal sealed class DropInTypes
{
    /// <summary>By metadata name. Unnamed events may stay the framework's: nothing of them differs.</summary>
    private static readonly string[] Replaced =
    [
        "System.IO.MemoryMappedFiles.MemoryMappedFile",
        "System.IO.MemoryMappedFiles.MemoryMappedViewAccessor",
        "System.IO.MemoryMappedFiles.MemoryMappedViewStream",
        "Microsoft.Win32.SafeHandles.SafeMemoryMappedFileHandle",
        "Microsoft.Win32.SafeHandles.SafeMemoryMappedViewHandle",
        "System.Threading.Semaphore",
        "System.Threading.EventWaitHandle",
        "System.Threading.Mutex",
    ];

    private readonly HashSet<ISymbol> _types = new(SymbolEqualityComparer.Default);

    private DropInTypes(Compilation compilation, string except)
    {
        foreach (string name in Replaced)
        {
            if (!except.Contains(";" + name.Substring(name.LastIndexOf('.') + 1) + ";") && compilation.GetTypeByMetadataName(name) is { } type)
            {
                _types.Add(type);
            }
        }
    }

    /// <summary>Null where the property is not set.</summary>
    public static DropInTypes? In(Compilation compilation, AnalyzerConfigOptions options) => IsOn(options)
        ? new DropInTypes(compilation, ";" + (options.TryGetValue("build_property.CrossmapDropInExcept", out string? except) ? except.Replace(" ", "") : "") + ";")
        : null;

    public static bool IsOn(AnalyzerConfigOptions options) =>
        options.TryGetValue("build_property.CrossmapDropIn", out string? value) && value.Equals("true", System.StringComparison.OrdinalIgnoreCase);

    public bool Contains(ITypeSymbol? type) => type is not null && _types.Contains(type.OriginalDefinition);
}
