using Microsoft.CodeAnalysis;

namespace Crossmap.Compatibility.Analyzers;

/// <summary>The framework's methods that know handles of the system only, so that a call of one goes to this package's method of the same name.</summary>
internal static class InterceptedCall
{
    private const string Registering = "RegisterWaitForSingleObject", RegisteringUnsafely = "UnsafeRegisterWaitForSingleObject", Unregistering = "Unregister";

    public static bool IsName(string name) => IsWait(name) || name is Registering or RegisteringUnsafely or Unregistering;

    /// <summary>The type of this package's that has the method; null for any other method.</summary>
    public static string? TargetOf(IMethodSymbol method)
    {
        INamedTypeSymbol? type = method.ContainingType;
        if (type is null || !IsName(method.Name) || type.ContainingNamespace.ToDisplayString() != "System.Threading")
        {
            return null;
        }

        return type.Name switch
        {
            "WaitHandle" when IsWait(method.Name) => "WaitHandle",
            "ThreadPool" when method.Name is Registering or RegisteringUnsafely => "RegisteredWaits",
            "RegisteredWaitHandle" when method.Name == Unregistering => "RegisteredWaits",
            _ => null,
        };
    }

    private static bool IsWait(string name) => name is "WaitAny" or "WaitAll" or "SignalAndWait";

    /// <summary>Parameters as C# writes them, by full names; an instance's method takes the instance first.</summary>
    public static string Parameters(IMethodSymbol method) => Instance(method, "this global::System.Threading." + method.ContainingType.Name + " instance") +
        string.Join(", ", method.Parameters.Select(p => p.Type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat.AddMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier)) + " " + p.Name));

    public static string Arguments(IMethodSymbol method) => Instance(method, "instance") + string.Join(", ", method.Parameters.Select(p => p.Name));

    private static string Instance(IMethodSymbol method, string text) => method.IsStatic ? "" : method.Parameters.Length == 0 ? text : text + ", ";
}
