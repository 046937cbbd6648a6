using System.Text.Json;

namespace Crossmap.Tool;

/// <summary>How the library's words are written on the command line and in JSON: read-write, write-copy, mapping.</summary>
internal static class Words
{
    public static string Of<T>(T value)
        where T : struct, Enum =>
        JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    /// <summary>Without its article: semaphore, for "a semaphore".</summary>
    public static string Noun(string kind) => kind[(kind.IndexOf(' ', StringComparison.Ordinal) + 1)..];
}
