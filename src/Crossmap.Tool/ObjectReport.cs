using System.Globalization;

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
    int? HandleCount,
    IReadOnlyList<ObjectReport.Holder> Processes)
{
    /// <summary>The field that does not apply, or that the system does not tell.</summary>
    public const string Nothing = "-";

    /// <summary>A process that holds the object; its name is null when it has ended meanwhile.</summary>
    internal sealed record Holder(int Id, string? Name);

    public static ObjectReport Of(NamedObjectInfo info)
    {
        bool isMapping = info.Kind == NamedObjectKind.Mapping;
        bool isSemaphore = info.Kind == NamedObjectKind.Semaphore;
        return new ObjectReport(
            info.Name,
            Words.Of(info.Kind),
            isMapping ? info.Size : null,
            isMapping ? Words.Of(info.Protection) : null,
            info.BackingFile,
            isSemaphore ? info.CurrentCount : null,
            isSemaphore ? info.MaximumCount : null,
            info.HandleCount,
            [.. info.Holders.Select(id => new Holder(id, NameOf(id)))]);
    }

    /// <summary>Each field in words for people, in the order of <see cref="Titles"/>.</summary>
    /// <param name="readable">Sizes as 1.5 GiB rather than in bytes.</param>
    public string[] Fields(bool readable) =>
    [
        Printable.Name(Name),
        Kind,
        Size is not { } size ? Nothing : readable ? ByteCount.Readable(size) : size.ToString(CultureInfo.InvariantCulture),
        Protection ?? Nothing,
        MaximumCount is null ? Nothing : $"{CurrentCount} of {MaximumCount}",
        BackingFile is null ? Nothing : Printable.Name(BackingFile),
        HandleCount?.ToString(CultureInfo.InvariantCulture) ?? Nothing,
        Processes.Count == 0 ? Nothing : string.Join(", ", Processes.Select(p => p.Name is null ? $"{p.Id}" : $"{p.Id} {Printable.Name(p.Name)}")),
    ];

    public static IReadOnlyList<string> Titles { get; } = ["Name", "Kind", "Size", "Protection", "Count", "Backing file", "Handles", "Processes"];

    private static string? NameOf(int id)
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(id);
            return process.ProcessName;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }
}
