using Crossmap.Channels.Memory;
using Crossmap.Channels.Rings;

namespace Crossmap.Channels.Queues;

/// <summary>A queue of any number of producers and consumers.</summary>
internal sealed unsafe partial class SlotQueue : QueueRing
{
    private readonly Participant _self;
    private RingMemory _ring;

    private SideHints _claims, _takes;

    public SlotQueue(ChannelMemory memory)
        : base(memory)
    {
        _ring = new RingMemory(memory.Base, memory.Layout);
        _self = Participant.Take(memory);
        try
        {
            // Before anything of this object's can be in the ring: what is there under this place's number was the last holder's.
            Recover(_self.Number);
            RecoverDead();
            _takes.Next = _ring.ReadFreed();
            _claims.Next = _takes.Next;
        }
        catch
        {
            _self.Dispose();
            throw;
        }
    }

    public override int MaximumLength => _ring.MaximumLength;

    public override long Count
    {
        get
        {
            long count = 0;
            long first = _ring.ReadFreed();
            for (long index = first; index < first + _ring.Slots; index++)
            {
                SlotWord word = _ring.ReadWord(index);
                int ahead = word.LapsAheadOf(SlotProtocol.LapOf(ref _ring, index));
                if (ahead < 0 || (ahead == 0 && word.State == SlotState.Free))
                {
                    break;
                }

                count += ahead == 0 && word.IsMessage ? 1 : 0;
            }

            return count;
        }
    }

    public override bool IsOver
    {
        get
        {
            // In this order: a claim that the scan does not find is later than the end, and its claimant gives it up.
            if (!IsCompleted)
            {
                return false;
            }

            long first = _ring.ReadFreed();
            for (long index = first; index < first + _ring.Slots; index++)
            {
                SlotWord word = _ring.ReadWord(index);
                int ahead = word.LapsAheadOf(SlotProtocol.LapOf(ref _ring, index));
                if (ahead < 0 || (ahead == 0 && word.State == SlotState.Free))
                {
                    break;
                }

                if (ahead == 0 && (word.IsMessage || MayBecomeMessage(word)))
                {
                    return false;
                }
            }

            return true;
        }
    }

    public override long SpaceMark => _ring.ReadFreed();

    public override bool IsEmpty
    {
        get
        {
            long freed = SlotProtocol.AdvanceFreed(ref _ring, _ring.ReadFreed() + _ring.Slots);
            return _ring.ReadWord(freed) is { State: SlotState.Free } word && word.LapsAheadOf(SlotProtocol.LapOf(ref _ring, freed)) == 0;
        }
    }

    public override byte* Claim(int length, out long index)
    {
        SlotResult result = SlotProtocol.TryClaim(ref _ring, _self.Number, RingMemory.UnitsOf(length), ref _claims.Next, ref _claims.Tail, out index, out ulong start);
        if (result != SlotResult.Done)
        {
            _claims.Lag.Wait(_self.Record->Written);
            if (IsTimeToProbe(ref _claims.Polls))
            {
                ProbeOldest();
            }

            return null;
        }

        if (IsCompleted)
        {
            // SYNC POINT with IsOver: claimed first, then asked.
            Abandon(index);
            return null;
        }

        return _ring.DataAt(start);
    }

    public override void Commit(long index, int length)
    {
        SlotWord word = Held(index, SlotState.Claimed);
        if (word == default)
        {
            throw new InvalidOperationException("The message was committed or given up already.");
        }

        Slot* slot = _ring.SlotOf(index);
        slot->Length = length;
        _self.Record->Written++;

        // SYNC POINT with the sleeping consumers: armed, then the message, then the bell.
        nint armed = Readers.Arm();
        _ring.WriteWord(index, word.With(SlotState.Committed));
        Announce(Readers, armed);
    }

    public override void Abandon(long index)
    {
        SlotWord word = Held(index, SlotState.Claimed);
        if (word != default)
        {
            nint armed = Readers.Arm();
            _ring.WriteWord(index, word.With(SlotState.Abandoned));
            Announce(Readers, armed);
            Announce(Writers, Writers.Arm());
        }
    }

