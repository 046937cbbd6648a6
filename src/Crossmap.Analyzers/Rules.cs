using Microsoft.CodeAnalysis;

namespace Crossmap.Analyzers;

/// <summary>The rules, as users see them. docs/analyzers.md explains each.</summary>
internal static class Rules
{
    private const string Category = "Reliability";

    /// <summary>
    /// A view is unmapped by Dispose alone: no finalizer does it, for a span may still point into it (docs/guarantees.md). So a forgotten
    /// one is a leak for the life of the process.
    /// </summary>
    public static readonly DiagnosticDescriptor View = new(
        "CROSSMAP001",
        "A view is never disposed",
        "{0}; it stays mapped until the process ends",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        "Only Dispose unmaps a MappedView. A view that is merely collected stays mapped until the process ends, because a span or a ref may still point into it. "
            + "Put the view into a 'using', dispose it on every path, or hand it to somebody who does.",
        "docs/analyzers.md#crossmap001");

    /// <summary>A handle does end with its collection, but nobody knows when: until then its name is taken.</summary>
    public static readonly DiagnosticDescriptor Handle = new(
        "CROSSMAP002",
        "A handle to a named object is never closed",
        "{0}; its name stays taken until the garbage collector finds it",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        "A FileMapping, NamedSemaphore, NamedMutex, NamedEvent, NamedCondition or NamedReaderWriterLock holds its object, and with it the object's name, until it is disposed or, at an unknown time, collected. "
            + "Put it into a 'using', dispose it on every path, or hand it to somebody who does.",
        "docs/analyzers.md#crossmap002");
}
