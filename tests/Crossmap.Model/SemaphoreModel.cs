using Crossmap.Linux;

namespace Crossmap.Model;

/// <summary>A fault put into the protocol, to see that the explorer finds it.</summary>
internal enum Fault
{
    None,
    WaiterNeverArms,
    WaiterArmsOnlyWhileAsleep,
    WaiterArmsOnlyOnceAwake,
    WaiterKeepsGateAsItFindsIt,
    WaiterSetsGateBesideCount,
    WaiterHandsNothingOn,
    LeaverStaysArmed,
    WaiterSleepsWithoutSettingGate,
    ReleaserNeverArms,
    ReleaserArmsAfterChange,
    ReleaserDisarmsBeforeWake,
    ReleaserWakesBeforeChange,
    ReleaserNeverWakes,
    ReleaserOverlooksGate,
    ReleaserWritesBlindly,
}

/// <summary>The semaphore for the explorer: the library's own protocol, over a memory that asks the explorer.</summary>
internal static class SemaphoreModel
{
    private const ulong Refused = ulong.MaxValue;

    public static ulong Word(int count, bool waiting = false) => ((ulong)count << 32) | (waiting ? WaitProtocol.Waiting : 0);

    /// <summary>A semaphore whose maximum is that. No other word than these may ever appear.</summary>
    public static ObjectModel Of(int maximum) => new Counted(
        Enumerable.Range(0, maximum + 1).SelectMany(count => new[] { Word(count), Word(count, waiting: true) }));

    /// <summary>The same when somebody waits for several objects: no gate is closed beside a count, and none to be opened beside no count.</summary>
    public static ObjectModel OfSeveral(int maximum) => new Counted(
        from count in Enumerable.Range(0, maximum + 1)
        from gate in count == 0 ? new uint[] { 0, WaitProtocol.Waiting, WaitProtocol.WaitingAll } : [0, WaitProtocol.Everybody]
        select WaitProtocol.State((uint)count, gate));

    public static Operation TryWait { get; } = new(Act.Try, "TryWait", answers =>
    {
        var memory = new Memory(answers, Fault.None);
        return SemaphoreProtocol.TryTake(ref memory) ? 1UL : 0;
    });

    public static Operation Wait(Fault fault = Fault.None) =>
        new(Act.Wait, "Wait", answers =>
        {
            var memory = new Memory(answers, fault);
            return SemaphoreProtocol.Wait(ref memory, out _) ? 1UL : 0;
        });

    public static Operation Release(int count, int maximum, Fault fault = Fault.None) =>
        new(Act.Release, $"Release({count})", answers =>
        {
            var memory = new Memory(answers, fault);
            int previous = SemaphoreProtocol.Release(ref memory, count, maximum);
            return previous < 0 ? Refused : (ulong)previous;
        }) { Count = count };

    private sealed class Counted(IEnumerable<ulong> words) : ObjectModel(words)
    {
        public override string? Changed(ref State state, int who, int word, Operation operation, ulong from, ulong to)
        {
            state.Participants[who].Delta += (sbyte)(SemaphoreProtocol.CountOf(to) - SemaphoreProtocol.CountOf(from));
            return null;
        }

        public override string? Returned(ref State state, int who, Operation operation, ulong result)
        {
            int delta = state.Participants[who].Delta;
            return operation.Act == Act.Release
                ? result == Refused
                    ? delta == 0 ? null : $"{operation} was refused, and changed the count by {delta}"
                    : delta == operation.Count ? null : $"{operation} succeeded, and changed the count by {delta}"
                : delta == -(int)result ? null : $"{operation} returned {result}, and changed the count by {delta}";
        }

        public override bool ForgetsSeveral(ulong word) => ((uint)word & WaitProtocol.Everybody) == 0;

        public override bool IsThere(in State state) =>
            SemaphoreProtocol.CountOf(Domain[state[0]]) > 0 && (uint)Domain[state[0]] != WaitProtocol.Everybody;

