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
internal sealed unsafe partial class RequestRing : ChannelObject
{
    private const int FirstClientsBell = 16;

    /// <summary>In place of a reply's length: the server died, or gave the request up.</summary>
    private const int NoReply = -1;

    private readonly Participant _self;
    private readonly Doorbell _own;
    private readonly Doorbell?[] _clients = new Doorbell?[ChannelHeader.MaximumParticipants];
    private readonly AsyncWaiter _requests;
    private KeptRing<RequestKeeper> _ring;
    private long _nextToClaim, _nextToTake;
    private ulong _tail;

    public RequestRing(ChannelMemory memory)
        : base(memory, typeof(RequestReply))
    {
        _ring = new KeptRing<RequestKeeper>(new RingMemory(memory.Base, memory.Layout), new RequestKeeper(memory.Participants));
        _requests = new AsyncWaiter(_ => WaitForRequest(-1, CancellationToken.None), Type);
        _self = Participant.Take(memory);
        _own = memory.OpenDoorbell(&_self.Record->Gate, FirstClientsBell + _self.Number);
        Replies = new ReplyListener(this);
        try
        {
            // Before anything of this object's can be in the ring: what is there under this place's number was the last holder's.
            Recover(_self.Number);
            RecoverDead();
        }
        catch
        {
            _self.Dispose();
            throw;
        }

        _nextToTake = _nextToClaim = _ring.ReadFreed();
        MaximumLength = (int)Math.Min(memory.Layout.DataLength / 2, Math.Min((long)SlotWord.MaximumUnits * ChannelLayout.Unit, int.MaxValue) / 2);
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
        uint units = RingMemory.UnitsOf(requestLength) + RingMemory.UnitsOf(replyLength);
        if (SlotProtocol.TryClaim(ref _ring, _self.Number, units, ref _nextToClaim, ref _tail, out long index, out ulong start) != SlotResult.Done)
        {
            if (IsTimeToProbe())
            {
                ProbeOldest();
            }

            pending = default;
            return false;
        }

        _self.Record->Roles |= ParticipantRoles.Writer;
        pending = new PendingRequest(this, index, _ring.Memory.DataAt(start), requestLength, replyLength);
        return true;
    }

    /// <param name="request">To be sent.</param>
    /// <param name="length">Bytes of it; no more than were claimed.</param>
    public void Send(in PendingRequest request, int length)
    {
        SlotWord word = Own(request.Index, SlotState.Claimed);
        if (word == default)
        {
            throw new InvalidOperationException("The request was sent or given up already.");
        }

        Slot* slot = _ring.Memory.SlotOf(request.Index);
        slot->Length = length;
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
        bool isOurs = SlotProtocol.IsOf(ref _ring, request.Index, word) && word.Owner == _self.Number;
        if (isOurs && word.State == SlotState.Answered)
        {
            int length = _ring.Memory.SlotOf(request.Index)->Second;
            reply = new Reply(this, request.Index, request.Bytes + (RingMemory.UnitsOf(request.RequestLength) * (long)ChannelLayout.Unit), Math.Min(length, request.ReplyLength));
            return true;
        }

        reply = default;
        return false;
    }

    /// <summary>The reply of a request for which the wait seems to be over. False: it is not, for a server has come and taken it.</summary>
    /// <exception cref="RequestAbandonedException">There is none and will be none.</exception>
    public bool TryFinish(in PendingRequest request, out Reply reply)
    {
        if (TryGetReply(in request, out reply))
        {
            if (reply.Length >= 0)
            {
                return true;
            }

            GiveUp(in request);
        }
        else if (!TryWithdraw(in request))
        {
            return false;
        }

        throw new RequestAbandonedException(Memory.Target.ToString());
    }

    /// <summary>The client does not want the answer any more.</summary>
    public void GiveUp(in PendingRequest request)
    {
        if (IsDisposed)
        {
            return;
        }

        Slot* slot = _ring.Memory.SlotOf(request.Index);
        uint lap = SlotProtocol.LapOf(ref _ring, request.Index);
        var tag = new RequestTag(_self.Number, _self.Incarnation);
        while (true)
        {
            SlotWord word = _ring.ReadWord(request.Index);
            bool isOurs = word.LapsAheadOf(lap) == 0 && word.Owner == _self.Number && word.State is SlotState.Claimed or SlotState.Committed or SlotState.Answered;
            if (isOurs && TryAbandon(request.Index, word))
            {
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

    /// <summary>Gives up a request that nobody serves. False: a server has it, or had it.</summary>
    private bool TryWithdraw(in PendingRequest request)
    {
        SlotWord word = _ring.ReadWord(request.Index);
        bool isThere = SlotProtocol.IsOf(ref _ring, request.Index, word);
        if (isThere && word.State == SlotState.Committed)
        {
            // SYNC POINT with a server that came since it was looked for one: either gets the request.
            return TryAbandon(request.Index, word);
        }

        return !isThere || !(word.State == SlotState.Leased || (word.State == SlotState.Answered && word.Owner == _self.Number));
    }

    /// <summary>The slot becomes nobody's, if it is still so.</summary>
    private bool TryAbandon(long index, SlotWord word)
    {
        if (!_ring.TryChangeWord(index, word, word.With(SlotState.Abandoned)))
        {
            return false;
        }

        Announce(Writers);
        Announce(Readers);
        return true;
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

        Slot* slot = _ring.Memory.SlotOf(index);
        int length = slot->Length, replyLength = slot->Second;
        ulong offset = _ring.Memory.OffsetOf(_ring.ReadBegin(index), word.Units);
        if (length < 0 || replyLength < 0 || !_ring.Memory.Holds(offset, word.Units) || RingMemory.UnitsOf(length) + RingMemory.UnitsOf(replyLength) > word.Units)
        {
            Answer(index, NoReply);
            throw new ChannelCorruptedException($"A request of {length} bytes with a reply of {replyLength} does not lie in {Memory.Target}; it was given up.");
        }

        // Its room is the last of the space, so that where it is does not depend on how much of the request's room was used.
        byte* reply = _ring.Memory.DataAt(offset + word.Units - RingMemory.UnitsOf(replyLength));
        request = new Request(this, index, _ring.Memory.DataAt(offset), length, reply, replyLength);
        return true;
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

    private bool IsServer(int place) => Memory.Participants[place] is { Process: not 0 } record && (record.Roles & ParticipantRoles.Reader) != 0;

    private SlotWord Own(long index, SlotState state)
    {
        ThrowIfDisposed();
        return SlotProtocol.Held(ref _ring, index, state, _self.Number);
    }

    private void Answer(long index, int length)
    {
        Slot* slot = _ring.Memory.SlotOf(index);
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
}
