using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Crossmap.Analyzers;

/// <summary>All that a method does with a local that holds a view or a handle.</summary>
internal sealed class LocalUses
{
    private LocalUses()
    {
    }

    /// <summary>Somebody else has it, or may have it.</summary>
    public bool Escapes { get; private set; }

    /// <summary>The references through which it is disposed.</summary>
    public HashSet<SyntaxNode> Disposing { get; } = [];

    /// <param name="local">The local.</param>
    /// <param name="creation">Where it gets the value.</param>
    public static LocalUses Of(ILocalSymbol local, IOperation creation)
    {
        var uses = new LocalUses();
        ISymbol? function = FunctionAround(creation);
        IOperation root = creation;
        while (root.Parent is { } parent)
        {
            root = parent;
        }

        foreach (IOperation operation in root.Descendants())
        {
            if (operation is not ILocalReferenceOperation reference || !SymbolEqualityComparer.Default.Equals(reference.Local, local))
            {
                continue;
            }

            // Captured: the lambda may run at any time, and dispose it or keep it.
            if (!SymbolEqualityComparer.Default.Equals(FunctionAround(reference), function))
            {
                uses.Escapes = true;
                return uses;
            }

            switch (Of(reference))
            {
                case Use.Disposes:
                    uses.Disposing.Add(reference.Syntax);
                    break;
                case Use.Escapes:
                    uses.Escapes = true;
                    return uses;
                default:
                    break;
            }
        }

        return uses;
    }

    private enum Use
    {
        Looks,
        Disposes,
        Escapes,
    }

    private static Use Of(ILocalReferenceOperation reference)
    {
        if (reference.Parent switch
        {
            IDeclarationExpressionOperation => true,
            INameOfOperation => true,
            IAssignmentOperation assignment => assignment.Target == reference && assignment is ISimpleAssignmentOperation or ICoalesceAssignmentOperation,
            IArgumentOperation argument => argument.Parameter?.RefKind == RefKind.Out,
            _ => false,
        })
        {
            // It gets a value here, or is only named.
            return Use.Looks;
        }

        if (IsComparison(reference))
        {
            return Use.Looks;
        }

        Destination destination = Destination.Of(reference);
        return destination.Kind switch
        {
            DestinationKind.Disposed => Use.Disposes,
            DestinationKind.Nowhere => Use.Looks,
            _ => Use.Escapes,
        };
    }

    /// <summary>Compared with something, mostly with null.</summary>
    private static bool IsComparison(IOperation value)
    {
        while (value.Parent is IConversionOperation or IParenthesizedOperation)
        {
            value = value.Parent;
        }

        return value.Parent is IBinaryOperation { OperatorKind: BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals };
    }

    private static ISymbol? FunctionAround(IOperation operation)
    {
        for (IOperation? up = operation; up is not null; up = up.Parent)
        {
            switch (up)
            {
                case IAnonymousFunctionOperation lambda:
                    return lambda.Symbol;
                case ILocalFunctionOperation function:
                    return function.Symbol;
                default:
                    break;
            }
        }

        return null;
    }
}
