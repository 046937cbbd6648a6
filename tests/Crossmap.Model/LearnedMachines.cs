namespace Crossmap.Model;

/// <summary>The machines that the explorer runs do what the code does.</summary>
public class LearnedMachines
{
    private const int Walks = 10_000, MostSteps = 60;

    /// <summary>The code runs, answered at random, and the machine goes along: each call must be the one that the machine foretold.</summary>
    [Fact]
    public void Machine_and_code_ask_the_same_on_every_walk()
    {
        const int Maximum = 3, Seed = 20260729;
        var random = new Random(Seed);
        EventOperations auto = EventModel.Of(manual: false), manual = EventModel.Of(manual: true);
        MutexOperations mutex = MutexModel.Of(1);
        ReaderWriterOperations both = ReaderWriterModel.Of(1, ReaderWriterModel.MostSlots);
        (ObjectModel Model, Operation[] Operations)[] objects =
        [
            (SemaphoreModel.Of(Maximum), [SemaphoreModel.Wait(), SemaphoreModel.TryWait, SemaphoreModel.Release(1, Maximum), SemaphoreModel.Release(2, Maximum)]),
            (EventModel.Auto(2), [auto.Wait, auto.TryWait, auto.Set, auto.Reset, auto.Pulse]),
            (EventModel.Manual(2), [manual.Wait, manual.TryWait, manual.Set, manual.Reset, manual.Pulse]),
            (MutexModel.Object, [mutex.Wait, mutex.TryWait, mutex.Release]),
            (ReaderWriterModel.Object, [both.EnterRead, both.TryEnterRead, .. both.ExitRead, both.EnterWrite, both.TryEnterWrite, both.ExitWrite]),
        ];
        MonitorOperations monitor = MonitorModel.Of(1);
        DoorbellOperations bell = DoorbellModel.Of(DoorbellFault.None);
        objects =
        [
            .. objects,
            (DoorbellModel.OfThing, [bell.Wait, bell.Receive, bell.Put, bell.PutLocked]),
            (DoorbellModel.OfMark(2), [bell.AwaitMove, bell.Move]),
        ];
        objects = [.. objects, (MonitorModel.Object(notifications: 2), [monitor.WaitCondition, monitor.EndingWaitCondition, monitor.NotifyAll]), .. from pair in Enum.GetValues<SeveralExploration.Pair>() from all in new[] { false, true } select Waiter(pair, all)];
        foreach ((ObjectModel model, Operation operation) in objects.SelectMany(o => o.Operations.Select(operation => (o.Model, operation))))
        {
            var machines = new Dictionary<Operation, LocalMachine>();
            LocalMachine MachineOf(Operation part) =>
                machines.TryGetValue(part, out LocalMachine? known) ? known : machines[part] = LocalMachine.Learn(part, model, MachineOf);
            LocalMachine machine = MachineOf(operation);
            Console.WriteLine($"model: {operation}: a machine of {machine.States} states, told apart by {machine.Depth} calls");
            int ends = 0;
            for (int walk = 0; walk < Walks; walk++)
            {
                ends += Walk(operation, machine, model, random) ? 1 : 0;
            }

            Assert.True(ends > Walks / 10, $"Only {ends} of {Walks} walks came to an end: they say little.");
        }
    }

    private static (ObjectModel Model, Operation[] Operations) Waiter(SeveralExploration.Pair pair, bool all)
    {
        var kit = new SeveralKit(pair, all, SeveralFault.None);
        return (kit.Model, [kit.Waiter]);
    }

    private static bool Walk(Operation operation, LocalMachine machine, ObjectModel model, Random random)
    {
        int state = 0, steps = 0;
        try
        {
            ulong Ask(Call call)
            {
                if (call.Part is { } part)
                {
                    return part.Body(Ask);
                }

                if (steps++ >= MostSteps)
                {
                    throw new TooLong();
                }

                Assert.Equal(machine.CallOf(state), call);

                // Mostly forward: spinning on and failing to change would take up the whole walk.
                int answers = LocalMachine.AnswersTo(call, model);
                int answer = call.Kind == CallKind.Change && random.Next(3) > 0 ? 1 : random.Next(answers);
                state = machine.After(state, answer);
                return LocalMachine.ValueOf(call, answer, model);
            }

            ulong result = operation.Body(Ask);
            Assert.Equal(machine.CallOf(state), new Call(CallKind.Return, A: result));
            return true;
        }
        catch (TooLong)
        {
            return false;
        }
    }

    /// <summary>Not one that the code under test might catch.</summary>
    private sealed class TooLong : Exception;
}
