using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Crossmap.Analyzers;

/// <summary>What becomes of a value.</summary>
internal enum DestinationKind
{
    /// <summary>Somebody else has it, or may have it: nothing to say.</summary>
    Somebody,

    /// <summary>Disposed at once: in a <c>using</c>, or by a call of Dispose on the very expression.</summary>
    Disposed,

    /// <summary>A local holds it.</summary>
    Local,

    /// <summary>Nobody has it any more.</summary>
    Nowhere,
}

/// <summary>Where the value of an expression goes, found by climbing from it. What is not known for certain counts as <see cref="DestinationKind.Somebody"/>.</summary>
internal readonly struct Destination
{
    private Destination(DestinationKind kind, ILocalSymbol? local = null, bool isTemporary = false)
    {
        Kind = kind;
        Local = local;
        IsTemporary = isTemporary;
    }

    public DestinationKind Kind { get; }

    public ILocalSymbol? Local { get; }

    /// <summary>For <see cref="DestinationKind.Nowhere"/>: a member was used first.</summary>
    public bool IsTemporary { get; }

    public static Destination Of(IOperation value)
    {
        while (true)
        {
            switch (value.Parent)
            {
                // The same value, one expression further up.
                case IParenthesizedOperation parent:
                    value = parent;
                    continue;
                case IConversionOperation { OperatorMethod: null } parent:
                    value = parent;
                    continue;
                case IConditionalOperation parent when parent.Condition != value && parent.Type is not null:
                    value = parent;
                    continue;
                case ICoalesceOperation parent:
                    value = parent;
                    continue;
                case ISwitchExpressionArmOperation { Parent: ISwitchExpressionOperation parent }:
                    value = parent;
                    continue;
                case IConditionalAccessOperation parent when parent.WhenNotNull == value:
                    value = parent;
                    continue;

                // A member of it: mapping.MapView().At<int>(0), mapping.MapView()?.Length.
                case IConditionalAccessOperation parent:
                    return IsDispose(parent.WhenNotNull) ? new Destination(DestinationKind.Disposed) : Member(parent.WhenNotNull);
                case IInvocationOperation parent when parent.Instance == value:
                    return IsDispose(parent) ? new Destination(DestinationKind.Disposed) : Member(parent);
                case IPropertyReferenceOperation parent when parent.Instance == value:
                    return Member(parent);

                // An end.
                case IExpressionStatementOperation parent:
                    return IsLambdaBody(parent) ? new Destination(DestinationKind.Somebody) : new Destination(DestinationKind.Nowhere);
                case ISimpleAssignmentOperation { Target: IDiscardOperation }:
                    return new Destination(DestinationKind.Nowhere);
                case ISimpleAssignmentOperation { Target: ILocalReferenceOperation target }:
                    return ForLocal(target.Local);
                case ICoalesceAssignmentOperation { Target: ILocalReferenceOperation target }:
                    return ForLocal(target.Local);
                case IVariableInitializerOperation { Parent: IVariableDeclaratorOperation declarator }:
                    return ForLocal(declarator.Symbol);
                case IIsPatternOperation { Pattern: var pattern }:
                    return OfPattern(pattern);
                case IUsingOperation:
                    return new Destination(DestinationKind.Disposed);
                default:
                    return new Destination(DestinationKind.Somebody);
            }
        }
    }

    private static bool IsDispose(IOperation operation) =>
        operation is IInvocationOperation { TargetMethod.Name: "Dispose" or "DisposeAsync", Arguments.Length: 0 };

    /// <summary>A member that hands the whole on as another type cannot be told apart from one that does not; the library has none.</summary>
    private static Destination Member(IOperation member) =>
        member is IInvocationOperation or IPropertyReferenceOperation or IConditionalAccessOperation
            ? new Destination(DestinationKind.Nowhere, isTemporary: true)
            : new Destination(DestinationKind.Somebody);

    private static Destination ForLocal(ILocalSymbol local) =>
        // A ref local is another name for something that is not ours to follow.
        local.IsUsing ? new Destination(DestinationKind.Disposed)
        : local.RefKind != RefKind.None ? new Destination(DestinationKind.Somebody)
        : new Destination(DestinationKind.Local, local);

    private static Destination OfPattern(IPatternOperation pattern) => pattern switch
    {
        IDeclarationPatternOperation { DeclaredSymbol: ILocalSymbol local } => ForLocal(local),
        IRecursivePatternOperation { DeclaredSymbol: ILocalSymbol local } => ForLocal(local),
        IConstantPatternOperation or ITypePatternOperation or IDiscardPatternOperation => new Destination(DestinationKind.Nowhere, isTemporary: true),
        IDeclarationPatternOperation { DeclaredSymbol: null } or IRecursivePatternOperation { DeclaredSymbol: null } => new Destination(DestinationKind.Nowhere, isTemporary: true),
        INegatedPatternOperation negated => OfPattern(negated.Pattern),
        _ => new Destination(DestinationKind.Somebody),
    };

    /// <summary>
    /// The whole of a lambda without a block whose result nobody takes: as a rule it is expected to throw
    /// (<c>Assert.Throws(() =&gt; mapping.MapView(…))</c>), and then there is nothing to dispose.
    /// </summary>
    private static bool IsLambdaBody(IExpressionStatementOperation statement) =>
        statement is { IsImplicit: true, Parent: IBlockOperation { Parent: IAnonymousFunctionOperation } };
}
