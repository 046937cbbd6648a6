namespace Crossmap.Model;

/// <summary>
/// The semaphore's protocol under every interleaving of three processes, with a kill between any two steps: no wake-up is lost, no count
/// is invented, a release is all or nothing, and nobody who is left alone runs for ever.
/// </summary>
public class SemaphoreExploration
{
    /// <summary>Initial count and maximum: none to take, some to take, full from the start.</summary>
    public static TheoryData<int, int> Counts => new() { { 0, 1 }, { 1, 1 }, { 0, 2 }, { 1, 2 }, { 2, 2 } };

    [Theory]
    [MemberData(nameof(Counts))]
    public void Every_three_participants_keep_every_promise(int initial, int maximum)
    {
        Exploration sum = Explore(initial, maximum, Fault.None, Fault.None, DeathWake.OwnerlessWord, stopAtFirst: false);
        Console.WriteLine($"model: semaphore {initial} of {maximum}: {sum}");
        Assert.True(sum.Violation is null, sum.Violation);
        Assert.True(sum.States > 100_000, $"Only {sum}: the exploration does not explore.");
    }

    /// <summary>A fourth, where one more sleeper or one more count can make a difference.</summary>
    [Fact]
    public void Four_participants_keep_every_promise()
    {
        const int Maximum = 3;
        var kit = new Kit(Maximum, Fault.None, Fault.None);
        Operation[] wait = [kit.Wait], timed = [kit.Timed], cancellable = [kit.Cancellable], one = [kit.Release], two = [kit.ReleaseTwo];
        Exploration sum = Explore(kit, 0, DeathWake.OwnerlessWord, stopAtFirst: false,
        [
            [wait, wait, wait, two],
            [wait, wait, timed, two],
            [wait, wait, cancellable, two],
            [wait, wait, wait, [kit.Release, kit.ReleaseTwo]],
            [wait, wait, one, two],
            [wait, timed, one, one],
            [wait, wait, [kit.TryWait], two],
            [wait, wait, [kit.Wait, kit.Release], two],
        ]);
        Console.WriteLine($"model: semaphore, four participants: {sum}");
        Assert.True(sum.Violation is null, sum.Violation);
    }

    /// <summary>
    /// Before Linux 6.2, and its stable branches of 2023, a thread's death woke a sleeper only if the word was zero altogether. That is
    /// enough, because the gate is never set while there is something to take.
    /// </summary>
    [Fact]
    public void Kernel_that_wakes_for_a_zero_word_only_is_enough()
    {
        Exploration sum = Explore(0, 1, Fault.None, Fault.None, DeathWake.ZeroWord, stopAtFirst: false);
        Assert.True(sum.Violation is null, sum.Violation);
    }

    /// <summary>Before Linux 5.5 a thread's death woke nobody: there the library looks again by the clock.</summary>
    [Fact]
    public void Kernel_that_wakes_nobody_is_not_enough()
    {
        Exploration sum = Explore(0, 1, Fault.None, Fault.None, DeathWake.Never, stopAtFirst: true);
        Assert.StartsWith("Lost wake-up", sum.Violation, StringComparison.Ordinal);
    }

    internal static Exploration Explore(int initial, int maximum, Fault waiter, Fault releaser, DeathWake kernel, bool stopAtFirst)
    {
        var kit = new Kit(maximum, waiter, releaser);
        Operation[][] programs =
        [
            [kit.Wait], [kit.Timed], [kit.Cancellable], [kit.TryWait], [kit.Release], [kit.ReleaseTwo],
            [kit.Wait, kit.Release], [kit.Release, kit.Wait],
        ];
        return Explore(kit, initial, kernel, stopAtFirst, Exploration.Triples(programs, pairsFirst: stopAtFirst));
    }

    private static Exploration Explore(Kit kit, int initial, DeathWake kernel, bool stopAtFirst, IEnumerable<Operation[][]> scenarios) => Exploration.Of(
        scenarios.Select(programs => new Scenario(kit.Object, [SemaphoreModel.Word(initial)], programs) { Kernel = kernel }), stopAtFirst);

    /// <summary>The operations on a semaphore of that maximum.</summary>
    private sealed class Kit(int maximum, Fault waiter, Fault releaser)
    {
        public ObjectModel Object { get; } = SemaphoreModel.Of(maximum);

        public Operation Wait { get; } = SemaphoreModel.Wait(waiter);

        public Operation Timed => Wait.Timed;

        public Operation Cancellable => Wait.Cancellable.Timed;

        public Operation TryWait { get; } = SemaphoreModel.TryWait;

        public Operation Release { get; } = SemaphoreModel.Release(1, maximum, releaser);

        public Operation ReleaseTwo { get; } = SemaphoreModel.Release(2, maximum, releaser);
    }
}
