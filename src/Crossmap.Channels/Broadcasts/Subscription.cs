using Crossmap.Channels.Memory;
using Crossmap.Channels.Rings;
using Crossmap.Objects;

namespace Crossmap.Channels.Broadcasts;

/// <summary>What a <see cref="Subscriber"/> is made of: a place of the channel with a cursor, which it alone writes and publishers look at.</summary>
internal sealed unsafe class Subscription : IDisposable
{
    /// <summary>Turns of a loop, in each of which somebody else was faster. More than ever happen; a neighbour who scribbles makes them.</summary>
    private const int MostTurns = 1 << 10;

    private readonly BroadcastRing _channel;
    private readonly Participant _self;
    private WaitCount _waits = new(typeof(Subscriber));
    private readonly AsyncWaiter _readable;

    /// <summary>By slot: messages from the cursor on that are done with, while an older one is not. Made when it first comes to that.</summary>
    private ulong[]? _done;

    /// <summary>Of the next message to be handed out, and of the oldest that is not done with.</summary>
    private long _next, _position;

    /// <summary>Slots before the next message that were abandoned, since the ring was made: only where it can be overrun.</summary>
    private long _abandoned;

    public Subscription(BroadcastRing channel, Participant self, bool fromOldest)
    {
        _channel = channel;
        _self = self;
        _readable = new AsyncWaiter(_ => WaitReadable(-1, CancellationToken.None), typeof(Subscriber));

        // SYNC POINT with BroadcastKeeper.TryFree: first the cursor is there for all to see, at what may be free already; then this looks what is
        // free or about to be freed. From there on nothing is freed that is not behind the cursor.
        MoveTo(_channel.Ring.ReadFreed());
        _channel.Subscribers.Show(self, ParticipantRoles.Reader);
        Begin(fromOldest);
        MoveTo(_next);
        _channel.AnnounceSpace();

        // SYNC POINT with EnoughSubscribers, who sleep there.
        _channel.WakeReaders();
    }

    /// <summary>Messages that were written over before they were handed out.</summary>
    public long Missed { get; private set; }

    public bool IsCompleted => _channel.IsCompleted;

    private ref KeptRing<BroadcastKeeper> Ring => ref _channel.Ring;

    public void ThrowIfDisposed() => _waits.ThrowIfClosed();

    /// <summary>Hands out the next message. False: there is none now.</summary>
    public bool TryTake(out BroadcastMessage message)
    {
        ThrowIfDisposed();
        for (int turn = 0, abandoned = 0; turn < MostTurns && abandoned <= Ring.Slots;)
        {
            SlotWord word = Ring.ReadWord(_next);
            if (!_channel.IsOf(_next, word))
            {
                if (!IsBehind(_next, word))
                {
                    message = default;
                    return false;
                }

                Overtake(turn++);
                continue;
            }

            switch (word.State)
            {
                case SlotState.Abandoned:
                    abandoned++;
                    _abandoned++;
                    Finish(_next++);
                    continue;

                case SlotState.Free:
                    message = default;
                    return false;

                case SlotState.Claimed:
                    _channel.Probe(word.Owner);
                    message = default;
                    return false;
            }

            long index = _next;
            byte* bytes;
            int length;
            try
            {
                if (!_channel.TryLocate(index, word, out bytes, out length))
                {
                    turn++;
                    continue;
                }
            }
            catch (ChannelCorruptedException)
            {
                // The next one may be sound.
                Finish(_next++);
                throw;
            }

            _next++;
            message = new BroadcastMessage(this, index, bytes, length);
            return true;
        }

        throw Corrupt();
    }

    public bool IsIntact(long index)
    {
        // SYNC POINT with who writes over it: the slot is freed before its space is used, and what was read of it was read before this.
        Volatile.ReadBarrier();
        return !_waits.IsClosed && _channel.IsOf(index, Ring.ReadWord(index)) && (_channel.IsOverrun || IsHeld(index));
    }

    /// <summary>A message that was handed out is done with. Returns whether it was intact to the end; false also if it was done with before.</summary>
    public bool Release(long index)
    {
        bool isIntact = IsIntact(index);
        if (!_waits.IsClosed && IsHeld(index))
        {
            _self.Record->Read++;
            Finish(index);
            return isIntact;
        }

        return false;
    }

