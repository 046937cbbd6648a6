using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Crossmap.Conformance.CInterface;
using Crossmap.Testing;

namespace Crossmap.Conformance;

/// <summary>docs/win32.md against the tests: no fact of the sections in scope is missing from both, and the page's counts are true.</summary>
public partial class FactsPage
{
    private sealed record Row(string Section, int Number, string Managed, string C, string Reason);

    /// <summary>Of all facts there are, the ones that the page has rows for.</summary>
    private const int Facts = 312, InScope = 292;

    /// <summary>The C interface answers otherwise than Windows in so many facts at most.</summary>
    private const int MostDifferences = 15;

    private static readonly IEnumerable<int> Scope = Enumerable.Range(1, InScope);

    private static readonly Row[] Rows = [.. ReadRows()];

    /// <summary>Each test's facts, from its name.</summary>
    private static readonly int[][] ManagedTests = TestsOf(type => !type.IsSubclassOf(typeof(CFacts))), CTests = TestsOf(type => type.IsSubclassOf(typeof(CFacts)));

    [Fact]
    public void Page_has_each_fact_in_scope_once() => Assert.Equal(Scope, Rows.Select(r => r.Number).Order());

    [Fact]
    public void Tests_name_facts_in_scope_only() => Assert.Empty(ManagedTests.Concat(CTests).SelectMany(t => t).Except(Scope));

    [Fact]
    public void Each_fact_is_a_test_or_a_row_with_a_reason()
    {
        Agree(ManagedTests, row => row.Managed);
        Agree(CTests, row => row.C);

        static void Agree(int[][] tests, Func<Row, string> verdict)
        {
            HashSet<int> tested = [.. tests.SelectMany(t => t)];
            Assert.DoesNotContain(Rows, r => verdict(r) == "same" && !tested.Contains(r.Number));
            Assert.DoesNotContain(Rows, r => verdict(r) == "not here" && tested.Contains(r.Number));
            Assert.DoesNotContain(Rows, r => verdict(r) is "different" or "not here" && r.Reason.Length == 0);
        }
    }

    [Fact]
    public void Counts_on_the_page_are_true()
    {
        IEnumerable<string> expected = Rows.GroupBy(r => r.Section)
            .Select(section => Count(section.Key, [.. section], [.. section.Select(r => r.Number)]))
            .Append(Count("all", Rows, [.. Scope]));
        Assert.Equal(expected, Resource.Lines("win32.md").Where(line => SummaryLine().IsMatch(line)));
        Assert.Contains(Resource.Lines("win32.md"), line => line.Contains($" {WineAnswers.All.Count} rows.", StringComparison.Ordinal));
    }

    [Fact]
    public void C_interface_has_few_differences_and_the_page_counts_them()
    {
        int same = Rows.Count(r => r.C == "same"), different = Rows.Count(r => r.C == "different");
        Assert.InRange(different, 0, MostDifferences);
        Assert.Contains($"Of the {Facts} facts {same + different} speak of calls that the C interface has: {same} hold on Linux, and {different} have a row that says why not.",
            Resource.Lines("win32.md"));
    }

    [Fact]
    public void Wine_rows_are_of_facts_that_have_a_test()
    {
        Assert.DoesNotContain(WineAnswers.All, row => !ManagedTests.Concat(CTests).Any(t => t.Contains(row.Fact)));
        Assert.Distinct(WineAnswers.All.Select(row => (row.Fact, row.Case, row.Version)));
    }

    private static int[][] TestsOf(Func<Type, bool> isMeant) =>
    [
        .. from type in Assembly.GetExecutingAssembly().GetTypes()
           where isMeant(type)
           from method in type.GetMethods()
           where method.GetCustomAttribute<FactAttribute>() is not null
           let match = NumbersInName().Match(method.Name)
           where match.Success
           select match.Groups[1].Captures.Select(c => int.Parse(c.ValueSpan, CultureInfo.InvariantCulture)).ToArray(),
    ];

    private static string Count(string section, Row[] rows, int[] numbers) =>
        $"| {section} | {rows.Length} | {Of(rows, r => r.Managed, ManagedTests, numbers)} | {Of(rows, r => r.C, CTests, numbers)} |";

    private static string Of(Row[] rows, Func<Row, string> verdict, int[][] tests, int[] numbers) =>
        $"{rows.Count(r => verdict(r) == "same")} | {rows.Count(r => verdict(r) == "different")} | {rows.Count(r => verdict(r) == "not here")} | {tests.Count(t => t.Intersect(numbers).Any())}";

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
                yield return new Row(section, int.Parse(row.Groups[1].ValueSpan, CultureInfo.InvariantCulture), row.Groups[2].Value, row.Groups[3].Value, row.Groups[4].Value.Trim());
            }
        }
    }

    [GeneratedRegex(@"^Fact(?:_(\d{3}))+_")]
    private static partial Regex NumbersInName();

    [GeneratedRegex(@"^## ([A-Z])\. ")]
    private static partial Regex SectionTitle();

    [GeneratedRegex(@"^\| (\d+) \| [^|]+ \| (same|different|not here) \| (same|different|not here) \|([^|]*)\|$")]
    private static partial Regex FactLine();

    [GeneratedRegex(@"^\| (?:[A-Z]|all) \| \d+ \|")]
    private static partial Regex SummaryLine();
}
