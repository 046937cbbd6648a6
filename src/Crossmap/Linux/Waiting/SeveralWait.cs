using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>One thread's wait for several objects: for any of them, or for all.</summary>
/// <remarks>
/// A sleeper of several objects hands nothing on: at semaphores and events each change wakes all while he sleeps (<see cref="WaitProtocol"/>).
/// A mutex is also given up by the kernel, when its owner dies, and that wakes one alone: for a mutex the sleeper is armed as any other, and
/// a thread can be armed for one word.
/// </remarks>
internal static unsafe class SeveralWait
{
    /// <summary>Looks before sleeping, over all objects: each costs as much as there are objects.</summary>
    private const int Spins = 1000;

    /// <summary>Waits for any.</summary>
    /// <returns>The lowest index of those that were there; -1 when the time passed first.</returns>
    public static int Any(ReadOnlySpan<Waitable> objects, long timeoutMilliseconds, CancellationToken cancellation, out WaitResult result)
    {
        cancellation.ThrowIfCancellationRequested();
        return timeoutMilliseconds == 0 ? TryAny(objects, out result) : SleepForAny(objects, timeoutMilliseconds, cancellation, out result);
    }

    /// <summary>Waits for all, and takes all or nothing.</summary>
    /// <returns>Whether one of those that were taken was abandoned, or that the time passed first.</returns>
    public static WaitResult All(ReadOnlySpan<Waitable> objects, long timeoutMilliseconds)
    {
        RequireDifferent(objects);
        var patience = new Patience(timeoutMilliseconds, Spins / objects.Length, cancellation: null);
        Span<uint> arrived = stackalloc uint[objects.Length];
        int sleptOn = -1;
        SleepEnd end = SleepEnd.LookAgain;
        while (true)
        {
            // Who was satisfied while we slept for him stays so for this look, whatever was done to him since.
            int missing = -1;
            for (int i = 0; i < objects.Length && missing < 0; i++)
            {
                arrived[i] = i == sleptOn ? arrived[i] : Of(objects[i]).Arrive();
                missing = Of(objects[i]).IsThere(arrived[i]) ? -1 : i;
            }

            sleptOn = -1;
            if (missing < 0)
            {
                if (TryTakeAll(objects, arrived, out WaitResult result))
                {
                    return result;
                }

                _ = Libc.sched_yield();
            }

            if (timeoutMilliseconds == 0 || end == SleepEnd.TimedOut || patience.IsOver)
            {
                return WaitResult.TimedOut;
            }

            if (missing < 0 || patience.Spin())
            {
                continue;
            }

            // Asleep for the first that is missing, and only for it: what the others do meanwhile matters to nobody here.
            using OwnedWord.Guard guard = objects[missing] is LinuxMutex mutex ? mutex.Guard() : default;
            if (Of(objects[missing]).TryPrepareSleep(arrived[missing], out Futex.SleptOn place))
            {
                sleptOn = missing;
                end = patience.Sleep((uint*)place.Address, (uint)place.Value, isHandedOn: objects[missing] is LinuxMutex ? RobustList.WakesAtWaitedForWords : RobustList.WakesForTheDead);
            }
        }
    }

    private static int TryAny(ReadOnlySpan<Waitable> objects, out WaitResult result)
    {
        result = WaitResult.TimedOut;
        for (int i = 0; i < objects.Length; i++)
        {
            result = objects[i].Wait(0, CancellationToken.None);
            if (result != WaitResult.TimedOut)
            {
                return i;
            }
        }

        return -1;
    }

