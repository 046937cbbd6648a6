using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Crossmap.Compatibility.Analyzers;

/// <summary>
/// Flags what still means the framework's types in a project with <c>CrossmapDropIn</c>: a name that binds to one, a member of another type
/// that gives one, and a static wait that is not called but made a delegate.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class FrameworkUseAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(Rules.FrameworkType, Rules.FrameworkCall);

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            if (DropInTypes.In(start.Compilation, start.Options.AnalyzerConfigOptionsProvider.GlobalOptions) is { } types)
            {
                start.RegisterSyntaxNodeAction(node => AnalyzeName(node, types), SyntaxKind.IdentifierName);
                start.RegisterOperationAction(operation => AnalyzeMember(operation, types), OperationKind.Invocation, OperationKind.PropertyReference, OperationKind.FieldReference);
                start.RegisterOperationAction(AnalyzeDelegate, OperationKind.MethodReference);
            }
        });
    }

    private static void AnalyzeName(SyntaxNodeAnalysisContext context, DropInTypes types)
    {
        var name = (IdentifierNameSyntax)context.Node;

        // 'var' means what something else gives, which is looked at there; a name in a using directive means nothing yet.
        if (name.IsVar || name.FirstAncestorOrSelf<UsingDirectiveSyntax>() is not null || IsTypeOfMember(name))
        {
            return;
        }

        if (context.SemanticModel.GetSymbolInfo(name, context.CancellationToken).Symbol is INamedTypeSymbol type && types.Contains(type))
        {
            Report(context.ReportDiagnostic, name, type);
        }
    }

    /// <summary>What another type hands out, such as <c>AbandonedMutexException.Mutex</c>, has the type without its name.</summary>
    private static void AnalyzeMember(OperationAnalysisContext context, DropInTypes types)
    {
        (ISymbol member, ITypeSymbol? gives) = context.Operation switch
        {
            IInvocationOperation call => (call.TargetMethod, call.TargetMethod.ReturnType),
            IMemberReferenceOperation reference => (reference.Member, reference.Type),
            _ => default,
        };
        if (types.Contains(gives) && !types.Contains(member.ContainingType) && member.Locations[0].IsInMetadata)
        {
            Report(context.ReportDiagnostic, context.Operation.Syntax, (INamedTypeSymbol)gives!);
        }
    }

    private static void AnalyzeDelegate(OperationAnalysisContext context)
    {
        IMethodSymbol method = ((IMethodReferenceOperation)context.Operation).Method;
        if (InterceptedCall.TargetOf(method) is { } target)
        {
            context.ReportDiagnostic(Diagnostic.Create(
                Rules.FrameworkCall, context.Operation.Syntax.GetLocation(), method.ContainingType.Name + "." + method.Name, target + "." + method.Name));
        }
    }

    /// <summary>A constructor's name in a cref or the like has a parent that says more.</summary>
    private static bool IsTypeOfMember(IdentifierNameSyntax name) => name.IsPartOfStructuredTrivia();

    private static void Report(System.Action<Diagnostic> report, SyntaxNode place, INamedTypeSymbol type) => report(Diagnostic.Create(
        Rules.FrameworkType, place.GetLocation(), type.ToDisplayString(), type.Name, "Crossmap.Compatibility." + type.Name));
}
