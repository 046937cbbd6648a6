using Crossmap.Channels.Memory;
using Crossmap.Channels.Rings;
using Crossmap.Objects;

namespace Crossmap.Channels.Requests;

/// <content>What its sleepers wait for, and whom they watch meanwhile.</content>
internal sealed unsafe partial class RequestRing
{
    /// <summary>Waits for the answer. False when the time passed first.</summary>
    /// <exception cref="RequestAbandonedException">There is no server, or the one that had the request died or gave it up.</exception>
    public bool WaitForReply(in PendingRequest request, long timeoutMilliseconds, CancellationToken cancellation, out Reply reply)
    {
        using WaitCount.Entered entered = BeginWait();
        long deadline = timeoutMilliseconds < 0 ? -1 : Environment.TickCount64 + timeoutMilliseconds;
        do
        {
            var condition = new ReplyThere(this, request);
            bool inTime = _own.Wait(ref condition, deadline < 0 ? -1 : Math.Max(0, deadline - Environment.TickCount64), cancellation);
            ThrowIfDisposed();
            _self.Record->WaitsFor = 0;
            if (!inTime)
            {
                reply = default;
                return false;
            }
        }
        while (!TryFinish(in request, out reply));
        return true;
    }

    /// <summary>Waits until a take is worth a try. False when the time passed first.</summary>
    public bool WaitForRequest(long timeoutMilliseconds, CancellationToken cancellation)
    {
        using WaitCount.Entered entered = BeginWait();
        var condition = new RequestThere(this);
        bool inTime = Readers.Wait(ref condition, timeoutMilliseconds, cancellation);
        ThrowIfDisposed();
        _self.Record->WaitsFor = 0;
        return inTime;
    }

    public Task<bool> WaitForRequestAsync(CancellationToken cancellation) => _requests.WaitAsync(0, cancellation);

    /// <summary>Waits until space was freed. False when the time passed first.</summary>
    public bool WaitForSpace(long seen, long timeoutMilliseconds, CancellationToken cancellation)
    {
        using WaitCount.Entered entered = BeginWait();
        var condition = new SpaceFreed(this, seen);
        Writers.Overtake(&Memory.Header->WritersSleptFor, seen);
        bool inTime = Writers.Wait(ref condition, timeoutMilliseconds, cancellation);
        ThrowIfDisposed();
        _self.Record->WaitsFor = 0;
        return inTime;
    }

    /// <summary>Waits until any of the requests of <see cref="Replies"/> is over, or another one came.</summary>
    public void WaitForReplies(ReplyListener listener)
    {
        using WaitCount.Entered entered = BeginWait();
        var condition = new AnyReplyThere(listener);
        _own.Wait(ref condition, -1, CancellationToken.None);
    }

    /// <summary>Whether a request is over, one way or the other; begins to watch whom it waits for.</summary>
    public bool IsOver(in PendingRequest request)
    {
        SlotWord word = _ring.ReadWord(request.Index);
        if (!SlotProtocol.IsOf(ref _ring, request.Index, word) || IsDisposed)
        {
            return true;
        }

        switch (word.State)
        {
            case SlotState.Leased:
                WatchFor(word.Owner);
                return false;
            case SlotState.Committed:
                return !WatchServers();
            default:
                return true;
        }
    }

    private void WatchFor(int owner)
    {
        if (owner != _self.Number)
        {
            _self.Record->WaitsFor = owner + 1;
            Watchers.Watch(owner);
        }
    }

    private bool WatchServers()
    {
        bool isAny = false;
        for (int place = 0; place < ChannelHeader.ConstructionPlace; place++)
        {
            if (IsServer(place))
            {
                isAny = true;
                if (place != _self.Number)
                {
                    Watchers.Watch(place);
                }
            }
        }

        return isAny;
    }

    /// <summary>A client's: its request is over. Others of the same client wait at the same gate for theirs; each has its own watchers.</summary>
    private struct ReplyThere(RequestRing ring, PendingRequest request) : ICondition
    {
        private SeenWord _state, _lap;

        /// <summary>
        /// All of the request's slot: the gate may have been opened for this one since it looked, and closed by another one, who waits for another reply.
        /// </summary>
        public readonly SeenWords SeenNotMet => new(_state, _lap);

        public readonly bool MayBeMet()
        {
            SlotWord word = ring._ring.ReadWord(request.Index);
            return word.State is not (SlotState.Committed or SlotState.Leased) || ring.IsDisposed;
        }

        public bool IsMet()
        {
            // Before the look, so that it is not a later one.
            SlotWord word = ring._ring.ReadWord(request.Index);
            _state = ring._ring.Memory.SeenWordOf(request.Index, word);
            _lap = ring._ring.Memory.SeenLapOf(request.Index, word);
            if (ring.IsOver(in request))
            {
                return true;
            }

            if (ring.Replies.MayHaveMissedTheBell())
            {
                // SYNC POINT with the listener, who waits for any number of replies and cannot have the kernel compare them: closed first, then looked for it.
                ring.RingOwn();
            }

            return false;
        }
    }

    private readonly struct AnyReplyThere(ReplyListener listener) : ICondition
    {
        /// <summary>As above; and this process rings for itself.</summary>
        public SeenWords SeenNotMet => default;

        public bool MayBeMet() => false;

        public bool IsMet() => listener.IsAnyOver();
    }

    /// <summary>A server's: a request is there.</summary>
    private struct RequestThere(RequestRing ring) : ICondition
    {
        private SeenWord _next;

        /// <summary>The slot of the next claim, or of one whose claimant is watched.</summary>
        public readonly SeenWords SeenNotMet => new(_next);

        public readonly bool MayBeMet() => SlotProtocol.Look(ref ring._ring, ring._nextToTake, out _, out _) == SlotResult.Done || ring.IsDisposed;

        public bool IsMet()
        {
            SlotResult result = SlotProtocol.Look(ref ring._ring, ring._nextToTake, out long index, out SlotWord word);
            _next = ring._ring.Memory.SeenWordOf(index, word);
            if (result == SlotResult.Blocked)
            {
                ring.WatchFor(word.Owner);
            }

            if (ring.MustWatchAll)
            {
                ring.WatchAll(ring._self.Number);
            }

            return result == SlotResult.Done || ring.IsDisposed;
        }
    }

    private struct SpaceFreed(RequestRing ring, long seen) : ICondition
    {
        private SeenWord _oldest;

        /// <summary>The oldest slot; who has it is watched, and may hand it on.</summary>
        public readonly SeenWords SeenNotMet => new(_oldest);

        public readonly bool MayBeMet() => IsFreed() || ring.IsDisposed;

        public bool IsMet()
        {
            // The word before the look, so that it is not a later one: the slot is that of the mark, if that has not moved.
            SlotWord word = ring._ring.ReadWord(seen);
            _oldest = ring._ring.Memory.SeenWordOf(seen, word);
            if (IsFreed() || ring.IsDisposed)
            {
                return true;
            }

            if (word.State != SlotState.Free)
            {
                ring.WatchFor(word.Owner);
            }

            return false;
        }

        private readonly bool IsFreed() => SlotProtocol.AdvanceFreed(ref ring._ring, ring._ring.ReadFreed() + ring._ring.Slots) != seen;
    }
}
