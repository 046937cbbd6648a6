using Crossmap.Channels;

namespace Crossmap.Torture.Channels;

/// <summary>
/// A thread of a process that sends through a queue or receives from it, with a queue object of its own or one that it shares with the others of its
/// process. Before a step that others may come to see the ledger says that it may have been done, and after it that it has.
/// </summary>
internal sealed class QueueThread(WorkerOfChannels worker, QueueObjects objects, int thread, ChannelRole role, bool isSingle) : ChannelThread(worker, thread, role)
{
    private const int MostAtOnce = 3;

    private readonly bool _isSender = role == ChannelRole.Sender, _sharesObject = !isSingle && (worker.Seed & 1) != 0;
    private readonly Message[] _messages = new Message[MostAtOnce];
    private SharedQueue _queue = null!;

    /// <summary>By sender: the last message of which this thread knows that the next must come behind it.</summary>
    private readonly Dictionary<int, long> _last = [];

    protected override void Open() => _queue = _sharesObject ? objects.Shared : QueueObjects.OpenOne(Worker.Folder, Ledger, isSingle);

    protected override void Act()
    {
        if (_isSender)
        {
            Send(_queue.Writer, QueueObjects.LongestMessage, _sharesObject ? null : Reopen);
        }
        else
        {
            Receive();
        }
    }

    private void Receive()
    {
        Message[] messages = _messages;
        int count = 0;
        try
        {
            if (!TryReceive(messages, out count))
            {
                return;
            }
        }
        finally
        {
            Note.Taking = count;
        }

        Span<(int Lane, long Sequence)> what = stackalloc (int, long)[MostAtOnce];
        for (int i = 0; i < count; i++)
        {
            what[i] = Take(in messages[i]);
        }

        Note.Taking = 0;
        Linger();
        bool leaves = Random.Next(LeaveOdds) == 0 && !_sharesObject;
        for (int i = 0; i < count; i++)
        {
            (int lane, long sequence) = what[i];
            if (TestMessage.FindWrong(messages[i].Span, Generation, out int laneNow, out long sequenceNow) is { } wrong)
            {
                Violation($"message {sequence} of {lane} was written over while it was held: {wrong}");
                continue;
            }

            if (lane != laneNow || sequence != sequenceNow)
            {
                Violation($"message {sequence} of {lane} was written over while it was held, by message {sequenceNow} of {laneNow}");
                continue;
            }

            ref long holder = ref Ledger.EntryOf(lane, sequence).Holder;
            if (leaves)
            {
                Volatile.Write(ref holder, Ledger.HolderOf(Identity, Ledger.Left));
                continue;
            }

            Volatile.Write(ref holder, Ledger.HolderOf(Identity, Ledger.Releasing));
            messages[i].Dispose();
            Volatile.Write(ref holder, Ledger.HolderOf(Identity, Ledger.Released));
        }

        if (leaves)
        {
            Reopen();
        }
    }

    private bool TryReceive(Message[] messages, out int count)
    {
        count = 0;
        SharedQueue queue = _queue;
        try
        {
            if (isSingle)
            {
                // Nothing is taken by it, perhaps: but then the role is this thread's.
                Message first = default;
                int taken = 0;
                if (!Await(() => TryRole(() =>
                    {
                        Note.Taking = 1;
                        taken = queue.Reader.TryRead(out first) ? 1 : 0;
                    })))
                {
                    return false;
                }

                messages[0] = first;
                count = taken;
            }

            if (count == 0 && Random.Next(4) == 0)
            {
                Note.Taking = MostAtOnce;
                count = queue.Reader.TryReadBatch(messages);
            }

            if (count == 0)
            {
                Note.Taking = 1;
                messages[0] = Random.Next(8) == 0 ? queue.Reader.ReadAsync(Stop).AsTask().GetAwaiter().GetResult() : queue.Reader.Read(cancellationToken: Stop);
                count = 1;
            }

            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Compares a message with what its sender and those who had it before have noted, and notes that this thread has it.</summary>
    private (int Lane, long Sequence) Take(in Message message)
    {
        bool isAgain = message.IsRedelivered;
        string? wrong = TestMessage.FindWrong(message.Span, Generation, out int lane, out long sequence) ?? Ledger.FindUnsent(lane, sequence);
        if (wrong is not null)
        {
            Violation($"{wrong}{(isAgain ? ", marked as delivered again" : "")}");
            return (Lane, 0);
        }

        ref Ledger.Entry entry = ref Ledger.EntryOf(lane, sequence);
        int deliveries = Interlocked.Increment(ref entry.Deliveries);
        long before = Interlocked.Exchange(ref entry.Holder, Ledger.HolderOf(Identity, Ledger.Holding));
        string what = $"message {sequence} of {Ledger.Describe(lane)}";
        if (!isAgain && deliveries > 1)
        {
            Violation($"{what} comes for the {deliveries}th time and is not marked; it was {Ledger.NameOfHolder(before)}");
        }

        if (!isAgain && _last.TryGetValue(lane, out long last) && last >= sequence)
        {
            Violation($"{what} comes behind {last} of the same sender");
        }

        if (isAgain)
        {
            Interlocked.Increment(ref Ledger.Shared.Redelivered);
            switch (Ledger.PhaseOf(before))
            {
                case Ledger.Nobody:
                    Interlocked.Increment(ref Ledger.Shared.Unexplained);
                    break;
                case Ledger.Released:
                    Violation($"{what} comes again, and was {Ledger.NameOfHolder(before)}");
                    break;
                case Ledger.Holding or Ledger.Releasing when !WasKilled(before):
                    Violation($"{what} comes again, and was {Ledger.NameOfHolder(before)}, who lives");
                    break;
            }
        }
        else
        {
            _last[lane] = sequence;
        }

        return (lane, sequence);
    }

    private void Reopen()
    {
        _queue.Dispose();
        Open();
    }
}
