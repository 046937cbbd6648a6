using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Crossmap.Analyzers;

/// <summary>
/// Flags views (CROSSMAP001) and handles (CROSSMAP002) that nobody can or does dispose: a result that is discarded or used as a temporary,
/// and a local that is neither in a <c>using</c> nor disposed on every path. Whatever escapes (returned, stored, passed on, captured) is
/// somebody else's to dispose, and nothing is said.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class UndisposedAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(Rules.View, Rules.Handle);

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            if (CrossmapTypes.In(start.Compilation) is { } types)
            {
                start.RegisterOperationAction(operation => Analyze(operation, types), OperationKind.Invocation);
            }
        });
    }

    private static void Analyze(OperationAnalysisContext context, CrossmapTypes types)
    {
        var invocation = (IInvocationOperation)context.Operation;
        IMethodSymbol method = invocation.TargetMethod;
        if (types.RuleFor(method) is { } rule)
        {
            Destination destination = Destination.Of(invocation);
            if (destination.Kind == DestinationKind.Nowhere)
            {
                Report(context, rule, invocation.Syntax, destination.IsTemporary
                    ? $"What {method.Name} returns is used once and then out of reach, so nobody can dispose it"
                    : $"What {method.Name} returns is discarded, so nobody can dispose it");
            }
            else if (destination.Local is { } local)
            {
                AnalyzeLocal(context, rule, local, invocation, invocation.Syntax, isConditional: false);
            }
        }
        else if (types.OutHandleOf(method) is { } parameter)
        {
            foreach (IArgumentOperation argument in invocation.Arguments)
            {
                if (SymbolEqualityComparer.Default.Equals(argument.Parameter, parameter) && LocalOf(argument.Value) is { } local)
                {
                    AnalyzeLocal(context, Rules.Handle, local, invocation, argument.Value.Syntax, isConditional: true);
                }
            }
        }
    }

    private static void AnalyzeLocal(
        OperationAnalysisContext context, DiagnosticDescriptor rule, ILocalSymbol local, IInvocationOperation creation, SyntaxNode place, bool isConditional)
    {
        LocalUses uses = LocalUses.Of(local, creation);
        if (uses.Escapes)
        {
            return;
        }

        if (uses.Disposing.Count == 0)
        {
            Report(context, rule, place, $"Nobody disposes '{local.Name}'");
        }
        else if (!isConditional && DisposalPaths.Misses(context, local, creation, uses.Disposing))
        {
            Report(context, rule, place, $"'{local.Name}' is not disposed on every path");
        }
    }

    private static ILocalSymbol? LocalOf(IOperation target) => target switch
    {
        ILocalReferenceOperation reference => reference.Local,
        IDeclarationExpressionOperation declaration => LocalOf(declaration.Expression),
        _ => null,
    };

    private static void Report(OperationAnalysisContext context, DiagnosticDescriptor rule, SyntaxNode place, string what) =>
        context.ReportDiagnostic(Diagnostic.Create(rule, place.GetLocation(), what));
}
