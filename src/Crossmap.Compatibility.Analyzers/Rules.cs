using Microsoft.CodeAnalysis;

namespace Crossmap.Compatibility.Analyzers;

/// <summary>The rules, as users see them. docs/analyzers.md explains each.</summary>
internal static class Rules
{
    public const string Id = "CROSSMAP010";
    private const string Category = "Portability";
    private const string Help = "docs/analyzers.md#crossmap010";

    /// <summary>Nothing else says that an alias lost: the code compiles, and fails or meets nobody on Linux.</summary>
    public static readonly DiagnosticDescriptor FrameworkType = new(
        Id,
        "A use of a framework type that the drop-in does not reach",
        "This is {0}, which has no names on Linux: CrossmapDropIn does not reach a name in full, or one that a using inside a namespace imports. Write '{1}' with the using at the top of the file, or '{2}'.",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        "With CrossmapDropIn the names of the framework's types lead to Crossmap.Compatibility's by aliases. A name written in full, and one that a using inside a namespace imports, still mean the framework's.",
        Help);

    /// <summary>The static waits are intercepted where they are called; anywhere else they stay the framework's.</summary>
    public static readonly DiagnosticDescriptor FrameworkCall = new(
        Id,
        "A use of a framework method that the drop-in does not reach",
        "{0} is used as a delegate here, which waits for no named object on Linux. Call it, or use 'Crossmap.Compatibility.{1}'.",
        Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        "With CrossmapDropIn the calls of the framework's static waits lead to Crossmap.Compatibility's. A delegate to one does not.",
        Help);
}
