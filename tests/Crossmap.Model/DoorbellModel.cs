using Crossmap.Linux;
using Crossmap.Objects;

namespace Crossmap.Model;

/// <summary>A doorbell for the explorer: the library's own protocol, over a memory that asks the explorer.</summary>
internal static class DoorbellModel
{
    /// <summary>What was seen before a sleep tells only at its end, behind arming and closing.</summary>
    private const int Depth = 9;

    private const ulong Closed = WaitProtocol.Waiting;

    /// <summary>A thing that is there or not: a message.</summary>
    public static ObjectModel OfThing { get; } = new Thing();

    /// <summary>A mark that only grows: each sleeper waits for it to leave where he saw it.</summary>
    public static ObjectModel OfMark(int most) => new Mark(most);

    /// <param name="fault">What is left out.</param>
    /// <param name="watched">Sleepers watch all ringers, and compare nothing but the gate.</param>
    public static DoorbellOperations Of(DoorbellFault fault, bool watched = false) => new(
        Wait: new Operation(Act.Wait, "Wait", ask => Sleep(ask, fault, watched, new IsThere(ask)) ? 1UL : 0) { Word = DoorbellMemory.Gate, LeastDepth = Depth },
        Receive: new Operation(Act.Wait, "Receive", ask => Receive(ask, fault, watched)) { Word = DoorbellMemory.Gate, LeastDepth = Depth },
        Put: new Operation(Act.Set, "Put", ask =>
        {
            // Plain, as a slot's word is written by who holds it.
            Announce(ask, fault, () => _ = ask(new Call(CallKind.Store, DoorbellMemory.Thing, A: 1)));
            return 0;
        }),
        PutLocked: new Operation(Act.Set, "PutLocked", ask =>
        {
            Announce(ask, fault, () => _ = ask(new Call(CallKind.Change, DoorbellMemory.Thing, A: 0, B: 1)));
            return 0;
        }),
        AwaitMove: new Operation(Act.Wait, "AwaitMove", ask =>
        {
            ulong seen = ask(new Call(CallKind.Read, DoorbellMemory.Thing));
            if (fault != DoorbellFault.SleeperLeavesOlderOnesAsleep)
            {
                var bell = new DoorbellMemory(ask, fault);
                var mark = new SharedMark(ask);
                DoorbellProtocol.Overtake(ref bell, ref mark, (long)seen);
            }

            return Sleep(ask, fault, watched, new HasMoved(ask, seen)) ? 1UL : 0;
        }) { Word = DoorbellMemory.Gate, LeastDepth = Depth },
        Move: new Operation(Act.Set, "Move", ask =>
        {
            Announce(ask, fault, () =>
            {
                ulong now = ask(new Call(CallKind.Read, DoorbellMemory.Thing));
                while (ask(new Call(CallKind.Change, DoorbellMemory.Thing, A: now, B: now + 1)) == 0)
                {
                    now = ask(new Call(CallKind.Read, DoorbellMemory.Thing));
                }
            });
            return 0;
        }));

    private static bool Sleep<TCondition>(Answers ask, DoorbellFault fault, bool watched, TCondition condition)
        where TCondition : struct, ICondition
    {
        var bell = new DoorbellMemory(ask, fault) { Look = condition.IsMet, IsWatched = watched };
        if (fault == DoorbellFault.SleeperLooksBeforeClosing)
        {
            var early = new LookedBefore<TCondition>(bell, condition);
            return DoorbellProtocol.Sleep(ref early, ref early);
        }

        return DoorbellProtocol.Sleep(ref bell, ref condition);
    }

    private static ulong Receive(Answers ask, DoorbellFault fault, bool watched)
    {
        while (ask(new Call(CallKind.Change, DoorbellMemory.Thing, A: 1, B: 0)) == 0)
        {
            if (!Sleep(ask, fault, watched, new IsThere(ask)))
            {
                return 0;
            }
        }

        return 1;
    }

    /// <summary>As who makes a change does it.</summary>
    private static void Announce(Answers ask, DoorbellFault fault, Action change)
    {
        var bell = new DoorbellMemory(ask, fault is >= DoorbellFault.OpenerTakesTwoSteps ? fault : DoorbellFault.None);
        bool arms = fault != DoorbellFault.RingerNeverArms;
        if (arms && fault != DoorbellFault.RingerArmsAfterChange)
        {
            _ = ask(new Call(CallKind.Arm, DoorbellMemory.Gate));
        }

        bool wasClosed = fault == DoorbellFault.RingerLooksAtGateBeforeChange && bell.IsClosed;
        change();
        if (fault == DoorbellFault.RingerArmsAfterChange)
        {
            _ = ask(new Call(CallKind.Arm, DoorbellMemory.Gate));
        }

        if (fault == DoorbellFault.RingerDisarmsBeforeBell)
        {
            _ = ask(new Call(CallKind.Disarm));
        }

        switch (fault)
        {
            case DoorbellFault.RingerNeverRings:
                break;
            case DoorbellFault.RingerLooksAtGateBeforeChange when wasClosed:
                bell.Open();
                break;
            case DoorbellFault.RingerLooksAtGateBeforeChange:
                break;
            default:
                DoorbellProtocol.Ring(ref bell);
                break;
        }

        if (arms)
        {
            _ = ask(new Call(CallKind.Disarm));
        }
    }

