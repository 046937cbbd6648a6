using System.Diagnostics;

namespace Crossmap.Model;

/// <summary>Many scenarios over one object, and what they came to.</summary>
internal readonly record struct Exploration(int Scenarios, long States, long Moves, TimeSpan Time, string? Violation)
{
    /// <param name="scenarios">Of one object: the machines of its operations are learned once.</param>
    /// <param name="stopAtFirst">Whether the first violation is enough.</param>
    /// <param name="learned">Machines that were learned before, and more of them; null for none.</param>
    public static Exploration Of(IEnumerable<Scenario> scenarios, bool stopAtFirst, Dictionary<Func<Answers, ulong>, LocalMachine>? learned = null)
    {
        var clock = Stopwatch.StartNew();
        Dictionary<Func<Answers, ulong>, LocalMachine> machines = learned ?? [];
        var sum = default(Exploration);
        foreach (Scenario scenario in scenarios)
        {
            LocalMachine MachineOf(Operation operation) =>
                machines.TryGetValue(operation.Body, out LocalMachine? machine) ? machine
                : machines[operation.Body] = LocalMachine.Learn(operation, scenario.Object, MachineOf);
            Explorer.Finding finding = Explorer.Run(scenario, MachineOf);
            sum = new Exploration(sum.Scenarios + 1, sum.States + finding.States, sum.Moves + finding.Moves, clock.Elapsed, sum.Violation ?? finding.Violation);
            if (stopAtFirst && sum.Violation is not null)
            {
                break;
            }
        }

        return sum with { Time = clock.Elapsed };
    }

    /// <summary>All choices of three from a list, the same more than once too. Participants are alike, so their order does not matter.</summary>
    /// <param name="from">The list.</param>
    /// <param name="pairsFirst">Who looks for one violation finds most of them between two, and sooner.</param>
    public static IEnumerable<T[]> Triples<T>(IReadOnlyList<T> from, bool pairsFirst)
    {
        for (int a = 0; a < from.Count && pairsFirst; a++)
        {
            for (int b = a; b < from.Count; b++)
            {
                yield return [from[a], from[b]];
            }
        }

        for (int a = 0; a < from.Count; a++)
        {
            for (int b = a; b < from.Count; b++)
            {
                for (int c = b; c < from.Count; c++)
                {
                    yield return [from[a], from[b], from[c]];
                }
            }
        }
    }

    public override string ToString() => $"{Scenarios} scenarios, {States:N0} states, {Moves:N0} moves, {Time.TotalSeconds:F1} s";
}
