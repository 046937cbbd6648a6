using Crossmap.Linux;
using Crossmap.Objects;

namespace Crossmap.Model;

/// <summary>
/// What a wait for several objects does with one of them: each an operation of its own, the library's own protocol, for which the explorer
/// has a machine.
/// </summary>
internal abstract class SeveralPart(int word, SeveralFault fault, bool mayLeave)
{
    protected const uint HandedBit = 2;

    private readonly Dictionary<string, Operation> _operations = [];

    public int Word => word;

    public virtual bool IsMutex => false;

    protected SeveralFault Fault => fault;

    /// <summary>Whether it is there, and above that when the wait began.</summary>
    public abstract Operation Look();

    public abstract Operation IsThere(uint arrived);

    public abstract Operation TryTake(uint arrived, bool isArmed);

    public abstract Operation GiveBack(WaitResult taken);

    /// <summary>Whether it may be slept on, and above that the place.</summary>
    public abstract Operation Prepare(uint arrived);

    public virtual Operation HandOn() => throw new NotSupportedException("Only a mutex's sleeper is armed.");

    protected Operation Of(string name, Act act, Func<Answers, ulong> body)
    {
        if (!_operations.TryGetValue(name, out Operation? operation))
        {
            operation = (new Operation(act, name, body) { MayLeave = mayLeave }).At(word);
            _operations.Add(name, operation);
        }

        return operation;
    }

    protected static ulong Bit(bool isSo) => isSo ? 1UL : 0;
}

/// <summary>A semaphore or an event.</summary>
/// <param name="word">Which word.</param>
/// <param name="signal">What its value means.</param>
/// <param name="fault">What is wrong.</param>
/// <param name="mayLeave">Whether the wait is for all.</param>
/// <param name="giveBack">Gives back what was taken.</param>
internal sealed class StatePart<TSignal>(int word, TSignal signal, SeveralFault fault, bool mayLeave, Act giveBackBy, Action<Answers> giveBack)
    : SeveralPart(word, fault, mayLeave)
    where TSignal : struct, ISignal
{
    /// <summary>Only a manual-reset event asks when a wait began: for the others all beginnings are one.</summary>
    private uint Arrival(uint value) => signal.WakesAll ? value : 0;

    public override Operation Look() => Of("Look", Act.Wait, answers =>
    {
        uint value = Look(answers);
        return ((ulong)Arrival(value) << 1) | Bit(signal.IsThere(value, value, waits: true));
    });

    public override Operation IsThere(uint arrived) => Of($"IsThere({arrived})", Act.Wait, answers =>
        Bit(signal.IsThere(Look(answers), arrived, waits: true)));

    public override Operation TryTake(uint arrived, bool isArmed) => Of($"TryTake({arrived})", Act.Wait, answers =>
    {
        EventMemory memory = Memory(answers);
        return (ulong)(WaitProtocol.TryTake(ref memory, signal, arrived) ? WaitResult.Signaled : WaitResult.TimedOut);
    });

    public override Operation GiveBack(WaitResult taken) => Of("GiveBack", giveBackBy, answers =>
    {
        giveBack(answers);
        return 0;
    });

    public override Operation Prepare(uint arrived) => Of($"Prepare({arrived})", Act.Wait, answers =>
    {
        EventMemory memory = Memory(answers);
        uint gate = WaitProtocol.WaitingAll;
        if (Fault == SeveralFault.LeavesGateOfOneAsItIs && Word == 1)
        {
            ulong state = memory.Read();
            return (Place.OnGate((uint)state) << 1) | Bit(!signal.IsThere(WaitProtocol.ValueOf(state), arrived, waits: true));
        }

        if (Fault == SeveralFault.ClosesGateAsWhoHandsOn)
        {
            gate = WaitProtocol.Waiting;
            memory = Memory(call => answers(call.Kind == CallKind.Change && (uint)call.B == WaitProtocol.WaitingAll ? call with { B = call.B & ~(ulong)WaitProtocol.Everybody } : call));
        }

        bool isReady = WaitProtocol.TryCloseGate(ref memory, signal, arrived, out uint value);
        ulong place = signal.WakesAll && Fault != SeveralFault.SleepsOnGateOfManualEvent ? Place.OnValue(value) : Place.OnGate(gate);
        return isReady ? (place << 1) | 1 : 0;
    });

    private uint Look(Answers answers)
    {
        EventMemory memory = Memory(answers);
        return Fault == SeveralFault.LooksPastWhatWasNotAnnounced ? WaitProtocol.ValueOf(memory.Read()) : WaitProtocol.Look(ref memory);
    }

    private EventMemory Memory(Answers ask)
    {
        if (Fault is not (SeveralFault.OverlooksWhatWasHanded or SeveralFault.WaiterOfOneDropsGate) || signal.WakesAll)
        {
            return new EventMemory(ask, EventFault.None, Act.Wait, signal.WakesAll);
        }

        ulong overlooked = 0;
        return new EventMemory(call =>
        {
            switch (call.Kind)
            {
                case CallKind.Read:
                    ulong state = ask(call);
                    overlooked = state & ((ulong)HandedBit << 32);
                    return state & ~overlooked;
                case CallKind.Change:
                    return ask(call with { A = call.A | overlooked, B = call.B | overlooked });
                default:
                    return ask(call);
            }
        }, EventFault.None, Act.Wait, manual: false);
    }
}

internal sealed class MutexPart(int word, uint self, SeveralFault fault, bool mayLeave) : SeveralPart(word, fault, mayLeave)
{
    public override bool IsMutex => true;

    public override Operation Look() => Of("Look", Act.Wait, answers => Bit(MutexProtocol.OwnerOf(Memory(answers).Read()) == 0));

    public override Operation IsThere(uint arrived) => Of("IsThere", Act.Wait, answers => Bit(MutexProtocol.OwnerOf(Memory(answers).Read()) == 0));

    public override Operation TryTake(uint arrived, bool isArmed) => Of(isArmed ? "TryTakeArmed" : "TryTake", Act.Wait, answers =>
    {
        var memory = new MutexMemory(answers, self, MutexFault.None) { ArmedBefore = isArmed ? (ulong)Word + 1 : 0 };
        return (ulong)MutexProtocol.TryTake(ref memory);
    });

    public override Operation GiveBack(WaitResult taken) => Of($"GiveBack({taken})", Act.Release, answers =>
    {
        var memory = new MutexMemory(answers, self, MutexFault.None) { IsReleasing = true };
        MutexProtocol.Release(ref memory, markAbandoned: taken == WaitResult.Abandoned);
        return 0;
    });

    public override Operation Prepare(uint arrived) => Of("Prepare", Act.Wait, answers =>
    {
        MutexMemory memory = Memory(answers);
        if (Fault == SeveralFault.LeavesGateOfOneAsItIs)
        {
            ulong word = memory.Read();
            return (word << 1) | Bit(MutexProtocol.OwnerOf((uint)word) != 0);
        }

        return MutexProtocol.TryCloseGate(ref memory, out uint value) ? (Place.OnGate(value) << 1) | 1 : 0;
    });

    public override Operation HandOn() => Of("HandOn", Act.Wait, answers =>
    {
        MutexMemory memory = Memory(answers);
        MutexProtocol.HandOn(ref memory);
        return 0;
    });

    private MutexMemory Memory(Answers answers) => new(answers, self, MutexFault.None);
}
