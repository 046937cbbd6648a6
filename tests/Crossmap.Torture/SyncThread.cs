namespace Crossmap.Torture;

/// <summary>
/// One thread of a process of <see cref="SyncKills"/>: takes what only one may have, alone and together with other things, uses it and gives
/// it back, and notes each step before and after it. It never sleeps without a limit while it owns anything.
/// </summary>
internal sealed class SyncThread(ControlBlock control, ViolationLog violations, SyncObjects objects, int process, int thread, int seed)
    : OwningThread(control, violations, process, thread, seed)
{
    private readonly SyncObjects _objects = objects;

    protected override void Act()
    {
        int mutex = Random.Next(SyncObjects.Mutexes), signal = Random.Next(SyncObjects.Turn, SyncObjects.Number);
        int other = (mutex + 1) % SyncObjects.Mutexes;
        switch (Random.Next(100))
        {
            case < 38: TakeAndUse([mutex], all: false); break;
            case < 43: TakeAndUse([mutex, other], all: false); break;
            case < 45: TakeAndUse([mutex, signal, other], all: false); break;
            case < 55: TakeAndUse([signal], all: false); break;
            case < 65: TakeAndUse([mutex, signal], all: false); break;
            case < 70: TakeAndUse([SyncObjects.Counts, SyncObjects.Bell, mutex, SyncObjects.Turn], all: false); break;
            case < 80: TakeAndUse([mutex, signal], all: true); break;
            case < 85: TakeAndUse([SyncObjects.Counts, mutex], all: true); break;
            case < 94: _objects.Event(SyncObjects.Bell).Set(); break;
            case < 97: _objects.Event(SyncObjects.Door).Set(); break;
            case < 98: _objects.Event(SyncObjects.Door).Pulse(); break;
            default: _objects.Event(SyncObjects.Door).Reset(); break;
        }
    }

    private void TakeAndUse(ReadOnlySpan<int> wanted, bool all)
    {
        int taken = Take(wanted, all, Limit(wanted, all));
        foreach (int number in wanted)
        {
            if ((taken & (1 << number)) == 0)
            {
                continue;
            }

            if (number < SyncObjects.Exclusives)
            {
                Use(number);
            }
            else
            {
                Slot.Signals++;
                if (number == SyncObjects.Counts)
                {
                    Linger();
                    GateAccount.Note(ref Slot.Counts, 1, GateAccount.Releasing);
                    _ = ((NamedSemaphore)_objects[SyncObjects.Counts]).Release();
                    GateAccount.Note(ref Slot.Counts, 0, 0);
                }
            }
        }
    }

    /// <summary>Half of the waits have no limit, but for the turn alone: it may have died with somebody, and nobody knows yet.</summary>
    private TimeSpan Limit(ReadOnlySpan<int> wanted, bool all)
    {
        bool needsTurn = all ? wanted.Contains(SyncObjects.Turn) : wanted is [SyncObjects.Turn];
        return Random.Next(4) switch
        {
            0 => TimeSpan.Zero,
            1 => TimeSpan.FromMilliseconds(Random.Next(1, 5)),
            _ => needsTurn ? TimeSpan.FromMilliseconds(1) : Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Waits for any or all of them; for all, of which one at most is a mutex, for only one that was abandoned is named. Returns a bit for each that was taken.</summary>
    private int Take(ReadOnlySpan<int> wanted, bool all, TimeSpan limit)
    {
        int wantedBits = 0, taken = 0;
        var objects = new WaitableObject[wanted.Length];
        for (int i = 0; i < wanted.Length; i++)
        {
            wantedBits |= 1 << wanted[i];
            objects[i] = _objects[wanted[i]];
            NoteState(wanted[i], SyncSlot.Taking, GateAccount.Taking, 0);
        }

        Volatile.Write(ref Slot.Waits, wantedBits);
        bool abandoned = false;
        try
        {
            if (wanted.Length == 1)
            {
                taken = objects[0].Wait(limit) ? wantedBits : 0;
            }
            else if (all)
            {
                taken = WaitableObject.WaitAll(objects, limit) ? wantedBits : 0;
            }
            else
            {
                int index = WaitableObject.WaitAny(objects, limit);
                taken = index == WaitHandle.WaitTimeout ? 0 : 1 << wanted[index];
            }
        }
        catch (AbandonedMutexException e)
        {
            abandoned = true;
            taken = wanted.Length == 1 || all ? wantedBits : 1 << wanted[e.MutexIndex];
            if ((taken & ((1 << SyncObjects.Mutexes) - 1)) == 0)
            {
                Violation($"an abandoned mutex is reported at index {e.MutexIndex}, where none is");
            }
        }

        foreach (int number in wanted)
        {
            bool has = (taken & (1 << number)) != 0;
            NoteState(number, has ? SyncSlot.Owned : SyncSlot.NotOwned, 0, has ? 1 : 0, reported: has && abandoned && number < SyncObjects.Mutexes);
        }

        Volatile.Write(ref Slot.Waits, 0);
        foreach (int number in wanted)
        {
            if (number < SyncObjects.Exclusives && (taken & (1 << number)) != 0)
            {
                Begin(number, abandoned);
            }
        }

        return taken;
    }

    private void NoteState(int number, int state, int inFlight, int counts, bool reported = false)
    {
        if (number < SyncObjects.Exclusives)
        {
            SyncSlot.Note(ref Slot.ExclusiveOf(number), state, reported);
        }
        else if (number == SyncObjects.Counts)
        {
            GateAccount.Note(ref Slot.Counts, counts, inFlight);
        }
    }

    private void Begin(int number, bool abandoned) =>
        Begin(number, SyncObjects.NameOf(number), tellsOfDeaths: number < SyncObjects.Mutexes, abandoned);

    private void Use(int number)
    {
        ref GuardedRecord record = ref Control.Guarded(number);
        Volatile.Write(ref record.First, record.First + 1);
        Linger();
        if (number < SyncObjects.Mutexes && Random.Next(8) == 0)
        {
            Recur(number);
        }

        if (number < SyncObjects.Mutexes && Random.Next(8) == 0)
        {
            // A second one in the thread's list: no limit would be a deadlock.
            int other = (number + 1) % SyncObjects.Mutexes;
            if (Take([other], all: false, TimeSpan.Zero) != 0)
            {
                Volatile.Write(ref Control.Guarded(other).First, Control.Guarded(other).First + 1);
                Linger();
                End(other);
            }
        }

        End(number);
    }

    private void Recur(int mutex)
    {
        try
        {
            if (!_objects.Mutex(mutex).TryWait())
            {
                Violation($"'{SyncObjects.NameOf(mutex)}' is refused to its owner");
                return;
            }
        }
        catch (AbandonedMutexException)
        {
            Violation($"'{SyncObjects.NameOf(mutex)}' is called abandoned while it is owned");
        }

        Slot.Recursions++;
        Linger();
        _objects.Mutex(mutex).Release();
    }

    private void End(int number)
    {
        LeaveRecord(number, SyncObjects.NameOf(number));
        ref long word = ref Slot.ExclusiveOf(number);
        SyncSlot.Note(ref word, SyncSlot.Releasing);
        if (number == SyncObjects.Turn)
        {
            _objects.Event(number).Set();
        }
        else if (Random.Next(16) == 0)
        {
            _ = WaitableObject.SignalAndWait(_objects[number], _objects[SyncObjects.Door], TimeSpan.FromMilliseconds(1));
        }
        else
        {
            _objects.Mutex(number).Release();
        }

        SyncSlot.Note(ref word, SyncSlot.NotOwned);
    }
}