    /// <summary>Waits until a try is worth it. False: nothing more will ever come.</summary>
    /// <exception cref="TimeoutException">The time passed.</exception>
    public bool WaitReadable(long timeoutMilliseconds, CancellationToken cancellation)
    {
        using WaitCount.Entered entered = _waits.Enter();
        var condition = new MessageThere(this);
        if (!_channel.WaitForMessage(ref condition, timeoutMilliseconds, cancellation))
        {
            throw new TimeoutException($"No message came through {_channel.Memory.Target} in {timeoutMilliseconds} ms.");
        }

        ThrowIfDisposed();
        return !IsCompleted || Look() != SlotResult.Nothing;
    }

    public Task<bool> WaitReadableAsync(CancellationToken cancellation) => _readable.WaitAsync(0, cancellation);

    public void Dispose()
    {
        if (_waits.TryClose())
        {
            _readable.Dispose();
            _waits.Drain(_channel.WakeReaders);
            _channel.Remove(this, _self);
        }
    }

    private static ChannelCorruptedException Corrupt() => new("The ring leads nowhere: somebody wrote over it.");

    /// <summary>Finds where to begin. The cursor is there for all to see.</summary>
    private void Begin(bool fromOldest)
    {
        for (int turn = 0; turn < MostTurns; turn++)
        {
            _next = Oldest(MarginAfter(turn), out _abandoned);
            if (fromOldest || TryPass())
            {
                return;
            }
        }

        throw Corrupt();
    }

    /// <summary>On to the first message that nobody could have read yet. False: what was there is overrun.</summary>
    private bool TryPass()
    {
        for (long end = _next + Ring.Slots; _next < end; _next++)
        {
            SlotWord word = Ring.ReadWord(_next);
            if (!_channel.IsOf(_next, word))
            {
                return !IsBehind(_next, word);
            }

            if (word.State is SlotState.Free or SlotState.Claimed)
            {
                return true;
            }

            _abandoned += word.State == SlotState.Abandoned ? 1 : 0;
        }

        return true;
    }

    /// <summary>The first slot that is neither free already nor about to be, and how many before it were abandoned.</summary>
    /// <param name="margin">So many further, where they are: the oldest one is the next to be written over, and publishers may be faster.</param>
    /// <param name="abandoned">Where the ring can be overrun.</param>
    private long Oldest(int margin, out long abandoned)
    {
        for (int turn = 0; turn < MostTurns; turn++)
        {
            abandoned = 0;
            bool isKnown = false;
            int left = margin;
            long index = Ring.ReadFreed();
            for (long end = index + (2L * Ring.Slots); index < end; index++)
            {
                SlotWord word = Ring.ReadWord(index);
                bool isOf = _channel.IsOf(index, word);
                if (isOf ? !_channel.IsOverrun && word.State == SlotState.Leased : IsBehind(index, word))
                {
                    // What it was is not known any more; but the next one's count is.
                    isKnown = false;
                    left = margin;
                    continue;
                }

                if (!_channel.IsOverrun)
                {
                    return index;
                }

                if (!isKnown && !BroadcastKeeper.TryReadAbandoned(Ring.Memory, index, out abandoned))
                {
                    break;
                }

                isKnown = true;
                if (!isOf || left-- == 0 || word.State is SlotState.Free or SlotState.Claimed)
                {
                    return index;
                }

                abandoned += word.State == SlotState.Abandoned ? 1 : 0;
            }
        }

        throw Corrupt();
    }

    /// <summary>Whether the ring has gone on beyond that slot: also by so many laps that its word looks like an older one's.</summary>
    private bool IsBehind(long index, SlotWord word) => word.LapsAheadOf(SlotProtocol.LapOf(ref Ring, index)) > 0 || index < Ring.ReadFreed();

    /// <summary>How far beyond the oldest message to begin, when the oldest was written over so often before it could be had.</summary>
    private int MarginAfter(int failures) => failures == 0 ? 0 : Ring.Slots >> Math.Max(1, 5 - failures);

