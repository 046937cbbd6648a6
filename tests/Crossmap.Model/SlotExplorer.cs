using Crossmap.Channels.Rings;

namespace Crossmap.Model;

/// <param name="Slots">Of the ring.</param>
/// <param name="Capacity">Units of data.</param>
/// <param name="Before">What was done before, by somebody who has left.</param>
/// <param name="Programs">What each participant does.</param>
internal sealed record SlotScenario(int Slots, uint Capacity, SlotOperation[] Before, SlotOperation[][] Programs)
{
    public SlotFault Fault { get; init; }

    public int MostKills { get; init; } = 1;

    public override string ToString() =>
        $"{string.Join(" | ", Programs.Select(program => string.Join("; ", program)))} in {Slots} slots and {Capacity} units, after {string.Join("; ", Before)}";
}

/// <summary>
/// Tries all that can happen to a ring: every interleaving of the participants' steps and a kill between any two. Breadth first, so that the way to a
/// violation is the shortest. From each end the ring must be usable again: what was committed is delivered, and all its space can be claimed.
/// </summary>
internal sealed class SlotExplorer
{
    /// <summary>Steps in which an operation that nobody disturbs is over; and any operation, as each turn of its loops is another's progress.</summary>
    private const int MostStepsAlone = 120, MostSteps = 200;

    private const int MostStates = 5_000_000;

    /// <summary>Of who made what was before, and of who looks at the end.</summary>
    private const byte Setup = 200, Successor = 201;

    private readonly SlotScenario _scenario;
    private readonly SlotMachine _machine;
    private readonly Dictionary<SlotWorld, int> _worldNumbers = [];
    private readonly List<SlotWorld> _worlds = [];
    private readonly Dictionary<State, int> _known = [];
    private readonly List<State> _states = [];
    private readonly List<(int From, byte Who, bool IsKill)> _ways = [];
    private readonly HashSet<(int World, int Node)> _endsAlone = [];
    private long _moves;
    private string? _violation;

    private SlotExplorer(SlotScenario scenario)
    {
        _scenario = scenario;
        _machine = new SlotMachine(scenario.Slots, scenario.Capacity, scenario.Fault);
    }

    private enum Life : byte
    {
        Running,
        Killed,
        Recovered,
        Finished,
    }

    /// <param name="Life">Whether it runs.</param>
    /// <param name="Operation">Which of its program.</param>
    /// <param name="Node">Where in it; of a dead one, its place.</param>
    private readonly record struct Part(Life Life, byte Operation, int Node);

    private readonly record struct State(int World, Part A, Part B, Part C)
    {
        public Part this[int who] => who switch { 0 => A, 1 => B, _ => C };

        public State With(int who, Part part) => who switch { 0 => this with { A = part }, 1 => this with { B = part }, _ => this with { C = part } };
    }

    public static Explorer.Finding Run(SlotScenario scenario) => new SlotExplorer(scenario).Run();

    private Explorer.Finding Run()
    {
        SlotWorld world = SlotWorld.Empty;
        SlotHand hand = HandOf(Setup);
        foreach (SlotOperation operation in _scenario.Before)
        {
            _violation ??= Alone(ref world, operation, ref hand);
        }

        var state = new State(NumberOf(in world), NewPart(0), NewPart(1), NewPart(2));
        Reach(state, -1, 0, false);
        for (int at = 0; at < _states.Count && _violation is null; at++)
        {
            if (_states.Count > MostStates)
            {
                throw new InvalidOperationException($"More than {MostStates} states: {_scenario}");
            }

            Continue(at);
        }

        return new Explorer.Finding(_states.Count, _moves, _violation);
    }

    private Part NewPart(int who) => who < _scenario.Programs.Length ? new Part(Life.Running, 0, _machine.Start(_scenario.Programs[who][0], HandOf((byte)who))) : new Part(Life.Finished, 0, 0);

    private static SlotHand HandOf(byte place) => new() { Place = place };

