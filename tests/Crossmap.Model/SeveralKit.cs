using Crossmap.Linux;
using Pair = Crossmap.Model.SeveralExploration.Pair;

namespace Crossmap.Model;

/// <summary>Two objects and what three participants do with them.</summary>
internal sealed class SeveralKit
{
    private const int Maximum = 1, MostGivenBack = 2, First = 0, Second = 1, Third = 2;

    private readonly Pair _pair;
    private readonly SeveralFault _fault;
    private readonly int _gives;
    private readonly bool _isForAll;
    private readonly ObjectModel _model;
    private readonly Operation _waiter;
    private readonly EventOperations _auto = EventModel.Of(manual: false), _manual = EventModel.Of(manual: true);

    public SeveralKit(Pair pair, bool all, SeveralFault fault, int gives = 1)
    {
        bool overlooks = fault is SeveralFault.OverlooksWhatWasHanded or SeveralFault.WaiterOfOneDropsGate;
        _gives = gives;
        _isForAll = all;

        // What a wait for all gives back is one more, each time.
        ObjectModel auto = EventModel.Auto(gives + (all ? MostGivenBack : 0), ofSeveral: true, overlooks);
        _pair = pair;
        _fault = fault;
        _model = pair switch
        {
            Pair.SemaphoreAndSemaphore => new SeveralModel(SemaphoreModel.OfSeveral(Maximum), SemaphoreModel.OfSeveral(Maximum)),
            Pair.AutoAndSemaphore => new SeveralModel(auto, SemaphoreModel.OfSeveral(Maximum)),
            Pair.ManualAndAuto => new SeveralModel(EventModel.Manual(gives, ofSeveral: true), auto),
            Pair.MutexAndSemaphore => new SeveralModel(MutexModel.Object, SemaphoreModel.OfSeveral(Maximum)),
            _ => new SeveralModel(MutexModel.Object, auto),
        };

        // A mutex is looked at last by who waits for any: so he may take the other while a wake-up of it has come to him.
        SeveralPart[] parts = HasMutex && !all ? [PartOf(Second, all), PartOf(First, all)] : [PartOf(First, all), PartOf(Second, all)];
        _waiter = all ? SeveralOperations.WaitAll(parts, fault).Timed : SeveralOperations.WaitAny(parts, fault).Cancellable.Timed;
    }

    private bool HasMutex => _pair is Pair.MutexAndSemaphore or Pair.MutexAndAuto;

    public ObjectModel Model => _model;

    public Operation Waiter => _waiter;

    /// <summary>The waiter for both beside any two things that can be done with one, and beside another like him; for all also while the second is there.</summary>
    /// <param name="pairsFirst">Whether to begin with the waiter and one other, between whom most faults show, and sooner.</param>
    public IEnumerable<Scenario> Scenarios(bool pairsFirst)
    {
        Operation[] waiter = HasMutex ? [_waiter, MutexModel.Of(First).Release.At(First)] : [_waiter];
        Operation[][] second = [.. Single(First, Second), .. Single(Second, Second)];
        Operation[][] third = HasMutex ? [.. Single(First, Third), .. Single(Second, Third)] : second;
        IEnumerable<Operation[][]> others =
        [
            .. from one in pairsFirst ? second : [] select new Operation[][] { one },
            .. from a in Enumerable.Range(0, second.Length) from b in Enumerable.Range(a, third.Length - a) select new Operation[][] { second[a], third[b] },
            .. from other in HasMutex ? [] : second select new Operation[][] { waiter, other },
        ];
        return from programs in others
               where Gives(programs, First) <= _gives && Gives(programs, Second) <= _gives
               from there in _isForAll ? new ulong[] { 0, SemaphoreModel.Word(1) } : [0]
               select new Scenario(_model, [0, there], [waiter, .. programs]);
    }