    /// <summary>The next message's slot has been used again. Goes on with the oldest that can be had.</summary>
    private void Overtake(int failures)
    {
        long oldest = Math.Max(Oldest(MarginAfter(failures), out long abandoned), _next + 1);
        if (_channel.IsOverrun)
        {
            long missed = Math.Max(0, Math.Min(oldest - _next - (abandoned - _abandoned), oldest - _next));
            Missed += missed;
            _self.Record->Lost += missed;
            _abandoned = abandoned;
        }

        // Where publishers wait for this cursor, all of that were abandoned.
        _next = oldest;
        _done?.AsSpan().Clear();
        MoveTo(oldest);
        _channel.AnnounceSpace();
    }

    private bool IsHeld(long index) => index >= _position && index < _next && !IsDone(index);

    private bool IsDone(long index) => _done is not null && (_done[WordOf(index)] & BitOf(index)) != 0;

    private long WordOf(long index) => (index & (Ring.Slots - 1)) >> 6;

    private ulong BitOf(long index) => 1UL << (int)(index & (Ring.Slots - 1));

    /// <summary>That one is done with. The cursor moves on if it was the oldest.</summary>
    private void Finish(long index)
    {
        if (index != _position)
        {
            _done ??= new ulong[(Ring.Slots + 63) / 64];
            _done[WordOf(index)] |= BitOf(index);
            return;
        }

        while (++index < _next && IsDone(index))
        {
            _done![WordOf(index)] &= ~BitOf(index);
        }

        MoveTo(index);
        _channel.AnnounceSpace();
    }

    private void MoveTo(long index)
    {
        _position = index;

        // SYNC POINT with publishers: whatever was read of the messages before was read before this.
        Volatile.Write(ref _self.Record->Position, index);
    }

    /// <summary>Whether a take would find a message, or a claim that blocks, or nothing.</summary>
    private SlotResult Look() => Look(out _, out _);

    private SlotResult Look(out long index, out SlotWord word)
    {
        word = default;
        for (index = _next; index - _next <= Ring.Slots; index++)
        {
            word = Ring.ReadWord(index);
            if (!_channel.IsOf(index, word))
            {
                return IsBehind(index, word) ? SlotResult.Done : SlotResult.Nothing;
            }

            if (word.State != SlotState.Abandoned)
            {
                return word.State switch { SlotState.Free => SlotResult.Nothing, SlotState.Claimed => SlotResult.Blocked, _ => SlotResult.Done };
            }
        }

        return SlotResult.Done;
    }

    /// <summary>The subscriber's next message is there, or none will be. Publishers are watched.</summary>
    internal struct MessageThere(Subscription subscription) : ICondition
    {
        private SeenWord _state, _lap, _end;

        /// <summary>
        /// All of the next slot, and the end. Subscribers wait for different messages: the gate may have been opened for this one since he looked, and
        /// closed by another one.
        /// </summary>
        public readonly SeenWords SeenNotMet => new(_state, _lap, _end);

        public readonly bool MayBeMet() => IsMet(out _, out _);

        public bool IsMet()
        {
            _end = subscription._channel.SeenEnd;

            // What publishers did before they are watched is there to be seen then.
            if (MayBeMet())
            {
                return true;
            }

            subscription._channel.WatchPublishers();
            bool isMet = IsMet(out long index, out SlotWord word);
            if (!isMet && word.State == SlotState.Claimed)
            {
                // Perhaps its claimant is dead, and his place another's, who has not come to recover it yet.
                subscription._channel.WatchOwner(word.Owner);
                isMet = IsMet(out index, out word);
            }

            _state = subscription.Ring.Memory.SeenWordOf(index, word);
            _lap = subscription.Ring.Memory.SeenLapOf(index, word);
            return isMet;
        }

        private readonly bool IsMet(out long index, out SlotWord word)
        {
            // In this order: what is claimed after the end is given up.
            bool isComplete = subscription.IsCompleted;
            SlotResult result = subscription.Look(out index, out word);
            return result == SlotResult.Done || subscription._waits.IsClosed || (isComplete && result == SlotResult.Nothing);
        }
    }
}
