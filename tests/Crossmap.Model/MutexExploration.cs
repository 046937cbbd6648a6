namespace Crossmap.Model;

/// <summary>
/// The mutex's protocol under every interleaving of three threads, with a death between any two steps: never two owners, nobody sleeps
/// while nobody owns it, each owner that died owning is reported once and no other, and nobody who is left alone runs for ever.
/// </summary>
public class MutexExploration
{
    [Fact]
    public void Every_three_participants_keep_every_promise()
    {
        Exploration sum = Explore(MutexFault.None, DeathWake.OwnerlessWord, stopAtFirst: false);
        Console.WriteLine($"model: mutex: {sum}");
        Assert.True(sum.Violation is null, sum.Violation);
        Assert.True(sum.States > 100_000, $"Only {sum}: the exploration does not explore.");
    }

    /// <summary>
    /// Before Linux 6.2, and its stable branches of 2023, a thread's death woke a sleeper only if the word was zero altogether. A mutex that
    /// is free and waited for is not: there a sleeper is lost with who was to wake him.
    /// </summary>
    [Fact]
    public void Kernel_that_wakes_for_a_zero_word_only_is_not_enough()
    {
        Exploration sum = Explore(MutexFault.None, DeathWake.ZeroWord, stopAtFirst: true);
        Assert.StartsWith("Lost wake-up", sum.Violation, StringComparison.Ordinal);
    }

    internal static Exploration Explore(MutexFault fault, DeathWake kernel, bool stopAtFirst)
    {
        // Each thread has its own number, so each has its own operations. Who ends without release is one of those that die before it.
        MutexOperations[] operations = [MutexModel.Of(0, fault), MutexModel.Of(1, fault), MutexModel.Of(2, fault)];
        Func<MutexOperations, Operation[]>[] programs =
        [
            of => [of.Wait, of.Release], of => [of.Wait.Timed, of.Release], of => [of.Wait.Cancellable.Timed, of.Release],
            of => [of.TryWait, of.Release],
        ];
        Func<MutexOperations, Operation[]> twice = of => [of.Wait, of.Release, of.Wait, of.Release];
        return Exploration.Of(
            from triple in Exploration.Triples(programs, pairsFirst: stopAtFirst).Append([twice, programs[0], programs[0]]).Append([twice, programs[0], programs[1]]).Append([twice, twice, programs[^1]])
            select new Scenario(MutexModel.Object, [0], [.. triple.Select((program, who) => program(operations[who]))]) { Kernel = kernel },
            stopAtFirst);
    }
}
