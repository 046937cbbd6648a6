using Crossmap.Channels;

namespace Crossmap.Torture.Channels;

/// <summary>A thread that asks, and waits for each reply without a limit, or one that answers.</summary>
internal sealed class RequestThread(WorkerOfChannels worker, Lazy<RequestReply> shared, int thread, ChannelRole role) : ChannelThread(worker, thread, role)
{
    private const int Longest = 600, MostAtOnce = 3;

    /// <summary>What it waits for, for the report of a hang.</summary>
    private const int WaitsForSpace = 1, WaitsForReply = 2, WaitsForRequest = 3;

    private readonly bool _isClient = role == ChannelRole.Sender, _sharesObject = (worker.Seed & 1) != 0;
    private RequestReply _channel = null!;

    /// <summary>Replies are messages of a channel of their own: the same words, but not the request's.</summary>
    private int RepliesGeneration => ~Generation;

    protected override void Open() => _channel = _sharesObject ? shared.Value : RequestKills.OpenOne(Worker.Folder, Ledger);

    protected override void Act()
    {
        if (_isClient)
        {
            Ask();
        }
        else
        {
            Serve();
        }
    }

    private void Ask()
    {
        // Before the first is sent: who serves, and who has ended.
        bool isServed = RequestKills.IsServed(Control, Ledger);
        long ends = RequestKills.Ends(Control, Ledger);
        int count = Random.Next(4) == 0 ? Random.Next(2, MostAtOnce + 1) : 1;
        var sent = new List<(PendingRequest Request, long Sequence)>(count);
        for (int i = 0; i < count && Await(() => Ledger.HasRoom(Lane)); i++)
        {
            long sequence = Ledger.Begin(Lane);
            int length = TestMessage.LengthOf(Random, Longest), replyLength = TestMessage.LengthOf(Random, Longest);
            PendingRequest request;
            if (i == 0)
            {
                Slot.Waits = WaitsForSpace;
                request = _channel.Client.Claim(length, replyLength);
            }
            else if (!_channel.Client.TryClaim(length, replyLength, out request))
            {
                // Who waits for space while he holds some may wait for himself.
                Ledger.TakeBack(Lane);
                break;
            }

            TestMessage.Write(request.Span, Generation, Lane, sequence);
            Linger();
            if (TestMessage.FindWrong(request.Span, Generation, out int lane, out long written) is { } wrong || lane != Lane || written != sequence)
            {
                Violation($"what it has claimed for request {sequence} was written over: now it is {written} of {lane}");
            }

            if (Random.Next(32) == 0)
            {
                Ledger.NoteState(Lane, sequence, Ledger.GivenUp);
                request.Dispose();
                continue;
            }

            Ledger.NoteState(Lane, sequence, Ledger.Sending);
            request.Send();
            Ledger.NoteState(Lane, sequence, Ledger.Sent);
            sent.Add((request, sequence));
        }

        if (Random.Next(2) == 0)
        {
            sent.Reverse();
        }

        foreach ((PendingRequest request, long sequence) in sent)
        {
            if (Random.Next(32) == 0)
            {
                // Not wanted any more, whoever has it.
                request.Dispose();
                continue;
            }

            Wait(request, sequence, isServed, ends);
        }

        if (Random.Next(LeaveOdds) == 0 && !_sharesObject)
        {
            _channel.Dispose();
            Open();
        }
    }

    private void Wait(PendingRequest request, long sequence, bool isServed, long ends)
    {
        ref Ledger.Entry entry = ref Ledger.EntryOf(Lane, sequence);
        try
        {
            Slot.Waits = WaitsForReply;
            using Reply reply = Random.Next(8) == 0 ? request.WaitAsync().AsTask().GetAwaiter().GetResult() : request.Wait();
            string? wrong = TestMessage.FindWrong(reply.Span, RepliesGeneration, out int lane, out long answered);
            long holder = Volatile.Read(ref entry.Holder);
            if (wrong is not null || lane != Lane || answered != sequence)
            {
                Violation($"the reply to request {sequence} is that to {answered} of {lane}: {wrong}");
            }
            else if (Ledger.PhaseOf(holder) is not (Ledger.Releasing or Ledger.Released))
            {
                Violation($"there is a reply to request {sequence}, which is {Ledger.NameOfHolder(holder)}");
            }

            Slot.Signals++;
        }
        catch (RequestAbandonedException)
        {
            Interlocked.Increment(ref Ledger.Shared.Abandoned);
            long holder = Volatile.Read(ref entry.Holder);
            switch (Ledger.PhaseOf(holder))
            {
                case Ledger.Nobody when isServed && ends == RequestKills.Ends(Control, Ledger):
                    Violation($"request {sequence} is called abandoned, and nobody who served died or left");
                    break;
                case Ledger.Holding or Ledger.Releasing when !WasKilled(holder):
                    Violation($"request {sequence} is called abandoned, and was {Ledger.NameOfHolder(holder)}, who lives");
                    break;
                case Ledger.Released:
                    Violation($"request {sequence} is called abandoned, and was {Ledger.NameOfHolder(holder)}");
                    break;
            }
        }
    }

    private void Serve()
    {
        Request request;
        try
        {
            if (Note.IsSubscribed != 0 || !_channel.Server.TryReceive(out request))
            {
                Volatile.Write(ref Note.IsSubscribed, 1);
                Slot.Waits = WaitsForRequest;
                request = _channel.Server.Receive(cancellationToken: Stop);
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }

        string? wrong = TestMessage.FindWrong(request.Span, Generation, out int lane, out long sequence) ?? Ledger.FindUnsent(lane, sequence, mayBeSettled: true);
        if (wrong is not null)
        {
            Violation(wrong);
            request.Dispose();
            return;
        }

        ref Ledger.Entry entry = ref Ledger.EntryOf(lane, sequence);
        long before = Interlocked.Exchange(ref entry.Holder, Ledger.HolderOf(Identity, Ledger.Holding));
        if (Interlocked.Increment(ref entry.Deliveries) > 1)
        {
            Violation($"request {sequence} of {Ledger.Describe(lane)} comes to a second server; it was {Ledger.NameOfHolder(before)}");
        }

        Linger();
        if (TestMessage.FindWrong(request.Span, Generation, out int laneNow, out long sequenceNow) is { } changed || laneNow != lane || sequenceNow != sequence)
        {
            Violation($"request {sequence} of {Ledger.Describe(lane)} was written over while a server had it: now it is {sequenceNow} of {laneNow}");
        }

        if (Random.Next(32) == 0)
        {
            Volatile.Write(ref entry.Holder, Ledger.HolderOf(Identity, Ledger.Left));
            if (_sharesObject || Random.Next(2) == 0)
            {
                request.Dispose();
            }
            else
            {
                Leave();
            }

            return;
        }

        int length = TestMessage.LengthOf(Random, request.MaximumReplyLength);
        TestMessage.Write(request.ReplySpan[..length], RepliesGeneration, lane, sequence);
        Volatile.Write(ref entry.Holder, Ledger.HolderOf(Identity, Ledger.Releasing));
        request.Reply(length);
        Volatile.Write(ref entry.Holder, Ledger.HolderOf(Identity, Ledger.Released));
    }

    private void Leave()
    {
        Interlocked.Increment(ref Ledger.Shared.Leaves);
        Note = default;
        _channel.Dispose();
        Open();
    }
}
