using Crossmap.Channels.Memory;
using Crossmap.Channels.Rings;

namespace Crossmap.Channels.Tests;

/// <summary>Writes over whatever decides anything in a channel's memory: marks, gates, records, slots, and the data's first words.</summary>
/// <param name="view">All of the channel.</param>
/// <param name="random">Decides where and what.</param>
internal sealed class Scribbler(MappedView view, Random random)
{
    /// <summary>Of the channels that are scribbled over: small, so that all of it is hit.</summary>
    public const int Capacity = 4096, Slots = 16;

    private static readonly ulong[] Extremes = [0, ulong.MaxValue, long.MaxValue, 1UL << 63];

    private static readonly (int From, int Length)[] Places =
    [
        (128, 512),
        (ChannelHeader.ParticipantsOffset, 4 * ParticipantRecord.Size),
        (ChannelHeader.SlotsOffset, Slots * RingMemory.BytesPerSlot),
        (ChannelHeader.SlotsOffset, Slots * RingMemory.BytesPerSlot),
        ((int)ChannelLayout.OfRing(ChannelKind.Queue, Capacity, Slots, ChannelFlags.None, 0).DataOffset, Capacity),
        (ChannelHeader.SlotsOffset, Capacity),
    ];

    public int Until(CancellationToken stop)
    {
        int done = 0;
        while (!stop.IsCancellationRequested)
        {
            Next();
            done++;
            Thread.SpinWait(random.Next(200));
        }

        return done;
    }

    public void Next()
    {
        (int from, int length) = Places[random.Next(Places.Length)];
        ref ulong word = ref WordIn(from, length);
        word = random.Next(8) switch
        {
            0 => word ^ (1UL << random.Next(64)),
            1 => word + (ulong)random.Next(-3, 4),
            2 => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
            3 => Extremes[random.Next(Extremes.Length)],
            4 => WordIn(from, length),
            5 => new SlotWord((SlotState)random.Next(8), (uint)random.Next(3), random.Next(4), (uint)random.Next(70)).Value,
            6 => (word & ~0xFFUL) | (uint)random.Next(256),
            _ => (word << 32) | (word >> 32),
        };
    }

    /// <summary>A channel without slots has its data where others have them.</summary>
    private ref ulong WordIn(int from, int length) =>
        ref view.At<ulong>(Math.Min(from + ((long)random.Next(length / sizeof(ulong)) * sizeof(ulong)), view.Length - sizeof(ulong)));
}
