namespace Crossmap.Model;

/// <summary>
/// A mutex and a condition, which together are a monitor, under every interleaving of three threads and a death between any two steps: who
/// gave the mutex up is reached by every notification after that, whoever waits returns owning it, the death of an owner is told once, nobody
/// sleeps for a mutex that nobody owns, and nobody who is left alone runs for ever.
/// </summary>
public class MonitorExploration
{
    private const int Participants = 3, MostNotifications = 2;

    private static readonly Dictionary<Func<Answers, ulong>, LocalMachine> Learned = [];

    private static readonly MonitorOperations[] Right = [.. Enumerable.Range(0, Participants).Select(who => MonitorModel.Of(who))];

    private static readonly ObjectModel Model = MonitorModel.Object(MostNotifications);

    [Fact]
    public void Every_three_participants_keep_every_promise()
    {
        Exploration sum = Explore(MonitorFault.None, DeathWake.OwnerlessWord, stopAtFirst: false);
        Console.WriteLine($"model: monitor: {sum}");
        Assert.True(sum.Violation is null, sum.Violation);
        Assert.True(sum.States > 100_000, $"Only {sum}: the exploration does not explore.");
    }

    /// <summary>As for the mutex: a word that is free and waited for is not zero.</summary>
    [Fact]
    public void Kernel_that_wakes_for_a_zero_word_only_is_not_enough()
    {
        Exploration sum = Explore(MonitorFault.None, DeathWake.ZeroWord, stopAtFirst: true);
        Assert.StartsWith("Lost wake-up", sum.Violation, StringComparison.Ordinal);
    }

    internal static Exploration Explore(MonitorFault fault, DeathWake kernel, bool stopAtFirst)
    {
        MonitorOperations[] operations = fault == MonitorFault.None ? Right
            : [.. Enumerable.Range(0, Participants).Select(who => MonitorModel.Of(who, fault) with { Take = Right[who].Take, Release = Right[who].Release })];
        Func<MonitorOperations, Operation[]>[] programs =
        [
            of => [of.Take, of.WaitCondition, of.Release],
            of => [of.Take, of.EndingWaitCondition, of.Release],
            of => [of.Take, of.NotifyAll, of.Release],
            of => [of.Take, of.Release, of.NotifyAll],
            of => [of.NotifyAll],
            of => [of.Take, of.Release],
        ];
        var scenarios =
            from triple in Exploration.Triples(programs, pairsFirst: stopAtFirst)
            let three = triple.Select((program, who) => program(operations[who])).ToArray()
            where three.Any(program => program.Any(operation => operation.Act == Act.WaitCondition)) &&
                three.Sum(program => program.Count(operation => operation.Act == Act.Pulse)) is >= 1 and <= MostNotifications
            select new Scenario(Model, [0, EventModel.Word(isSet: false)], three) { Kernel = kernel, IsReduced = true };
        lock (Learned)
        {
            return Exploration.Of(scenarios, stopAtFirst, Learned);
        }
    }
}