    private static int Gives(Operation[][] programs, int word) =>
        programs.Sum(program => program.Count(operation => operation.Word == word && operation.Act is (Act.Set or Act.Pulse)));

    /// <summary>An event is set twice; one waits for it alone, with no limit, and the waiter for both beside him. Nobody is killed.</summary>
    public Scenario SetTwice() => new(_model, [0, 0], [[_waiter], [Faulty(_auto.Wait).At(First)], [_auto.Set.At(First), _auto.Set.At(First)]]) { Kills = false };

    private SeveralPart PartOf(int word, bool all) => KindOf(word) switch
    {
        Kind.Semaphore => new StatePart<SemaphoreProtocol.Count>(word, default, _fault, all, Act.Release, answers =>
        {
            var memory = new SemaphoreModel.Memory(answers, Fault.None);
            _ = SemaphoreProtocol.Release(ref memory, 1, Maximum);
        }),
        Kind.Auto => new StatePart<EventProtocol.Auto>(word, default, _fault, all, Act.Set, answers =>
        {
            var memory = new EventMemory(answers, EventFault.None, Act.Set, manual: false);
            EventProtocol.Set(ref memory, manual: false);
        }),
        Kind.Manual => new StatePart<EventProtocol.Manual>(word, default, _fault, all, Act.Set, _ => { }),
        _ => new MutexPart(word, Explorer.ThreadOf(First), _fault, all),
    };

    /// <summary>What one participant can do with one object.</summary>
    private Operation[][] Single(int word, int who)
    {
        Operation[][] programs = KindOf(word) switch
        {
            Kind.Semaphore => [[SemaphoreModel.Wait().Timed], [SemaphoreModel.TryWait], [SemaphoreModel.Release(1, Maximum)]],
            Kind.Auto => [[_auto.Wait.Timed], [_auto.TryWait], [_auto.Set], [_auto.Reset], [_auto.Pulse]],
            Kind.Manual => [[_manual.Wait], [_manual.Set], [_manual.Reset], [_manual.Pulse]],
            _ => MutexModel.Of(who) is var mutex ? [[mutex.Wait.Timed, mutex.Release], [mutex.TryWait, mutex.Release]] : [],
        };
        Operation[][] at = [.. programs.Select(program => program.Select(operation => Faulty(operation).At(word)).ToArray())];
        return KindOf(word) != Kind.Mutex || _isForAll ? at : [.. at, [at[0][0], Give.At(Second), at[0][1]]];
    }

    /// <summary>What the owner of the mutex gives beside it.</summary>
    private Operation Give => _pair == Pair.MutexAndAuto ? _auto.Set : SemaphoreModel.Release(1, Maximum);

    private Operation Faulty(Operation operation)
    {
        if (_fault != SeveralFault.WaiterOfOneDropsGate || operation.Act != Act.Wait)
        {
            return operation;
        }

        return operation with
        {
            Body = answers =>
            {
                bool slept = false;
                return operation.Body(call =>
                {
                    slept |= call.Kind == CallKind.Sleep;
                    bool keeps = call.Kind == CallKind.Change && (uint)call.A == WaitProtocol.WaitingAll && (uint)call.B == WaitProtocol.WaitingAll;
                    return answers(slept && keeps ? call with { B = call.B & ~(ulong)WaitProtocol.Everybody } : call);
                });
            },
        };
    }

    private Kind KindOf(int word) => _pair switch
    {
        Pair.SemaphoreAndSemaphore => Kind.Semaphore,
        Pair.AutoAndSemaphore => word == First ? Kind.Auto : Kind.Semaphore,
        Pair.ManualAndAuto => word == First ? Kind.Manual : Kind.Auto,
        Pair.MutexAndSemaphore => word == First ? Kind.Mutex : Kind.Semaphore,
        _ => word == First ? Kind.Mutex : Kind.Auto,
    };

    private enum Kind
    {
        Semaphore,
        Auto,
        Manual,
        Mutex,
    }
}
