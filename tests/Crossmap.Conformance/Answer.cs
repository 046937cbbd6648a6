using System.Globalization;
using Crossmap.Testing;

namespace Crossmap.Conformance;

/// <summary>Compares an answer with Windows' answer; where the Wine at hand is known to answer otherwise, with that answer.</summary>
internal static class Answer
{
    /// <summary>What <see cref="Of(Func{IDisposable?})"/> says when the call gave something back.</summary>
    public const string Success = "success";

    /// <summary>Asserts one answer.</summary>
    /// <param name="fact">The fact's number.</param>
    /// <param name="what">Which case of the fact: the key in <c>wine-answers.tsv</c> beside the number.</param>
    /// <param name="expected">Windows' answer.</param>
    /// <param name="actual">The answer seen.</param>
    public static void Is(int fact, string what, object expected, object? actual)
    {
        if (Difference(fact, what, expected, actual) is { } difference)
        {
            Assert.Fail(difference);
        }
    }

    /// <summary>Asserts a table, and reports all its wrong answers at once.</summary>
    public static void Table(int fact, IEnumerable<(string What, object Expected, Func<object?> Actual)> rows)
    {
        int count = 0;
        List<string> differences = [];
        foreach ((string what, object expected, Func<object?> actual) in rows)
        {
            count++;
            if (Difference(fact, what, expected, actual()) is { } difference)
            {
                differences.Add(difference);
            }
        }

        Assert.True(count > 0, $"The table of fact {fact} has no rows.");
        Assert.True(differences.Count == 0, $"{differences.Count} of {count}:\n{string.Join('\n', differences)}");
    }

    /// <summary>The outcome of a call in one word: "success", a Win32 error number, or the type of an exception that carries none.</summary>
    public static string Of(Func<IDisposable?> call)
    {
        try
        {
            call()?.Dispose();
            return Success;
        }
        catch (Exception e)
        {
            int error = Win32.ErrorOf(e);
            return error > 0 ? Text(error) : e.GetType().Name;
        }
    }

    /// <inheritdoc cref="Of(Func{IDisposable?})"/>
    public static string Of(Action call) => Of(() =>
    {
        call();
        return null;
    });

    private static string? Difference(int fact, string what, object expected, object? actual)
    {
        string windows = Text(expected), seen = Text(actual);
        WineAnswers.Row? row = WineAnswers.For(fact, what);
        if (row is not null)
        {
            return seen == row.Answer ? null
                : seen == windows ? $"fact {fact}, {what}: Wine {Wine.Version} answers {seen} as Windows does; its row in wine-answers.tsv says {row.Answer} and must go"
                : $"fact {fact}, {what}: expected Wine's {row.Answer} (Windows: {windows}), got {seen}";
        }

        return seen == windows ? null : $"fact {fact}, {what}: expected {windows}, got {seen}";
    }

    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "null";
}