    private static int SleepForAny(ReadOnlySpan<Waitable> objects, long timeoutMilliseconds, CancellationToken cancellation, out WaitResult result)
    {
        // One look at each, at some nanoseconds; what is more comes when none is there.
        Span<uint> arrived = stackalloc uint[objects.Length];
        for (int i = 0; i < objects.Length; i++)
        {
            if (Look(objects[i], out arrived[i]))
            {
                result = Of(objects[i]).TryTake(arrived[i]);
                if (result != WaitResult.TimedOut)
                {
                    return i;
                }
            }
        }

        Futex.RequireSleepOnSeveral("Sleeping for any of several objects", "Each can be waited for alone.");
        Span<Futex.SleptOn> places = stackalloc Futex.SleptOn[objects.Length];
        _ = Of(objects[0]).TryPrepareSleep(arrived[0], out places[0]);
        using CancelledWait? cancelled = cancellation.CanBeCanceled ? CancelledWait.Begin((uint*)places[0].Address, cancellation) : null;
        var patience = new Patience(timeoutMilliseconds, Spins / objects.Length, cancelled);
        using OwnedWord.Guard guard = GuardOfMutex(objects, out bool isHandedOn);
        SleepEnd end = SleepEnd.LookAgain;
        while (true)
        {
            for (int i = 0; i < objects.Length && end != SleepEnd.Cancelled; i++)
            {
                result = Of(objects[i]).TryTake(arrived[i]);
                if (result != WaitResult.TimedOut)
                {
                    return i;
                }
            }

            result = WaitResult.TimedOut;
            if (end != SleepEnd.LookAgain)
            {
                return end == SleepEnd.TimedOut ? -1 : throw new OperationCanceledException(cancellation);
            }

            if (patience.Spin())
            {
                continue;
            }

            bool ready = true;
            for (int i = 0; i < objects.Length && ready; i++)
            {
                ready = Of(objects[i]).TryPrepareSleep(arrived[i], out places[i]);
            }

            if (ready)
            {
                end = patience.Sleep(places, isHandedOn);
            }
        }
    }

    private static OwnedWord.Guard GuardOfMutex(ReadOnlySpan<Waitable> objects, out bool isHandedOn)
    {
        LinuxMutex? only = null;
        foreach (Waitable waitable in objects)
        {
            if (waitable is LinuxMutex mutex)
            {
                if (only is not null && only.Identity != mutex.Identity)
                {
                    Errors.Throw(ERROR_NOT_SUPPORTED,
                        "Sleeping for any of several mutexes is not possible here: a thread that is killed hands the wake-up of one mutex on, and no more. None of them is free at this moment.");
                }

                only = mutex;
            }
        }

        isHandedOn = only is null || RobustList.WakesAtWaitedForWords;
        return only?.Guard() ?? default;
    }

    private static bool TryTakeAll(ReadOnlySpan<Waitable> objects, ReadOnlySpan<uint> arrived, out WaitResult result)
    {
        Span<WaitResult> taken = stackalloc WaitResult[objects.Length];
        result = WaitResult.Signaled;
        int count = 0;
        try
        {
            for (; count < objects.Length; count++)
            {
                taken[count] = Of(objects[count]).TryTake(arrived[count]);
                if (taken[count] == WaitResult.TimedOut)
                {
                    return false;
                }

                result = taken[count] == WaitResult.Abandoned ? WaitResult.Abandoned : result;
            }

            return true;
        }
        finally
        {
            // Somebody else was faster at one, or the thread can own no more: what it has is not its then, and wakes whoever waits for it.
            for (int i = count - 1; i >= 0 && count < objects.Length; i--)
            {
                Of(objects[i]).GiveBack(taken[i]);
            }
        }
    }

    /// <summary>An object twice could never be taken twice; but for a mutex, which its owner can.</summary>
    private static void RequireDifferent(ReadOnlySpan<Waitable> objects)
    {
        for (int i = 1; i < objects.Length; i++)
        {
            for (int j = 0; j < i && objects[i] is not LinuxMutex; j++)
            {
                if (Of(objects[i]).Identity == Of(objects[j]).Identity)
                {
                    Errors.Throw(ERROR_INVALID_PARAMETER, "A wait for all objects names each of them once; two of these handles are to one object.", "objects");
                }
            }
        }
    }

    /// <summary>By its class: asked so, it costs less than the look itself.</summary>
    private static bool Look(Waitable waitable, out uint arrived) => waitable switch
    {
        LinuxEvent gate => gate.Look(out arrived),
        LinuxSemaphore semaphore => semaphore.Look(out arrived),
        _ => ((LinuxMutex)waitable).Look(out arrived),
    };

    private static IOneOfSeveral Of(Waitable waitable) => (IOneOfSeveral)waitable;
}
