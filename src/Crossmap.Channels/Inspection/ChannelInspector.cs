using Crossmap.Channels.Memory;
using Crossmap.Objects;

namespace Crossmap.Channels.Inspection;

/// <summary>Reads a channel without taking part: a view that cannot be written through, and questions to the kernel about who is there.</summary>
internal static unsafe class ChannelInspector
{
    /// <summary>Null when there is none.</summary>
    public static ChannelInfo? TryInspect(ChannelTarget target)
    {
        using FileMapping? section = target.OpenToRead();
        if (section is null)
        {
            return null;
        }

        if (section.Size < ChannelHeader.SlotsOffset)
        {
            throw ChannelMemory.NoChannel(target);
        }

        using MappedView view = section.MapView(ViewAccess.Read);
        byte* start = (byte*)view.Address;

        // Read once: what is checked here is what is used below.
        ChannelHeader header = *(ChannelHeader*)start;
        ChannelLayout layout = ChannelMemory.Read(target, in header, section.Size);
        using Places places = section.OpenPlaces();
        RingContent content = RingContent.Of(start, layout);
        return new ChannelInfo
        {
            Name = target.Name,
            FilePath = target.Path,
            Kind = layout.Kind,
            Capacity = layout.DataLength,
            MaximumMessages = layout.Slots,
            ValueSize = layout.ValueSize,
            Schema = layout.Schema,
            CanOverrun = (layout.Flags & ChannelFlags.Overrun) != 0,
            IsCompleted = header.IsCompleted != 0,
            Depth = content.Depth,
            Oldest = content.Oldest,
            Next = content.Next,
            Participants = Participants((ParticipantRecord*)(start + ChannelHeader.ParticipantsOffset), places, content, layout.Kind, target),
        };
    }

    private static List<ChannelParticipant> Participants(ParticipantRecord* records, Places places, RingContent content, ChannelKind kind, ChannelTarget target)
    {
        var found = new List<ChannelParticipant>();
        for (int place = 0; place < ChannelHeader.ConstructionPlace; place++)
        {
            // The record before the kernel: one that has left in order meanwhile is shown as dead at worst, never a dead one as alive.
            ParticipantRecord record = records[place];
            bool isAlive = places.IsTaken(place);
            if (!isAlive && record.Process == 0)
            {
                continue;
            }

            if (record.Process < 0 || record.WaitsFor is < 0 or > ParticipantRecord.ForMessage)
            {
                throw new ChannelCorruptedException($"The record of participant {place} of {target} cannot be: somebody wrote over it.");
            }

            found.Add(new ChannelParticipant
            {
                Place = place,
                IsAlive = isAlive,
                ProcessId = record.Process == 0 ? null : record.Process,
                Roles = RolesOf(in record, kind) | content.RolesOf(place),
                Written = record.Written,
                Read = record.Read,
                Lost = record.Lost,
                Position = record.Position,
                Claims = content.ClaimsOf(place),
                Held = content.HeldBy(place),
                WaitsFor = isAlive ? WhomItWaitsFor(place, record.WaitsFor, content) : null,
                IsStopped = isAlive && record.Process != 0 ? ProcessState.IsStopped(record.Process) : null,
            });
        }

        return found;
    }

    /// <summary>Who sleeps is not woken when somebody comes to hold what it waits for: so that is looked up where it matters who that is.</summary>
    private static int? WhomItWaitsFor(int self, int waitsFor, RingContent content)
    {
        int? other = waitsFor switch
        {
            0 => null,
            ParticipantRecord.ForSpace => content.OldestHolder,
            ParticipantRecord.ForMessage => content.OldestWriter,
            _ => waitsFor - 1,
        };
        return other == self ? null : other;
    }

    /// <summary>Those that it says, and those that follow from what it has done; but servers write too, and clients read.</summary>
    private static ParticipantRoles RolesOf(in ParticipantRecord record, ChannelKind kind) => (record.Roles & (ParticipantRoles.Writer | ParticipantRoles.Reader))
        | (record.Written != 0 && kind != ChannelKind.RequestReply ? ParticipantRoles.Writer : 0)
        | ((record.Read != 0 || record.Lost != 0) && kind != ChannelKind.RequestReply ? ParticipantRoles.Reader : 0);
}
