using Crossmap.Channels.Memory;

using Crossmap.Channels.Rings;
using Crossmap.Objects;

namespace Crossmap.Channels.Requests;

/// <summary>
/// Requests and their replies in one ring: the request's slot has room for both, and its word goes from the client to a server and back.
/// </summary>
/// <remarks>
/// Claimed by the client, committed, leased by a server, answered, freed by the client. Each client sleeps at the gate of its own record, and watches
/// the server that has its request; as long as none has it, all servers. What a dead server had is answered for it, with the word that it died.
/// </remarks>
internal sealed unsafe class RequestRing : ChannelObject
{
    private const int FirstClientsBell = 16;

    /// <summary>In place of a reply's length: the server died, or gave the request up.</summary>
    private const int NoReply = -1;

    private readonly byte* _data;
    private readonly Participant _self;
    private readonly Doorbell _own;
    private readonly Doorbell?[] _clients = new Doorbell?[ChannelHeader.MaximumParticipants];
    private readonly AsyncWaiter _requests;
    private RequestMemory _ring;
    private long _nextToClaim, _nextToTake;
    private ulong _tail;

    public RequestRing(ChannelMemory memory)
        : base(memory, typeof(RequestReply))
    {
        ChannelLayout layout = memory.Layout;
        _data = memory.Base + layout.DataOffset;
        _ring = new RequestMemory(new RingMemory(memory.Base, layout), memory.Participants);
        _requests = new AsyncWaiter(_ => WaitForRequest(-1, CancellationToken.None), Type);
        _self = Participant.Take(memory);
        _own = memory.OpenDoorbell(&_self.Record->Gate, FirstClientsBell + _self.Number);
        Replies = new ReplyListener(this);
        Recover(_self.Number);
        _nextToTake = _nextToClaim = _ring.ReadFreed();
        MaximumLength = (int)Math.Min(layout.DataLength / 2, Math.Min((long)SlotWord.MaximumUnits * ChannelLayout.Unit, int.MaxValue) / 2);
    }

    /// <summary>Bytes of the longest request, and of the longest reply.</summary>
    public int MaximumLength { get; }

    public ReplyListener Replies { get; }

    public long SpaceMark => _ring.ReadFreed();

