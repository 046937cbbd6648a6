using Crossmap.Channels;

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
    /// <summary>One in so many deeds ends with the channel left, and opened again.</summary>
    protected const int LeaveOdds = 64;

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

    /// <summary>One message, from its claim to its commit, unless it is given up; each step is noted before and after it.</summary>
    /// <param name="writer">Of the channel.</param>
    /// <param name="longest">Bytes of a message.</param>
    /// <param name="reopen">Leaves the channel and opens it again, or null.</param>
    protected void Send(MessageWriter writer, int longest, Action? reopen)
    {
        Claim claim = default;
        long sequence = -1;
        if (!Await(() => Ledger.HasRoom(Lane)) || !Await(() => TryRole(() =>
            {
                sequence = Ledger.Begin(Lane);
                try
                {
                    claim = writer.Claim(TestMessage.LengthOf(Random, longest));
                }
                catch
                {
                    Ledger.TakeBack(Lane);
                    throw;
                }
            })))
        {
            return;
        }

        int length = Random.Next(4) == 0 ? TestMessage.LengthOf(Random, claim.Length) : claim.Length;
        TestMessage.Write(claim.Span[..length], Generation, Lane, sequence);
        Linger();
        if (TestMessage.FindWrong(claim.Span[..length], Generation, out int lane, out long written) is { } wrong)
        {
            Violation($"what it has claimed for message {sequence} was written over by somebody: {wrong}");
        }
        else if (lane != Lane || written != sequence)
        {
            Violation($"what it has claimed for message {sequence} was written over by somebody: there is message {written} of {lane} now");
        }

        if (reopen is not null && Random.Next(LeaveOdds) == 0)
        {
            Ledger.NoteState(Lane, sequence, Ledger.GivenUp);
            reopen();
        }
        else if (Random.Next(32) == 0)
        {
            Ledger.NoteState(Lane, sequence, Ledger.GivenUp);
            claim.Dispose();
        }
        else
        {
            Ledger.NoteState(Lane, sequence, Ledger.Sending);
            claim.Commit(length);
            Ledger.NoteState(Lane, sequence, Ledger.Sent);
        }
    }

    /// <summary>Whether who stands in a note was struck, so that others may have what was his.</summary>
    protected bool WasKilled(long holder) => Control.WasKilled(GuardedRecord.SlotOf(Ledger.IdentityOf(holder)), GuardedRecord.LifeOf(Ledger.IdentityOf(holder)));
}
