using Crossmap.Channels.Memory;
using Crossmap.Channels.Rings;
using Crossmap.Objects;

namespace Crossmap.Channels.Broadcasts;

/// <summary>What a <see cref="Broadcast"/> is made of: a ring in shared memory that everybody who subscribes reads through.</summary>
/// <remarks>
/// Nothing is armed here: sleeping subscribers wait each for a message of its own, so that the one whom the kernel would wake for a dead publisher may
/// be one who has read the message already. They watch all publishers instead, and publishers who sleep watch whoever holds the oldest slot.
/// </remarks>
internal sealed unsafe partial class BroadcastRing : ChannelRing
{
    private readonly Lock _attaching = new();
    private readonly List<Subscription> _subscriptions = [];
    private KeptRing<BroadcastKeeper> _ring;
    private Participant? _publisher;

    // Only hints where to begin: threads that share this object may write them over one another.
    private long _nextToClaim;
    private ulong _tail;

    public BroadcastRing(ChannelMemory memory)
        : base(memory, typeof(Broadcast))
    {
        IsOverrun = (memory.Layout.Flags & ChannelFlags.Overrun) != 0;
        Subscribers = new Subscribers(memory);
        _ring = new KeptRing<BroadcastKeeper>(new RingMemory(memory.Base, memory.Layout), new BroadcastKeeper(IsOverrun ? null : Subscribers));
    }

    public override int MaximumLength => _ring.Memory.MaximumLength;

    public override long SpaceMark => _ring.ReadFreed();

    /// <summary>Whether publishers do not wait for subscribers.</summary>
    public bool IsOverrun { get; }

    public Subscribers Subscribers { get; }

    public ref KeptRing<BroadcastKeeper> Ring => ref _ring;

    /// <summary>Subscribers that live.</summary>
    public int SubscriberCount
    {
        get
        {
            using WaitCount.Entered entered = BeginWait();
            return Subscribers.CountAlive();
        }
    }

    public override byte* Claim(int length, out long index)
    {
        Participant publisher = _publisher ?? AttachPublisher();
        SlotResult result = SlotProtocol.TryClaim(ref _ring, publisher.Number, RingMemory.UnitsOf(length), ref _nextToClaim, ref _tail, out index, out ulong start);

        // Another publisher may have seen a slot that this one was about to free, and sleep.
        Announce(Writers);
        if (result != SlotResult.Done)
        {
            if (IsTimeToProbe())
            {
                ProbeOldest();
            }

            return null;
        }

        if (IsCompleted)
        {
            // SYNC POINT with Subscription.MessageThere: claimed first, then asked.
            Abandon(index);
            return null;
        }

        return _ring.Memory.DataAt(start);
    }

    public override void Commit(long index, int length)
    {
        SlotWord word = Held(index);
        if (word == default)
        {
            throw new InvalidOperationException("The message was committed or given up already.");
        }

        _ring.Memory.SlotOf(index)->Length = length;
        _publisher!.Record->Written++;
        End(index, word.With(SlotState.Committed));
    }

    public override void Abandon(long index)
    {
        SlotWord word = Held(index);
        if (word != default)
        {
            End(index, word.With(SlotState.Abandoned));
        }
    }

    public Subscription Subscribe(SubscribeOptions options)
    {
        using WaitCount.Entered entered = BeginWait();
        Participant participant = Participant.Take(Memory);
        try
        {
            // Before anything else: what its last holder left under this number.
            Recover(participant.Number);
            var subscription = new Subscription(this, participant, (options & SubscribeOptions.FromOldest) != 0);
            lock (_subscriptions)
            {
                _subscriptions.Add(subscription);
            }

            if (IsDisposed)
            {
                // SYNC POINT with Detach: added, then asked.
                subscription.Dispose();
                ThrowIfDisposed();
            }

            return subscription;
        }
        catch (Exception e) when (e is not ObjectDisposedException)
        {
            Leave(participant);
            throw;
        }
    }

    /// <summary>Waits until so many subscribers are there. False: the channel is complete.</summary>
    /// <exception cref="TimeoutException">The time passed.</exception>
    public bool WaitForSubscribers(int count, long timeoutMilliseconds, CancellationToken cancellation)
    {
        using WaitCount.Entered entered = BeginWait();

        // Where subscribers sleep, whose conditions differ too. Not where publishers do: they rely on it that whom the bell wakes there wakes the others.
        var condition = new EnoughSubscribers(this, count);
        if (!Readers.Wait(ref condition, timeoutMilliseconds, cancellation))
        {
            throw new TimeoutException($"{Memory.Target} did not get {count} subscribers in {timeoutMilliseconds} ms.");
        }

        ThrowIfDisposed();
        return Subscribers.CountAlive() >= count || !IsCompleted;
    }

    /// <summary>Of a subscriber of this object that is done.</summary>
    public void Remove(Subscription subscription, Participant participant)
    {
        lock (_subscriptions)
        {
            _subscriptions.Remove(subscription);
        }

        Leave(participant);
    }

    /// <summary>The bytes of a message that has this word. False: it is not there any more.</summary>
    /// <exception cref="ChannelCorruptedException">It lies outside the channel's data.</exception>
    public bool TryLocate(long index, SlotWord word, out byte* bytes, out int length)
    {
        SlotBegin begin = _ring.ReadBegin(index);
        length = Volatile.Read(ref _ring.Memory.SlotOf(index)->Length);
        ulong offset = _ring.Memory.OffsetOf(begin, word.Units);
        bytes = _ring.Memory.DataAt(offset);
        Volatile.ReadBarrier();
        if (!IsOf(index, _ring.ReadWord(index)))
        {
            return false;
        }

        return _ring.Memory.Holds(offset, word.Units) && (uint)length <= (ulong)word.Units * ChannelLayout.Unit
            ? true
            : throw new ChannelCorruptedException($"A message of {length} bytes in {word.Units} units at {offset} does not lie in {Memory.Target}: somebody wrote over it.");
    }

