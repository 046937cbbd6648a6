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

    private const string OneToOne = "single-queue";

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
            return new ChannelReport(Corrupt, 0, null, null, 0, false, 0, 0, 0, 0, 0, 0, []);
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
        words.Add(ValueSize is null ? Text($"{Depth} waiting") : Text($"version {Next}"));

        words.Add(Many(Producers, "producer"));
        words.Add(Many(Consumers, "consumer"));
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
            yield return Text($"producer, {p.Written} written") + (p.Claims > 0 ? Text($", {p.Claims} being written") : "");
        }

        if (p.IsConsumer)
        {
            yield return Text($"consumer, {p.Read} read") + (p.Held > 0 ? Text($", {p.Held} held") : "");
            if (Kind == "broadcast")
            {
                yield return Text($"next {p.Position}, {p.Lost} lost");
            }
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