        public override string? AtRest(in State state)
        {
            if ((uint)Domain[state[0]] == WaitProtocol.Everybody)
            {
                return Unannounced(in state);
            }

            if (SemaphoreProtocol.CountOf(Domain[state[0]]) > 0)
            {
                for (int who = 0; who < Explorer.MostParticipants; who++)
                {
                    if (state.Participants[who].Mode == Mode.Asleep)
                    {
                        return $"Lost wake-up: {Explorer.Name(who)} sleeps, there is something to take, and nobody is on the way";
                    }
                }
            }

            return null;
        }
    }

    internal struct Memory(Answers ask, Fault fault) : IAwaitedStateWord
    {
        private bool _slept, _ended;

        public readonly ulong Read() => ask(new Call(CallKind.Read));

        public bool TryChange(ulong from, ulong to)
        {
            bool gives = to >> 32 > from >> 32, takes = to >> 32 < from >> 32;
            switch (fault)
            {
                case Fault.ReleaserArmsAfterChange when gives && (uint)from != 0:
                    bool changed = Change(from, to);
                    _ = ask(new Call(CallKind.Arm));
                    return changed;
                case Fault.ReleaserWakesBeforeChange when gives && (uint)from != 0:
                    _ = ask(new Call(CallKind.Wake, A: (to >> 32) - (from >> 32)));
                    break;
                case Fault.ReleaserOverlooksGate when gives:
                    return Change(from, (to & ~(ulong)uint.MaxValue) | (uint)from);
                case Fault.ReleaserWritesBlindly when gives:
                    // As if the count and the gate were two words: the gate may be lost that was set meanwhile.
                    ulong now = Read();
                    return now >> 32 == from >> 32 && Change(now, to);
                case Fault.WaiterKeepsGateAsItFindsIt when takes:
                    return Change(from, (to & ~(ulong)uint.MaxValue) | (uint)from);
                case Fault.WaiterSetsGateBesideCount when takes && _slept:
                    return Change(from, to | WaitProtocol.Waiting);
                case Fault.WaiterSleepsWithoutSettingGate when !gives && !takes:
                    return true;
            }

            return Change(from, to);
        }

        public readonly bool Spin() => ask(new Call(CallKind.Spin)) != 0;

        public readonly void ArmDeathWake()
        {
            if (fault is not (Fault.WaiterNeverArms or Fault.WaiterArmsOnlyOnceAwake or Fault.WaiterArmsOnlyWhileAsleep
                or Fault.ReleaserNeverArms or Fault.ReleaserArmsAfterChange))
            {
                _ = ask(new Call(CallKind.Arm));
            }
        }

        public readonly void DisarmDeathWake()
        {
            if (!(fault == Fault.LeaverStaysArmed && _ended))
            {
                _ = ask(new Call(CallKind.Disarm));
            }
        }

        public SleepEnd Sleep(uint gate)
        {
            _slept = true;
            if (fault == Fault.WaiterArmsOnlyWhileAsleep)
            {
                _ = ask(new Call(CallKind.Arm));
            }

            var end = (SleepEnd)ask(new Call(CallKind.Sleep, A: fault == Fault.WaiterSleepsWithoutSettingGate ? (uint)Read() : gate));
            switch (fault)
            {
                case Fault.WaiterArmsOnlyWhileAsleep: _ = ask(new Call(CallKind.Disarm)); break;
                case Fault.WaiterArmsOnlyOnceAwake: _ = ask(new Call(CallKind.Arm)); break;
            }

            _ended |= end != SleepEnd.LookAgain;
            return end;
        }

        public readonly bool Wake(int count)
        {
            switch (fault)
            {
                case Fault.WaiterHandsNothingOn or Fault.ReleaserNeverWakes or Fault.ReleaserWakesBeforeChange:
                    return true;
                case Fault.ReleaserDisarmsBeforeWake:
                    _ = ask(new Call(CallKind.Disarm));
                    break;
            }

            return ask(new Call(CallKind.Wake, A: (ulong)count)) != 0;
        }

        public readonly SleepEnd SleepOnValue(uint value) => throw new NotSupportedException("A semaphore's sleepers do not.");

        public readonly void OpenGate() => _ = ask(new Call(CallKind.MaskAndWakeAll, A: ~(ulong)WaitProtocol.Everybody));

        private readonly bool Change(ulong from, ulong to) => ask(new Call(CallKind.Change, A: from, B: to)) != 0;
    }
}
