namespace Crossmap.Torture;

/// <summary>
/// One thread of a process of <see cref="LockKills"/>: reads and writes inside reader-writer locks, waits for changes of what a monitor guards and
/// makes them, and notes each step before and after it.
/// </summary>
internal sealed class LockThread(ControlBlock control, ViolationLog violations, LockObjects objects, int process, int thread, int seed)
    : OwningThread(control, violations, process, thread, seed)
{
    /// <summary>Of what it waits for now, in <see cref="SyncSlot.Waits"/>: an exclusive's number, and these above.</summary>
    public const int ReadsShift = 8, WritesShift = 12, MutexShift = 16, ConditionShift = 20;

    private uint _stays;

    private enum Mode
    {
        Try,
        Timed,
        Endless,
    }

    protected override void Act()
    {
        if (Volatile.Read(ref Control.Shared.Crowds) != 0 && Random.Next(32) != 0)
        {
            Read(0);
            return;
        }

        int number = Random.Next(2);
        switch (Random.Next(100))
        {
            case < 45: Read(number); break;
            case < 58: Write(number); break;
            case < 82: AwaitChange(number); break;
            default: Change(number); break;
        }
    }

    private void Read(int number)
    {
        NamedReaderWriterLock @lock = objects.Lock(number);
        Volatile.Write(ref Slot.Waits, 1 << (ReadsShift + number));
        bool isInside, abandoned = false;
        try
        {
            isInside = Enter(@lock.EnterReadLock, @lock.TryEnterReadLock);
        }
        catch (AbandonedMutexException)
        {
            isInside = abandoned = true;
        }

        if (isInside)
        {
            // A full barrier: see Begin.
            long stint = SyncSlot.Stint(Life, ++_stays);
            _ = Interlocked.Exchange(ref Slot.StintOf(number), stint);
            Slot.ReadReportsOf(number) += abandoned ? 1 : 0;
        }

        Volatile.Write(ref Slot.Waits, 0);
        if (!isInside)
        {
            return;
        }

        ref GuardedRecord record = ref Control.Guarded(number);
        NoWriterIsThere(ref record, number, abandoned);
        long first = Volatile.Read(ref record.First);
        if (Random.Next(4) == 0)
        {
            CountReaders(number);
        }

        if (Volatile.Read(ref Control.Shared.Crowds) != 0 || Random.Next(3) == 0)
        {
            Thread.Sleep(Random.Next(5));
        }
        else
        {
            Linger();
        }

        if (!@lock.IsReadLockHeld)
        {
            Violation($"a reader of '{LockObjects.NameOf(number)}' is not said to be inside");
        }

        NoWriterIsThere(ref record, number, abandoned);
        if (Volatile.Read(ref record.First) is var last && last != first)
        {
            Violation($"'{LockObjects.NameOf(number)}' was written {last - first} times while it was read");
        }

        Volatile.Write(ref Slot.StintOf(number), 0);
        @lock.ExitReadLock();
    }

    private void Write(int number)
    {
        NamedReaderWriterLock @lock = objects.Lock(number);
        string name = LockObjects.NameOf(number);
        ref long word = ref Slot.ExclusiveOf(number);
        SyncSlot.Note(ref word, SyncSlot.Taking);
        Volatile.Write(ref Slot.Waits, 1 << (WritesShift + number));
        bool isInside, abandoned = false;
        try
        {
            isInside = Enter(@lock.EnterWriteLock, @lock.TryEnterWriteLock);
        }
        catch (AbandonedMutexException)
        {
            isInside = abandoned = true;
        }

        SyncSlot.Note(ref word, isInside ? SyncSlot.Owned : SyncSlot.NotOwned, abandoned);
        Volatile.Write(ref Slot.Waits, 0);
        if (!isInside)
        {
            return;
        }

        Begin(number, name, tellsOfDeaths: true, abandoned);
        NobodyReads(number);
        ChangeRecord(number);
        Linger();
        if (!@lock.IsWriteLockHeld)
        {
            Violation($"the writer of '{name}' is not said to be inside");
        }

        NobodyReads(number);
        LeaveRecord(number, name);
        SyncSlot.Note(ref word, SyncSlot.Releasing);
        @lock.ExitWriteLock();
        SyncSlot.Note(ref word, SyncSlot.NotOwned);
    }

    /// <summary>Waits until the generation is another one, or until its time is over.</summary>
    private void AwaitChange(int monitor)
    {
        NamedMutex mutex = objects.Mutex(monitor);
        int number = LockObjects.FirstMutex + monitor;
        Take(monitor);
        bool isTwice = Random.Next(8) == 0 && mutex.TryWait();
        ref GuardedRecord record = ref Control.Guarded(number);
        long generation = record.Generation;
        Volatile.Write(ref Slot.SinceOf(monitor), generation + 1);
        bool goesOn = true;
        Mode mode = RandomMode();
        while (goesOn && record.Generation == generation)
        {
            ChangeRecord(number);
            LeaveRecord(number, LockObjects.NameOf(number));
            goesOn = Take(number, () => WaitFor(monitor, mode), ConditionShift + monitor);
            Slot.Notifications += goesOn ? 1 : 0;
        }

        Volatile.Write(ref Slot.SinceOf(monitor), 0);
        if (isTwice)
        {
            mutex.Release();
        }

        ChangeRecord(number);
        Linger();
        Leave(number);
        if (isTwice && Random.Next(4) == 0)
        {
            NotOwned(mutex, number);
        }
    }

    /// <summary>A new generation, and all who wait for the end of the last one are notified, by the owner of the mutex or right after.</summary>
    private void Change(int monitor)
    {
        int number = LockObjects.FirstMutex + monitor;
        Take(monitor);
        ChangeRecord(number);
        Linger();
        ref GuardedRecord record = ref Control.Guarded(number);
        long generation = record.Generation + 1;
        Volatile.Write(ref record.Generation, generation);
        bool notifiesInside = Random.Next(2) == 0;
        if (notifiesInside)
        {
            Notify(monitor, generation);
        }

        Leave(number);
        if (!notifiesInside)
        {
            Notify(monitor, generation);
        }
    }

    private void Notify(int monitor, long generation)
    {
        objects.Condition(monitor).NotifyAll();
        Control.NoteNotified(LockObjects.FirstMutex + monitor, generation);
    }

    private bool WaitFor(int monitor, Mode mode)
    {
        NamedCondition condition = objects.Condition(monitor);
        if (mode == Mode.Endless)
        {
            condition.Wait(objects.Mutex(monitor));
            return true;
        }

        return condition.Wait(objects.Mutex(monitor), TimeSpan.FromMilliseconds(mode == Mode.Try ? 0 : Random.Next(1, 20)));
    }

    private void Take(int monitor) => _ = Take(LockObjects.FirstMutex + monitor, () => objects.Mutex(monitor).Wait(Timeout.InfiniteTimeSpan), MutexShift + monitor);

    /// <summary>Owns the mutex when it returns, whatever the wait says: that is what is returned.</summary>
    private bool Take(int number, Func<bool> wait, int waits)
    {
        ref long word = ref Slot.ExclusiveOf(number);
        SyncSlot.Note(ref word, SyncSlot.Taking);
        Volatile.Write(ref Slot.Waits, 1 << waits);
        bool result, abandoned = false;
        try
        {
            result = wait();
        }
        catch (AbandonedMutexException)
        {
            result = abandoned = true;
        }

        SyncSlot.Note(ref word, SyncSlot.Owned, abandoned);
        Volatile.Write(ref Slot.Waits, 0);
        Begin(number, LockObjects.NameOf(number), tellsOfDeaths: true, abandoned);
        return result;
    }

    private void Leave(int number)
    {
        LeaveRecord(number, LockObjects.NameOf(number));
        ref long word = ref Slot.ExclusiveOf(number);
        SyncSlot.Note(ref word, SyncSlot.Releasing);
        objects.Mutex(number - LockObjects.FirstMutex).Release();
        SyncSlot.Note(ref word, SyncSlot.NotOwned);
    }

    /// <summary>It was given up as often as it was owned, however often that was before the condition gave it back.</summary>
    private void NotOwned(NamedMutex mutex, int number)
    {
        try
        {
            mutex.Release();
            Violation($"'{LockObjects.NameOf(number)}' was owned more often after the condition than before it");
        }
        catch (ApplicationException)
        {
        }
    }

    private Mode RandomMode() => Random.Next(4) switch
    {
        0 => Mode.Try,
        1 => Mode.Timed,
        _ => Mode.Endless,
    };

    private bool Enter(Action<CancellationToken> endless, Func<TimeSpan, CancellationToken, bool> timed)
    {
        Mode mode = RandomMode();
        if (mode == Mode.Endless)
        {
            endless(default);
            return true;
        }

        return timed(TimeSpan.FromMilliseconds(mode == Mode.Try ? 0 : Random.Next(1, 5)), default);
    }

    /// <summary>Who stands in the record while it is read must have been killed there, and that must have been said.</summary>
    private void NoWriterIsThere(ref GuardedRecord record, int number, bool abandoned)
    {
        long owner = Volatile.Read(ref record.Owner);
        if (owner != 0 && !Control.WasKilled(GuardedRecord.SlotOf(owner), GuardedRecord.LifeOf(owner)))
        {
            Violation($"'{LockObjects.NameOf(number)}' is read while {GuardedRecord.Describe(owner)} writes");
        }
        else if (owner != 0 && !abandoned)
        {
            Violation($"a reader of '{LockObjects.NameOf(number)}' was not told that {GuardedRecord.Describe(owner)} was killed writing");
        }
    }

    private void NobodyReads(int number)
    {
        for (int slot = 0; slot < Control.Shared.Slots; slot++)
        {
            // The stint first: a process that was killed is said to have been before anything of its is given up.
            long stint = Volatile.Read(ref Control.Sync(slot).StintOf(number));
            if (stint != 0 && !Control.WasKilled(slot, SyncSlot.LifeOfStint(stint)))
            {
                Violation($"'{LockObjects.NameOf(number)}' is written while {GuardedRecord.Describe(GuardedRecord.Identity(SyncSlot.LifeOfStint(stint), slot))} reads");
            }
        }
    }

    /// <summary>Who is found inside by one look over all and, in the same stint, by another was inside between the two.</summary>
    private void CountReaders(int number)
    {
        Span<long> stints = stackalloc long[Control.Shared.Slots];
        for (int slot = 0; slot < stints.Length; slot++)
        {
            stints[slot] = Volatile.Read(ref Control.Sync(slot).StintOf(number));
        }

        int readers = 0;
        for (int slot = 0; slot < stints.Length; slot++)
        {
            readers += stints[slot] != 0 && Volatile.Read(ref Control.Sync(slot).StintOf(number)) == stints[slot] &&
                !Control.WasKilled(slot, SyncSlot.LifeOfStint(stints[slot])) ? 1 : 0;
        }

        Slot.MostReaders = Math.Max(Slot.MostReaders, readers);
        if (readers > NamedReaderWriterLock.MaximumReaders)
        {
            Violation($"{readers} threads read in '{LockObjects.NameOf(number)}' at once");
        }

        if (objects.Lock(number).CurrentReadCount is var count && count is < 1 or > NamedReaderWriterLock.MaximumReaders)
        {
            Violation($"'{LockObjects.NameOf(number)}' is said to have {count} readers while one looks");
        }
    }
}
