namespace Crossmap.Tool;

/// <summary>A command line that the parser accepts and that makes no sense all the same.</summary>
internal sealed class UsageException(string message) : Exception(message);
