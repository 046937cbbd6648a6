using System.Diagnostics;

namespace Crossmap.Bench;

/// <summary>A median and its spread.</summary>
internal sealed record Spread(double Median, double Lower, double Upper, double Least, double Most, double[] All)
{
    public static Spread Of(IReadOnlyCollection<double> values)
    {
        double[] sorted = [.. values.Order()];
        double At(double part)
        {
            double place = part * (sorted.Length - 1);
            int below = (int)place;
            return below + 1 < sorted.Length ? sorted[below] + ((place - below) * (sorted[below + 1] - sorted[below])) : sorted[below];
        }

        return new Spread(At(0.5), At(0.25), At(0.75), sorted[0], sorted[^1], [.. values]);
    }
}

/// <summary>What a row gave.</summary>
internal sealed record RowResult(string Name, string What, Bar Bar, Spread Value, Spread? Self, Spread Subject, Spread? Baseline)
{
    /// <summary>What single operations took; null where the row does not look at them.</summary>
    public (Percentiles Subject, Percentiles Baseline)? Singles { get; init; }

    /// <summary>The baseline must equal itself in the same rounds, or the rounds say nothing.</summary>
    public bool IsVoid => Self is { Median: < 0.9 or > 1.1 };

    public string Verdict => IsVoid ? "void" : Bar.IsNone ? "figure" : Bar.IsMet(Value.Median) ? "met" : "missed";
}

/// <summary>
/// Alternating rounds: baseline, subject, baseline again. So whatever changes slowly in a shared machine meets all three, and the subject
/// is compared with the mean of the baselines around it.
/// </summary>
internal static class Rounds
{
    /// <summary>Until the JIT has compiled all there is for good: it counts calls, waits 100 ms without new ones, and compiles on a thread of its own.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(600), Settling = TimeSpan.FromMilliseconds(150);

    /// <summary>A median of fewer says little.</summary>
    private const int QuickRounds = 11;

    public static RowResult Measure(string name, Row row, BenchOptions options)
    {
        if (options.Effort != Effort.Check)
        {
            for (int stage = 0; stage < 2; stage++)
            {
                for (var watch = Stopwatch.StartNew(); watch.Elapsed < WarmUp;)
                {
                    _ = row.Subject();
                    if (row.HasBaseline)
                    {
                        _ = row.Baseline();
                    }
                }

                Thread.Sleep(Settling);
            }
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        row.Singles?.Subject.Clear();
        row.Singles?.Baseline.Clear();
        List<double> subjects = [], baselines = [], ratios = [], selves = [];
        int rounds = options.Effort switch { Effort.Check => 1, Effort.Quick => Math.Min(row.Rounds, QuickRounds), _ => row.Rounds };
        for (int round = 0; round < rounds; round++)
        {
            if (!row.HasBaseline)
            {
                subjects.Add(row.Subject());
                continue;
            }

            double before = row.Baseline();
            double subject = row.Subject();
            double after = row.Baseline();
            double baseline = (before + after) / 2;
            subjects.Add(subject);
            baselines.Add(baseline);
            ratios.Add(row.Bar.AtLeast ? baseline / subject : subject / baseline);
            selves.Add(after / before);
        }

        return row.HasBaseline
            ? new RowResult(name, row.What, row.Bar, Spread.Of(ratios), Spread.Of(selves), Spread.Of(subjects), Spread.Of(baselines)) { Singles = row.Singles }
            : new RowResult(name, row.What, row.Bar, Spread.Of(subjects), null, Spread.Of(subjects), null);
    }
}
