namespace Crossmap;

/// <summary>The kinds of named objects. All share one namespace (fact 70). The values stand in object files (docs/format.md).</summary>
public enum NamedObjectKind
{
    /// <summary>A file mapping.</summary>
    Mapping = 1,

    /// <summary>A semaphore.</summary>
    Semaphore = 2,

    /// <summary>A mutex.</summary>
    Mutex = 3,

    /// <summary>An event.</summary>
    Event = 4,

    /// <summary>A condition.</summary>
    Condition = 5,

    /// <summary>A reader-writer lock.</summary>
    ReaderWriterLock = 6,
}
