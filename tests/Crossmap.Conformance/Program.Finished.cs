namespace Crossmap.Testing;

internal static partial class Program
{
    static partial void Finished(string[] args, ref int code)
    {
        // Only a run of all tests can say that nobody asked for a row.
        bool isWhole = !args.Any(a => a.StartsWith('-') && a.Contains("filter", StringComparison.Ordinal)) &&
            !args.Any(a => a is "-method" or "-method-" or "-class" or "-class-" or "-namespace" or "-namespace-" or "-trait" or "-trait-" or "-id" or "-list" or "-?" or "-h");
        if (isWhole)
        {
            foreach (WineAnswers.Row row in WineAnswers.Unused())
            {
                Console.Error.WriteLine($"wine-answers.tsv: no test asked for fact {row.Fact}, {row.Case}");
                code = 1;
            }
        }

        Console.WriteLine($"wine answers: {WineAnswers.Used} rows used{(Wine.Version is { } version ? $" (Wine {version})" : "")}");
    }
}