    /// <summary>Whether the word is of that index's lap, and not of a later one.</summary>
    public bool IsOf(long index, SlotWord word) => SlotProtocol.IsOf(ref _ring, index, word);

    public bool WaitForMessage(ref Subscription.MessageThere condition, long timeoutMilliseconds, CancellationToken cancellation) =>
        Readers.Wait(ref condition, timeoutMilliseconds, cancellation);

    /// <summary>A cursor moved on: publishers who wait for it look again.</summary>
    public void AnnounceSpace() => Announce(Writers);

    /// <summary>Whether the channel is complete, for sleepers.</summary>
    public SeenWord SeenEnd => SeenCompletion;

    public void WakeReaders() => Wake(Readers);

    /// <summary>For a subscriber: from here on the death of any publisher makes it look again. Who becomes one later rings.</summary>
    public void WatchPublishers()
    {
        int end = Subscribers.End;
        for (int place = 0; place < end; place++)
        {
            if (Subscribers.IsPublisher(place) && place != _publisher?.Number)
            {
                Watchers.Watch(place);
            }
        }
    }

    /// <summary>For a subscriber that sleeps behind a claim.</summary>
    public void WatchOwner(int owner)
    {
        if (owner != _publisher?.Number)
        {
            Watchers.Watch(owner);
        }
    }

    /// <summary>For a subscriber that polls, and finds a claim in its way.</summary>
    public void Probe(int owner)
    {
        if (IsTimeToProbe() && owner != _publisher?.Number)
        {
            TryRecover(owner);
        }
    }

    protected override bool WaitForSpace(long seen, long timeoutMilliseconds, CancellationToken cancellation)
    {
        if (_ring.ReadWord(seen).LapsAheadOf(SlotProtocol.LapOf(ref _ring, seen)) < 0)
        {
            // The mark stays behind the truth.
            throw new ChannelCorruptedException($"The marks of {Memory.Target} contradict one another: somebody wrote over them.");
        }

        Writers.Overtake(&Memory.Header->WritersSleptFor, seen);
        var condition = new SpaceFreed(this, seen);
        bool inTime = Writers.Wait(ref condition, timeoutMilliseconds, cancellation);
        if (_publisher is { } publisher)
        {
            publisher.Record->WaitsFor = 0;
        }

        return inTime;
    }

    protected override void Detach()
    {
        base.Detach();
        Subscription[] subscriptions;
        lock (_subscriptions)
        {
            subscriptions = [.. _subscriptions];
        }

        foreach (Subscription subscription in subscriptions)
        {
            subscription.Dispose();
        }

        lock (_attaching)
        {
            if (_publisher is not null)
            {
                Leave(_publisher);
            }
        }
    }

    protected override void Recover(int place)
    {
        SlotProtocol.Recover(ref _ring, place);
        Subscribers.Hide(place);
        Wake(Readers);
        Wake(Writers);
    }

    private Participant AttachPublisher()
    {
        lock (_attaching)
        {
            if (_publisher is not null)
            {
                return _publisher;
            }

            ThrowIfDisposed();
            Participant publisher = Participant.Take(Memory);
            Recover(publisher.Number);
            RecoverDead();
            Subscribers.Freer = publisher.Number;
            Subscribers.Show(publisher, ParticipantRoles.Writer);
            _nextToClaim = _ring.ReadFreed();
            _publisher = publisher;

            // Who sleeps is to watch this participant from now on.
            Wake(Readers);
            return publisher;
        }
    }

    private void Leave(Participant participant)
    {
        Recover(participant.Number);
        participant.Dispose();
    }

    private void End(long index, SlotWord word)
    {
        // SYNC POINT with sleeping subscribers; and with publishers, for whom it is in the way no longer where nobody is to read it.
        _ring.WriteWord(index, word);
        if (NeedsBarrier)
        {
            Interlocked.MemoryBarrier();
        }

        Readers.Ring();
        Writers.Ring();
    }

    private void Announce(Doorbell bell)
    {
        if (NeedsBarrier)
        {
            Interlocked.MemoryBarrier();
        }

        bell.Ring();
    }

    /// <summary>The word of a slot that this object has claimed; nothing if it has not any more.</summary>
    private SlotWord Held(long index)
    {
        ThrowIfDisposed();
        return _publisher is null ? default : SlotProtocol.Held(ref _ring, index, SlotState.Claimed, _publisher.Number);
    }

    /// <summary>All who are there no more: in a file it may be all who ever were.</summary>
    private void RecoverDead()
    {
        int end = Subscribers.End;
        for (int place = 0; place < end; place++)
        {
            if (Subscribers.IsThere(place) || Subscribers.IsPublisher(place))
            {
                TryRecover(place);
            }
        }
    }

    /// <summary>Whoever holds up the oldest slot, if he is dead.</summary>
    private void ProbeOldest()
    {
        long freed = _ring.ReadFreed();
        SlotWord word = _ring.ReadWord(freed);
        if (word.IsHeld && word.Owner != _publisher!.Number)
        {
            TryRecover(word.Owner);
        }

        int end = word.IsMessage && !IsOverrun ? Subscribers.End : 0;
        for (int place = 0; place < end; place++)
        {
            if (Subscribers.IsThere(place) && Subscribers.PositionOf(place) <= freed)
            {
                TryRecover(place);
            }
        }
    }
}
