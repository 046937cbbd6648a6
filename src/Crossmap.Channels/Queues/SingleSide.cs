using System.Runtime.CompilerServices;
using Crossmap.Channels.Memory;
using Crossmap.Objects;

namespace Crossmap.Channels.Queues;

/// <summary>The producer's or the consumer's side of a <see cref="SingleQueue"/>: it takes its place when it is first used. One thread at a time.</summary>
/// <param name="queue">Whose side it is.</param>
/// <param name="place">Of its own.</param>
/// <param name="role">Who has the place.</param>
internal abstract unsafe class SingleSide(SingleQueue queue, int place, ParticipantRoles role)
{
    private readonly bool _needsBarrier = !queue.Memory.HasRemoteBarrier;
    private readonly Lock _attaching = new();
    private Participant? _participant;

    /// <summary>Where it says what it waits for; nowhere before its first use.</summary>
    public Participant? Participant => _participant;

    protected SingleQueue Queue { get; } = queue;

    protected ChannelHeader* Header { get; } = queue.Memory.Header;

    protected Records Records { get; } = queue.Records;

    /// <summary>Of the participant; not to be touched before it is one.</summary>
    protected ParticipantRecord* Record { get; private set; }

    /// <summary>Takes its place.</summary>
    /// <exception cref="IOException">32: somebody has it.</exception>
    public void Attach()
    {
        if (_participant is not null)
        {
            return;
        }

        lock (_attaching)
        {
            if (_participant is not null)
            {
                return;
            }

            Participant participant = Queue.TakePlace(place, role == ParticipantRoles.Writer ? "producer" : "consumer");
            try
            {
                Begin();
            }
            catch
            {
                participant.Dispose();
                throw;
            }

            Record = participant.Record;
            Record->Roles = role;
            _participant = participant;
        }

        // The other side, if it sleeps, is to watch this one from now on.
        Queue.WakeOther(role);
    }

    public void Detach()
    {
        lock (_attaching)
        {
            End();
            _participant?.Dispose();
        }
    }

    /// <summary>Goes on where its predecessor was. With the place in hand.</summary>
    protected abstract void Begin();

    /// <summary>Nothing goes the short way any more.</summary>
    protected abstract void End();

    /// <summary>Behind a change that the other side may sleep for. Not armed: who sleeps watches the other side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected void Announce(Doorbell bell)
    {
        if (_needsBarrier)
        {
            Interlocked.MemoryBarrier();
        }

        bell.Ring();
    }
}
