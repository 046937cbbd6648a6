namespace Crossmap.Model;

/// <summary>
/// Waits for two objects under every interleaving of three participants, with a kill between any two steps: no wake-up is lost, neither
/// for who waits for several nor for who waits for one beside him; a wait for any takes one, a wait for all takes both or gives back.
/// </summary>
/// <remarks>
/// Bounded: two objects; three participants, of whom the first waits for both; each does one thing, but that a mutex's owner releases it,
/// and may give the other object before; a semaphore of one count, an event that is set or pulsed once; no thread owns the mutex twice.
/// Who is killed in a wait for all, between taking and giving back, loses what an owner loses: the count or the signal that he took is gone,
/// and the mutex is abandoned.
/// </remarks>
public class SeveralExploration
{
    /// <summary>What is waited for.</summary>
    internal enum Pair
    {
        SemaphoreAndSemaphore,
        AutoAndSemaphore,
        ManualAndAuto,
        MutexAndSemaphore,
        MutexAndAuto,
    }

    [Theory]
    [InlineData(Pair.SemaphoreAndSemaphore)]
    [InlineData(Pair.AutoAndSemaphore)]
    [InlineData(Pair.ManualAndAuto)]
    [InlineData(Pair.MutexAndSemaphore)]
    [InlineData(Pair.MutexAndAuto)]
    internal void Every_three_participants_keep_every_promise(Pair pair)
    {
        foreach (bool all in new[] { false, true })
        {
            Exploration sum = Explore(pair, all, SeveralFault.None, stopAtFirst: false);
            Console.WriteLine($"model: {(all ? "all" : "any")} of {pair}: {sum}");
            Assert.True(sum.Violation is null, sum.Violation);
            Assert.True(sum.States > 100_000, $"Only {sum}: the exploration does not explore.");
        }
    }

    internal static Exploration Explore(Pair pair, bool all, SeveralFault fault, bool stopAtFirst)
    {
        var kit = new SeveralKit(pair, all, fault);
        return Exploration.Of(kit.Scenarios(pairsFirst: stopAtFirst), stopAtFirst);
    }
}
