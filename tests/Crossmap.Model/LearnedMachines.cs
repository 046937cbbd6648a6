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
        (ObjectModel Model, Operation[] Operations)[] objects =
        [
            (SemaphoreModel.Of(Maximum), [SemaphoreModel.Wait(), SemaphoreModel.TryWait, SemaphoreModel.Release(1, Maximum), SemaphoreModel.Release(2, Maximum)]),
            (EventModel.Auto(2), [auto.Wait, auto.TryWait, auto.Set, auto.Reset, auto.Pulse]),
            (EventModel.Manual(2), [manual.Wait, manual.TryWait, manual.Set, manual.Reset, manual.Pulse]),
            (MutexModel.Object, [mutex.Wait, mutex.TryWait, mutex.Release]),
        ];
        foreach ((ObjectModel model, Operation operation) in objects.SelectMany(o => o.Operations.Select(operation => (o.Model, operation))))
        {
            LocalMachine machine = LocalMachine.Learn(operation, model.Domain);
            Console.WriteLine($"model: {operation}: a machine of {machine.States} states, told apart by {machine.Depth} calls");
            int ends = 0;
            for (int walk = 0; walk < Walks; walk++)
            {
                ends += Walk(operation, machine, model.Domain, random) ? 1 : 0;
            }

            Assert.True(ends > Walks / 10, $"Only {ends} of {Walks} walks came to an end: they say little.");
        }
    }

    private static bool Walk(Operation operation, LocalMachine machine, ulong[] domain, Random random)
    {
        int state = 0, steps = 0;
        try
        {
            ulong result = operation.Body(call =>
            {
                Assert.Equal(machine.CallOf(state), call);
                if (steps++ == MostSteps)
                {
                    throw new OperationCanceledException();
                }

                // Mostly forward: spinning on and failing to change would take up the whole walk.
                int answers = LocalMachine.AnswersTo(call, domain);
                int answer = call.Kind == CallKind.Change && random.Next(3) > 0 ? 1 : random.Next(answers);
                state = machine.After(state, answer);
                return LocalMachine.ValueOf(call, answer, domain);
            });
            Assert.Equal(machine.CallOf(state), new Call(CallKind.Return, A: result));
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