    private void Continue(int at)
    {
        State state = _states[at];
        bool isEnd = true;
        for (int who = 0; who < _scenario.Programs.Length && _violation is null; who++)
        {
            Part part = state[who];
            if (part.Life != Life.Running)
            {
                continue;
            }

            isEnd = false;
            MustEndAlone(at, in state, who);
            Step(at, state, who);
            if (Enumerable.Range(0, _scenario.Programs.Length).Count(other => state[other].Life is Life.Killed or Life.Recovered) < _scenario.MostKills)
            {
                Reach(state.With(who, new Part(Life.Killed, 0, _machine.Before(part.Node).Place)), at, who, true);
            }
        }

        if (isEnd && _violation is null && AtEnd(in state) is { } wrong)
        {
            Violate(at, wrong);
        }
    }

    private void Step(int at, State state, int who)
    {
        Part part = state[who];
        SlotOperation operation = _machine.OperationOf(part.Node);
        if (_machine.DepthOf(part.Node) == 0 && operation.Act is SlotAct.Recover or SlotAct.Succeed && !MayRecover(in state, who, operation.Argument))
        {
            // Its place cannot be had.
            Reach(Ended(state, who, _machine.Before(part.Node)), at, who, false);
            return;
        }

        State after = state;
        string? wrong = OneStep(ref after, who);
        while (wrong is null && IsOfItsOwn(in after, who))
        {
            wrong = OneStep(ref after, who);
        }

        if (wrong is null)
        {
            Reach(after, at, who, false);
        }
        else
        {
            Violate(at, $"{wrong}, in {Text(_machine.CallOf(part.Node))} of {Explorer.Name(who)}");
        }
    }

    /// <summary>Whether nobody else sees what comes next, nor changes what it sees; but the end of a recovery lets go of the place.</summary>
    private bool IsOfItsOwn(in State state, int who)
    {
        Part part = state[who];
        if (part.Life != Life.Running)
        {
            return false;
        }

        SlotAct act = _machine.OperationOf(part.Node).Act;
        return _machine.CallOf(part.Node).Kind switch
        {
            SlotCallKind.Return => act is not (SlotAct.Recover or SlotAct.Succeed),
            SlotCallKind.ReadWord => act is SlotAct.Commit or SlotAct.Abandon or SlotAct.Release,
            SlotCallKind.ReadBegin => act == SlotAct.Take,
            _ => false,
        };
    }

    /// <summary>What is wrong with it, or null.</summary>
    private string? OneStep(ref State state, int who)
    {
        Part part = state[who];
        SlotOperation operation = _machine.OperationOf(part.Node);
        SlotCall call = _machine.CallOf(part.Node);
        if (call.Kind == SlotCallKind.Return)
        {
            SlotHand hand = _machine.After(part.Node);
            string? wrong = Returned(in state, who, operation, hand);
            state = Ended(state, who, hand);
            if (operation.Act is SlotAct.Recover or SlotAct.Succeed)
            {
                state = state.With(operation.Argument, new Part(Life.Recovered, 0, 0));
            }

            return wrong;
        }

        if (_machine.DepthOf(part.Node) == MostSteps)
        {
            return $"{operation} comes to no end";
        }

        SlotWorld world = _worlds[state.World];
        string? broken = world.Step(call, operation, _machine.Before(part.Node).Place, _scenario.Slots, _scenario.Capacity, out ulong answer);
        state = (state with { World = NumberOf(in world) }).With(who, part with { Node = _machine.Next(part.Node, answer) });
        return broken;
    }

    /// <summary>Only a dead one's place can be had, and only by one at a time.</summary>
    private bool MayRecover(in State state, int who, int whom)
    {
        if (_scenario.Fault == SlotFault.RecoveryOfTheLiving)
        {
            return state[whom].Life is Life.Running or Life.Killed;
        }

        for (int other = 0; other < _scenario.Programs.Length; other++)
        {
            Part part = state[other];
            bool hasIt = other != who && part.Life == Life.Running && _machine.DepthOf(part.Node) > 0
                && _machine.OperationOf(part.Node) is { Act: SlotAct.Recover or SlotAct.Succeed } operation && operation.Argument == whom;
            if (hasIt)
            {
                return false;
            }
        }

        return state[whom].Life == Life.Killed;
    }

