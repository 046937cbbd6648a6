using Crossmap.Linux;
using Crossmap.Objects;

namespace Crossmap.Model;

/// <summary>
/// A mutex and a condition for the explorer: the library's own <see cref="Condition.Wait"/>, made of parts that are the library's own protocols
/// over a memory that asks the explorer.
/// </summary>
internal static class MonitorModel
{
    public const int MutexWord = 0, ConditionWord = 1;

    /// <summary>Beside the result of a wait for the condition.</summary>
    private const ulong Notified = 1 << 8;

    private const ulong Cancelled = 2;

    /// <summary>A monitor whose condition is notified so many times at most.</summary>
    public static ObjectModel Object(int notifications) => new Monitor(notifications);

    /// <summary>The operations of one participant: its thread's number is in what it writes.</summary>
    /// <param name="who">The participant.</param>
    /// <param name="fault">What is wrong with them.</param>
    public static MonitorOperations Of(int who, MonitorFault fault = MonitorFault.None)
    {
        MutexOperations mutex = MutexModel.Of(who), faultyMutex = MutexModel.Of(who, fault switch
        {
            MonitorFault.TakesAgainUnarmed => MutexFault.TakerNeverArms,
            MonitorFault.TakesAgainUnseen => MutexFault.WaiterSleepsWithoutSettingWaiting,
            _ => MutexFault.None,
        });
        MutexOperations releases = MutexModel.Of(who, fault switch
        {
            MonitorFault.ReleasesSilently => MutexFault.ReleaserNeverWakes,
            MonitorFault.ReleasesUnarmed => MutexFault.ReleaserNeverArms,
            _ => MutexFault.None,
        });
        var parts = new Parts(releases.Release, faultyMutex.Wait with { Name = "TakeAgain" }, mutex.TryWait, fault);
        Operation Wait(bool ends) => new(Act.WaitCondition, "WaitCondition", answers =>
        {
            using var condition = new ConditionOfParts(answers, parts, ends);
            using var owned = new MutexOfParts(answers, parts);
            WaitResult result;
            try
            {
                result = condition.Wait(owned, -1, CancellationToken.None);
            }
            catch (OperationCanceledException)
            {
                result = WaitResult.TimedOut;
            }

            // Who is told of a dead owner is not told whether he was notified.
            return (ulong)result | (condition.WasNotified ? Notified : 0);
        }) { Word = ConditionWord };
        return new MonitorOperations(
            mutex.Wait.At(MutexWord),
            mutex.Release.At(MutexWord),
            Wait(ends: false),
            Wait(ends: true) with { Name = "CancellableTimedWaitCondition" },
            new Operation(Act.Pulse, "NotifyAll", answers =>
            {
                var memory = new EventMemory(answers, parts.NotifiersFault, Act.Pulse, manual: true);
                EventProtocol.Pulse(ref memory, manual: fault != MonitorFault.NotifiesOne);
                return 0;
            }).At(ConditionWord));
    }

    /// <summary>What a wait for the condition is made of; each once, for each has a machine.</summary>
    private sealed class Parts(Operation release, Operation takeAgain, Operation tryAgain, MonitorFault fault)
    {
        private readonly Dictionary<(uint Arrived, bool Ends), Operation> _sleeps = [];

        public MonitorFault Fault => fault;

        public EventFault NotifiersFault => fault switch
        {
            MonitorFault.NotifiesSilently => EventFault.GiverNeverWakes,
            MonitorFault.NotifiesOneOfAll => EventFault.GiverWakesOneOfAll,
            MonitorFault.NotifiesInTwoSteps => EventFault.GiverOpensGateInTwoSteps,
            MonitorFault.NotifiesWithoutCounting => EventFault.PulseCountsNoTime,
            MonitorFault.NotifiesBlindly => EventFault.GiverWritesBlindly,
            _ => EventFault.None,
        };

        public Operation Look { get; } = new Operation(Act.Wait, "Arrive", answers =>
        {
            var memory = new EventMemory(answers, EventFault.None, Act.Wait, manual: true);
            return WaitProtocol.Look(ref memory);
        }).At(ConditionWord);

        public Operation Release { get; } = release.At(MutexWord);

        public Operation TakeAgain { get; } = (fault == MonitorFault.TakesAgainOnlyIfFree ? tryAgain : takeAgain).At(MutexWord);

        /// <summary>As <c>StateWait.Since</c> does it. 1: notified; 0: time over; above that, cancelled.</summary>
        /// <param name="arrived">The value since which a notification ends it.</param>
        /// <param name="ends">Also by the clock, and by cancellation.</param>
        public Operation Sleep(uint arrived, bool ends)
        {
            if (!_sleeps.TryGetValue((arrived, ends), out Operation? sleep))
            {
                EventFault sleepers = fault switch
                {
                    MonitorFault.SleepsOnGate => EventFault.WaiterSleepsOnGateOfManualEvent,
                    MonitorFault.SleepsUnseen => EventFault.WaiterSleepsWithoutSettingGate,
                    MonitorFault.OverlooksHalfNotified => EventFault.WaiterOverlooksHalfOpenGate,
                    _ => EventFault.None,
                };
                sleep = new Operation(Act.Wait, $"Sleep({arrived})", answers =>
                {
                    var memory = new EventMemory(answers, sleepers, Act.Wait, manual: true);
                    SleepEnd end = SleepEnd.LookAgain;
                    bool notified = WaitProtocol.TryTake(ref memory, default(EventProtocol.Manual), arrived) ||
                        WaitProtocol.Wait(ref memory, default(EventProtocol.Manual), arrived, out end);
                    return notified ? 1 : end == SleepEnd.Cancelled ? Cancelled : 0;
                }) { CanTimeOut = ends, CanBeCancelled = ends };
                _sleeps.Add((arrived, ends), sleep = sleep.At(ConditionWord));
            }

            return sleep;
        }
    }

