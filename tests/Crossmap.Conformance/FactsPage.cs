using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Crossmap.Testing;

namespace Crossmap.Conformance;

/// <summary>docs/win32.md against the tests: no fact of the sections in scope is missing from both, and the page's counts are true.</summary>
public partial class FactsPage
{
    private sealed record Row(string Section, int Number, string Verdict, string Reason);

    private static readonly int[] Scope = [.. Enumerable.Range(1, 180), .. Enumerable.Range(208, 69)];

    private static readonly Row[] Rows = [.. ReadRows()];

    /// <summary>Each test's facts, from its name.</summary>
    private static readonly int[][] Tests =
    [
        .. from type in Assembly.GetExecutingAssembly().GetTypes()
           from method in type.GetMethods()
           where method.GetCustomAttribute<FactAttribute>() is not null
           let match = NumbersInName().Match(method.Name)
           where match.Success
           select match.Groups[1].Captures.Select(c => int.Parse(c.ValueSpan, CultureInfo.InvariantCulture)).ToArray(),
    ];

    [Fact]
    public void Page_has_each_fact_in_scope_once() => Assert.Equal(Scope, Rows.Select(r => r.Number).Order());

    [Fact]
    public void Tests_name_facts_in_scope_only() => Assert.Empty(Tests.SelectMany(t => t).Except(Scope));

    [Fact]
    public void Each_fact_is_a_test_or_a_row_with_a_reason()
    {
        HashSet<int> tested = [.. Tests.SelectMany(t => t)];
        Assert.DoesNotContain(Rows, r => r.Verdict == "same" && !tested.Contains(r.Number));
        Assert.DoesNotContain(Rows, r => r.Verdict == "not here" && tested.Contains(r.Number));
        Assert.DoesNotContain(Rows, r => r.Verdict != "same" && r.Reason.Length == 0);
    }

    [Fact]
    public void Counts_on_the_page_are_true()
    {
        IEnumerable<string> expected = Rows.GroupBy(r => r.Section)
            .Select(section => Count(section.Key, [.. section], Tests.Count(t => t.Intersect(section.Select(r => r.Number)).Any())))
            .Append(Count("all", Rows, Tests.Length));
        Assert.Equal(expected, Resource.Lines("win32.md").Where(line => SummaryLine().IsMatch(line)));
        Assert.Contains(Resource.Lines("win32.md"), line => line.Contains($" {WineAnswers.All.Count} rows.", StringComparison.Ordinal));
    }

    [Fact]
    public void Wine_rows_are_of_facts_that_have_a_test()
    {
        Assert.DoesNotContain(WineAnswers.All, row => !Tests.Any(t => t.Contains(row.Fact)));
        Assert.Distinct(WineAnswers.All.Select(row => (row.Fact, row.Case, row.Version)));
    }

    private static string Count(string section, Row[] rows, int tests) =>
        $"| {section} | {rows.Length} | {rows.Count(r => r.Verdict == "same")} | {rows.Count(r => r.Verdict == "different")} | {rows.Count(r => r.Verdict == "not here")} | {tests} |";

    private static IEnumerable<Row> ReadRows()
    {
        string section = "";
        foreach (string line in Resource.Lines("win32.md"))
        {
            if (SectionTitle().Match(line) is { Success: true } title)
            {
                section = title.Groups[1].Value;
            }
            else if (FactLine().Match(line) is { Success: true } row)
            {
                yield return new Row(section, int.Parse(row.Groups[1].ValueSpan, CultureInfo.InvariantCulture), row.Groups[2].Value, row.Groups[3].Value.Trim());
            }
        }
    }

    [GeneratedRegex(@"^Fact(?:_(\d{3}))+_")]
    private static partial Regex NumbersInName();

    [GeneratedRegex(@"^## ([A-Z])\. ")]
    private static partial Regex SectionTitle();

    [GeneratedRegex(@"^\| (\d+) \| [^|]+ \| (same|different|not here) \|([^|]*)\|$")]
    private static partial Regex FactLine();

    [GeneratedRegex(@"^\| (?:[A-Z]|all) \| \d+ \|")]
    private static partial Regex SummaryLine();
}
