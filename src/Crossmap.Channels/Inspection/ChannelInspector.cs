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

            if (record.Process < 0 || record.WaitsFor is < 0 or > ChannelHeader.ConstructionPlace)
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
                WaitsFor = isAlive && record.WaitsFor != 0 ? record.WaitsFor - 1 : null,
                IsStopped = isAlive && record.Process != 0 ? ProcessState.IsStopped(record.Process) : null,
            });
        }

        return found;
    }

    /// <summary>Those that it says, and those that follow from what it has done; but servers write too, and clients read.</summary>
    private static ParticipantRoles RolesOf(in ParticipantRecord record, ChannelKind kind) => (record.Roles & (ParticipantRoles.Writer | ParticipantRoles.Reader))
        | (record.Written != 0 && kind != ChannelKind.RequestReply ? ParticipantRoles.Writer : 0)
        | ((record.Read != 0 || record.Lost != 0) && kind != ChannelKind.RequestReply ? ParticipantRoles.Reader : 0);
}