    private sealed class ConditionOfParts(Answers ask, Parts parts, bool ends) : Condition
    {
        private readonly bool _arrivesLate = parts.Fault == MonitorFault.ArrivesAfterRelease;

        public bool WasNotified { get; private set; }

        public override bool CreatedNew => false;

        public override ulong Arrive() => _arrivesLate ? 0 : Do(parts.Look);

        public override WaitResult Sleep(ulong arrived, long timeoutMilliseconds, CancellationToken cancellation)
        {
            ulong since = _arrivesLate ? Do(parts.Look) : arrived;
            ulong slept = Do(parts.Sleep((uint)since, ends));
            WasNotified = slept == 1;
            return slept == Cancelled ? throw new OperationCanceledException() : WasNotified ? WaitResult.Signaled : WaitResult.TimedOut;
        }

        public override void NotifyAll() => throw new NotSupportedException();

        public override void Dispose()
        {
        }

        private ulong Do(Operation part) => ask(new Call(CallKind.Do, Part: part));
    }

    private sealed class MutexOfParts(Answers ask, Parts parts) : Objects.Mutex
    {
        public override bool CreatedNew => false;

        public override MutexState State => throw new NotSupportedException();

        public override int ReleaseAll()
        {
            if (parts.Fault != MonitorFault.KeepsMutex)
            {
                _ = ask(new Call(CallKind.Do, Part: parts.Release));
            }

            return 1;
        }

        public override WaitResult TakeAgain(int depth)
        {
            if (parts.Fault == MonitorFault.ReturnsWithoutMutex)
            {
                return WaitResult.Signaled;
            }

            var taken = (WaitResult)ask(new Call(CallKind.Do, Part: parts.TakeAgain));
            return parts.Fault == MonitorFault.TellsOfNoDeath && taken == WaitResult.Abandoned ? WaitResult.Signaled : taken;
        }

        public override WaitResult Wait(long timeoutMilliseconds, CancellationToken cancellation) => throw new NotSupportedException();

        public override bool TryRelease() => throw new NotSupportedException();

        public override void Dispose()
        {
        }
    }

    /// <summary>
    /// The mutex promises what it promises alone, and a wait for the condition returns owning it. Whoever had given it up before a notification is
    /// reached by that, whatever was done since and whoever died, unless the notifier died before he had notified.
    /// </summary>
    private sealed class Monitor(int notifications) : SeveralModel(MutexModel.Object, EventModel.Condition(notifications))
    {
        private static readonly Operation Waits = new(Act.Wait, "Wait", _ => 0);

        public override string? Changed(ref State state, int who, int word, Operation operation, ulong from, ulong to)
        {
            string? wrong = base.Changed(ref state, who, word, operation, from, to);
            if (word == MutexWord && operation.Act == Act.Release)
            {
                // From here on others can change what is waited for: whether he has looked or not, he must hear of it.
                SeesAt(ref state.Participants[who], ConditionWord, Waits, Domains(ConditionWord)[state[ConditionWord]]);
            }

            return wrong;
        }

        public override string? Returned(ref State state, int who, Operation operation, ulong result)
        {
            string? wrong = operation.Act != Act.WaitCondition ? base.Returned(ref state, who, operation, result)
                : Returned(ref state, who, MutexWord, Waits, (WaitResult)(byte)result == WaitResult.Abandoned ? (ulong)WaitResult.Abandoned : (ulong)WaitResult.Signaled)
                ?? Returned(ref state, who, ConditionWord, Waits, (result & Notified) != 0 ? 1UL : 0);
            if (operation.Act == Act.Release)
            {
                Forget(ref state.Participants[who], ConditionWord);
            }

            return wrong is null ? null : $"{operation}: {wrong}";
        }

        public override bool LeavesOut(in State state, int who, Operation operation) =>
            base.LeavesOut(in state, who, operation.Act == Act.WaitCondition ? operation with { Act = Act.Release, Word = MutexWord } : operation);

        public override string? SleepsInVain(in State state, int who, int word)
        {
            uint owner = MutexProtocol.OwnerOf((uint)Domains(MutexWord)[state[MutexWord]]);
            return word == MutexWord
                ? owner != 0 ? null : $"Lost wake-up: {Explorer.Name(who)} sleeps for the mutex, nobody owns it, and nobody is on the way"
                : owner == Explorer.ThreadOf(who) ? $"{Explorer.Name(who)} sleeps for the condition and owns the mutex"
                : AtRest(in state, ConditionWord, who) is { } wrong ? $"Lost notification: {wrong}" : null;
        }

        public override string? AtRest(in State state, Scenario scenario) =>
            AtRest(in state, MutexWord, who: -1) ?? (IsHalfNotified(in state) && state.Participants is var all && !AnybodyDied(all) ? "It was notified, and nobody was told" : null);

        private bool IsHalfNotified(in State state) => (uint)Domains(ConditionWord)[state[ConditionWord]] == WaitProtocol.Everybody;

        private static bool AnybodyDied(Participants participants)
        {
            foreach (ref readonly Participant participant in participants)
            {
                if (participant.Mode == Mode.Dead)
                {
                    return true;
                }
            }

            return false;
        }
    }
}

/// <summary>What one participant can do with a mutex and a condition.</summary>
internal sealed record MonitorOperations(
    Operation Take, Operation Release, Operation WaitCondition, Operation EndingWaitCondition, Operation NotifyAll);
