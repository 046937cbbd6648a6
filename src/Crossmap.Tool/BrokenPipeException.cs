namespace Crossmap.Tool;

/// <summary>Whoever read our standard output has gone: no error, only the end of the work.</summary>
internal sealed class BrokenPipeException() : IOException("Nobody reads the output any more.");
