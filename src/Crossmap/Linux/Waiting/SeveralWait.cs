using System.Runtime.CompilerServices;
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
        if (timeoutMilliseconds == 0)
        {
            return TryAny(objects, out result);
        }

        // One look at each, at some nanoseconds; what is more comes when none is there.
        Span<uint> arrived = stackalloc uint[objects.Length];
        var looking = new SharedObjects(objects);
        int taken = SeveralProtocol.TryTakeAny(ref looking, arrived, out result);
        return taken >= 0 ? taken : SleepForAny(objects, arrived, timeoutMilliseconds, cancellation, out result);
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

    /// <summary>A method of its own: the room for stand-ins would be cleared also for who finds an object there.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int SleepForAny(
        ReadOnlySpan<Waitable> objects, ReadOnlySpan<uint> arrived, long timeoutMilliseconds, CancellationToken cancellation, out WaitResult result)
    {
        Futex.RequireSleepOnSeveral("Sleeping for any of several objects", "Each can be waited for alone.");
        var room = default(StandIns);
        Span<StandIn?> standIns = ((Span<StandIn?>)room)[..objects.Length];
        try
        {
            bool areThere = Engage(objects, standIns, out int mutex);
            using CancelledWait? cancelled = cancellation.CanBeCanceled ? CancelledWait.Begin(((IOneOfSeveral)objects[0]).SleepWord, cancellation) : null;
            var patience = new Patience(timeoutMilliseconds, Spins / objects.Length, cancelled);
            var shared = new SharedObjects(objects, stackalloc Futex.SleptOn[objects.Length], patience, mutex, areThere ? standIns : default);
            int taken = SeveralProtocol.WaitForAny(ref shared, arrived, out result, out SleepEnd end);
            return taken < 0 && end == SleepEnd.Cancelled ? throw new OperationCanceledException(cancellation) : taken;
        }
        finally
        {
            foreach (StandIn? standIn in standIns)
            {
                standIn?.Dismiss();
            }
        }
    }

    /// <summary>The calling thread will be armed for the first mutex; for each other one somebody sleeps in its place.</summary>
    /// <returns>Whether there are others.</returns>
    private static bool Engage(ReadOnlySpan<Waitable> objects, Span<StandIn?> standIns, out int first)
    {
        first = -1;
        bool areThere = false;
        for (int i = 0; i < objects.Length; i++)
        {
            if (objects[i] is LinuxMutex mutex)
            {
                first = first < 0 ? i : first;
                if (((LinuxMutex)objects[first]).Identity != mutex.Identity)
                {
                    standIns[i] = mutex.StandIn();
                    areThere = true;
                }
            }
        }

        return areThere;
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

    /// <summary>Room on the stack: a wait allocates nothing.</summary>
    [InlineArray(WaitableObject.MaximumWaitObjects)]
    private struct StandIns
    {
        private StandIn? _first;
    }
}
