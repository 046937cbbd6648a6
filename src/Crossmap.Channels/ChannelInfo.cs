using System.Diagnostics.CodeAnalysis;
using Crossmap.Channels.Inspection;
using Crossmap.Channels.Memory;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Channels;

/// <summary>
/// What a channel holds and who takes part in it, at one moment, seen from outside: looking takes no place, changes nothing and needs only the
/// right to read.
/// </summary>
/// <remarks>
/// The others go on meanwhile, so numbers that belong together may be some messages apart. Counts are the participants' own: those of who has
/// left are gone with him.
/// </remarks>
public sealed record ChannelInfo
{
    internal ChannelInfo()
    {
    }

    /// <summary>The name; null for a channel in a file.</summary>
    public required string? Name { get; init; }

    /// <summary>The full path of the file; null for a channel in memory.</summary>
    public required string? FilePath { get; init; }

    /// <summary>What it is.</summary>
    public required ChannelKind Kind { get; init; }

    /// <summary>Bytes for messages.</summary>
    public required long Capacity { get; init; }

    /// <summary>Messages under way at a time, at most; 0 where only their bytes count.</summary>
    public required int MaximumMessages { get; init; }

    /// <summary>Bytes of a value's type; 0 where messages may have any length.</summary>
    public required int ValueSize { get; init; }

    /// <summary>The number that its creator gave for the type of the messages.</summary>
    public required ulong Schema { get; init; }

    /// <summary>Of a broadcast: whether it goes on without who is slow.</summary>
    public required bool CanOverrun { get; init; }

    /// <summary>Whether somebody said that nothing more will be written.</summary>
    public required bool IsCompleted { get; init; }

    /// <summary>Messages that are there and that nobody has taken; of a broadcast those that are kept.</summary>
    public required long Depth { get; init; }

    /// <summary>
    /// The oldest message whose space is not free, counted from the channel's first; of a queue of one producer and one consumer counted in bytes.
    /// </summary>
    public required long Oldest { get; init; }

    /// <summary>Where the next message will be, counted in the same way; of a value the version of the latest.</summary>
    public required long Next { get; init; }

    /// <summary>Who takes part, and who died and left something, in the order of the places.</summary>
    public required IReadOnlyList<ChannelParticipant> Participants { get; init; }

    /// <summary>Looks at the channel that has the name.</summary>
    /// <exception cref="FileNotFoundException">No such name (2).</exception>
    /// <exception cref="InvalidDataException">The name is a mapping that is no channel (1392), or a channel of another version (1306).</exception>
    /// <exception cref="IOException">The name belongs to another kind of object (6).</exception>
    /// <exception cref="ChannelCorruptedException">What lies in its memory cannot be.</exception>
    /// <exception cref="UnauthorizedAccessException">No permission to read it (5).</exception>
    public static ChannelInfo Inspect(string name) => TryInspect(name, out ChannelInfo? info) ? info : throw Missing(ChannelTarget.Memory(name));

    /// <summary>Looks at the channel that has the name, if there is one; fails as <see cref="Inspect"/> does for every other reason.</summary>
    public static bool TryInspect(string name, [NotNullWhen(true)] out ChannelInfo? info)
    {
        info = ChannelInspector.TryInspect(ChannelTarget.Memory(name));
        return info is not null;
    }

    /// <summary>Looks at the channel in a file.</summary>
    /// <exception cref="FileNotFoundException">No such file, or an empty one (2).</exception>
    /// <inheritdoc cref="Inspect"/>
    public static ChannelInfo InspectFile(string path)
    {
        ChannelTarget target = ChannelTarget.File(path);
        return ChannelInspector.TryInspect(target) ?? throw Missing(target);
    }

    private static Exception Missing(ChannelTarget target) =>
        Errors.Of(ERROR_FILE_NOT_FOUND, $"There is no channel at {target}. One in memory ends when the last process closes it.");
}
