using Crossmap.Channels;

namespace Crossmap.Torture.Channels;

/// <summary>
/// A thread that publishes, or one that subscribes, reads for a while, and subscribes anew. A subscriber of a broadcast whose publishers wait must get every
/// message that was claimed after it had subscribed; of one that may be overrun it must get or count each.
/// </summary>
internal sealed class BroadcastThread(WorkerOfChannels worker, BroadcastObjects objects, int thread, ChannelRole role, bool isOverrun) : ChannelThread(worker, thread, role)
{
    private const int MostAtOnce = 3;

    private readonly bool _isPublisher = role == ChannelRole.Sender, _sharesObject = (worker.Seed & 1) != 0;
    private readonly BroadcastMessage[] _messages = new BroadcastMessage[MostAtOnce];
    private readonly byte[] _copy = new byte[BroadcastObjects.LongestMessage];

    /// <summary>By publisher: the last message that this subscriber got, and how many of all publishers it had skipped then.</summary>
    private readonly Dictionary<int, (long Sequence, long Skipped)> _last = [];

    private Broadcast _broadcast = null!;
    private Subscriber? _subscriber;
    private long _skipped;

    protected override void Open()
    {
        _broadcast = _sharesObject ? objects.SharedOf(isOverrun) : BroadcastObjects.OpenOne(Worker.Folder, Ledger, isOverrun);
        if (!_isPublisher)
        {
            Subscribe();
        }
    }

    protected override void Act()
    {
        if (_isPublisher)
        {
            Send(_broadcast.Publisher, BroadcastObjects.LongestMessage, _sharesObject ? null : Reopen);
            return;
        }

        try
        {
            if (isOverrun)
            {
                ReadOverrun();
            }
            else
            {
                Read();
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }

        if (Random.Next(LeaveOdds) == 0)
        {
            Note = default;
            _subscriber!.Dispose();
            if (_sharesObject || Random.Next(2) == 0)
            {
                Subscribe();
            }
            else
            {
                Reopen();
            }
        }
    }

    private void Subscribe()
    {
        Span<long> row = Ledger.RowOf(Lane);
        long before = Ledger.SumOfNext(Control.Shared.Slots);
        _subscriber = _broadcast.Subscribe(Random.Next(4) == 0 ? SubscribeOptions.FromOldest : SubscribeOptions.None);
        for (int lane = 0; lane < Control.Shared.Slots; lane++)
        {
            // What is begun from here on is for this subscriber too.
            row[lane] = Volatile.Read(ref Ledger.LaneOf(lane).Next);
        }

        _last.Clear();
        _skipped = 0;
        Note.Received = Note.Missed = Note.Before = 0;

        // What was begun meanwhile, what lay there, and of each publisher one that was begun and is claimed now.
        Note.Uncertain = Ledger.SumOfNext(Control.Shared.Slots) - before + BroadcastObjects.Slots + (Control.Shared.Slots / SyncSlot.MostThreads);
        Volatile.Write(ref Note.IsSubscribed, 1);
    }

    private void Read()
    {
        int count = 0;
        if (Random.Next(4) == 0)
        {
            count = _subscriber!.TryReadBatch(_messages);
        }

        if (count == 0)
        {
            _messages[0] = _subscriber!.Read(cancellationToken: Stop);
            count = 1;
        }

        for (int i = 0; i < count; i++)
        {
            Check(_messages[i].Span);
        }

        Linger();
        for (int i = 0; i < count; i++)
        {
            // Any order.
            BroadcastMessage message = _messages[i];
            if (TestMessage.FindWrong(message.Span, Generation, out int lane, out long sequence) is { } wrong || !message.IsIntact)
            {
                Violation($"a message was written over while it was held: {TestMessage.FindWrong(message.Span, Generation, out _, out _)}, intact {message.IsIntact}, now {sequence} of {lane}");
            }
        }

        if (Random.Next(2) == 0)
        {
            Array.Reverse(_messages, 0, count);
        }

        for (int i = 0; i < count; i++)
        {
            _messages[i].Dispose();
        }

        if (_subscriber!.Missed != 0)
        {
            Violation($"{_subscriber.Missed} messages are said to be missed where publishers wait");
        }
    }

    private void ReadOverrun()
    {
        BroadcastMessage message = _subscriber!.Read(cancellationToken: Stop);
        long missed = _subscriber.Missed;
        if (Random.Next(64) == 0)
        {
            // Long enough for the others to go round.
            Thread.Sleep(1);
        }

        ReadOnlySpan<byte> copy = _copy.AsSpan(0, Math.Min(message.Length, _copy.Length));
        message.Span[..copy.Length].CopyTo(_copy);
        _skipped += missed - Note.Missed;

        // Before the cursor moves on: where it stands at the end, all before is noted.
        Note.Missed = missed;
        Volatile.Write(ref Note.Received, Note.Received + 1);
        if (message.Release())
        {
            Check(copy);
        }
        else
        {
            // Received, but not as the message that it was.
            _skipped++;
        }
    }

    /// <summary>Compares a message with what its publisher has noted, and with those before it.</summary>
    private void Check(ReadOnlySpan<byte> bytes)
    {
        if ((TestMessage.FindWrong(bytes, Generation, out int lane, out long sequence) ?? Ledger.FindUnsent(lane, sequence, mayBeSettled: true)) is { } wrong)
        {
            Violation(wrong);
            return;
        }

        ref Ledger.Entry entry = ref Ledger.EntryOf(lane, sequence);
        Interlocked.Increment(ref entry.Deliveries);
        ref long row = ref Ledger.RowOf(Lane)[lane];
        bool hasLast = _last.TryGetValue(lane, out (long Sequence, long Skipped) last);
        if (hasLast && last.Sequence >= sequence)
        {
            Violation($"message {sequence} of {Ledger.Describe(lane)} comes behind {last.Sequence} of the same publisher");
        }

        long first = hasLast ? last.Sequence + 1 : isOverrun ? sequence : row, skipped = _skipped - last.Skipped;
        for (long passed = Ledger.FindSent(lane, first, sequence); passed >= 0; passed = Ledger.FindSent(lane, passed + 1, sequence))
        {
            if (--skipped < 0)
            {
                Violation($"message {sequence} of {Ledger.Describe(lane)} comes, and {passed} has not, which was committed{(isOverrun ? "; it is not counted as missed" : "")}");
                break;
            }
        }

        _last[lane] = (sequence, _skipped);
        if (!isOverrun && sequence >= row)
        {
            Volatile.Write(ref row, sequence + 1);
        }
    }

    private void Reopen()
    {
        Note = default;
        _broadcast.Dispose();
        Open();
    }
}
