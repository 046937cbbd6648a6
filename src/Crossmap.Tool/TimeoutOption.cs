using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Crossmap.Tool;

/// <summary><c>--timeout SECONDS</c></summary>
internal static class TimeoutOption
{
    /// <summary>What the library can wait, in seconds: some 24 days.</summary>
    private const double Longest = int.MaxValue / 1000;

    public static Option<TimeSpan?> Create(string description) =>
        new("--timeout") { Description = description, HelpName = "SECONDS", CustomParser = Parse };

    private static TimeSpan? Parse(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds <= Longest)
        {
            return TimeSpan.FromSeconds(seconds);
        }

        result.AddError($"'{text}' is no time. Write seconds from 0 to {Longest:0}, if wished with a fraction: 0.5.");
        return null;
    }
}
