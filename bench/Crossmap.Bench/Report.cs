using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crossmap.Bench;

/// <summary>The figures for a reader, and for a program.</summary>
internal sealed class Report(BenchOptions options, IReadOnlyList<RowResult> results, IReadOnlyList<(string Row, string Reason)> missing)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public string Table()
    {
        List<string[]> lines = [["row", "bar", "median", "quartiles", "self", "rounds", "ours", "raw", "", "what"]];
        foreach (RowResult result in results)
        {
            lines.Add([
                result.Name,
                result.Bar.ToString(),
                Number(result.Value.Median),
                $"{Number(result.Value.Lower)}-{Number(result.Value.Upper)}",
                result.Self is { } self ? Number(self.Median) : "",
                result.Subject.All.Length.ToString(CultureInfo.InvariantCulture),
                result.Baseline is null ? "" : Time(result.Subject.Median),
                result.Baseline is { } baseline ? Time(baseline.Median) : "",
                Verdict(result),
                result.What,
            ]);
        }

        var table = new StringBuilder();
        table.AppendLine(CultureInfo.InvariantCulture,
            $"{Environment.ProcessorCount} cores; alternating rounds (raw, ours, raw) in one run; medians of the rounds' ratios; self: raw against itself, void outside 0.9-1.1");
        Append(table, lines);
        AppendSingles(table);
        foreach ((string row, string reason) in missing)
        {
            table.AppendLine(CultureInfo.InvariantCulture, $"{row}: void. {reason}");
        }

        if (options.Effort == Effort.Check)
        {
            return table.AppendLine(CultureInfo.InvariantCulture, $"{results.Count} rows work. One short round each: the figures mean nothing.").ToString();
        }

        int Count(string verdict) => results.Count(r => r.Verdict == verdict);
        table.AppendLine(CultureInfo.InvariantCulture, $"{Count("met")} bars met, {Count("missed")} missed, {Count("void") + missing.Count} void");
        return table.ToString();
    }

    private static void Append(StringBuilder table, List<string[]> lines)
    {
        int[] widths = [.. Enumerable.Range(0, lines[0].Length).Select(column => lines.Max(line => line[column].Length))];
        foreach (string[] line in lines)
        {
            table.AppendLine(string.Join("  ", line.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }

    /// <summary>The slow ones, which a median leaves out.</summary>
    private void AppendSingles(StringBuilder table)
    {
        List<string[]> lines = [["row", .. Percentiles.Told.SelectMany(p => (string[])[FormattableString.Invariant($"{p} %: ours"), "raw", "ours/raw"])]];
        foreach (RowResult result in results)
        {
            if (result.Singles is { } singles)
            {
                lines.Add([result.Name, .. Percentiles.Told.SelectMany(p =>
                    (string[])[Time(singles.Subject.At(p)), Time(singles.Baseline.At(p)), Number(singles.Subject.At(p) / singles.Baseline.At(p))])]);
            }
        }

        if (lines.Count > 1)
        {
            table.AppendLine().AppendLine("Single operations of all rounds: so many of a hundred took no longer. Round trips one by one, one-way messages as means of short runs.");
            Append(table, lines);
            table.AppendLine();
        }
    }

    public string Json()
    {
        var rows = new JsonArray();
        foreach (RowResult result in results)
        {
            rows.Add(new JsonObject
            {
                ["name"] = result.Name,
                ["what"] = result.What,
                ["bar"] = result.Bar.ToString(),
                ["verdict"] = Verdict(result),
                [result.Self is null ? "value" : "ratio"] = Figures(result.Value),
                ["self"] = Figures(result.Self),
                ["oursNanoseconds"] = result.Self is null ? null : Figures(result.Subject),
                ["rawNanoseconds"] = Figures(result.Baseline),
                ["percentiles"] = Singles(result.Singles),
            });
        }

        return new JsonObject
        {
            ["cores"] = Environment.ProcessorCount,
            ["runtime"] = Environment.Version.ToString(),
            ["kernel"] = Environment.OSVersion.Version.ToString(),
            ["effort"] = options.Effort.ToString(),
            ["rows"] = rows,
            ["missing"] = new JsonObject(missing.Select(m => KeyValuePair.Create(m.Row, (JsonNode?)m.Reason))),
        }.ToJsonString(Indented);
    }

    private string Verdict(RowResult result) => options.Effort == Effort.Check ? "works" : result.Verdict;

    private static JsonObject? Figures(Spread? spread) => spread is null ? null : new JsonObject
    {
        ["median"] = spread.Median,
        ["lowerQuartile"] = spread.Lower,
        ["upperQuartile"] = spread.Upper,
        ["least"] = spread.Least,
        ["most"] = spread.Most,
        ["all"] = new JsonArray([.. spread.All.Select(v => (JsonNode)v)]),
    };

    private static JsonArray? Singles((Percentiles Subject, Percentiles Baseline)? singles) => singles is not var (subject, baseline) ? null : [.. Percentiles.Told.Select(p => new JsonObject
    {
        ["percent"] = p,
        ["oursNanoseconds"] = subject.At(p),
        ["rawNanoseconds"] = baseline.At(p),
        ["ratio"] = subject.At(p) / baseline.At(p),
    })];

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Time(double nanoseconds) => nanoseconds switch
    {
        < 100 => nanoseconds.ToString("0.00 ns", CultureInfo.InvariantCulture),
        < 10_000 => nanoseconds.ToString("0 ns", CultureInfo.InvariantCulture),
        < 10_000_000 => (nanoseconds / 1_000).ToString("0.0 us", CultureInfo.InvariantCulture),
        _ => (nanoseconds / 1_000_000).ToString("0.0 ms", CultureInfo.InvariantCulture),
    };
}
