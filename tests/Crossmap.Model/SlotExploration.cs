using System.Diagnostics;

namespace Crossmap.Model;

/// <summary>
/// The ring of slots under every interleaving of three participants, with a kill between any two steps: each message is delivered, once, or again after its
/// consumer's death; in order; no two lie in the same space; no dead claim blocks; all the space comes back.
/// </summary>
public class SlotExploration
{
    private static readonly SlotOperation Commit = new(SlotAct.Commit), Abandon = new(SlotAct.Abandon), Take = new(SlotAct.Take), Release = new(SlotAct.Release);

    /// <summary>Where the ring stands at first: new; with a message; one lap on with the mark still behind; full; and behind an abandoned one.</summary>
    private static readonly SlotOperation[][] Befores =
    [
        [],
        [Claim(1), Commit],
        [Claim(1), Commit, Take, Release, Claim(2), Commit, Take, Release],
        [Claim(1), Commit, Claim(1), Commit],
        [Claim(1), Abandon, Claim(1), Commit, Take, Release],
    ];

    public static TheoryData<int> Starts => [.. Enumerable.Range(0, Befores.Length)];

    [Theory]
    [MemberData(nameof(Starts))]
    public void Every_three_participants_keep_every_promise(int start)
    {
        Exploration sum = Explore([.. Scenarios(start)], SlotFault.None, stopAtFirst: false);
        Console.WriteLine($"model: ring of slots, start {start}: {sum}");
        Assert.True(sum.Violation is null, sum.Violation);
        Assert.True(sum.States > 20_000, $"Only {sum}: the exploration does not explore.");
    }

    /// <summary>One dies, and then whoever finishes for him; four slots, so that those in the middle are over before the oldest.</summary>
    [Fact]
    public void Two_deaths_and_more_slots_change_nothing()
    {
        Exploration sum = Explore([.. More()], SlotFault.None, stopAtFirst: false);
        Console.WriteLine($"model: ring of slots, more of them and more deaths: {sum}");
        Assert.True(sum.Violation is null, sum.Violation);
    }

    internal static Exploration Explore(SlotFault fault) =>
        Explore([.. More(), .. Enumerable.Range(0, Befores.Length).SelectMany(Scenarios)], fault, stopAtFirst: true);

    private static IEnumerable<SlotScenario> More()
    {
        SlotOperation[] put = [Claim(1), Commit], get = [Take, Release], both = [Claim(2), Commit, Take, Release], recover = [Recover(0), Recover(1)];
        SlotOperation[] threeThere = [.. put, .. put, .. put];
        yield return new SlotScenario(2, 4, [], [put, recover, [Recover(1), Recover(0), .. get]]) { MostKills = 2 };
        yield return new SlotScenario(2, 2, put, [get, recover, [Succeed(0), .. get]]) { MostKills = 2 };
        yield return new SlotScenario(2, 2, put, [get, get, recover]) { MostKills = 2 };
        yield return new SlotScenario(2, 2, put, [both, recover, put]) { MostKills = 2 };

        // The oldest is still held when those behind it are over.
        yield return new SlotScenario(4, 4, threeThere, [get, get, put]);
        yield return new SlotScenario(4, 4, threeThere, [get, [.. get, .. get], put]);
        yield return new SlotScenario(4, 4, [.. threeThere, .. get, .. get], [get, both, put]);
        yield return new SlotScenario(4, 8, [.. threeThere, .. put, .. get], [get, [.. get, .. put], recover]);

        // One is slow, and the other once round the ring.
        yield return new SlotScenario(2, 4, [], [put, [.. put, .. get, .. both, .. put]]);
    }

    private static Exploration Explore(SlotScenario[] scenarios, SlotFault fault, bool stopAtFirst)
    {
        var clock = Stopwatch.StartNew();
        var sum = default(Exploration);
        foreach (SlotScenario scenario in scenarios)
        {
            Explorer.Finding finding = SlotExplorer.Run(scenario with { Fault = fault });
            sum = new Exploration(sum.Scenarios + 1, sum.States + finding.States, sum.Moves + finding.Moves, clock.Elapsed, sum.Violation ?? finding.Violation);
            if (stopAtFirst && sum.Violation is not null)
            {
                break;
            }
        }

        return sum with { Time = clock.Elapsed };
    }

    private static IEnumerable<SlotScenario> Scenarios(int start)
    {
        SlotOperation[] put = [Claim(1), Commit], putLong = [Claim(2), Commit], giveUp = [Claim(1), Abandon], get = [Take, Release];
        SlotOperation[] recover = [Recover(0), Recover(1)], succeed = [Succeed(0), Claim(1), Commit], succeedToTake = [Succeed(0), Take, Release];
        SlotOperation[][] first = [put, putLong, giveUp, get], second = [.. first, [.. get, .. get], [.. put, .. putLong], [.. put, .. get]];
        foreach (SlotOperation[] a in first)
        {
            foreach (SlotOperation[] b in second)
            {
                SlotOperation[][] third = Array.IndexOf(second, b) < Array.IndexOf(first, a) ? [] : b.Length > 2 ? [recover] : [recover, succeed, succeedToTake, put, get];
                foreach (SlotOperation[] c in third)
                {
                    yield return new SlotScenario(2, start < 2 ? 4U : 2, Befores[start], [a, b, c]);
                }
            }
        }
    }

    private static SlotOperation Claim(int units) => new(SlotAct.Claim, units);

    private static SlotOperation Recover(int whom) => new(SlotAct.Recover, whom);

    private static SlotOperation Succeed(int whom) => new(SlotAct.Succeed, whom);
}
