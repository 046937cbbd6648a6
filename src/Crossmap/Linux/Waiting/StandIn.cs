using System.Runtime.InteropServices;

namespace Crossmap.Linux;

/// <summary>
/// A thread that sleeps for one mutex in the place of a thread that sleeps for several, and rings when that one may be free.
/// </summary>
/// <remarks>
/// <para>A thread that is killed hands on the wake-up of the one mutex for which it is armed; and it must be the thread that the kernel had
/// chosen among the sleepers, for the threads of a process die in any order. So for each mutex beyond the first another thread sleeps, armed
/// for it from before its first sleep until what came to it was taken or is handed on.</para>
/// <para>It owns nothing: the thread in whose place it sleeps takes the mutex, or says that it goes on sleeping. An idle one is used again, and
/// ends after a while.</para>
/// </remarks>
internal sealed unsafe class StandIn
{
    private const uint Quiet = 0, Rung = 1;

    /// <summary>Bytes: a loop and its system calls.</summary>
    private const int StackSize = 256 * 1024;

    private static readonly TimeSpan Idleness = TimeSpan.FromSeconds(10);
    private static readonly List<StandIn> Idle = [];

    /// <summary>On the first the thread sleeps in whose place this one sleeps, while it is quiet; the other one is not 0 when that thread waits no more.</summary>
    private readonly uint* _bell, _isDismissed;

    private readonly object _gate = new();
    private OwnedWord? _word;

    private StandIn()
    {
        _bell = (uint*)NativeMemory.AllocZeroed(2, sizeof(uint));
        _isDismissed = _bell + 1;
    }

    /// <summary>One that sleeps for that mutex from here on, until it is dismissed.</summary>
    public static StandIn For(OwnedWord word)
    {
        StandIn? standIn;
        lock (Idle)
        {
            standIn = Idle.LastOrDefault();
            _ = standIn is not null && Idle.Remove(standIn);
        }

        if (standIn is null)
        {
            standIn = new StandIn { _word = word };
            new Thread(standIn.Run, StackSize) { IsBackground = true, Name = "Crossmap stand-in" }.Start();
            return standIn;
        }

        lock (standIn._gate)
        {
            *standIn._bell = Quiet;
            *standIn._isDismissed = 0;
            standIn._word = word;
            Monitor.Pulse(standIn._gate);
        }

        return standIn;
    }

    /// <summary>For the thread in whose place it sleeps, before that one sleeps. False: it has rung, so look at the mutex first.</summary>
    public bool TryPrepareSleep(out Futex.SleptOn place)
    {
        place = new Futex.SleptOn(_bell, Quiet);
        if (Interlocked.Exchange(ref *_bell, Quiet) == Quiet)
        {
            return true;
        }

        Futex.Wake(_bell, 1);
        return false;
    }

    /// <summary>That thread waits no more, or has the mutex: what came to this one is handed on if it is still there.</summary>
    public void Dismiss()
    {
        Volatile.Write(ref *_isDismissed, 1);
        Futex.Wake(_isDismissed, 1);
        _ = TryPrepareSleep(out _);
    }

    private void Run()
    {
        while (IsNeeded())
        {
            Sleep(_word!);
            lock (_gate)
            {
                _word = null;
            }

            lock (Idle)
            {
                Idle.Add(this);
            }
        }

        NativeMemory.Free(_bell);
    }

    private bool IsNeeded()
    {
        lock (_gate)
        {
            while (_word is null)
            {
                if (!Monitor.Wait(_gate, Idleness) && _word is null && TryRetire())
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>False when somebody has just taken it from the idle ones.</summary>
    private bool TryRetire()
    {
        lock (Idle)
        {
            return Idle.Remove(this);
        }
    }

    private void Sleep(OwnedWord word)
    {
        // SYNC POINT with the mutex's release, and with the kernel at this thread's death, as any sleeper of it.
        using OwnedWord.Guard guard = word.Arm();
        Span<Futex.SleptOn> places = stackalloc Futex.SleptOn[2];
        places[1] = new Futex.SleptOn(_isDismissed, 0);
        while (Volatile.Read(ref *_isDismissed) == 0)
        {
            if (word.TryPrepareSleep(out places[0]))
            {
                _ = new Patience(-1, 0, cancellation: null).Sleep(places, RobustList.WakesAtWaitedForWords);
            }
            else if (MutexProtocol.OwnerOf(word.State) == 0)
            {
                Volatile.Write(ref *_bell, Rung);
                Futex.Wake(_bell, 1);
                places[0] = new Futex.SleptOn(_bell, Rung);
                while (Volatile.Read(ref *_bell) == Rung && Volatile.Read(ref *_isDismissed) == 0)
                {
                    // Until it is known whether the mutex was taken.
                    _ = Futex.Wait(places, deadline: -1);
                }
            }
        }
    }
}
