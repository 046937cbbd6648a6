using Microsoft.CodeAnalysis;

namespace Crossmap.Analyzers;

/// <summary>The library's types in the compilation at hand, and which of their methods make something that must be disposed.</summary>
internal sealed class CrossmapTypes
{
    private readonly INamedTypeSymbol _view;
    private readonly INamedTypeSymbol _mapping;
    private readonly INamedTypeSymbol? _primitive;

    private CrossmapTypes(INamedTypeSymbol view, INamedTypeSymbol mapping, INamedTypeSymbol? primitive)
    {
        _view = view;
        _mapping = mapping;
        _primitive = primitive;
    }

    /// <summary>Null where the library is not referenced: then there is nothing to look at.</summary>
    public static CrossmapTypes? In(Compilation compilation)
    {
        INamedTypeSymbol? view = compilation.GetTypeByMetadataName("Crossmap.MappedView");
        INamedTypeSymbol? mapping = compilation.GetTypeByMetadataName("Crossmap.FileMapping");
        return view is null || mapping is null ? null : new CrossmapTypes(view, mapping, compilation.GetTypeByMetadataName("Crossmap.NamedPrimitive"));
    }

    /// <summary>
    /// The rule for what a method makes; null when it makes nothing. Only the library's own methods: what a user's method returns may well
    /// belong to somebody else.
    /// </summary>
    public DiagnosticDescriptor? RuleFor(IMethodSymbol method)
    {
        if (!IsOurs(method.ContainingType))
        {
            return null;
        }

        if (Same(method.ReturnType, _view))
        {
            return Rules.View;
        }

        return IsHandle(method.ReturnType) ? Rules.Handle : null;
    }

    /// <summary>The out parameter through which a method hands out a handle (<c>TryOpen</c>), or null.</summary>
    public IParameterSymbol? OutHandleOf(IMethodSymbol method)
    {
        if (!IsOurs(method.ContainingType))
        {
            return null;
        }

        foreach (IParameterSymbol parameter in method.Parameters)
        {
            if (parameter.RefKind == RefKind.Out && IsHandle(parameter.Type))
            {
                return parameter;
            }
        }

        return null;
    }

    private bool IsOurs(INamedTypeSymbol? type) => IsHandle(type) || Same(type, _view);

    /// <summary>A mapping, or one of the primitives by name.</summary>
    private bool IsHandle(ITypeSymbol? type) => Same(type, _mapping) || (_primitive is not null && IsPrimitive(type?.BaseType));

    private bool IsPrimitive(INamedTypeSymbol? type) => type is not null && (Same(type, _primitive) || IsPrimitive(type.BaseType));

    private static bool Same(ITypeSymbol? one, INamedTypeSymbol? other) => other is not null && SymbolEqualityComparer.Default.Equals(one, other);
}
