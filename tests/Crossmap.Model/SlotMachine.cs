using Crossmap.Channels.Rings;

namespace Crossmap.Model;

/// <summary>What a participant of a ring does.</summary>
internal enum SlotAct : byte
{
    Claim,
    Commit,
    Abandon,
    Take,
    Release,

    /// <summary>Finishes for a dead one, with its place in hand.</summary>
    Recover,

    /// <summary>The same, and goes on under its number.</summary>
    Succeed,
}

/// <param name="Act">What.</param>
/// <param name="Argument">Units to claim; whom to recover, by number.</param>
internal readonly record struct SlotOperation(SlotAct Act, int Argument = 0)
{
    public override string ToString() => Act is SlotAct.Claim or SlotAct.Recover or SlotAct.Succeed ? $"{Act}({Argument})" : $"{Act}";
}

/// <summary>What a participant keeps between two operations.</summary>
internal readonly record struct SlotHand(byte Place, long NextToClaim, ulong Tail, long NextToTake, bool Looked, long Index, ulong Start, SlotState Holds);

/// <summary>
/// The operations as the real code does them: a tree of all that they were ever answered, grown as far as the explorer comes. An operation's
/// state is a node; each is found by running the code from its start once.
/// </summary>
/// <remarks>
/// Where a claim or a take looks at its next slot, at the beginning of each turn of its loop, it knows nothing but which slot that is: so it is the
/// same as one that begins there.
/// </remarks>
internal sealed class SlotMachine(int slots, uint capacity, SlotFault fault)
{
    private readonly List<Node> _nodes = [];
    private readonly Dictionary<(SlotOperation, SlotHand), int> _roots = [];
    private readonly Dictionary<(int Node, ulong Answer), int> _next = [];

    public SlotCall CallOf(int node) => _nodes[node].Call;

    public SlotOperation OperationOf(int node) => _nodes[node].Operation;

    /// <summary>Steps from the operation's start.</summary>
    public int DepthOf(int node) => _nodes[node].Answers.Length;

    /// <summary>Of a node whose call is the return.</summary>
    public SlotHand After(int node) => _nodes[node].After;

    public SlotHand Before(int node) => _nodes[node].Before;

    public int Start(SlotOperation operation, SlotHand hand) =>
        _roots.TryGetValue((operation, hand), out int root) ? root : _roots[(operation, hand)] = Add(operation, hand, []);

    public int Next(int node, ulong answer)
    {
        if (!_next.TryGetValue((node, answer), out int next))
        {
            Node from = _nodes[node];
            _next[(node, answer)] = next = Add(from.Operation, from.Before, [.. from.Answers, answer]);
        }

        return next;
    }

    private int Add(SlotOperation operation, SlotHand hand, ulong[] answers)
    {
        var memory = new SlotTapeMemory(new SlotTape(answers, slots, capacity), operation.Act == SlotAct.Succeed ? SlotAct.Recover : operation.Act, fault);
        var node = new Node(operation, hand, answers, default, default);
        long looksAt = -1;
        try
        {
            node = node with { After = Run(ref memory, operation, hand, out looksAt), Call = new SlotCall(SlotCallKind.Return) };
        }
        catch (SlotTape.Suspended suspended)
        {
            if (answers.Length > 0 && suspended.Call is { Kind: SlotCallKind.ReadWord } look && look.Index == looksAt)
            {
                return Start(operation, operation.Act == SlotAct.Claim ? hand with { NextToClaim = looksAt } : hand with { NextToTake = looksAt, Looked = false });
            }

            node = node with { Call = suspended.Call };
        }

        _nodes.Add(node);
        return _nodes.Count - 1;
    }

    /// <summary>As the queue does it.</summary>
    public static SlotHand Run<TMemory>(ref TMemory memory, SlotOperation operation, SlotHand hand, out long looksAt)
        where TMemory : struct, ISlotMemory
    {
        looksAt = -1;
        switch (operation.Act)
        {
            case SlotAct.Claim:
                (long next, ulong tail) = (hand.NextToClaim, hand.Tail);
                bool isClaimed = SlotProtocol.TryClaim(ref memory, hand.Place, (uint)operation.Argument, ref next, ref tail, out looksAt, out ulong start) == SlotResult.Done;
                hand = hand with { NextToClaim = next, Tail = tail };
                return isClaimed ? hand with { Index = looksAt, Start = start, Holds = SlotState.Claimed } : hand;
            case SlotAct.Take:
                // Who found nothing looks from the beginning, as who has slept does.
                long from = hand.Looked ? memory.ReadFreed() : hand.NextToTake;
                bool isTaken = SlotProtocol.TryTake(ref memory, hand.Place, ref from, out looksAt, out SlotWord word) == SlotResult.Done;
                hand = hand with { NextToTake = from, Looked = !isTaken };
                return isTaken ? hand with { Index = looksAt, Start = memory.ReadBegin(looksAt).StartOf(word.Units, memory.Capacity), Holds = word.State } : hand;
            case SlotAct.Commit or SlotAct.Abandon or SlotAct.Release:
                SlotWord held = memory.ReadWord(hand.Index);
                memory.WriteWord(hand.Index, operation.Act switch
                {
                    SlotAct.Commit => held.With(SlotState.Committed),
                    SlotAct.Abandon => held.With(SlotState.Abandoned),
                    _ => held.Next(),
                });
                return hand with { Holds = SlotState.Free, Index = 0, Start = 0 };
            default:
                SlotProtocol.Recover(ref memory, operation.Argument);
                return operation.Act == SlotAct.Succeed ? hand with { Place = (byte)operation.Argument } : hand;
        }
    }

    private sealed record Node(SlotOperation Operation, SlotHand Before, ulong[] Answers, SlotCall Call, SlotHand After);
}
