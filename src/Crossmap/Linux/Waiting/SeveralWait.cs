using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>One thread's wait for several objects: for any of them, or for all.</summary>
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
        var shared = new SharedObjects(
            objects, stackalloc Futex.SleptOn[objects.Length], new Patience(timeoutMilliseconds, Spins / objects.Length, cancellation: null));
        return SeveralProtocol.WaitForAll(ref shared, stackalloc uint[objects.Length], stackalloc WaitResult[objects.Length]);
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
        var looking = new SharedObjects(objects);
        int taken = SeveralProtocol.TryTakeAny(ref looking, arrived, out result);
        if (taken >= 0)
        {
            return taken;
        }

        Futex.RequireSleepOnSeveral("Sleeping for any of several objects", "Each can be waited for alone.");
        int mutex = OnlyMutex(objects);
        using CancelledWait? cancelled = cancellation.CanBeCanceled ? CancelledWait.Begin(((IOneOfSeveral)objects[0]).SleepWord, cancellation) : null;
        var shared = new SharedObjects(
            objects, stackalloc Futex.SleptOn[objects.Length], new Patience(timeoutMilliseconds, Spins / objects.Length, cancelled), mutex);
        taken = SeveralProtocol.WaitForAny(ref shared, arrived, out result, out SleepEnd end);
        return taken < 0 && end == SleepEnd.Cancelled ? throw new OperationCanceledException(cancellation) : taken;
    }

    /// <returns>Its index, under the first of its handles; -1 when there is none.</returns>
    private static int OnlyMutex(ReadOnlySpan<Waitable> objects)
    {
        int only = -1;
        for (int i = 0; i < objects.Length; i++)
        {
            if (objects[i] is LinuxMutex mutex)
            {
                only = only < 0 ? i : only;
                if (((LinuxMutex)objects[only]).Identity != mutex.Identity)
                {
                    Errors.Throw(ERROR_NOT_SUPPORTED,
                        "Sleeping for any of several mutexes is not possible here: a thread that is killed hands the wake-up of one mutex on, and no more. None of them is free at this moment.");
                }
            }
        }

        return only;
    }

    /// <summary>An object twice could never be taken twice; but for a mutex, which its owner can.</summary>
    private static void RequireDifferent(ReadOnlySpan<Waitable> objects)
    {
        for (int i = 1; i < objects.Length; i++)
        {
            for (int j = 0; j < i && objects[i] is not LinuxMutex; j++)
            {
                if (((IOneOfSeveral)objects[i]).Identity == ((IOneOfSeveral)objects[j]).Identity)
                {
                    Errors.Throw(ERROR_INVALID_PARAMETER, "A wait for all objects names each of them once; two of these handles are to one object.", "objects");
                }
            }
        }
    }
}
