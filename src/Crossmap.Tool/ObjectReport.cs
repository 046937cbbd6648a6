using System.Globalization;
using Crossmap.Channels;
using Crossmap.Tool.Messages;

namespace Crossmap.Tool;

/// <summary>An object as <c>list</c> and <c>info</c> tell of it; with <c>--json</c> these are the fields. Null is what does not apply or what the system does not tell.</summary>
internal sealed record ObjectReport(
    string Name,
    string Kind,
    long? Size,
    string? Protection,
    string? BackingFile,
    int? CurrentCount,
    int? MaximumCount,
    bool? IsSet,
    string? ResetMode,
    bool? IsOwned,
    ObjectReport.Holder? Owner,
    bool? IsAbandoned,
    int? Readers,
    bool? HasWaiters,
    int? HandleCount,
    IReadOnlyList<ObjectReport.Holder> Processes,
    ChannelReport? Channel)
{
    /// <summary>The field that does not apply, or that the system does not tell.</summary>
    public const string Nothing = "-";

    /// <summary>A mutex that nobody owns, and whose last owner released it.</summary>
    public const string Free = "free";

    /// <summary>A process that holds or owns the object; its name is null when it has ended meanwhile.</summary>
    internal sealed record Holder(int Id, string? Name);

    public static ObjectReport Of(NamedObjectInfo info)
    {
        bool isMapping = info.Kind == NamedObjectKind.Mapping;
        bool isSemaphore = info.Kind == NamedObjectKind.Semaphore;
        bool isEvent = info.Kind == NamedObjectKind.Event;
        bool isLock = info.Kind == NamedObjectKind.ReaderWriterLock;
        bool isMutex = info.Kind == NamedObjectKind.Mutex || isLock;
        return new ObjectReport(
            info.Name,
            Words.Of(info.Kind),
            isMapping ? info.Size : null,
            isMapping ? Words.Of(info.Protection) : null,
            info.BackingFile,
            isSemaphore ? info.CurrentCount : null,
            isSemaphore ? info.MaximumCount : null,
            isEvent ? info.IsSet : null,
            info.ResetMode is { } mode ? Words.Of(mode) : null,
            isMutex ? info.IsOwned : null,
            info.Owner is { } owner ? HolderOf(owner) : null,
            isMutex ? info.IsAbandoned : null,
            isLock ? info.CurrentReadCount : null,
            isMapping ? null : info.HasWaiters,
            info.HandleCount,
            [.. info.Holders.Select(HolderOf)],
            isMapping ? ChannelReport.TryOf(info.Name) : null);
    }

    /// <summary>A channel in a file, which has no name.</summary>
    public static ObjectReport OfFile(ChannelInfo channel)
    {
        var report = ChannelReport.Of(channel);
        return new ObjectReport(
            channel.FilePath!, "file", new FileInfo(channel.FilePath!).Length, null, channel.FilePath, null, null, null, null, null, null, null, null, null, null,
            [.. report.Participants.Where(p => p is { IsAlive: true, Process: not null }).Select(p => p.Process!).DistinctBy(p => p.Id)], report);
    }

    /// <summary>A semaphore's state in words.</summary>
    public static string CountOf(int current, int maximum) => string.Create(CultureInfo.InvariantCulture, $"{current} of {maximum}");

    /// <summary>An event's state in words.</summary>
    public static string SignalOf(bool isSet, string resetMode) => $"{(isSet ? "set" : "not set")}, {resetMode}";

    /// <summary>Each field for people, in the order of <see cref="Titles"/>.</summary>
    public string[] Fields() =>
    [
        Printable.Name(Name),
        Kind,
        Size?.ToString(CultureInfo.InvariantCulture) ?? Nothing,
        Protection ?? Nothing,
        State() ?? Nothing,
        HasWaiters switch { true => "yes", false => "no", null => Nothing },
        BackingFile is null ? Nothing : Printable.Name(BackingFile),
        HandleCount?.ToString(CultureInfo.InvariantCulture) ?? Nothing,
        Processes.Count == 0 ? Nothing : string.Join(", ", Processes.Select(p => p.Name is null ? $"{p.Id}" : $"{p.Id} {Printable.Name(p.Name)}")),
    ];

    public static IReadOnlyList<string> Titles { get; } = ["Name", "Kind", "Size", "Protection", "State", "Waiters", "Backing file", "Handles", "Processes"];

    /// <summary>The same in fewer columns, in the order of <see cref="NarrowTitles"/>: what only one kind of object has is in one of them.</summary>
    public string[] NarrowFields()
    {
        string[] fields = Fields();
        string state = Channel is null && Size is { } size ? $"{ByteCount.Readable(size)}, {Protection}" : State() ?? Nothing;
        return [fields[0], Kind, HasWaiters == true ? $"{state}, waited for" : state, .. fields[^3..]];
    }

    public static IReadOnlyList<string> NarrowTitles { get; } = ["Name", "Kind", "State", .. Titles.TakeLast(3)];

    private string? State() => this switch
    {
        { Channel: { } channel } => channel.State(),
        { CurrentCount: { } current, MaximumCount: { } maximum } => CountOf(current, maximum),
        { IsSet: { } isSet, ResetMode: { } mode } => SignalOf(isSet, mode),
        { Readers: { } readers } => WhoIsInside(readers),
        { IsOwned: true, Owner: { } owner } => string.Create(CultureInfo.InvariantCulture, $"owned by {owner.Id}"),
        { IsOwned: true } => "owned",
        { IsAbandoned: true } => "abandoned",
        { IsOwned: false } => Free,
        _ => null,
    };

    /// <summary>A reader-writer lock's state in words.</summary>
    private string WhoIsInside(int readers)
    {
        string reading = string.Create(CultureInfo.InvariantCulture, $"{readers} reading");
        return this switch
        {
            { IsOwned: true, Owner: { } owner } => string.Create(CultureInfo.InvariantCulture, $"written by {owner.Id}"),
            { IsOwned: true } => "written",
            { IsAbandoned: true } => readers == 0 ? "abandoned" : $"abandoned, {reading}",
            _ => readers == 0 ? Free : reading,
        };
    }

    public static Holder HolderOf(int id)
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(id);
            return new Holder(id, process.ProcessName);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return new Holder(id, null);
        }
    }
}
