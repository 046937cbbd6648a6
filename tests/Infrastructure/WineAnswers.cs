using System.Collections.Concurrent;
using System.Globalization;

namespace Crossmap.Testing;

/// <summary>
/// The answers of Wine that are not Windows': rows of <c>wine-answers.tsv</c>. Each row belongs to one test of the conformance suite, which
/// must meet it; one that no longer differs is an error of that run, so the file can only shrink with Wine's mistakes. Other suites only
/// read it.
/// </summary>
internal static class WineAnswers
{
    private static readonly ConcurrentDictionary<Row, byte> s_used = [];

    public sealed record Row(int Fact, string Case, string Version, string Answer, string Why);

    public static IReadOnlyList<Row> All { get; } = Parse();

    public static int Used => s_used.Count;

    /// <summary>The row for a case on the Wine at hand, or null: then Windows' answer is expected.</summary>
    public static Row? For(int fact, string what)
    {
        Row? row = Current.FirstOrDefault(r => r.Fact == fact && r.Case == what);
        if (row is not null)
        {
            s_used.TryAdd(row, 0);
        }

        return row;
    }

    /// <summary>Rows for the Wine at hand that no test asked for.</summary>
    public static IEnumerable<Row> Unused() => Current.Where(r => !s_used.ContainsKey(r));

    private static IEnumerable<Row> Current =>
        Wine.Version is { } version ? All.Where(r => r.Version == "*" || version.StartsWith(r.Version, StringComparison.Ordinal)) : [];

    private static List<Row> Parse()
    {
        List<Row> rows = [];
        foreach (string line in Resource.Lines("wine-answers.tsv"))
        {
            if (line.Length > 0 && line[0] != '#')
            {
                string[] cells = line.Split('\t');
                rows.Add(cells.Length == 5 && cells[4].Length > 0
                    ? new Row(int.Parse(cells[0], CultureInfo.InvariantCulture), cells[1], cells[2], cells[3], cells[4])
                    : throw new InvalidDataException($"wine-answers.tsv: a row has five cells, the last a reason: '{line}'."));
            }
        }

        return rows;
    }
}
