using System.CommandLine;

namespace Crossmap.Tool.Messages;

/// <summary>NAME|PATH on the command line: where a channel lies.</summary>
/// <param name="Text">As it was written.</param>
internal readonly record struct ChannelAddress(string Text)
{
    /// <summary>
    /// Whether it is a file: what has a slash, or a drive's letter. A name may have slashes too; such a one is written with <c>Local\</c> or
    /// <c>Global\</c> in front.
    /// </summary>
    public bool IsFile => !Text.StartsWith(@"Local\", StringComparison.OrdinalIgnoreCase) && !Text.StartsWith(@"Global\", StringComparison.OrdinalIgnoreCase)
        && (Text.Contains('/', StringComparison.Ordinal) || (OperatingSystem.IsWindows() && Text is [_, ':', ..]));

    public static Argument<string> Argument(string kind) =>
        new("NAME|PATH") { Description = $"The name of {kind} in memory, or the path of one in a file: what has a slash is a path." };

    /// <summary>Of an argument that must not be empty.</summary>
    public static ChannelAddress Of(string text)
    {
        ShareCommand.RequireName(text);
        return new ChannelAddress(text);
    }

    /// <summary>For a message to people.</summary>
    public override string ToString() => Printable.Name(Text);
}