    private readonly struct IsThere(Answers ask) : ICondition
    {
        public SeenWords SeenNotMet => default;

        public bool MayBeMet() => IsMet();

        public bool IsMet() => ask(new Call(CallKind.Read, DoorbellMemory.Thing)) != 0;
    }

    private readonly unsafe struct HasMoved(Answers ask, ulong seen) : ICondition
    {
        public SeenWords SeenNotMet => new(new SeenWord(null, (uint)seen));

        public bool MayBeMet() => IsMet();

        public bool IsMet() => ask(new Call(CallKind.Read, DoorbellMemory.Thing)) != seen;
    }

    private readonly struct SharedMark(Answers ask) : ISleepersMark
    {
        public long Value
        {
            get => (long)ask(new Call(CallKind.Read, DoorbellMemory.SleptFor));
            set => _ = ask(new Call(CallKind.Store, DoorbellMemory.SleptFor, A: (ulong)value));
        }
    }

    /// <summary>The fault of looking first and closing then.</summary>
    private struct LookedBefore<TCondition>(DoorbellMemory bell, TCondition condition) : IDoorbell, ICondition
        where TCondition : struct, ICondition
    {
        private DoorbellMemory _bell = bell;

        public bool IsClosed => _bell.IsClosed;

        public void Close() => _bell.Close();

        public void Open() => _bell.Open();

        public void ArmDeathWake() => _bell.ArmDeathWake();

        public void DisarmDeathWake() => _bell.DisarmDeathWake();

        public bool Sleep(SeenWords notMet) => _bell.Sleep(notMet);

        public bool MayBeMet() => IsMet();

        public bool IsMet() => _bell.Early ?? condition.IsMet();

        public SeenWords SeenNotMet => condition.SeenNotMet;
    }

    private sealed class Word(IEnumerable<ulong> domain) : ObjectModel(domain)
    {
        public override string? Returned(ref State state, int who, Operation operation, ulong result) => null;

        public override string? AtRest(in State state) => null;
    }

    private sealed class Thing() : ObjectModel([0, Closed])
    {
        private readonly ObjectModel _thing = new Word([0, 1]);

        public override ObjectModel At(int word) => word == DoorbellMemory.Gate ? this : _thing;

        public override string? Returned(ref State state, int who, Operation operation, ulong result) =>
            operation.Act == Act.Wait && result == 0 && !operation.CanTimeOut && !operation.CanBeCancelled ? $"{operation} ended for no reason" : null;

        public override string? SleepsInVain(in State state, int who, int word) =>
            state[DoorbellMemory.Thing] != 0 ? $"Lost wake-up: {Explorer.Name(who)} sleeps, it is there, and nobody is on the way" : null;

        public override string? AtRest(in State state) => null;
    }

    private sealed class Mark(int most) : ObjectModel([0, Closed])
    {
        private readonly ObjectModel _mark = new Word(Enumerable.Range(0, most + 1).Select(value => (ulong)value));

        public override ObjectModel At(int word) => word == DoorbellMemory.Gate ? this : _mark;

        /// <summary>Keeps where a sleeper saw the mark first, counted from one.</summary>
        public override void Looked(ref Participant participant, int word, Operation operation, ulong seen)
        {
            if (word == DoorbellMemory.Thing && operation.Act == Act.Wait && participant.Memory == 0)
            {
                participant.Memory = (byte)(seen + 1);
            }
        }

        public override string? Returned(ref State state, int who, Operation operation, ulong result)
        {
            state.Participants[who].Memory = 0;
            return operation.Act == Act.Wait && result == 0 && !operation.CanTimeOut && !operation.CanBeCancelled ? $"{operation} ended for no reason" : null;
        }

        public override string? SleepsInVain(in State state, int who, int word) =>
            state[DoorbellMemory.Thing] + 1 != state.Participants[who].Memory
                ? $"Lost wake-up: {Explorer.Name(who)} sleeps for a mark that has moved, and nobody is on the way" : null;

        public override string? AtRest(in State state) => null;
    }
}

/// <summary>What one can do at a gate.</summary>
internal sealed record DoorbellOperations(Operation Wait, Operation Receive, Operation Put, Operation PutLocked, Operation AwaitMove, Operation Move);
