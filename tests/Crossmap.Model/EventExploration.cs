namespace Crossmap.Model;

/// <summary>
/// The events' protocol under every interleaving of three processes, with a kill between any two steps: no wake-up is lost, a reset takes
/// nothing from those for whom the event was set, nothing is invented, and nobody who is left alone runs for ever.
/// </summary>
public class EventExploration
{
    /// <summary>Sets and pulses together in one scenario of an event, which counts them: its words are to be few.</summary>
    internal const int MostGives = 2;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_three_participants_keep_every_promise_of_an_auto_reset_event(bool isSet)
    {
        Exploration sum = Auto(isSet, EventFault.None, DeathWake.OwnerlessWord, stopAtFirst: false);
        Console.WriteLine($"model: auto-reset event, {(isSet ? "set" : "reset")}: {sum}");
        Assert.True(sum.Violation is null, sum.Violation);
        Assert.True(sum.States > 100_000, $"Only {sum}: the exploration does not explore.");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_three_participants_keep_every_promise_of_a_manual_reset_event(bool isSet)
    {
        Exploration sum = Manual(isSet, EventFault.None, DeathWake.OwnerlessWord, stopAtFirst: false);
        Console.WriteLine($"model: manual-reset event, {(isSet ? "set" : "reset")}: {sum}");
        Assert.True(sum.Violation is null, sum.Violation);
        Assert.True(sum.States > 100_000, $"Only {sum}: the exploration does not explore.");
    }

    internal static Exploration Auto(bool isSet, EventFault fault, DeathWake kernel, bool stopAtFirst, int gives = MostGives) =>
        Explore(EventModel.Auto(gives), EventModel.Of(manual: false, fault), isSet, kernel, stopAtFirst, gives);

    internal static Exploration Manual(bool isSet, EventFault fault, DeathWake kernel, bool stopAtFirst, int gives = MostGives) =>
        Explore(EventModel.Manual(gives), EventModel.Of(manual: true, fault), isSet, kernel, stopAtFirst, gives);

    private static Exploration Explore(ObjectModel model, EventOperations of, bool isSet, DeathWake kernel, bool stopAtFirst, int gives)
    {
        Operation[][] programs =
        [
            [of.Wait], [of.Wait.Timed], [of.Wait.Cancellable.Timed], [of.TryWait], [of.Set], [of.Reset], [of.Pulse],
            [of.Set, of.Reset], [of.Set, of.Pulse], [of.Wait, of.Set], [of.Set, of.Wait],
        ];
        return Exploration.Of(
            from triple in Exploration.Triples(programs, pairsFirst: stopAtFirst)
            where triple.Sum(program => program.Count(operation => operation.Act is Act.Set or Act.Pulse)) <= gives
            select new Scenario(model, [EventModel.Word(isSet)], triple) { Kernel = kernel },
            stopAtFirst);
    }
}
