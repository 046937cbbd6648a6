using Crossmap.Channels.Memory;

namespace Crossmap.Channels.Broadcasts;

/// <summary>The subscribers of all processes, as their records show them to a publisher that looks for space. Thread safe.</summary>
internal sealed unsafe class Subscribers(ChannelMemory memory)
{
    private readonly Lock _looking = new();
    private int _joinsSeen;
    private long _least;

    /// <summary>The place in whose name slots are freed.</summary>
    public int Freer { get; set; }

    /// <summary>A first look: false for sure, true perhaps.</summary>
    public bool MayAllBeBeyond(long index) => index < Volatile.Read(ref _least) || AreAllBeyond(index);

    /// <summary>Whether all who are there, and all who come later and see what the caller did before, are done with that message.</summary>
    public bool AreAllBeyond(long index)
    {
        lock (_looking)
        {
            // In this order: who is not among those that are looked at below changes the number after it was read. Cursors only move on.
            int joins = Volatile.Read(ref memory.Header->Joins);
            if (joins != _joinsSeen || index >= _least)
            {
                long least = long.MaxValue;
                for (int place = 0; place < End; place++)
                {
                    least = IsThere(place) ? Math.Min(least, PositionOf(place)) : least;
                }

                _joinsSeen = joins;
                Volatile.Write(ref _least, least);
            }

            return index < _least;
        }
    }

    /// <summary>No participant has a place from here on.</summary>
    public int End => Math.Clamp(Volatile.Read(ref memory.Header->ParticipantsEnd), 0, ChannelHeader.ConstructionPlace);

    public bool IsThere(int place) => (Volatile.Read(ref *(int*)&memory.Participants[place].Roles) & (int)ParticipantRoles.Reader) != 0;

    /// <summary>How many of them live, by the kernel's word.</summary>
    public int CountAlive()
    {
        int count = 0;
        for (int place = 0, end = End; place < end; place++)
        {
            count += IsThere(place) && memory.IsTaken(place) ? 1 : 0;
        }

        return count;
    }

    public bool IsPublisher(int place) => (Volatile.Read(ref *(int*)&memory.Participants[place].Roles) & (int)ParticipantRoles.Writer) != 0;

    public long PositionOf(int place) => Volatile.Read(ref memory.Participants[place].Position);

    /// <summary>Makes a participant be seen in that role by all who look.</summary>
    public void Show(Participant participant, ParticipantRoles role)
    {
        int end = participant.Number + 1;
        for (int there = Volatile.Read(ref memory.Header->ParticipantsEnd); there < end;)
        {
            int before = Interlocked.CompareExchange(ref memory.Header->ParticipantsEnd, end, there);
            there = before == there ? end : before;
        }

        Volatile.Write(ref *(int*)&participant.Record->Roles, (int)role);
        if (role == ParticipantRoles.Reader)
        {
            Interlocked.Increment(ref memory.Header->Joins);
        }
    }

    /// <summary>Of whoever left or is dead; for who has its place.</summary>
    public void Hide(int place) => Volatile.Write(ref *(int*)&memory.Participants[place].Roles, (int)ParticipantRoles.None);
}