    public bool HasServer
    {
        get
        {
            for (int place = 0; place < ChannelHeader.ConstructionPlace; place++)
            {
                if (IsServer(place) && Memory.Places.IsTaken(place))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>From now on this participant is one that clients may wait for.</summary>
    public void Serve()
    {
        ThrowIfDisposed();
        if ((_self.Record->Roles & ParticipantRoles.Reader) == 0)
        {
            _self.Record->Roles |= ParticipantRoles.Reader;

            // SYNC POINT with WatchServers: who sleeps already is to watch this one too.
            for (int place = 0; place < ChannelHeader.ConstructionPlace; place++)
            {
                if (Memory.Participants[place].Process != 0)
                {
                    Announce(BellOf(place));
                }
            }
        }
    }

    public bool TryClaim(int requestLength, int replyLength, out PendingRequest pending)
    {
        ThrowIfDisposed();
        long units = UnitsOf(requestLength) + UnitsOf(replyLength);
        if (SlotProtocol.TryClaim(ref _ring, _self.Number, (uint)units, ref _nextToClaim, ref _tail, out long index, out ulong start) != SlotResult.Done)
        {
            if (IsTimeToProbe())
            {
                ProbeOldest();
            }

            pending = default;
            return false;
        }

        _self.Record->Roles |= ParticipantRoles.Writer;
        byte* bytes = _data + ((start & (_ring.Capacity - 1)) * ChannelLayout.Unit);
        pending = new PendingRequest(this, index, bytes, requestLength, replyLength);
        return true;
    }

    public void Send(in PendingRequest request)
    {
        SlotWord word = Own(request.Index, SlotState.Claimed);
        if (word == default)
        {
            throw new InvalidOperationException("The request was sent or given up already.");
        }

        Slot* slot = _ring.SlotOf(request.Index);
        slot->Length = request.RequestLength;
        slot->Second = request.ReplyLength;
        slot->Tag = new RequestTag(_self.Number, _self.Incarnation).Value;
        _self.Record->Written++;

        // SYNC POINT with servers that sleep: armed, then the request, then the bell.
        nint armed = Readers.Arm();
        _ring.WriteWord(request.Index, word.With(SlotState.Committed));
        Announce(Readers, armed);
    }

    /// <summary>Whether there is an answer, or never will be one. The reply has a length below 0 for the latter.</summary>
    public bool TryGetReply(in PendingRequest request, out Reply reply)
    {
        SlotWord word = _ring.ReadWord(request.Index);
        bool isOurs = word.LapsAheadOf(SlotProtocol.LapOf(ref _ring, request.Index)) == 0 && word.Owner == _self.Number;
        if (isOurs && word.State == SlotState.Answered)
        {
            int length = _ring.SlotOf(request.Index)->Second;
            reply = new Reply(this, request.Index, request.Bytes + (UnitsOf(request.RequestLength) * ChannelLayout.Unit), Math.Min(length, request.ReplyLength));
            return true;
        }

        reply = default;
        return false;
    }

    /// <summary>Waits for the answer. False when the time passed first.</summary>
    /// <exception cref="RequestAbandonedException">There is no server, or the one that had the request died or gave it up.</exception>
    public bool WaitForReply(in PendingRequest request, long timeoutMilliseconds, CancellationToken cancellation, out Reply reply)
    {
        using WaitCount.Entered entered = BeginWait();
        var condition = new ReplyThere(this, request);
        bool inTime = _own.Wait(ref condition, timeoutMilliseconds, cancellation);
        ThrowIfDisposed();
        _self.Record->WaitsFor = 0;
        reply = inTime ? Checked(in request) : default;
        return inTime;
    }

    /// <summary>The reply of a request for which the wait is over.</summary>
    public Reply Checked(in PendingRequest request)
    {
        if (TryGetReply(in request, out Reply reply) && reply.Length >= 0)
        {
            return reply;
        }

        GiveUp(in request);
        throw new RequestAbandonedException(Memory.Target.ToString());
    }

    /// <summary>The client does not want the answer any more.</summary>
    public void GiveUp(in PendingRequest request)
    {
        if (IsDisposed)
        {
            return;
        }

        Slot* slot = _ring.SlotOf(request.Index);
        uint lap = SlotProtocol.LapOf(ref _ring, request.Index);
        var tag = new RequestTag(_self.Number, _self.Incarnation);
        while (true)
        {
            SlotWord word = _ring.ReadWord(request.Index);
            bool isOurs = word.LapsAheadOf(lap) == 0 && word.Owner == _self.Number && word.State is SlotState.Claimed or SlotState.Committed or SlotState.Answered;
            if (isOurs && _ring.TryChangeWord(request.Index, word, word.With(SlotState.Abandoned)))
            {
                Announce(Writers);
                Announce(Readers);
                return;
            }

            // A server has it: whoever needs the space when it is answered sees that nobody waits for it.
            if (!isOurs && (word.State != SlotState.Leased || word.LapsAheadOf(lap) != 0
                || Interlocked.CompareExchange(ref slot->Tag, RequestTag.GivenUp.Value, tag.Value) != tag.Value))
            {
                return;
            }

            // SYNC POINT with Answer: given up first, then looked again. Who sleeps for the space and was rung by the answer may have found it still wanted.
        }
    }

    /// <summary>The client has read the reply.</summary>
    public void Release(long index)
    {
        SlotWord word = Own(index, SlotState.Answered);
        if (word != default)
        {
            _self.Record->Read++;
            nint armed = Writers.Arm();
            _ring.WriteWord(index, word.Next());
            Announce(Writers, armed);
        }
    }

    public bool TryTake(out Request request)
    {
        ThrowIfDisposed();
        if (SlotProtocol.TryTake(ref _ring, _self.Number, ref _nextToTake, out long index, out SlotWord word) is var result and not SlotResult.Done)
        {
            if (result == SlotResult.Blocked && IsTimeToProbe())
            {
                TryRecover(word.Owner);
            }

            request = default;
            return false;
        }

        Slot* slot = _ring.SlotOf(index);
        int length = slot->Length, replyLength = slot->Second;
        ulong offset = _ring.ReadBegin(index).StartOf(word.Units, _ring.Capacity) & (_ring.Capacity - 1);
        if (length < 0 || replyLength < 0 || word.Units > _ring.Capacity - offset || UnitsOf(length) + UnitsOf(replyLength) > word.Units)
        {
            Answer(index, NoReply);
            throw new ChannelCorruptedException($"A request of {length} bytes with a reply of {replyLength} does not lie in {Memory.Target}; it was given up.");
        }

        request = new Request(this, index, _data + (offset * ChannelLayout.Unit), length, replyLength);
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

    public void RingOwn() => Announce(_own);

    /// <summary>Answers a request that this participant has. False: it has it no more.</summary>
    public bool TryAnswer(long index, int length)
    {
        ThrowIfDisposed();
        if (Own(index, SlotState.Leased) == default)
        {
            return false;
        }

        Answer(index, length);
        return true;
    }

    /// <summary>Gives a request up, if this participant has it.</summary>
    public void Refuse(long index)
    {
        if (!IsDisposed)
        {
            _ = TryAnswer(index, NoReply);
        }
    }

    /// <summary>Whether a request is over, one way or the other; begins to watch whom it waits for.</summary>
    public bool IsOver(in PendingRequest request)
    {
        SlotWord word = _ring.ReadWord(request.Index);
        if (word.LapsAheadOf(SlotProtocol.LapOf(ref _ring, request.Index)) != 0 || IsDisposed)
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

    protected override void Detach()
    {
        _requests.Dispose();
        Replies.Dispose();
    }

    /// <summary>The gate at which its threads slept lies in its record.</summary>
    protected override void Leave()
    {
        Recover(_self.Number);
        _self.Dispose();
        _own.Dispose();
        foreach (Doorbell? bell in _clients)
        {
            bell?.Dispose();
        }
    }

    protected override void RingAll()
    {
        base.RingAll();
        _own.Ring();
    }

    private static long UnitsOf(int length) => Math.Max(1, ((long)length + ChannelLayout.Unit - 1) / ChannelLayout.Unit);

    private bool IsServer(int place) => Memory.Participants[place] is { Process: not 0 } record && (record.Roles & ParticipantRoles.Reader) != 0;

    private SlotWord Own(long index, SlotState state)
    {
        ThrowIfDisposed();
        SlotWord word = _ring.ReadWord(index);
        return word.State == state && word.Owner == _self.Number && word.LapsAheadOf(SlotProtocol.LapOf(ref _ring, index)) == 0 ? word : default;
    }

    private void Answer(long index, int length)
    {
        Slot* slot = _ring.SlotOf(index);
        var asked = new RequestTag(Volatile.Read(ref slot->Tag));
        slot->Second = length;
        _self.Record->Written++;
        _ring.WriteWord(index, _ring.ReadWord(index).With(SlotState.Answered, asked.Place));

        // Armed too late to matter: the client watches this server while it has the request.
        Announce(BellOf(asked.Place));

        // SYNC POINT with those who sleep for space: they watched this server, and now the client has the slot, or nobody if it has given it up.
        Announce(Writers);
    }

    private Doorbell BellOf(int place) =>
        Volatile.Read(ref _clients[place]) ?? (_clients[place] = Memory.OpenDoorbell(&Memory.Participants[place].Gate, FirstClientsBell + place));

    private void Announce(Doorbell bell) => Announce(bell, bell.Arm());

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

    private void ProbeOldest()
    {
        SlotWord word = _ring.ReadWord(_ring.ReadFreed());
        if (word.State != SlotState.Free && word.Owner != _self.Number)
        {
            TryRecover(word.Owner);
        }
    }

    /// <summary>What a dead participant held as a client is nobody's; what it held as a server is answered for it.</summary>
    protected override void Recover(int place)
    {
        nint armed = Readers.Arm();
        SlotProtocol.Recover(ref _ring, place, claimsOnly: true);
        Readers.Ring();
        Readers.Disarm(armed);
        long first = _ring.ReadFreed();
        for (long index = first; index < first + _ring.Slots; index++)
        {
            SlotWord word = _ring.ReadWord(index);
            if (word.Owner != place || word.LapsAheadOf(SlotProtocol.LapOf(ref _ring, index)) != 0)
            {
                continue;
            }

            if (word.State is SlotState.Committed or SlotState.Answered)
            {
                _ring.TryChangeWord(index, word, word.With(SlotState.Abandoned));
            }
            else if (word.State == SlotState.Leased)
            {
                Slot* slot = _ring.SlotOf(index);
                var asked = new RequestTag(Volatile.Read(ref slot->Tag));
                slot->Second = NoReply;
                if (_ring.TryChangeWord(index, word, word.With(SlotState.Answered, asked.Place)))
                {
                    Announce(BellOf(asked.Place));
                }
            }
        }

        armed = Writers.Arm();
        Writers.Ring();
        Writers.Disarm(armed);
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
            _state = ring._ring.SeenWordOf(request.Index, word);
            _lap = ring._ring.SeenLapOf(request.Index, word);
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
            _next = ring._ring.SeenWordOf(index, word);
            if (result == SlotResult.Blocked)
            {
                ring.WatchFor(word.Owner);
            }

            if (ring.MustWatchAll)
            {
                for (int place = 0; place < ChannelHeader.ConstructionPlace; place++)
                {
                    if (ring.Memory.Participants[place].Process != 0 && place != ring._self.Number)
                    {
                        ring.Watchers.Watch(place);
                    }
                }
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
            _oldest = ring._ring.SeenWordOf(seen, word);
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
