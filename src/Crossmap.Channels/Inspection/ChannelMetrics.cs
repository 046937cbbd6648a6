using System.Diagnostics.Metrics;
using Crossmap.Channels.Memory;

namespace Crossmap.Channels.Inspection;

/// <summary>
/// The meter <c>Crossmap.Channels</c>: of each channel that this process has open what its participants here have counted, and how full it is. Read
/// from the channel's memory when somebody asks; nobody counts anything for it.
/// </summary>
internal static class ChannelMetrics
{
    private const string NameTag = "crossmap.channel.name", KindTag = "crossmap.channel.kind";

    /// <summary>Of all below. Held while a channel's memory is read, so that it does not go meanwhile.</summary>
    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, OpenChannel> Channels = new(StringComparer.Ordinal);
    private static readonly Meter Meter = Create();

    public static void Opened(ChannelMemory memory)
    {
        lock (Gate)
        {
            string name = NameOf(memory);
            if (!Channels.TryGetValue(name, out OpenChannel? channel))
            {
                Channels.Add(name, channel = new OpenChannel(name, memory.Layout.Kind));
            }

            channel.Memories.Add(memory);
        }
    }

    /// <summary>Nothing of it is read when this returns.</summary>
    public static void Closed(ChannelMemory memory)
    {
        lock (Gate)
        {
            if (Channels.TryGetValue(NameOf(memory), out OpenChannel? channel) && channel.Memories.Remove(memory) && channel.Memories.Count == 0)
            {
                Channels.Remove(channel.Name);
            }
        }
    }

    public static void Joined(ChannelMemory memory, Participant participant)
    {
        lock (Gate)
        {
            Channels.GetValueOrDefault(NameOf(memory))?.Participants.Add(participant);
        }
    }

    /// <summary>What it has counted stays counted as long as the process has the channel open.</summary>
    public static void Left(ChannelMemory memory, Participant participant)
    {
        lock (Gate)
        {
            if (Channels.TryGetValue(NameOf(memory), out OpenChannel? channel) && channel.Participants.Remove(participant))
            {
                channel.Gone += Counts.Of(participant);
            }
        }
    }

    private static string NameOf(ChannelMemory memory) => memory.Target.Name ?? memory.Target.Path!;

    private static Meter Create()
    {
        var meter = new Meter("Crossmap.Channels");
        meter.CreateObservableCounter("crossmap.channel.written", () => Observe(channel => channel.Counts.Written), "{message}", "Messages that this process committed.");
        meter.CreateObservableCounter("crossmap.channel.read", () => Observe(channel => channel.Counts.Read), "{message}", "Messages that this process released.");
        meter.CreateObservableCounter("crossmap.channel.lost", () => Observe(channel => channel.Counts.Lost), "{message}", "Messages that this process missed.");
        meter.CreateObservableGauge("crossmap.channel.depth", () => Observe(channel => channel.Depth), "{message}", "Messages that wait in the channel.");
        meter.CreateObservableGauge("crossmap.channel.participants", () => Observe(channel => channel.ParticipantsInAll), "{participant}",
            "Who takes part in the channel, in all processes.");
        return meter;
    }

    private static List<Measurement<long>> Observe(Func<OpenChannel, long> value)
    {
        var measurements = new List<Measurement<long>>();
        lock (Gate)
        {
            foreach (OpenChannel channel in Channels.Values)
            {
                try
                {
                    measurements.Add(new Measurement<long>(value(channel), new(NameTag, channel.Name), new(KindTag, channel.Kind.ToString())));
                }
                catch (ChannelCorruptedException)
                {
                    // Its users hear of it; here it has no numbers.
                }
            }
        }

        return measurements;
    }

    /// <summary>A channel, however many objects of this process stand for it.</summary>
    private sealed class OpenChannel(string name, ChannelKind kind)
    {
        public string Name => name;

        public ChannelKind Kind => kind;

        public List<ChannelMemory> Memories { get; } = [];

        public List<Participant> Participants { get; } = [];

        public Counts Gone { get; set; }

        public Counts Counts => Participants.Aggregate(Gone, (sum, participant) => sum + Counts.Of(participant));

        public unsafe long Depth => RingContent.Of(Memories[0].Base, Memories[0].Layout).Depth;

        public long ParticipantsInAll
        {
            get
            {
                int count = 0;
                for (int place = 0; place < ChannelHeader.ConstructionPlace; place++)
                {
                    count += Memories[0].IsTaken(place) ? 1 : 0;
                }

                return count;
            }
        }
    }

    private readonly record struct Counts(long Written, long Read, long Lost)
    {
        public static unsafe Counts Of(Participant participant) => new(participant.Record->Written, participant.Record->Read, participant.Record->Lost);

        public static Counts operator +(Counts a, Counts b) => new(a.Written + b.Written, a.Read + b.Read, a.Lost + b.Lost);
    }
}
