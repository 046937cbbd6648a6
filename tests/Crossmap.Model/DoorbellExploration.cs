namespace Crossmap.Model;

/// <summary>
/// The doorbell under every interleaving of three processes, with stores that others see late and a kill between any two steps: nobody sleeps on
/// while what he waits for is there, and nobody who is left alone runs for ever.
/// </summary>
public class DoorbellExploration
{
    private const int MostMoves = 2;

    [Fact]
    public void Every_three_participants_keep_every_promise_about_a_thing()
    {
        Exploration sum = Things(DoorbellFault.None, DeathWake.OwnerlessWord, stopAtFirst: false);
        Console.WriteLine($"model: doorbell: {sum}");
        Assert.True(sum.Violation is null, sum.Violation);
        Assert.True(sum.States > 100_000, $"Only {sum}: the exploration does not explore.");
    }

    /// <summary>Who comes later sees the mark further on, so the kernel's one wake-up may find one who has nothing to hear.</summary>
    [Fact]
    public void Every_three_participants_keep_every_promise_about_a_mark()
    {
        Exploration sum = Marks(DoorbellFault.None, DeathWake.OwnerlessWord, stopAtFirst: false);
        Console.WriteLine($"model: doorbell of a mark: {sum}");
        Assert.True(sum.Violation is null, sum.Violation);
        Assert.True(sum.States > 10_000, $"Only {sum}: the exploration does not explore.");
    }

    /// <summary>Sleepers that watch all who can ring, so that it does not matter how those die.</summary>
    [Fact]
    public void Every_three_participants_keep_every_promise_about_a_thing_whose_ringers_are_watched()
    {
        Exploration sum = Things(DoorbellFault.None, DeathWake.OwnerlessWord, stopAtFirst: false, watched: true);
        Console.WriteLine($"model: doorbell of who watches: {sum}");
        Assert.True(sum.Violation is null, sum.Violation);
    }

    /// <summary>The gate of who is dead is not zero: it needs a kernel that wakes for any word without an owner.</summary>
    [Theory]
    [InlineData(DeathWake.Never)]
    [InlineData(DeathWake.ZeroWord)]
    internal void Kernel_that_wakes_for_less_is_not_enough(DeathWake kernel)
    {
        Exploration sum = Things(DoorbellFault.None, kernel, stopAtFirst: true);
        Assert.StartsWith("Lost wake-up", sum.Violation, StringComparison.Ordinal);
    }

    internal static Exploration Things(DoorbellFault fault, DeathWake kernel, bool stopAtFirst, bool watched = false)
    {
        DoorbellOperations of = DoorbellModel.Of(fault, watched);
        Operation[][] programs =
        [
            [of.Wait], [of.Wait.Cancellable.Timed], [of.Receive], [of.Put], [of.PutLocked], [of.Put, of.PutLocked], [of.Receive, of.Put], [of.Put, of.Wait],
        ];
        return Exploration.Of(
            Exploration.Triples(programs, pairsFirst: stopAtFirst).Select(triple => new Scenario(DoorbellModel.OfThing, [0, 0], triple) { Kernel = kernel, IsReduced = true, Kills = !watched }), stopAtFirst);
    }

    internal static Exploration Marks(DoorbellFault fault, DeathWake kernel, bool stopAtFirst)
    {
        DoorbellOperations of = DoorbellModel.Of(fault);
        Operation[][] programs = [[of.AwaitMove], [of.AwaitMove.Timed], [of.AwaitMove, of.AwaitMove], [of.Move], [of.Move, of.AwaitMove]];
        return Exploration.Of(
            from triple in Exploration.Triples(programs, pairsFirst: stopAtFirst)
            where triple.Sum(program => program.Count(operation => operation.Act == Act.Set)) <= MostMoves
            select new Scenario(DoorbellModel.OfMark(MostMoves), [0, 0, 0], triple) { Kernel = kernel, IsReduced = true },
            stopAtFirst);
    }
}
