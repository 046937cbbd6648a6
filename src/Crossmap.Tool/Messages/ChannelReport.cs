using System.Globalization;
using Crossmap.Channels;

namespace Crossmap.Tool.Messages;

/// <summary>A channel as <c>list</c> and <c>info</c> tell of it; with <c>--json</c> these are the fields. Null is what does not apply or cannot be told.</summary>
internal sealed record ChannelReport(
    string Kind,
    long Capacity,
    int? MaximumMessages,
    int? ValueSize,
    ulong Schema,
    bool IsCompleted,
    bool? CanOverrun,
    long Depth,
    long Oldest,
    long Next,
    int Producers,
    int Consumers,
    long Lost,
    IReadOnlyList<ChannelReport.Participant> Participants)
{
    /// <summary>What stands for the kind where somebody wrote over the channel's memory.</summary>
    public const string Corrupt = "corrupt";

    private const string OneToOne = "single-queue", ToAll = "broadcast", Calls = "request-reply";

    /// <summary>What producers and consumers are called, and what becomes of messages, where it is one of these.</summary>
    private (string Producer, string Consumer, string Written, string Read) Nouns => Kind switch
    {
        ToAll => ("publisher", "subscriber", "published", "read"),
        Calls => ("client", "server", "sent", "replies read"),
        _ => ("producer", "consumer", "written", "read"),
    };

    /// <summary>Who has the channel open, or died with something of it.</summary>
    internal sealed record Participant(
        int Place,
        ObjectReport.Holder? Process,
        bool IsAlive,
        bool? IsStopped,
        bool IsProducer,
        bool IsConsumer,
        long Written,
        long Read,
        long Lost,
        long Position,
        long? Behind,
        int Claims,
        int Held,
        int? WaitsFor);

    /// <summary>Of a mapping, if it is a channel; null if it is none, or is gone, or not for this user.</summary>
    public static ChannelReport? TryOf(string name)
    {
        try
        {
            return ChannelInfo.TryInspect(name, out ChannelInfo? info) ? Of(info) : null;
        }
        catch (ChannelCorruptedException)
        {
            return new ChannelReport(Corrupt, 0, null, null, 0, false, null, 0, 0, 0, 0, 0, 0, []);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            return null;
        }
    }

    public static ChannelReport Of(ChannelInfo info)
    {
        List<Participant> participants = [.. info.Participants.Select(p => new Participant(
            p.Place,
            p.ProcessId is { } id ? ObjectReport.HolderOf(id) : null,
            p.IsAlive,
            p.IsStopped,
            p.Roles.HasFlag(ParticipantRoles.Writer),
            p.Roles.HasFlag(ParticipantRoles.Reader),
            p.Written,
            p.Read,
            p.Lost,
            p.Position,
            info.Kind == ChannelKind.Broadcast && p.Roles.HasFlag(ParticipantRoles.Reader) ? Math.Max(0, info.Next - p.Position) : null,
            p.Claims,
            p.Held,
            p.WaitsFor))];
        return new ChannelReport(
            Words.Of(info.Kind),
            info.Capacity,
            info.MaximumMessages == 0 ? null : info.MaximumMessages,
            info.ValueSize == 0 ? null : info.ValueSize,
            info.Schema,
            info.IsCompleted,
            info.Kind == ChannelKind.Broadcast ? info.CanOverrun : null,
            info.Depth,
            info.Oldest,
            info.Next,
            participants.Count(p => p is { IsAlive: true, IsProducer: true }),
            participants.Count(p => p is { IsAlive: true, IsConsumer: true }),
            participants.Sum(p => p.Lost),
            participants);
    }

    /// <summary>In a few words: "queue, 3 waiting, 1 producer, 2 consumers".</summary>
    public string State()
    {
        if (Kind == Corrupt)
        {
            return "corrupt channel";
        }

        var words = new List<string> { Kind.Replace('-', ' ') };
        words.Add(ValueSize is not null ? Text($"version {Next}") : Text($"{Depth} {(Kind == ToAll ? "kept" : "waiting")}"));
        words.Add(Many(Producers, Nouns.Producer));
        words.Add(Many(Consumers, Nouns.Consumer));
        if (Participants.Where(p => p.IsAlive).Max(p => p.Behind) is { } behind and > 0)
        {
            words.Add(Text($"{behind} behind"));
        }

        if (Lost > 0)
        {
            words.Add(Text($"{Lost} lost"));
        }

        if (IsCompleted)
        {
            words.Add("complete");
        }

        if (Participants.Any(p => p.WaitsFor is { } place && Participants.Any(other => other.Place == place && other.IsStopped == true)))
        {
            words.Add("waits for a stopped process");
        }

        return string.Join(", ", words);
    }

    /// <summary>All of it for people: titles and fields.</summary>
    public IEnumerable<(string Title, string Field)> Lines()
    {
        if (Kind == Corrupt)
        {
            yield break;
        }

        yield return ("Capacity", Text($"{Capacity} bytes ({ByteCount.Readable(Capacity)})") + (MaximumMessages is { } most ? Text($", {most} messages") : ""));
        if (ValueSize is null)
        {
            string unit = Kind == OneToOne ? "byte" : "message";
            yield return ("Positions", Text($"oldest {unit} {Oldest}, next {unit} {Next}"));
        }

        if (CanOverrun is { } canOverrun)
        {
            yield return ("When full", canOverrun ? "goes on without the slow" : "waits for the slowest subscriber");
        }

        foreach (Participant participant in Participants)
        {
            yield return ("Participant", string.Join(", ", Describe(participant)));
        }
    }

    private IEnumerable<string> Describe(Participant p)
    {
        yield return Text($"{p.Place}: process {NameOf(p)}");
        if (!p.IsAlive)
        {
            yield return "dead";
        }

        if (p.IsStopped == true)
        {
            yield return "stopped";
        }

        if (p.IsProducer)
        {
            yield return Text($"{Nouns.Producer}, {p.Written} {Nouns.Written}") + (p.Claims > 0 ? Text($", {p.Claims} being written") : "")
                + (Kind == Calls ? Text($", {p.Read} {Nouns.Read}") : "");
        }

        if (p.IsConsumer)
        {
            yield return (Kind == Calls ? Text($"{Nouns.Consumer}, {p.Written} answered") : Text($"{Nouns.Consumer}, {p.Read} {Nouns.Read}"))
                + (p.Held > 0 ? Text($", {p.Held} held") : "");
        }

        if (p.Behind is { } behind)
        {
            yield return Text($"next {p.Position}, {behind} behind, {p.Lost} lost");
        }

        if (p.WaitsFor is { } place)
        {
            Participant? other = Participants.FirstOrDefault(o => o.Place == place);
            yield return Text($"waits for {place}") + (other?.IsStopped == true ? Text($", process {NameOf(other)}, which is stopped") : "");
        }
    }

    private static string NameOf(Participant p) =>
        p.Process is not { } process ? "unknown" : process.Name is null ? Text($"{process.Id}") : Text($"{process.Id} {Printable.Name(process.Name)}");

    private static string Many(int count, string what) => Text($"{count} {what}{(count == 1 ? "" : "s")}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
