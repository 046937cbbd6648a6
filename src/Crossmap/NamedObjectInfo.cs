namespace Crossmap;

/// <summary>What can be said of a named object without holding it: a snapshot.</summary>
public sealed record NamedObjectInfo
{
    /// <summary>The name with its prefix as it would be opened: plain for <c>Local\</c>, with <c>Global\</c> otherwise.</summary>
    public required string Name { get; init; }

    /// <summary>What it is.</summary>
    public required NamedObjectKind Kind { get; init; }

    /// <summary>The section's size in bytes; 0 for other kinds.</summary>
    public long Size { get; init; }

    /// <summary>The section's protection; <see cref="PageProtection.None"/> for other kinds.</summary>
    public PageProtection Protection { get; init; }

    /// <summary>The path of the mapped file as it was given at creation, made absolute; null for memory and other kinds.</summary>
    public string? BackingFile { get; init; }

    /// <summary>The semaphore's count now; 0 for other kinds.</summary>
    public int CurrentCount { get; init; }

    /// <summary>The semaphore's maximum; 0 for other kinds.</summary>
    public int MaximumCount { get; init; }

    /// <summary>Whether the event is set; false for other kinds.</summary>
    public bool IsSet { get; init; }

    /// <summary>How the event is reset; null for other kinds.</summary>
    public EventResetMode? ResetMode { get; init; }

    /// <summary>Whether some thread owns the mutex, or writes inside the reader-writer lock; false for other kinds.</summary>
    public bool IsOwned { get; init; }

    /// <summary>The process of that thread; null for other kinds, for a free one, and where the system does not tell.</summary>
    public int? Owner { get; init; }

    /// <summary>
    /// Whether the mutex's last owner ended without releasing it, and nobody has owned it since; whether a writer ended inside the reader-writer
    /// lock, and no other has come and gone since; false for other kinds.
    /// </summary>
    public bool IsAbandoned { get; init; }

    /// <summary>How many threads read inside the reader-writer lock; 0 for other kinds.</summary>
    public int CurrentReadCount { get; init; }

    /// <summary>
    /// Whether somebody may be asleep, waiting for it; false for mappings, null where the system does not tell. A waiter who was killed or gave
    /// up may show until the next change.
    /// </summary>
    public bool? HasWaiters { get; init; }

    /// <summary>How many handles hold it, in the processes that the caller may look into; null where the system does not tell.</summary>
    public int? HandleCount { get; init; }

    /// <summary>The processes that hold it, in ascending order, as far as the caller may look; empty where the system does not tell.</summary>
    public IReadOnlyList<int> Holders { get; init; } = [];
}
