using Microsoft.CodeAnalysis;

namespace Crossmap.Compatibility.Analyzers;

/// <summary>The framework's methods that know handles of the system only, so that a call of one goes to this package's method of the same name.</summary>
internal static class InterceptedCall
{
    public static bool IsName(string name) => name is "WaitAny" or "WaitAll" or "SignalAndWait";

    public static bool IsOf(IMethodSymbol method) =>
        method.IsStatic && IsName(method.Name) && method.ContainingType is { Name: "WaitHandle" } type && type.ContainingNamespace.ToDisplayString() == "System.Threading";

    /// <summary>Parameters as C# writes them, by full names.</summary>
    public static string Parameters(IMethodSymbol method) => string.Join(", ", method.Parameters.Select(p => p.Type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat) + " " + p.Name));

    public static string Arguments(IMethodSymbol method) => string.Join(", ", method.Parameters.Select(p => p.Name));
}
