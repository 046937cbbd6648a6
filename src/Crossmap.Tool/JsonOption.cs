using System.CommandLine;

namespace Crossmap.Tool;

/// <summary><c>--json</c>, for the commands that print a table.</summary>
internal static class JsonOption
{
    public static Option<bool> Create() => new("--json") { Description = "The same as JSON." };
}
