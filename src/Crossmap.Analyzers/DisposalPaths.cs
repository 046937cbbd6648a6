using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Crossmap.Analyzers;

/// <summary>
/// Whether a method can end well, by return or by running out, between the creation of a value and its disposal. Exceptions are left
/// aside: who wants them covered writes <c>using</c>, and to demand it of everybody would be noise.
/// </summary>
internal sealed class DisposalPaths
{
    private readonly ILocalSymbol _local;
    private readonly SyntaxNode _creation;
    private readonly HashSet<SyntaxNode> _disposing;
    private readonly HashSet<ISymbol> _guards;
    private readonly ControlFlowGraph _graph;

    private DisposalPaths(ControlFlowGraph graph, ILocalSymbol local, IOperation creation, HashSet<SyntaxNode> disposing)
    {
        _graph = graph;
        _local = local;
        _creation = creation.Syntax;
        _disposing = disposing;
        _guards = GuardsOf(creation);
    }

    public static bool Misses(OperationAnalysisContext context, ILocalSymbol local, IOperation creation, HashSet<SyntaxNode> disposing) =>
        GraphAround(context, creation) is { } graph && new DisposalPaths(graph, local, creation, disposing).Misses();

    private bool Misses()
    {
        HashSet<BasicBlock> seen = [];
        Stack<BasicBlock> open = new();
        foreach (BasicBlock block in _graph.Blocks)
        {
            int at = IndexOfCreation(block);
            if (at < 0 || DisposesFrom(block, at))
            {
                continue;
            }

            Follow(block, open);
        }

        while (open.Count > 0)
        {
            BasicBlock block = open.Pop();
            if (!seen.Add(block))
            {
                continue;
            }

            if (block.Kind == BasicBlockKind.Exit)
            {
                return true;
            }

            if (!DisposesFrom(block, 0))
            {
                Follow(block, open);
            }
        }

        return false;
    }

    /// <summary>Which blocks may come next. Throwing leads nowhere here.</summary>
    private void Follow(BasicBlock block, Stack<BasicBlock> open)
    {
        // A branch that looks at the local (is it null?), or at what decided whether there is a value at all, is taken for one that knows.
        if (block.ConditionalSuccessor is not null && block.BranchValue is { } condition && Knows(condition))
        {
            return;
        }

        foreach (ControlFlowBranch? branch in new[] { block.FallThroughSuccessor, block.ConditionalSuccessor })
        {
            if (branch?.Destination is { } next && !branch.FinallyRegions.Any(DisposesIn))
            {
                open.Push(next);
            }
        }
    }

    private bool Knows(IOperation condition) => condition.DescendantsAndSelf().Any(operation =>
        operation.Syntax == _creation
        || SymbolOf(operation) is { } symbol && (SymbolEqualityComparer.Default.Equals(symbol, _local) || _guards.Contains(symbol)));

    private bool DisposesIn(ControlFlowRegion region)
    {
        for (int i = region.FirstBlockOrdinal; i <= region.LastBlockOrdinal; i++)
        {
            if (DisposesFrom(_graph.Blocks[i], 0))
            {
                return true;
            }
        }

        return false;
    }

    private int IndexOfCreation(BasicBlock block)
    {
        for (int i = 0; i < block.Operations.Length; i++)
        {
            if (IsCreation(block.Operations[i]))
            {
                return i;
            }
        }

        return block.BranchValue is { } value && IsCreation(value) ? block.Operations.Length : -1;
    }

    private bool IsCreation(IOperation operation) => operation.DescendantsAndSelf().Any(o => o is IInvocationOperation && o.Syntax == _creation);

    private bool DisposesFrom(BasicBlock block, int first)
    {
        for (int i = first; i < block.Operations.Length; i++)
        {
            if (Disposes(block.Operations[i]))
            {
                return true;
            }
        }

        return block.BranchValue is { } value && Disposes(value);
    }

    private bool Disposes(IOperation operation) => operation.DescendantsAndSelf().Any(o => o is ILocalReferenceOperation && _disposing.Contains(o.Syntax));

    /// <summary>What the conditions around the creation look at: <c>if (wanted) view = …;</c> and later <c>if (wanted) view.Dispose();</c>.</summary>
    private static HashSet<ISymbol> GuardsOf(IOperation creation)
    {
        HashSet<ISymbol> guards = new(SymbolEqualityComparer.Default);
        for (IOperation? up = creation; up is not null and not (IAnonymousFunctionOperation or ILocalFunctionOperation); up = up.Parent)
        {
            IOperation? condition = up switch
            {
                IConditionalOperation conditional => conditional.Condition,
                ISwitchOperation { Value: var value } => value,
                ISwitchExpressionOperation { Value: var value } => value,
                IConditionalAccessOperation { Operation: var value } => value,
                _ => null,
            };
            foreach (IOperation operation in condition?.DescendantsAndSelf() ?? [])
            {
                if (SymbolOf(operation) is { } symbol)
                {
                    guards.Add(symbol);
                }
            }
        }

        return guards;
    }

    private static ISymbol? SymbolOf(IOperation operation) => operation switch
    {
        ILocalReferenceOperation reference => reference.Local,
        IParameterReferenceOperation reference => reference.Parameter,
        IMemberReferenceOperation reference => reference.Member,
        _ => null,
    };

    /// <summary>The graph of the innermost function around the creation.</summary>
    private static ControlFlowGraph? GraphAround(OperationAnalysisContext context, IOperation creation)
    {
        Stack<IOperation> functions = new();
        for (IOperation? up = creation.Parent; up is not null; up = up.Parent)
        {
            if (up is IAnonymousFunctionOperation or ILocalFunctionOperation)
            {
                functions.Push(up);
            }
        }

        ControlFlowGraph? graph = context.GetControlFlowGraph();
        while (graph is not null && functions.Count > 0)
        {
            IOperation function = functions.Pop();
            graph = function is ILocalFunctionOperation local ? graph.GetLocalFunctionControlFlowGraph(local.Symbol, context.CancellationToken) : OfLambda(graph, function, context);
        }

        return graph;
    }

    private static ControlFlowGraph? OfLambda(ControlFlowGraph graph, IOperation lambda, OperationAnalysisContext context)
    {
        foreach (BasicBlock block in graph.Blocks)
        {
            IEnumerable<IOperation> operations = block.BranchValue is { } value ? [.. block.Operations, value] : block.Operations;
            foreach (IOperation operation in operations)
            {
                foreach (IOperation inner in operation.DescendantsAndSelf())
                {
                    if (inner is IFlowAnonymousFunctionOperation found && found.Syntax == lambda.Syntax)
                    {
                        return graph.GetAnonymousFunctionControlFlowGraph(found, context.CancellationToken);
                    }
                }
            }
        }

        return null;
    }
}
