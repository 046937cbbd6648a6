using Crossmap.Channels.Memory;
using Crossmap.Channels.Queues;
using Crossmap.Channels.Rings;

namespace Crossmap.Channels.Inspection;

/// <summary>What lies in a channel's ring at one moment. Only reads; whatever the memory says, it ends and stays inside.</summary>
internal sealed unsafe class RingContent
{
    private readonly int[] _claims = new int[SlotWord.MaximumOwners], _held = new int[SlotWord.MaximumOwners];

    private RingContent()
    {
    }

    /// <summary>Messages that nobody has taken.</summary>
    public long Depth { get; private set; }

    /// <inheritdoc cref="ChannelInfo.Oldest"/>
    public long Oldest { get; private set; }

    /// <inheritdoc cref="ChannelInfo.Next"/>
    public long Next { get; private set; }

    /// <summary>The place that holds or writes the oldest message of the slots; null when it lies there for anybody.</summary>
    public int? OldestHolder { get; private set; }

    /// <summary>The place that writes the message before which nobody can take one; null when one is there, or none is written.</summary>
    public int? OldestWriter { get; private set; }

    /// <param name="start">Of the channel, which is as long as the layout says.</param>
    /// <param name="layout">Checked.</param>
    public static RingContent Of(byte* start, ChannelLayout layout)
    {
        var content = new RingContent();
        var header = (ChannelHeader*)start;
        if (layout.Kind == ChannelKind.SingleQueue)
        {
            content.ReadRecords(header, new Records(start + layout.DataOffset, layout.DataLength));
        }
        else if (layout.Kind == ChannelKind.Value)
        {
            content.Next = Volatile.Read(ref header->Head);
        }
        else if (layout.Slots > 0)
        {
            content.ReadSlots(new RingMemory(start, layout), layout.Kind);
        }

        return content;
    }

    /// <summary>Messages that a participant is writing.</summary>
    public int ClaimsOf(int place) => _claims[place];

    /// <summary>Messages that a participant has taken and not released.</summary>
    public int HeldBy(int place) => _held[place];

    /// <summary>What follows from the two.</summary>
    public ParticipantRoles RolesOf(int place) =>
        (_claims[place] > 0 ? ParticipantRoles.Writer : ParticipantRoles.None) | (_held[place] > 0 ? ParticipantRoles.Reader : ParticipantRoles.None);

    private void ReadSlots(RingMemory ring, ChannelKind kind)
    {
        long first = ring.ReadFreed();
        if (first < 0 || first > long.MaxValue - ring.Slots)
        {
            throw Corrupt();
        }

        // The mark of what is free lies behind where nobody has needed it.
        long index = first, oldest = -1;
        for (; index < first + ring.Slots; index++)
        {
            SlotWord word = ring.ReadWord(index);
            int ahead = word.LapsAheadOf(SlotProtocol.LapOf(ref ring, index));
            if (ahead < 0 || (ahead == 0 && word.State == SlotState.Free))
            {
                break;
            }

            if (ahead > 0)
            {
                continue;
            }

            if (oldest < 0)
            {
                oldest = index;
                OldestHolder = word.IsHeld ? word.Owner : null;
            }

            if (word.State == SlotState.Claimed && Depth == 0)
            {
                OldestWriter ??= word.Owner;
            }

            Depth += word.IsMessage ? 1 : 0;
            if (word.State == SlotState.Claimed)
            {
                _claims[word.Owner]++;
            }
            else if (word.IsHeld && kind != ChannelKind.Broadcast)
            {
                // In a broadcast it is a publisher's for a moment, who frees it; subscribers hold by their cursors.
                _held[word.Owner]++;
            }
        }

        Next = index;
        Oldest = oldest < 0 ? index : oldest;
    }

    private void ReadRecords(ChannelHeader* header, Records records)
    {
        long taken = Volatile.Read(ref header->Taken);
        long position = Oldest = Volatile.Read(ref header->Tail);
        if (!Records.IsPosition(position))
        {
            throw Corrupt();
        }

        for (long end = position + records.Capacity; position < end;)
        {
            ulong head = records.HeadAt(position);
            if (head == 0)
            {
                break;
            }

            if (!records.TrySizeOf(position, head, out long size))
            {
                // The producer may have come round while this was read; then the mark has moved.
                if (Volatile.Read(ref header->Tail) == Oldest)
                {
                    throw Corrupt();
                }

                break;
            }

            if ((head & (Records.Skipped | Records.Released)) == 0)
            {
                bool isTaken = position < taken;
                Depth += isTaken ? 0 : 1;
                _held[SingleQueue.ConsumerPlace] += isTaken ? 1 : 0;
            }

            position += size;
        }

        Next = position;
    }

    private static ChannelCorruptedException Corrupt() => new("The marks of the channel contradict one another: somebody wrote over them.");
}