    private State Ended(State state, int who, SlotHand hand)
    {
        SlotOperation[] program = _scenario.Programs[who];
        int next = state[who].Operation + 1;

        // What it did not get it cannot commit or release.
        while (next < program.Length && hand.Holds == SlotState.Free && program[next].Act is SlotAct.Commit or SlotAct.Abandon or SlotAct.Release)
        {
            next++;
        }

        return state.With(who, next < program.Length ? new Part(Life.Running, (byte)next, _machine.Start(program[next], hand)) : new Part(Life.Finished, 0, 0));
    }

    private string? Returned(in State state, int who, SlotOperation operation, SlotHand hand)
    {
        SlotWorld world = _worlds[state.World];
        if (operation.Act is SlotAct.Claim or SlotAct.Take && hand.Holds != SlotState.Free)
        {
            ulong right = world.RightStartOf(hand.Index, _scenario.Slots, _scenario.Capacity);
            return hand.Start == right ? null : $"{Explorer.Name(who)} sees the data of slot {hand.Index} at {hand.Start}, and it lies at {right}";
        }

        return operation.Act is SlotAct.Recover or SlotAct.Succeed && HeldBy(in world, operation.Argument) is { } left ? $"{operation} leaves {left}" : null;
    }

    private string? HeldBy(in SlotWorld world, int place)
    {
        for (long index = Math.Max(0, world.Head - _scenario.Slots); index < world.Head; index++)
        {
            if (world.IsInUse(index, _scenario.Slots) && world.WordAt(index, _scenario.Slots) is { IsHeld: true } word && word.Owner == place)
            {
                return $"slot {index} {word.State}";
            }
        }

        return null;
    }

    /// <summary>All are dead or have finished: somebody comes, finishes for the dead, takes all that is there, and uses all the space.</summary>
    private string? AtEnd(in State state)
    {
        SlotWorld world = _worlds[state.World];
        SlotHand hand = HandOf(Successor);
        for (int who = 0; who < _scenario.Programs.Length; who++)
        {
            if (state[who].Life == Life.Killed)
            {
                int place = state[who].Node;
                if (Alone(ref world, new SlotOperation(SlotAct.Recover, place), ref hand) is { } wrong)
                {
                    return wrong;
                }
            }
        }

        int messages = 0;
        for (long index = Math.Max(0, world.Head - _scenario.Slots); index < world.Head; index++)
        {
            messages += world.IsInUse(index, _scenario.Slots) && world.WordAt(index, _scenario.Slots).IsMessage ? 1 : 0;
        }

        for (int message = 0; message <= messages; message++)
        {
            if (Alone(ref world, new SlotOperation(SlotAct.Take), ref hand) is { } wrong)
            {
                return wrong;
            }

            if (hand.Holds == SlotState.Free != (message == messages))
            {
                return $"{messages} messages are there, and {message} were delivered";
            }

            if (hand.Holds != SlotState.Free && Alone(ref world, new SlotOperation(SlotAct.Release), ref hand) is { } other)
            {
                return other;
            }
        }

        return Fill(ref world, ref hand, (int)_scenario.Capacity, 1) ?? Fill(ref world, ref hand, 1, (int)Math.Min(_scenario.Slots, _scenario.Capacity));
    }

    private string? Fill(ref SlotWorld world, ref SlotHand hand, int units, int count)
    {
        var claims = new List<SlotHand>();
        for (int claim = 0; claim < count; claim++)
        {
            if (Alone(ref world, new SlotOperation(SlotAct.Claim, units), ref hand) is { } wrong)
            {
                return wrong;
            }

            if (hand.Holds == SlotState.Free)
            {
                return $"the ring is empty, and claim {claim} of {units} units is refused";
            }

            claims.Add(hand);
            hand = hand with { Holds = SlotState.Free };
        }

        foreach (SlotHand claim in claims)
        {
            SlotHand held = claim;
            if (Alone(ref world, new SlotOperation(SlotAct.Abandon), ref held) is { } wrong)
            {
                return wrong;
            }
        }

        return null;
    }

