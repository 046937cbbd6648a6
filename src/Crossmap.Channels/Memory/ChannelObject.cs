using Crossmap.Objects;

namespace Crossmap.Channels.Memory;

/// <summary>One channel object of this process, of any kind: where it sleeps, whom it watches, and how it ends.</summary>
internal abstract unsafe class ChannelObject : IDisposable
{
    private const int ReadersBell = 0, WritersBell = 1;

    /// <summary>Tries between two looks at whether whoever is in the way still lives, for users who poll: each such look is a system call.</summary>
    private const int PollsPerProbe = 64;

    private WaitCount _waits;
    private int _polls;

    /// <param name="memory">Becomes this object's once it is made.</param>
    /// <param name="type">The public one, for errors.</param>
    protected ChannelObject(ChannelMemory memory, Type type)
    {
        Memory = memory;
        Type = type;
        _waits = new WaitCount(type);
        Readers = memory.OpenDoorbell(&memory.Header->ReadersGate, ReadersBell);
        Writers = memory.OpenDoorbell(&memory.Header->WritersGate, WritersBell);
        Watchers = new Watchers(memory.Places, OnGone);
        NeedsBarrier = !memory.HasRemoteBarrier;
    }

    public ChannelMemory Memory { get; }

    public bool IsDisposed => _waits.IsClosed;

    protected Type Type { get; }

    protected Doorbell Readers { get; }

    protected Doorbell Writers { get; }

    protected Watchers Watchers { get; }

    /// <summary>Whether there must be a barrier between a change and its announcement.</summary>
    protected bool NeedsBarrier { get; }

    /// <summary>Whether whoever dies with an announcement under way leaves sleepers that nobody wakes, so that they must watch him.</summary>
    protected bool MustWatchAll => !Readers.WakesForTheDead;

    /// <summary>Whether a dead participant leaves what others must finish. If not, nobody but its successor takes its place, and he finds it empty.</summary>
    protected virtual bool LeavesWork => true;

    public void ThrowIfDisposed() => _waits.ThrowIfClosed();

    public void Dispose()
    {
        if (!_waits.TryClose())
        {
            return;
        }

        Detach();
        Watchers.Dispose();

        // Who waits in this process notices, and is out of the memory before it goes; who waits in others looks once more.
        _waits.Drain(RingAll);
        Leave();
        Readers.Dispose();
        Writers.Dispose();
        Memory.Dispose();
    }

    /// <summary>Until the result is disposed the memory stays, however this object ends.</summary>
    /// <exception cref="ObjectDisposedException">It has ended.</exception>
    protected WaitCount.Entered BeginWait() => _waits.Enter();

    /// <summary>Gives up what this object holds, and its places.</summary>
    protected abstract void Detach();

    /// <summary>Gives up what nobody may have while others still sleep there.</summary>
    protected virtual void Leave()
    {
    }

    /// <summary>What a dead participant held becomes nobody's. The place is the caller's meanwhile.</summary>
    protected abstract void Recover(int place);

    /// <summary>For who polls: whether it is time to look after a participant that is in the way.</summary>
    protected bool IsTimeToProbe() => IsTimeToProbe(ref _polls);

    /// <summary>The same for one side of the object, whose threads then share nothing with the other's.</summary>
    protected static bool IsTimeToProbe(ref int polls) => ++polls % PollsPerProbe == 0;

    /// <summary>
    /// Finishes for a participant that is dead. Only with the place in hand: otherwise somebody could take it meanwhile, and what is his would be
    /// taken from him; whoever does take it finishes for his predecessor himself.
    /// </summary>
    /// <returns>Whether it was dead.</returns>
    protected bool TryRecover(int place)
    {
        using IDisposable? taken = Memory.Places.TryTake(place);
        if (taken is null)
        {
            return false;
        }

        Recover(place);
        Memory.Participants[place] = default;
        return true;
    }

    /// <summary>The same for each place at most once.</summary>
    /// <param name="place">Whose.</param>
    /// <param name="seen">By place.</param>
    protected void TryRecoverOnce(int place, Span<bool> seen)
    {
        if (!seen[place])
        {
            seen[place] = true;
            TryRecover(place);
        }
    }

    /// <summary>
    /// For a sleeper whose peer leaves nothing to be finished: from here on he looks again as soon as that one is gone. False: nobody has the place,
    /// and whatever its last holder did is there to be seen now; the next one rings when he has it.
    /// </summary>
    protected bool TryWatch(int place)
    {
        if (Volatile.Read(ref Memory.Participants[place].Process) == 0 || !Memory.Places.IsTaken(place))
        {
            return false;
        }

        Watchers.Watch(place);
        return true;
    }

    /// <summary>For a sleeper where a ringer's death wakes nobody: from here on he looks again as soon as anybody is gone.</summary>
    /// <param name="self">His own place.</param>
    protected void WatchAll(int self)
    {
        for (int place = 0; place < ChannelHeader.ConstructionPlace; place++)
        {
            if (Memory.Participants[place].Process != 0 && place != self)
            {
                Watchers.Watch(place);
            }
        }
    }

    protected virtual void RingAll()
    {
        Readers.Ring();
        Writers.Ring();
    }

    /// <summary>Makes all who sleep at that gate look again, although nothing of the channel itself has changed.</summary>
    protected static void Wake(Doorbell bell)
    {
        nint armed = bell.Arm();
        Interlocked.MemoryBarrier();
        bell.Ring();
        bell.Disarm(armed);
    }

    /// <summary>After a change, which was made armed.</summary>
    protected void Announce(Doorbell bell, nint armed)
    {
        if (NeedsBarrier)
        {
            Interlocked.MemoryBarrier();
        }

        bell.Ring();
        bell.Disarm(armed);
    }

    private void OnGone(int place)
    {
        try
        {
            using WaitCount.Entered entered = _waits.Enter();

            // Whoever took the place anew recovers, and rings; whoever waits here is to look again in any case.
            if (LeavesWork)
            {
                TryRecover(place);
            }

            RingAll();
        }
        catch (ObjectDisposedException)
        {
            // The object ended meanwhile, and nobody waits in it.
        }
    }
}