    public override byte* Take(out long index, out int length, out bool isRedelivered)
    {
        int recoveries = Volatile.Read(ref Memory.Header->Recoveries);
        if (recoveries != _takes.RecoveriesSeen)
        {
            // Something that was passed as taken may be a message again.
            _takes.RecoveriesSeen = recoveries;
            _takes.Next = _ring.ReadFreed();
        }

        SlotResult result = SlotProtocol.TryTake(ref _ring, _self.Number, ref _takes.Next, out index, out SlotWord word);
        isRedelivered = word.State == SlotState.LeasedAgain;
        if (result != SlotResult.Done)
        {
            _takes.Lag.Wait(_self.Record->Read);
            if (IsTimeToProbe(ref _takes.Polls))
            {
                // Whoever made something a message again may have died before he counted that.
                RecoverDead();
                _takes.Next = _ring.ReadFreed();
            }

            length = 0;
            return null;
        }

        SlotBegin begin = _ring.ReadBegin(index);
        length = _ring.SlotOf(index)->Length;
        ulong offset = _ring.OffsetOf(begin, word.Units);
        if (!_ring.Holds(offset, word.Units) || (uint)length > (ulong)word.Units * ChannelLayout.Unit)
        {
            _ring.WriteWord(index, word.Next());
            throw new ChannelCorruptedException($"A message of {length} bytes in {word.Units} units at {offset} does not lie in {Memory.Target}; it was dropped.");
        }

        return _ring.DataAt(offset);
    }

    public override void Release(long index, int length, bool isRedelivered)
    {
        SlotWord word = Held(index, isRedelivered ? SlotState.LeasedAgain : SlotState.Leased);
        if (word != default)
        {
            _self.Record->Read++;

            // SYNC POINT with producers that sleep for space.
            nint armed = Writers.Arm();
            _ring.WriteWord(index, word.Next());
            Announce(Writers, armed);
        }
    }

    protected override bool WaitForMessage(long timeoutMilliseconds, CancellationToken cancellation)
    {
        _self.Record->Roles |= ParticipantRoles.Reader;
        var condition = new MessageThere(this);
        bool inTime = Readers.Wait(ref condition, timeoutMilliseconds, cancellation);
        _self.Record->WaitsFor = 0;

        // What this object passed as taken may be a message again.
        _takes.Next = _ring.ReadFreed();
        return inTime;
    }

    protected override bool WaitForSpace(long seen, long timeoutMilliseconds, CancellationToken cancellation)
    {
        _self.Record->Roles |= ParticipantRoles.Writer;
        var condition = new SpaceFreed(this, seen);
        Writers.Overtake(&Memory.Header->WritersSleptFor, seen);
        bool inTime = Writers.Wait(ref condition, timeoutMilliseconds, cancellation);
        _self.Record->WaitsFor = 0;
        return inTime;
    }

    protected override void Detach()
    {
        base.Detach();
        Recover(_self.Number);
        _self.Dispose();
    }

    protected override void Recover(int place)
    {
        nint armed = Readers.Arm();
        int changed = SlotProtocol.Recover(ref _ring, place);
        if (changed > 0)
        {
            Interlocked.Increment(ref Memory.Header->Recoveries);
        }

        Readers.Ring();
        Readers.Disarm(armed);

        // An abandoned claim is space that a producer may wait for.
        Wake(Writers);
    }

    /// <summary>Whether somebody holds what this object may get yet. What it has taken itself is nothing to wait for.</summary>
    private bool MayBecomeMessage(SlotWord word) => word.IsHeld && (word.State == SlotState.Claimed || word.Owner != _self.Number);

    /// <summary>The word of a slot that this object holds so; nothing if it does not any more.</summary>
    private SlotWord Held(long index, SlotState state)
    {
        ThrowIfDisposed();
        return SlotProtocol.Held(ref _ring, index, state, _self.Number);
    }

    /// <summary>Finishes for all who are dead and hold something.</summary>
    private void RecoverDead()
    {
        Span<bool> seen = stackalloc bool[SlotWord.MaximumOwners];
        long first = SlotProtocol.AdvanceFreed(ref _ring, _ring.ReadFreed() + _ring.Slots);
        for (long index = first; index < first + _ring.Slots; index++)
        {
            SlotWord word = _ring.ReadWord(index);
            int ahead = word.LapsAheadOf(SlotProtocol.LapOf(ref _ring, index));
            if (ahead < 0 || (ahead == 0 && word.State == SlotState.Free))
            {
                break;
            }

            if (ahead == 0 && word.IsHeld && word.Owner != _self.Number)
            {
                TryRecoverOnce(word.Owner, seen);
            }
        }
    }

    private void ProbeOldest()
    {
        SlotWord word = _ring.ReadWord(_ring.ReadFreed());
        if (word.IsHeld && word.Owner != _self.Number)
        {
            TryRecover(word.Owner);
        }
    }

    private void WatchFor(int owner)
    {
        if (owner != _self.Number)
        {
            Watchers.Watch(owner);
        }
    }
}