    /// <summary>An operation from its start to its end, by nobody disturbed.</summary>
    private string? Alone(ref SlotWorld world, SlotOperation operation, ref SlotHand hand)
    {
        int node = _machine.Start(operation, hand);
        for (int step = 0; _machine.CallOf(node).Kind != SlotCallKind.Return; step++)
        {
            if (step == MostStepsAlone)
            {
                return $"{operation} comes to no end";
            }

            if (world.Step(_machine.CallOf(node), operation, hand.Place, _scenario.Slots, _scenario.Capacity, out ulong answer) is { } wrong)
            {
                return wrong;
            }

            node = _machine.Next(node, answer);
        }

        hand = _machine.After(node);
        return null;
    }

    /// <summary>No hang, whatever the others were doing when they stopped.</summary>
    private void MustEndAlone(int at, in State state, int who)
    {
        SlotWorld world = _worlds[state.World];
        int node = state[who].Node;
        SlotOperation operation = _machine.OperationOf(node);
        if (_machine.DepthOf(node) == 0 && operation.Act is SlotAct.Recover or SlotAct.Succeed)
        {
            return;
        }

        var way = new List<(int, int)>();
        for (int step = 0; _machine.CallOf(node).Kind != SlotCallKind.Return && !_endsAlone.Contains((NumberOf(in world), node)); step++)
        {
            way.Add((NumberOf(in world), node));
            if (step == MostStepsAlone)
            {
                Violate(at, $"{Explorer.Name(who)} runs for ever in {operation}");
                return;
            }

            if (world.Step(_machine.CallOf(node), operation, _machine.Before(node).Place, _scenario.Slots, _scenario.Capacity, out ulong answer) is not null)
            {
                // Found on the way there as well.
                return;
            }

            node = _machine.Next(node, answer);
        }

        _endsAlone.UnionWith(way);
    }

    private int NumberOf(in SlotWorld world)
    {
        if (!_worldNumbers.TryGetValue(world, out int number))
        {
            _worldNumbers.Add(world, number = _worlds.Count);
            _worlds.Add(world);
        }

        return number;
    }

    private void Reach(State state, int from, int who, bool isKill)
    {
        _moves++;
        if (_known.TryAdd(state, _states.Count))
        {
            _states.Add(state);
            _ways.Add((from, (byte)who, isKill));
        }
    }

    private void Violate(int at, string what)
    {
        var lines = new List<string>();
        for (int to = at; to >= 0; to = _ways[to].From)
        {
            (int from, byte who, bool isKill) = _ways[to];
            string step = "start";
            if (from >= 0)
            {
                int node = _states[from][who].Node;
                step = $"{Explorer.Name(who)} {(isKill ? "is killed in " : "")}{_machine.OperationOf(node)}: {Text(_machine.CallOf(node))}";
            }

            lines.Add($"{step,-70} {_worlds[_states[to].World].Describe(_scenario.Slots)}");
        }

        lines.Reverse();
        _violation ??= $"{what}: {_scenario}\n{string.Join('\n', lines)}";
    }

    private static string Text(SlotCall call) => call.Kind switch
    {
        SlotCallKind.ReadWord or SlotCallKind.ReadBegin => $"{call.Kind} {call.Index}",
        SlotCallKind.ChangeWord or SlotCallKind.WriteWord => $"{call.Kind} {call.Index} to {new SlotWord(call.B).State}",
        SlotCallKind.ChangeBegin or SlotCallKind.WriteBegin => $"{call.Kind} {call.Index} to {new SlotBegin(call.B).Position}",
        SlotCallKind.ChangeFreed => $"{call.Kind} from {(long)call.A} to {call.B}",
        _ => $"{call.Kind}",
    };
}
