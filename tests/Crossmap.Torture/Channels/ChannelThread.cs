namespace Crossmap.Torture.Channels;

/// <summary>What a thread does with its channel.</summary>
internal enum ChannelRole
{
    /// <summary>It begins something: it is the first to park.</summary>
    Sender,

    /// <summary>It ends what others began: it parks when all of that is over.</summary>
    Receiver,
}

/// <summary>One thread of a process of <see cref="ChannelKills"/>. Its waits have no limit.</summary>
internal abstract class ChannelThread(WorkerOfChannels worker, int thread, ChannelRole role)
    : OwningThread(worker.Control, worker.Violations, worker.Process, thread, worker.Seed)
{
    private const int ErrorSharingViolation = 32;

    protected override int ParksAt => role == ChannelRole.Sender ? 1 : 2;

    protected WorkerOfChannels Worker => worker;

    protected Ledger Ledger => worker.Ledger;

    protected int Lane { get; } = SyncSlot.Of(worker.Process, thread);

    protected ref Ledger.Note Note => ref Ledger.NoteOf(Lane);

    protected int Generation => Ledger.Shared.Generation;

    /// <summary>Cancelled when those who receive are to park.</summary>
    protected CancellationToken Stop => worker.Stop;

    protected bool MustPark => Volatile.Read(ref Control.Shared.Pause) >= ParksAt;

    /// <summary>Who waits for its time to come, and is not part of it meanwhile.</summary>
    /// <returns>False: it is to park.</returns>
    protected bool Await(Func<bool> there)
    {
        while (!there())
        {
            if (MustPark)
            {
                return false;
            }

            Thread.Sleep(2);
        }

        return true;
    }

    /// <summary>Whether the role that only one may have is this one's. False: somebody has it.</summary>
    protected static bool TryRole(Action use)
    {
        try
        {
            use();
            return true;
        }
        catch (IOException e) when ((e.HResult & 0xFFFF) == ErrorSharingViolation)
        {
            return false;
        }
    }

    /// <summary>Whether who stands in a note was struck, so that others may have what was his.</summary>
    protected bool WasKilled(long holder) => Control.WasKilled(GuardedRecord.SlotOf(Ledger.IdentityOf(holder)), GuardedRecord.LifeOf(Ledger.IdentityOf(holder)));
}
